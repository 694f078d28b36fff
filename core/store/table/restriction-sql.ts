import { foldCase, isAscii } from '../../mapi/collation.ts';
import { MSGFLAG_READ } from '../../mapi/message-flags.ts';
import { MAPI_ATTACH, MAPI_DISTLIST, MAPI_MAILUSER } from '../../mapi/object-types.ts';
import { isMultiValued, type PropertyTag, type PropertyValue, propertyId, unicodeTag } from '../../mapi/property.ts';
import {
  BMR_EQZ,
  FL_FULLSTRING,
  FL_MATCH,
  FL_PREFIX,
  isAnr,
  RELOP_EQ,
  RELOP_GE,
  RELOP_GT,
  RELOP_LE,
  RELOP_LT,
  RELOP_NE,
  type Restriction,
} from '../../mapi/restriction.ts';
import {
  PR_EC_HIERARCHYID,
  PR_ENTRYID,
  PR_INSTANCE_KEY,
  PR_MESSAGE_FLAGS,
  PR_MESSAGE_RECIPIENTS,
  PR_RECORD_KEY,
  PR_SOURCE_KEY,
} from '../../mapi/tags.ts';
import type { SqlParameters, SqlValue } from '../../platform/database.ts';
import { TEXT_COLLATION } from '../../platform/sql-text.ts';
import { SMALL_VALUE_BYTES } from '../property-document.ts';
import { bytesFromFileTime } from '../row-properties.ts';
import { COMPUTED_IDS, documentPath, type MessageColumn, messageColumn } from './message-columns.ts';

/**
 * A restriction as a condition on the rows `o`. Every row that meets the
 * restriction meets the condition; where `exact`, none else does, but for
 * objects with more properties than their row holds.
 */
export interface RestrictionSql {
  readonly sql: string;
  readonly parameters: SqlParameters;
  readonly exact: boolean;
  /** It looks into property documents, which don't hold everything of very rich objects. */
  readonly usesDocuments: boolean;
  /** It asks only for unread messages, for which there is an index. */
  readonly onlyUnread: boolean;
  /** It asks for one object by a unique key, which is found at once. */
  readonly onlyOne: boolean;
}

/** Objects whose document has more elsewhere (see property-document.ts) are decided by the evaluator. */
export const HAS_MORE_PROPERTIES = `JSON_CONTAINS_PATH(o.props, 'one', '$."*"')`;

/** Translates a restriction, which must be sound. Parameters are r0, r1 … */
export function restrictionSql(restriction: Restriction): RestrictionSql {
  const compiler = new RestrictionCompiler();
  const condition = compiler.compile(restriction, 'wide', false);
  return {
    sql: condition.sql,
    parameters: compiler.parametersIn(condition.sql),
    exact: condition.exact,
    usesDocuments: compiler.usesDocuments,
    onlyUnread: isOnlyUnread(restriction),
    onlyOne: isOnlyOne(restriction),
  };
}

const UNIQUE: ReadonlySet<PropertyTag> = new Set([
  PR_ENTRYID,
  PR_RECORD_KEY,
  PR_SOURCE_KEY,
  PR_INSTANCE_KEY,
  PR_EC_HIERARCHYID,
]);

const isOnlyOne = (restriction: Restriction): boolean =>
  (restriction.kind === 'property' && restriction.relation === RELOP_EQ && UNIQUE.has(restriction.tag)) ||
  (restriction.kind === 'and' && restriction.parts.some(isOnlyOne));

const isOnlyUnread = (restriction: Restriction): boolean =>
  (restriction.kind === 'bitmask' &&
    restriction.tag === PR_MESSAGE_FLAGS &&
    restriction.test === BMR_EQZ &&
    restriction.mask === MSGFLAG_READ) ||
  (restriction.kind === 'and' && restriction.parts.some(isOnlyUnread));

/** Which way an inexact condition errs: it accepts too much or too little. Under a NOT the one turns into the other. */
type Side = 'wide' | 'narrow';

interface Condition {
  readonly sql: string;
  readonly exact: boolean;
}

const opposite = (side: Side): Side => (side === 'wide' ? 'narrow' : 'wide');

const OPERATORS: Readonly<Record<number, string>> = {
  [RELOP_LT]: '<',
  [RELOP_LE]: '<=',
  [RELOP_GT]: '>',
  [RELOP_GE]: '>=',
  [RELOP_EQ]: '=',
};

class RestrictionCompiler {
  readonly #parameters: Record<string, SqlValue> = {};
  usesDocuments = false;
  #bound = 0;

