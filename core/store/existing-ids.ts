import type { Statements } from '../platform/database.ts';

/** Ids of one statement: 98 bytes each, of the 4 MiB that the Data API takes. */
const IDS_PER_STATEMENT = 20_000;
/** So many are looked up by the statements that use them, which is one statement less. */
const WORTH_ASKING = 500;

/**
 * The entry ids of a list that name something, each once. Clients send lists of
 * any length; what doesn't exist is sorted out here, a few statements for
 * 100,000, so that the rest of an operation costs as much as what there is to do.
 */
export async function existingIds(statements: Statements, entryIds: readonly Buffer[]): Promise<readonly Buffer[]> {
  const wanted = new Map(entryIds.map((entryId) => [entryId.toString('hex'), entryId]));
  if (wanted.size <= WORTH_ASKING) return [...wanted.values()];
  const all = [...wanted.keys()];
  const found: Buffer[] = [];
  for (let start = 0; start < all.length; start += IDS_PER_STATEMENT) {
    const rows = await statements.query<{ entry_id: Buffer }>(
      `SELECT o.entry_id FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id VARCHAR(130) PATH '$')) AS named
       STRAIGHT_JOIN object o ON o.entry_id = UNHEX(named.id) ORDER BY o.id`,
      { ids: JSON.stringify(all.slice(start, start + IDS_PER_STATEMENT).filter((id) => id.length <= LONGEST)) },
    );
    for (const { entry_id: id } of rows) found.push(id);
  }
  return found;
}

/** Hexadecimal digits of the longest entry id that objects have. */
const LONGEST = 128;
