import type { Database } from '../../../../core/platform/database.ts';

/** Which rows of a table are the user's own, or nobody's: those may change. `:id` is the user. */
const OWN: Readonly<Record<string, string>> = {
  store: 'owner_id = :id',
  object: 'store_id IN (SELECT id FROM store WHERE owner_id = :id)',
  folder: 'store_id IN (SELECT id FROM store WHERE owner_id = :id)',
  change: 'store_id IN (SELECT id FROM store WHERE owner_id = :id)',
  acl: 'object_id IN (SELECT o.id FROM object o JOIN store s ON s.id = o.store_id WHERE s.owner_id = :id)',
  receive_folder: 'store_id IN (SELECT id FROM store WHERE owner_id = :id)',
  outgoing: 'store_id IN (SELECT id FROM store WHERE owner_id = :id)',
  search_folder: 'folder_id IN (SELECT o.id FROM object o JOIN store s ON s.id = o.store_id WHERE s.owner_id = :id)',
  sync: 'principal_id = :id',
  principal: 'id = :id',
  relation: '1 = 0',
  setting: '1 = 0',
  delivery: '1 = 0',
};

/** A number for each table that changes when rows change that aren't the user's own. */
export async function digestOfOthers(database: Database, principalId: number): Promise<Record<string, string>> {
  const columns = await database.query<{ table_name: string; column_name: string }>(
    `SELECT table_name AS table_name, column_name AS column_name FROM information_schema.columns
     WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`,
  );
  const digests: Record<string, string> = {};
  for (const [table, of] of Map.groupBy(columns, (column) => column.table_name)) {
    const own = OWN[table];
    if (own === undefined) continue;
    const values = of.map(({ column_name: name }) => `COALESCE(HEX(\`${name}\`), '-')`);
    const [row] = await database.query<{ count: number; sum: string }>(
      `SELECT COUNT(*) AS count, CAST(COALESCE(SUM(CRC32(CONCAT_WS('|', ${values.join(', ')}))), 0) AS CHAR) AS sum
       FROM \`${table}\` WHERE NOT (${own})`,
      own.includes(':id') ? { id: principalId } : {},
    );
    digests[table] = `${row!.count} rows, ${row!.sum}`;
  }
  return digests;
}
