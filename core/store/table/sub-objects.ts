import type { PropertyTag } from '../../mapi/property.ts';
import type { RestrictionSubject } from '../../mapi/restriction-evaluator.ts';
import type { Statements } from '../../platform/database.ts';
import type { Platform } from '../../platform/platform.ts';
import { OBJECT_COLUMNS, type RawDocuments, type RawObjectRow, readObjectRow } from '../object-row.ts';
import { propertiesFromRest, unpackProperties, valueFromBlob } from '../property-document.ts';
import { rowProperties } from '../row-properties.ts';
import { sqlList } from '../sql-list.ts';

/** Documents of one statement; in JSON they may grow to twice their size. */
const PAGE_BYTES = 400_000;
/** Columns of a row besides. */
const ROW_BYTES = 1_000;
/** Messages whose children are read at once. */
const PARENTS = 64;

/** Recipients or attachments of messages, by message, as restrictions see them. */
export async function readChildren(
  platform: Platform,
  statements: Statements,
  messages: readonly number[],
  kinds: readonly number[],
  wanted: ReadonlySet<PropertyTag>,
): Promise<Map<number, RestrictionSubject[]>> {
  const children = new Map<number, RestrictionSubject[]>();
  for (let start = 0; start < messages.length; start += PARENTS) {
    const parents = sqlList('parent', messages.slice(start, start + PARENTS));
    for (let last = 0; ; ) {
      const page = await statements.query<RawObjectRow & RawDocuments & { readonly more: number }>(
        `WITH sized AS (
          SELECT o.id, SUM(LENGTH(o.props) + COALESCE(LENGTH(o.overflow), 0) + ${ROW_BYTES}) OVER (ORDER BY o.id) AS running,
            ROW_NUMBER() OVER (ORDER BY o.id) AS position, COUNT(*) OVER () AS total
          FROM object o WHERE o.parent_id IN (${parents.sql}) AND o.kind IN (${kinds.join(', ')}) AND o.id > :last
        )
        SELECT ${OBJECT_COLUMNS}, o.props AS o_props, o.overflow AS o_overflow, sized.position < sized.total AS more
        FROM sized JOIN object o ON o.id = sized.id
        WHERE sized.running <= ${PAGE_BYTES} OR sized.position = 1 ORDER BY o.id`,
        { ...parents.parameters, last },
      );
      for (const row of page) {
        const subject = await toSubject(platform, row, wanted);
        const siblings = children.get(row.o_parent_id);
        if (siblings) siblings.push(subject);
        else children.set(row.o_parent_id, [subject]);
      }
      const end = page.at(-1);
      if (!end?.more) break;
      last = end.o_id;
    }
  }
  return children;
}

async function toSubject(
  platform: Platform,
  row: RawObjectRow & RawDocuments,
  wanted: ReadonlySet<PropertyTag>,
): Promise<RestrictionSubject> {
  const values = rowProperties(readObjectRow(row));
  const unpacked = unpackProperties(row.o_props, row.o_overflow);
  for (const [tag, value] of unpacked.values) values.set(tag, value);
  for (const tag of wanted) {
    const blob = unpacked.large.get(tag)?.blob;
    if (blob !== undefined) values.set(tag, valueFromBlob(tag, await platform.blobs.get(blob)));
  }
  if (unpacked.rest !== undefined && [...wanted].some((tag) => !values.has(tag))) {
    for (const [tag, value] of propertiesFromRest(await platform.blobs.get(unpacked.rest))) values.set(tag, value);
  }
  return { value: (tag) => values.get(tag) };
}
