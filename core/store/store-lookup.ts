import type { SqlParameters, SqlRow, Statements } from '../platform/database.ts';
import { type RawStoreRow, readStoreRow, STORE_COLUMNS, type StoreRow } from './object-row.ts';

/** A store with the entry id by which clients open it. */
export interface FoundStore {
  readonly store: StoreRow;
  readonly entryId: Buffer;
}

/** Which store: that of an owner, of one of the types whose bits (1 << type) the mask has, or the one with a GUID. */
export type StoreName = { readonly ownerId: number; readonly typeMask: number } | { readonly guid: Buffer };

/** Finds a store, the first type where the mask allows several. */
export async function findStore(statements: Statements, name: StoreName): Promise<FoundStore | undefined> {
  const { sql, parameters } = condition(name);
  const [row] = await statements.query<SqlRow>(
    `SELECT ${STORE_COLUMNS}, o.entry_id AS o_entry_id FROM store st JOIN object o ON o.id = st.id
     WHERE ${sql} AND st.deleted = 0 ORDER BY st.type LIMIT 1`,
    parameters,
  );
  if (!row) return undefined;
  return { store: readStoreRow(row as unknown as RawStoreRow), entryId: row.o_entry_id as Buffer };
}

const condition = (name: StoreName): { sql: string; parameters: SqlParameters } =>
  'guid' in name
    ? { sql: 'st.guid = :guid', parameters: { guid: name.guid } }
    : {
        sql: 'st.owner_id = :ownerId AND (1 << st.type) & :typeMask',
        parameters: { ownerId: name.ownerId, typeMask: name.typeMask },
      };