  #bind(value: SqlValue): string {
    const name = `r${this.#bound++}`;
    this.#parameters[name] = value;
    return `:${name}`;
  }

  /** The parameters of a condition: those of parts that were left undecided aren't in it. */
  parametersIn(sql: string): SqlParameters {
    const used = new Set(sql.match(/(?<=:)r\d+/g));
    return Object.fromEntries(Object.entries(this.#parameters).filter(([name]) => used.has(name)));
  }

  compile(restriction: Restriction, side: Side, negated: boolean): Condition {
    switch (restriction.kind) {
      case 'and':
      case 'or': {
        const parts = restriction.parts.map((part) => this.compile(part, side, negated));
        const nothing = restriction.kind === 'and' ? 'TRUE' : 'FALSE';
        const joint = restriction.kind === 'and' ? ' AND ' : ' OR ';
        return {
          sql: parts.length === 0 ? nothing : `(${parts.map((part) => part.sql).join(joint)})`,
          exact: parts.every((part) => part.exact),
        };
      }
      case 'not': {
        const part = this.compile(restriction.part, opposite(side), true);
        return { sql: `NOT ${part.sql}`, exact: part.exact };
      }
      case 'comment':
        return restriction.part ? this.compile(restriction.part, side, negated) : { sql: 'TRUE', exact: true };
      default: {
        const documents = this.usesDocuments;
        this.usesDocuments = false;
        const leaf = this.#leaf(restriction);
        const looked = this.usesDocuments;
        this.usesDocuments = documents || (looked && leaf !== undefined);
        if (!leaf || (!leaf.exact && side === 'narrow')) return undecided(side);
        // NOT of unknown is unknown, so that below a NOT conditions must be true or false.
        const sql = negated ? `((${leaf.sql}) IS TRUE)` : `(${leaf.sql})`;
        if (!looked) return { sql, exact: leaf.exact };
        const doubted =
          side === 'wide' ? `(${sql} OR ${HAS_MORE_PROPERTIES})` : `(${sql} AND NOT ${HAS_MORE_PROPERTIES})`;
        return { sql: doubted, exact: leaf.exact };
      }
    }
  }

  /** The condition of a single restriction; inexact ones accept too much. Undefined: SQL can't tell at all. */
  #leaf(restriction: Restriction): Condition | undefined {
    switch (restriction.kind) {
      case 'exist':
        return this.#exists(restriction.tag);
      case 'bitmask': {
        const column = this.#column(restriction.tag);
        if (column?.type !== 'number') return undefined;
        const bits = `${column.sql} & ${this.#bind(restriction.mask)}`;
        return { sql: `(${bits}) ${restriction.test === BMR_EQZ ? '=' : '<>'} 0`, exact: true };
      }
      case 'property':
        return this.#property(restriction);
      case 'content':
        return this.#content(restriction);
      case 'size':
        return inexact(this.#exists(restriction.tag));
      case 'compare': {
        const [one, other] = [this.#exists(restriction.tag), this.#exists(restriction.other)];
        return one && other && { sql: `${one.sql} AND ${other.sql}`, exact: false };
      }
      case 'sub': {
        const kinds =
          restriction.objects === PR_MESSAGE_RECIPIENTS ? `${MAPI_MAILUSER}, ${MAPI_DISTLIST}` : MAPI_ATTACH;
        return {
          sql: `EXISTS (SELECT 1 FROM object c WHERE c.parent_id = o.id AND c.kind IN (${kinds}))`,
          exact: false,
        };
      }
      default:
        return undefined;
    }
  }

  #column(tag: PropertyTag): MessageColumn | undefined {
    const column = messageColumn(tag);
    if (column?.document) this.usesDocuments = true;
    return column;
  }

  #exists(tag: PropertyTag): Condition | undefined {
    const unicode = unicodeTag(tag);
    const column = messageColumn(unicode);
    if (column && !column.document) return { sql: `${column.sql} IS NOT NULL`, exact: true };
    if (COMPUTED_IDS.has(propertyId(unicode))) return undefined;
    this.usesDocuments = true;
    return { sql: `JSON_CONTAINS_PATH(o.props, 'one', '${documentPath(unicode)}')`, exact: true };
  }

  #property({ relation, tag, value }: Restriction & { kind: 'property' }): Condition | undefined {
    if (isAnr(tag)) return undefined;
    if (tag === PR_INSTANCE_KEY) return this.#instanceKey(relation, value.value as Buffer);
    if (isMultiValued(tag)) return relation === RELOP_NE ? undefined : inexact(this.#exists(tag));
    const column = this.#column(tag);
    if (!column) return relation === RELOP_NE ? undefined : inexact(this.#exists(tag));
    if (column.type === 'text') return this.#textRelation(column, relation, value.value as string);
    if (column.type === 'bytes') return this.#bytesRelation(column, relation, value.value as Buffer);
    const wanted = this.#boundLike(column, value.value);
    // What isn't there differs from everything.
    if (relation === RELOP_NE) return { sql: `${column.sql} IS NULL OR ${column.sql} <> ${wanted}`, exact: true };
    const operator = OPERATORS[relation];
    return operator === undefined
      ? { sql: 'FALSE', exact: true }
      : { sql: `${column.sql} ${operator} ${wanted}`, exact: true };
  }

  #boundLike(column: MessageColumn, value: PropertyValue): string {
    if (column.type === 'time') return this.#bind(bytesFromFileTime(value as bigint));
    if (column.type === 'bigint') return `CAST(${this.#bind((value as bigint).toString())} AS SIGNED)`;
    return this.#bind(column.type === 'boolean' ? Number(value) : (value as number));
  }

  /** PR_INSTANCE_KEY is the object's number with which of several values the row shows. */
  #instanceKey(relation: number, key: Buffer): Condition | undefined {
    if (relation !== RELOP_EQ) return undefined;
    const id = key.length === 8 ? key.readUInt32LE(0) : 0;
    return { sql: `o.id = ${this.#bind(id)}`, exact: key.length !== 8 || key.readUInt32LE(4) === 0 };
  }

  #bytesRelation(column: MessageColumn, relation: number, wanted: Buffer): Condition | undefined {
    if (relation !== RELOP_EQ && relation !== RELOP_NE)
      return inexact({ sql: `${column.sql} IS NOT NULL`, exact: true });
    const encoded = wanted.toString('base64');
    const isLarge = column.document && Buffer.byteLength(JSON.stringify(encoded)) > SMALL_VALUE_BYTES;
    if (isLarge) return relation === RELOP_NE ? undefined : inexact({ sql: `${column.sql} IS NOT NULL`, exact: true });
    const bound = column.document ? `${this.#bind(encoded)} COLLATE utf8mb4_bin` : this.#bind(wanted);
    if (relation === RELOP_EQ) return { sql: `${column.sql} = ${bound}`, exact: true };
    return { sql: `${column.sql} IS NULL OR ${column.sql} <> ${bound}`, exact: true };
  }

  #textRelation(column: MessageColumn, relation: number, wanted: string): Condition | undefined {
    if (relation === RELOP_NE) return undefined;
    if (relation !== RELOP_EQ) return { sql: `${column.sql} IS NOT NULL`, exact: false };
    return { sql: this.#maybe(column, wanted, (text, folded) => `${text} = ${this.#bind(folded)}`), exact: false };
  }

  #content({ fuzzyLevel, tag, value }: Restriction & { kind: 'content' }): Condition | undefined {
    const column = isMultiValued(tag) ? undefined : this.#column(tag);
    if (column?.type !== 'text') return inexact(this.#exists(tag));
    const level = fuzzyLevel & FL_MATCH;
    const matching = (text: string, folded: string): string => {
      if (level === FL_FULLSTRING) return `${text} = ${this.#bind(folded)}`;
      const escaped = folded.replace(/[!%_]/g, (character) => `!${character}`);
      const pattern = level === FL_PREFIX ? `${escaped}%` : `%${escaped}%`;
      return `${text} LIKE ${this.#bind(pattern)} ESCAPE '!'`;
    };
    return { sql: this.#maybe(column, value.value as string, matching), exact: false };
  }

  /**
   * What may match a text. The database's rules of comparison are its own: it
   * only looks for ASCII, in texts where each character is what it begins with
   * when it is taken apart. The rest is for the evaluator, and so are texts that
   * are cut or too large to be in the row.
   */
  #maybe(column: MessageColumn, wanted: string, matching: (text: string, folded: string) => string): string {
    const folded = foldCase(wanted.normalize('NFD')).normalize('NFD');
    const text = column.overflow ? `COALESCE(${column.overflow}, ${column.sql})` : column.sql;
    const elsewhere =
      column.cutAt === undefined
        ? `${column.sql} LIKE '{"n":%' AND ${column.overflow} IS NULL`
        : `CHAR_LENGTH(${column.sql}) >= ${column.cutAt}`;
    if (!isAscii(folded)) return `LENGTH(${text}) <> CHAR_LENGTH(${text}) OR (${elsewhere})`;
    const exact = `${text} COLLATE utf8mb4_bin`;
    const compared = folded.includes('s')
      ? `REPLACE(REPLACE(${exact}, 'ß', 'ss'), 'ẞ', 'ss') COLLATE ${TEXT_COLLATION}`
      : cased(column, text);
    return `${matching(compared, folded)} OR ${exact} REGEXP ${this.#bind(SEVERAL_CHARACTERS)} OR (${elsewhere})`;
  }
}

/**
 * Characters that mean ASCII ones when case is disregarded, but aren't letters
 * with marks on them; those the database takes for the letters. ß is one of
 * them, too, but frequent enough to be replaced instead.
 */
export const SEVERAL_CHARACTERS = '[ŉſ\u037eẚẛ\u1fef\u212aﬀﬁﬂﬃﬄﬅﬆ]';

/** What SQL can't decide: everything, or, where too little is asked for, nothing. */
const undecided = (side: Side): Condition => ({ sql: side === 'wide' ? 'TRUE' : 'FALSE', exact: false });

const inexact = (condition: Condition | undefined): Condition | undefined =>
  condition && { sql: condition.sql, exact: false };

/** A text under the collation that disregards case. */
const cased = (column: MessageColumn, text: string): string =>
  column.document ? `${text} COLLATE ${TEXT_COLLATION}` : text;
