import {
  textContains,
  textContainsIgnoringCase,
  textEquals,
  textEqualsIgnoringCase,
  textStartsWith,
  textStartsWithIgnoringCase,
} from './collation.ts';
import { isMultiValued, type PropertyTag, type PropertyValue } from './property.ts';
import { compareProperties, compareValues, type SingleValue, sizeOfValue } from './property-comparison.ts';
import {
  ANR_TAGS,
  BMR_EQZ,
  FL_FULLSTRING,
  FL_IGNORECASE,
  FL_MATCH,
  FL_PREFIX,
  FL_SUBSTRING,
  isAnr,
  RELOP_EQ,
  RELOP_GE,
  RELOP_GT,
  RELOP_LE,
  RELOP_LT,
  RELOP_NE,
  RELOP_RE,
  type Restriction,
} from './restriction.ts';
import { compilePattern } from './restriction-pattern.ts';
import { PR_MESSAGE_RECIPIENTS } from './tags.ts';

/** An object as restrictions see it. Values are whole, tags in Unicode form. */
export interface RestrictionSubject {
  value(tag: PropertyTag): PropertyValue | undefined;
  /** Those of a message; nothing by default. */
  readonly recipients?: readonly RestrictionSubject[];
  readonly attachments?: readonly RestrictionSubject[];
}

/** Whether an object meets a restriction, which must be sound (requireSoundRestriction). */
export function meets(restriction: Restriction, subject: RestrictionSubject): boolean {
  switch (restriction.kind) {
    case 'and':
      return restriction.parts.every((part) => meets(part, subject));
    case 'or':
      return restriction.parts.some((part) => meets(part, subject));
    case 'not':
      return !meets(restriction.part, subject);
    case 'comment':
      return restriction.part === undefined || meets(restriction.part, subject);
    case 'content':
      return meetsContent(restriction, subject);
    case 'property':
      return isAnr(restriction.tag) ? meetsAnr(restriction, subject) : meetsProperty(restriction, subject);
    case 'compare': {
      const one = subject.value(restriction.tag);
      const other = subject.value(restriction.other);
      if (one === undefined || other === undefined) return false;
      return holds(restriction.relation, compareProperties(restriction.tag, one, other));
    }
    case 'bitmask': {
      const value = subject.value(restriction.tag);
      if (typeof value !== 'number') return false;
      return ((value & restriction.mask) === 0) === (restriction.test === BMR_EQZ);
    }
    case 'size': {
      const value = subject.value(restriction.tag);
      return value !== undefined && holds(restriction.relation, sizeOfValue(restriction.tag, value) - restriction.size);
    }
    case 'exist':
      return subject.value(restriction.tag) !== undefined;
    case 'sub': {
      const objects = restriction.objects === PR_MESSAGE_RECIPIENTS ? subject.recipients : subject.attachments;
      return objects?.some((object) => meets(restriction.part, object)) ?? false;
    }
  }
}

/** Whether a comparison's outcome is in the relation; what can't be compared is in none. */
function holds(relation: number, order: number | undefined): boolean {
  if (order === undefined) return false;
  switch (relation) {
    case RELOP_LT:
      return order < 0;
    case RELOP_LE:
      return order <= 0;
    case RELOP_GT:
      return order > 0;
    case RELOP_GE:
      return order >= 0;
    case RELOP_EQ:
      return order === 0;
    case RELOP_NE:
      return order !== 0;
    default:
      return false;
  }
}

function meetsProperty(
  { relation, tag, value }: Restriction & { kind: 'property' },
  subject: RestrictionSubject,
): boolean {
  const found = subject.value(tag);
  // What isn't there differs from everything, but matches no pattern.
  if (found === undefined) return relation === RELOP_NE;
  const wanted = value.value as SingleValue;
  if (relation === RELOP_RE) return compilePattern(wanted as string)?.(found as string) ?? false;
  return valuesOf(tag, found).some((single) => holds(relation, compareValues(tag, single, wanted)));
}

/** Ambiguous name resolution: one of the names begins with the text. */
function meetsAnr({ relation, value }: Restriction & { kind: 'property' }, subject: RestrictionSubject): boolean {
  return ANR_TAGS.some((tag) => {
    const found = subject.value(tag);
    if (typeof found !== 'string') return false;
    return holds(relation, textStartsWithIgnoringCase(found, value.value as string) ? 0 : -1);
  });
}

function meetsContent(
  { fuzzyLevel, tag, value }: Restriction & { kind: 'content' },
  subject: RestrictionSubject,
): boolean {
  const found = subject.value(tag);
  if (found === undefined) return false;
  const wanted = value.value;
  return valuesOf(tag, found).some((single) =>
    typeof single === 'string'
      ? textMeets(fuzzyLevel, single, wanted as string)
      : binaryMeets(fuzzyLevel, single as Buffer, wanted as Buffer),
  );
}

/** Sizes are compared before anything else (observed on 11.0.2), so equivalent texts of other lengths aren't found. */
function textMeets(fuzzyLevel: number, text: string, wanted: string): boolean {
  const ignoringCase = (fuzzyLevel & FL_IGNORECASE) !== 0;
  switch (fuzzyLevel & FL_MATCH) {
    case FL_FULLSTRING:
      if (Buffer.byteLength(text) !== Buffer.byteLength(wanted)) return false;
      return (ignoringCase ? textEqualsIgnoringCase : textEquals)(text, wanted);
    case FL_PREFIX:
      if (Buffer.byteLength(text) < Buffer.byteLength(wanted)) return false;
      return (ignoringCase ? textStartsWithIgnoringCase : textStartsWith)(text, wanted);
    case FL_SUBSTRING:
      return (ignoringCase ? textContainsIgnoringCase : textContains)(text, wanted);
    default:
      return false;
  }
}

function binaryMeets(fuzzyLevel: number, bytes: Buffer, wanted: Buffer): boolean {
  switch (fuzzyLevel & FL_MATCH) {
    case FL_FULLSTRING:
      return bytes.equals(wanted);
    case FL_PREFIX:
      return bytes.subarray(0, wanted.length).equals(wanted);
    case FL_SUBSTRING:
      return bytes.includes(wanted);
    default:
      return false;
  }
}

const valuesOf = (tag: PropertyTag, value: PropertyValue): readonly SingleValue[] =>
  isMultiValued(tag) && Array.isArray(value) ? value : [value as SingleValue];
