import { isAscii } from '../mapi/collation.ts';
import { type PropertyTag, propertyType, unicodeTag } from '../mapi/property.ts';
import { PT_UNICODE } from '../mapi/property-types.ts';
import {
  ANR_TAGS,
  FL_FULLSTRING,
  FL_MATCH,
  FL_PREFIX,
  FL_SUBSTRING,
  isAnr,
  RELOP_EQ,
  RELOP_GE,
  RELOP_GT,
  type Restriction,
} from '../mapi/restriction.ts';
import {
  PR_ACCOUNT,
  PR_DISPLAY_NAME,
  PR_EMAIL_ADDRESS,
  PR_EMS_AB_DISPLAY_NAME_PRINTABLE,
  PR_NORMALIZED_SUBJECT,
  PR_SMTP_ADDRESS,
  PR_TRANSMITABLE_DISPLAY_NAME,
} from '../mapi/tags.ts';
import type { SqlValue } from '../platform/database.ts';
import { likeLiterally, TEXT_COLLATION } from '../platform/sql-text.ts';
import { COMPUTED_TEXTS } from './address-book-properties.ts';
import type { Criterion } from './principal.ts';

/*
 * Restrictions are decided by the evaluator, which knows Unicode better than a
 * database. But of many thousands in a directory, few have the letters that were
 * typed somewhere in their texts, and that the database can tell: only those are
 * read.
 */

/** A column of principals with texts that rows show. */
type Column = 'full_name' | 'name' | 'email' | 'details';

/** Of a principal whose login name bears the company's, the column doesn't have all. */
const LOGIN_NAMES: ReadonlySet<PropertyTag> = new Set([PR_ACCOUNT, PR_EMAIL_ADDRESS]);

const COLUMNS: ReadonlyMap<PropertyTag, readonly Column[]> = new Map<PropertyTag, readonly Column[]>([
  [PR_DISPLAY_NAME, ['full_name']],
  [PR_NORMALIZED_SUBJECT, ['full_name']],
  [PR_TRANSMITABLE_DISPLAY_NAME, ['full_name']],
  [PR_EMS_AB_DISPLAY_NAME_PRINTABLE, ['full_name', 'details']],
  // Contacts have no login name.
  [PR_ACCOUNT, ['name', 'full_name']],
  [PR_EMAIL_ADDRESS, ['name', 'full_name']],
  [PR_SMTP_ADDRESS, ['email', 'details']],
]);

/**
 * A condition that all who meet the restriction meet, of the table `pri`; some
 * who don't may meet it, too. Undefined where nothing can be said.
 */
export function narrowing(restriction: Restriction, hosted: boolean): Criterion | undefined {
  const bound: Record<string, SqlValue> = {};
  const sql = new Narrowing(bound, hosted).of(restriction);
  if (sql === undefined) return undefined;
  // Those of parts that nothing could be said of aren't in it.
  const used = new Set(sql.match(/(?<=:)narrow\d+/g));
  return { sql, parameters: Object.fromEntries(Object.entries(bound).filter(([name]) => used.has(name))) };
}

class Narrowing {
  readonly #parameters: Record<string, SqlValue>;
  readonly #hosted: boolean;
  #bound = 0;

  constructor(parameters: Record<string, SqlValue>, hosted: boolean) {
    this.#parameters = parameters;
    this.#hosted = hosted;
  }

  of(restriction: Restriction): string | undefined {
    switch (restriction.kind) {
      case 'and': {
        const parts = restriction.parts.map((part) => this.of(part)).filter((part) => part !== undefined);
        return parts.length === 0 ? undefined : `(${parts.join(' AND ')})`;
      }
      case 'or': {
        const parts = restriction.parts.map((part) => this.of(part));
        if (parts.length === 0) return 'FALSE';
        return parts.every((part) => part !== undefined) ? `(${parts.join(' OR ')})` : undefined;
      }
      case 'comment':
        return restriction.part && this.of(restriction.part);
      case 'content':
        return this.#content(restriction.tag, restriction.fuzzyLevel, restriction.value.value);
      case 'property':
        return isAnr(restriction.tag)
          ? this.#ambiguousName(restriction.relation, restriction.value.value)
          : this.#relation(unicodeTag(restriction.tag), restriction.relation, restriction.value.value);
      default:
        return undefined;
    }
  }

