import type { SqlParameters, SqlRow, Statements } from '../platform/database.ts';
import { type RawStoreRow, readStoreRow, STORE_COLUMNS, type StoreRow } from './object-row.ts';

/** A store with the entry ids by which clients open it and its root folder. */
export interface FoundStore {
  readonly store: StoreRow;
  readonly entryId: Buffer;
  readonly rootEntryId: Buffer;
}

/** Which store: its number, its GUID, or that of an owner, of one of the types whose bits (1 << type) the mask has. */
export type StoreName =
  | { readonly id: number }
  | { readonly ownerId: number; readonly typeMask: number }
  | { readonly guid: Buffer };

/** The bit of a store type in a mask. */
export const storeTypeMask = (type: number): number => 1 << type;
export const ANY_STORE_TYPE = 0xff;

/** Finds a store that is not deleted, the first type where the mask allows several. */
export async function findStore(statements: Statements, name: StoreName): Promise<FoundStore | undefined> {
  const { sql, parameters } = condition(name);
  const [row] = await statements.query<SqlRow>(
    `SELECT ${STORE_COLUMNS}, o.entry_id AS o_entry_id, r.entry_id AS r_entry_id
     FROM store st JOIN object o ON o.id = st.id JOIN object r ON r.id = st.root_id
     WHERE ${sql} AND st.deleted = 0 ORDER BY st.type LIMIT 1`,
    parameters,
  );
  if (!row) return undefined;
  return {
    store: readStoreRow(row as unknown as RawStoreRow),
    entryId: row.o_entry_id as Buffer,
    rootEntryId: row.r_entry_id as Buffer,
  };
}

function condition(name: StoreName): { sql: string; parameters: SqlParameters } {
  if ('id' in name) return { sql: 'st.id = :storeId', parameters: { storeId: name.id } };
  if ('guid' in name) return { sql: 'st.guid = :guid', parameters: { guid: name.guid } };
  return {
    sql: 'st.owner_id = :ownerId AND (1 << st.type) & :typeMask',
    parameters: { ownerId: name.ownerId, typeMask: name.typeMask },
  };
}
