import { KopanoError } from './error.ts';
import { KCERR_INVALID_TYPE, KCERR_TOO_COMPLEX } from './error-codes.ts';
import { isMultiValued, type Property, type PropertyTag, propertyId, propertyType, unicodeTag } from './property.ts';
import { MV_FLAG, MV_INSTANCE, PT_BINARY, PT_LONG, PT_UNICODE } from './property-types.ts';
import * as tags from './tags.ts';

/** Kinds of restrictions on the wire (MS-OXCDATA 2.12). */
export const RES_AND = 0;
export const RES_OR = 1;
export const RES_NOT = 2;
export const RES_CONTENT = 3;
export const RES_PROPERTY = 4;
export const RES_COMPAREPROPS = 5;
export const RES_BITMASK = 6;
export const RES_SIZE = 7;
export const RES_EXIST = 8;
export const RES_SUBRESTRICTION = 9;
export const RES_COMMENT = 10;

/** Relations of a property restriction (MS-OXCDATA 2.12.5). */
export const RELOP_LT = 0;
export const RELOP_LE = 1;
export const RELOP_GT = 2;
export const RELOP_GE = 3;
export const RELOP_EQ = 4;
export const RELOP_NE = 5;
export const RELOP_RE = 6;

/** What a content restriction looks for (low half of the fuzzy level, MS-OXCDATA 2.12.4). */
export const FL_FULLSTRING = 0;
export const FL_SUBSTRING = 1;
export const FL_PREFIX = 2;
/** And how (high half). Of these only the case is looked at (observed on 11.0.2). */
export const FL_IGNORECASE = 0x00010000;
export const FL_MATCH = 0xffff;

export const BMR_EQZ = 0;
export const BMR_NEZ = 1;

/** A condition on an object's properties. Tags are in Unicode form. */
export type Restriction =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Restriction[] }
  | { readonly kind: 'not'; readonly part: Restriction }
  /** A text or binary equals, starts with or contains the value. */
  | { readonly kind: 'content'; readonly fuzzyLevel: number; readonly tag: PropertyTag; readonly value: Property }
  /** The property stands in a relation to the value; of several values, one of them. */
  | { readonly kind: 'property'; readonly relation: number; readonly tag: PropertyTag; readonly value: Property }
  | { readonly kind: 'compare'; readonly relation: number; readonly tag: PropertyTag; readonly other: PropertyTag }
  /** Of the bits of the mask none (BMR_EQZ) or some (BMR_NEZ) are set. */
  | { readonly kind: 'bitmask'; readonly test: number; readonly tag: PropertyTag; readonly mask: number }
  /** The size in bytes stands in a relation to a number. */
  | { readonly kind: 'size'; readonly relation: number; readonly tag: PropertyTag; readonly size: number }
  | { readonly kind: 'exist'; readonly tag: PropertyTag }
  /** One of the recipients (PR_MESSAGE_RECIPIENTS) or attachments (PR_MESSAGE_ATTACHMENTS) meets the condition. */
  | { readonly kind: 'sub'; readonly objects: PropertyTag; readonly part: Restriction }
  /** A condition with properties that only its author understands. */
  | { readonly kind: 'comment'; readonly properties: readonly Property[]; readonly part?: Restriction | undefined };

/** Levels of nesting below the outermost restriction; deeper ones are KCERR_TOO_COMPLEX (observed limit of 11.0.2). */
export const MAX_RESTRICTION_DEPTH = 16;
/** Conditions in all: what the longest search of a client needs a hundred times over, and still one statement. */
export const MAX_RESTRICTION_PARTS = 2_000;

/** What ambiguous name resolution looks into (observed on 11.0.2). */
export const ANR_TAGS: readonly PropertyTag[] = [
  tags.PR_DISPLAY_NAME,
  tags.PR_SMTP_ADDRESS,
  tags.PR_ACCOUNT,
  tags.PR_DEPARTMENT_NAME,
  tags.PR_BUSINESS_TELEPHONE_NUMBER,
  tags.PR_OFFICE_LOCATION,
  tags.PR_PRIMARY_FAX_NUMBER,
  tags.PR_SURNAME,
];

