import type { Statements } from '../../platform/database.ts';
import { sqlList } from '../sql-list.ts';

/*
 * Lists of syncs are long and their rows small: written out cell by cell, most
 * of a response would be punctuation, and 5,000 rows more than a response may
 * hold. So each row comes as one text: numbers and source keys, apart by blanks.
 */

/** Source keys up to this length come with their rows; as base64 in 5,000 of them they leave room below 1 MiB. */
const LONGEST_INLINE_KEY = 100;
/** What stands for a longer one, and for one that isn't there. */
const ELSEWHERE = '-';

/** SQL of a row as one text. */
export const packedRow = (...expressions: readonly string[]): string => `CONCAT_WS(' ', ${expressions.join(', ')})`;

/** SQL of a source key in such a row. */
export const packedKey = (column: string): string =>
  `IF(LENGTH(${column}) <= ${LONGEST_INLINE_KEY}, TO_BASE64(${column}), '${ELSEWHERE}')`;

/** The source key of a part of a row; undefined where it did not come along. */
export const unpackedKey = (part: string): Buffer | undefined =>
  part === ELSEWHERE ? undefined : Buffer.from(part, 'base64');

const KEYS_PER_STATEMENT = 500;

/** Keys that did not come along, by the numbers of their rows. */
export async function keysOfRows(
  statements: Statements,
  table: '`change`' | 'object',
  column: string,
  ids: readonly number[],
): Promise<Map<number, Buffer>> {
  const keys = new Map<number, Buffer>();
  for (let start = 0; start < ids.length; start += KEYS_PER_STATEMENT) {
    const list = sqlList('id', ids.slice(start, start + KEYS_PER_STATEMENT));
    const rows = await statements.query<{ id: number; source_key: Buffer }>(
      `SELECT id, ${column} AS source_key FROM ${table} WHERE id IN (${list.sql}) AND ${column} IS NOT NULL`,
      list.parameters,
    );
    for (const row of rows) keys.set(row.id, row.source_key);
  }
  return keys;
}