  #content(tag: PropertyTag, fuzzyLevel: number, wanted: unknown): string | undefined {
    const columns = this.#columnsOf(unicodeTag(tag));
    if (!columns || !isPlain(wanted)) return undefined;
    const pattern = LIKE[fuzzyLevel & FL_MATCH];
    if (pattern === undefined) return undefined;
    const text = likeLiterally(wanted);
    return anyOf(columns, (column) => {
      const like = column === 'details' ? LIKE[FL_SUBSTRING]!(text) : pattern(text);
      return `pri.${column} COLLATE ${TEXT_COLLATION} LIKE ${this.#bind(like)} OR ${hasExpanding(column)}`;
    });
  }

  /** PR_ANR is met by who has a name that begins so. */
  #ambiguousName(relation: number, wanted: unknown): string | undefined {
    if (relation !== RELOP_EQ && relation !== RELOP_GE) return undefined;
    const parts = ANR_TAGS.map((tag) => this.#content(tag, FL_PREFIX, wanted));
    return parts.every((part) => part !== undefined) ? `(${parts.join(' OR ')})` : undefined;
  }

  #relation(tag: PropertyTag, relation: number, wanted: unknown): string | undefined {
    const columns = this.#columnsOf(tag);
    if (!columns || columns.includes('details') || !isPlain(wanted)) return undefined;
    if ((relation !== RELOP_GE && relation !== RELOP_GT) || !/^[a-z]/i.test(wanted)) return undefined;
    // Of texts that begin in ASCII, the first letter is what all orders agree on.
    const first = this.#bind(wanted.slice(0, 1));
    return anyOf(columns, (column) => `pri.${column} >= ${first} OR LENGTH(LEFT(pri.${column}, 1)) > 1`);
  }

  /** Where the texts of a property are; undefined for what isn't kept as it is shown. */
  #columnsOf(tag: PropertyTag): readonly Column[] | undefined {
    if (this.#hosted && LOGIN_NAMES.has(tag)) return undefined;
    const columns = COLUMNS.get(tag);
    if (columns) return columns;
    return propertyType(tag) === PT_UNICODE && !COMPUTED_TEXTS.has(tag) ? ['details'] : undefined;
  }

  #bind(value: string): string {
    const name = `narrow${this.#bound++}`;
    this.#parameters[name] = value;
    return `:${name}`;
  }
}

/** How much of a text is to be like what is wanted (MS-OXCDATA 2.12.4). */
const LIKE: Readonly<Record<number, (text: string) => string>> = {
  [FL_FULLSTRING]: (text) => text,
  [FL_PREFIX]: (text) => `${text}%`,
  [FL_SUBSTRING]: (text) => `%${text}%`,
};

/** Whether a text stands in JSON and compares in a database as it is. */
const isPlain = (text: unknown): text is string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  typeof text === 'string' && isAscii(text) && !/[\u0000-\u001f\u007f"\\]/.test(text);

/** One of the columns meets its condition. */
const anyOf = (columns: readonly Column[], condition: (column: Column) => string): string =>
  `(${columns.map(condition).join(' OR ')})`;

/** Characters that are found by several letters, or by one among others, which {@link TEXT_COLLATION} doesn't know. */
const EXPANDING = '[ßẞŉẚﬀ-ﬆ]';

const hasExpanding = (column: Column): string =>
  `(LENGTH(pri.${column}) <> CHAR_LENGTH(pri.${column}) AND pri.${column} COLLATE utf8mb4_bin REGEXP '${EXPANDING}')`;
