import { type PropertyTag, propertyType } from '../../mapi/property.ts';
import {
  PT_APPTIME,
  PT_BOOLEAN,
  PT_CLSID,
  PT_CURRENCY,
  PT_DOUBLE,
  PT_FLOAT,
  PT_LONG,
  PT_LONGLONG,
  PT_SHORT,
  PT_SYSTIME,
} from '../../mapi/property-types.ts';
import * as tags from '../../mapi/tags.ts';
import { SORT_TEXT_LENGTH } from '../object-insert.ts';
import { propertyKey, REST_KEY } from '../property-document.ts';

/*
 * Documents with only some of a message's properties, made in SQL: most of what
 * a document holds is for nobody who lists a folder, and on its way through the
 * Data API each byte of it is written and read several times.
 */

/** Of so few properties, picking them from the document costs less than sending all of it. */
const FEW_PROPERTIES = 4;

/** What a column repeats of a property that lies in the document. NULL is there for none. */
interface Mirror {
  readonly column: string;
  /** The value in JSON. */
  readonly json: string;
  /** Whether the column has all of it, where that isn't sure. */
  readonly known?: string;
}

const number = (column: string): Mirror => ({ column, json: `o.${column}` });
const time = (column: string): Mirror => ({ column, json: `CONCAT('"', CONV(HEX(o.${column}), 16, -10), '"')` });
/** Longer texts are cut in the column. */
const text = (column: string): Mirror => ({
  column,
  json: `JSON_QUOTE(o.${column})`,
  known: `COALESCE(CHAR_LENGTH(o.${column}) < ${SORT_TEXT_LENGTH}, TRUE)`,
});

/** Properties that columns repeat so that tables can sort by them. */
const MIRRORS: ReadonlyMap<PropertyTag, Mirror> = new Map([
  [tags.PR_IMPORTANCE, number('importance')],
  [tags.PR_MESSAGE_DELIVERY_TIME, time('received')],
  [tags.PR_CLIENT_SUBMIT_TIME, time('sent')],
  [tags.PR_LAST_MODIFICATION_TIME, time('modified')],
  [tags.PR_SUBJECT, text('subject')],
  [tags.PR_SENDER_NAME, text('sender')],
  [tags.PR_SENT_REPRESENTING_NAME, text('representing')],
  [tags.PR_MESSAGE_CLASS, text('message_class')],
]);

/** Types whose values have a size of their own, and a small one. */
const SMALL_TYPES: ReadonlySet<number> = new Set([
  PT_SHORT,
  PT_LONG,
  PT_FLOAT,
  PT_DOUBLE,
  PT_CURRENCY,
  PT_APPTIME,
  PT_BOOLEAN,
  PT_LONGLONG,
  PT_SYSTIME,
  PT_CLSID,
]);

/** Whether a value of this property never takes more than a few bytes. */
export const isSmall = (tag: PropertyTag): boolean => SMALL_TYPES.has(propertyType(tag));

/** Whether a document of these properties alone costs less than the whole one. */
export const areFew = (wanted: readonly PropertyTag[]): boolean => wanted.length <= FEW_PROPERTIES;

/** `props` with only these properties, and the name of where more are. */
export function partOfProps(wanted: readonly PropertyTag[]): string {
  const members = wanted.map((tag) => {
    const mirror = MIRRORS.get(tag);
    const picked = memberOf('o.props', propertyKey(tag));
    if (!mirror) return picked;
    return mirror.known ? `IF(${mirror.known}, ${mirrored(tag, mirror)}, ${picked})` : mirrored(tag, mirror);
  });
  return object([...members, memberOf('o.props', REST_KEY)]);
}

/** Whether columns repeat all of these properties, so that {@link mirroredProps} tells them. */
export const areMirrored = (wanted: readonly PropertyTag[]): boolean => wanted.every((tag) => MIRRORS.has(tag));

/** How many of these properties are texts. */
export const countTexts = (wanted: readonly PropertyTag[]): number =>
  wanted.filter((tag) => MIRRORS.get(tag)?.known !== undefined).length;

/** The same without a look at the document, or an empty text where the columns don't have all. */
export function mirroredProps(wanted: readonly PropertyTag[]): string {
  const mirrors = wanted.map((tag) => [tag, MIRRORS.get(tag)!] as const);
  const known = mirrors.flatMap(([, mirror]) => mirror.known ?? []);
  const document = object(mirrors.map(([tag, mirror]) => mirrored(tag, mirror)));
  return known.length === 0 ? document : `IF(${known.join(' AND ')}, ${document}, '')`;
}

const mirrored = (tag: PropertyTag, { column, json }: Mirror): string =>
  `IF(o.${column} IS NULL, NULL, CONCAT('"${propertyKey(tag)}":', ${json}))`;

/** `overflow` with only these properties. */
export function partOfOverflow(wanted: readonly PropertyTag[]): string {
  const large = wanted.filter((tag) => !isSmall(tag));
  if (large.length === 0) return 'NULL';
  return `IF(o.overflow IS NULL, NULL, ${object(large.map((tag) => memberOf('o.overflow', propertyKey(tag))))})`;
}

const object = (members: readonly string[]): string => `CONCAT('{', CONCAT_WS(',', ${members.join(', ')}), '}')`;

/** To find that some bytes aren't there costs a fraction of reading the document; characters would cost more. */
const memberOf = (document: string, key: string): string =>
  `IF(LOCATE('"${key}"', CAST(${document} AS BINARY)) = 0, NULL, CONCAT('"${key}":', JSON_EXTRACT(${document}, '$."${key}"')))`;