export const isAnr = (tag: PropertyTag): boolean => propertyId(tag) === propertyId(tags.PR_ANR);

/** The type of one value of a property, of however many it has. */
export const singleType = (tag: PropertyTag): number => propertyType(unicodeTag(tag)) & ~(MV_FLAG | MV_INSTANCE);

/**
 * Throws unless a restriction can be evaluated: KCERR_TOO_COMPLEX for one too
 * deep or long, KCERR_INVALID_TYPE where types don't fit each other.
 */
export function requireSoundRestriction(restriction: Restriction): void {
  let parts = 0;
  const visit = (part: Restriction, depth: number): void => {
    parts += 1;
    if (depth > MAX_RESTRICTION_DEPTH || parts > MAX_RESTRICTION_PARTS)
      throw new KopanoError(KCERR_TOO_COMPLEX, 'the restriction is too deep or too long');
    if (!isWellTyped(part)) throw new KopanoError(KCERR_INVALID_TYPE, `types in a ${part.kind} restriction don't fit`);
    for (const inner of partsOf(part)) visit(inner, depth + 1);
  };
  visit(restriction, 0);
}

/** The restrictions directly inside one. */
export function partsOf(restriction: Restriction): readonly Restriction[] {
  switch (restriction.kind) {
    case 'and':
    case 'or':
      return restriction.parts;
    case 'not':
    case 'sub':
      return [restriction.part];
    case 'comment':
      return restriction.part ? [restriction.part] : [];
    default:
      return [];
  }
}

function isWellTyped(restriction: Restriction): boolean {
  switch (restriction.kind) {
    case 'content': {
      const type = singleType(restriction.tag);
      return (type === PT_UNICODE || type === PT_BINARY) && propertyType(unicodeTag(restriction.value.tag)) === type;
    }
    case 'property': {
      const type = singleType(restriction.tag);
      if (propertyType(unicodeTag(restriction.value.tag)) !== type) return false;
      return restriction.relation !== RELOP_RE || (type === PT_UNICODE && !isMultiValued(restriction.tag));
    }
    case 'compare':
      return propertyType(unicodeTag(restriction.tag)) === propertyType(unicodeTag(restriction.other));
    case 'bitmask':
      return propertyType(restriction.tag) === PT_LONG;
    case 'sub':
      return restriction.objects === tags.PR_MESSAGE_RECIPIENTS || restriction.objects === tags.PR_MESSAGE_ATTACHMENTS;
    default:
      return true;
  }
}

/** What has to be known of an object to evaluate a restriction on it. */
export interface RestrictionNeeds {
  readonly tags: ReadonlySet<PropertyTag>;
  /** Of the recipients and attachments; absent where they don't matter. */
  readonly recipients?: ReadonlySet<PropertyTag>;
  readonly attachments?: ReadonlySet<PropertyTag>;
}

/** The properties that a restriction looks at. */
export function restrictionNeeds(restriction: Restriction): RestrictionNeeds {
  const own = new Set<PropertyTag>();
  const below = new Map<PropertyTag, Set<PropertyTag>>();
  const visit = (part: Restriction, into: Set<PropertyTag>): void => {
    switch (part.kind) {
      case 'sub':
        // Below recipients and attachments there is nothing to ask for.
        if (into !== own) return;
        if (!below.has(part.objects)) below.set(part.objects, new Set());
        visit(part.part, below.get(part.objects)!);
        return;
      case 'property':
        for (const tag of isAnr(part.tag) ? ANR_TAGS : [part.tag]) into.add(tag);
        return;
      case 'compare':
        into.add(part.tag).add(part.other);
        return;
      case 'content':
      case 'bitmask':
      case 'size':
      case 'exist':
        into.add(part.tag);
        return;
      default:
        for (const inner of partsOf(part)) visit(inner, into);
    }
  };
  visit(restriction, own);
  const recipients = below.get(tags.PR_MESSAGE_RECIPIENTS);
  const attachments = below.get(tags.PR_MESSAGE_ATTACHMENTS);
  return { tags: own, ...(recipients && { recipients }), ...(attachments && { attachments }) };
}
