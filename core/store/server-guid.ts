import { KopanoError } from '../mapi/error.ts';
import { KCERR_DATABASE_ERROR } from '../mapi/error-codes.ts';
import type { Database, Statements } from '../platform/database.ts';

const SERVER_GUID = 'server GUID';
const known = new WeakMap<Database, Buffer>();

/**
 * The GUID of this server: in source keys, change keys and mapping signatures.
 * Written once by the seed and never changed, so it may be remembered.
 */
export async function serverGuid(database: Database): Promise<Buffer> {
  let guid = known.get(database);
  if (!guid) {
    const [row] = await database.query<{ value: Buffer }>('SELECT value FROM setting WHERE name = :name', {
      name: SERVER_GUID,
    });
    if (!row) throw new KopanoError(KCERR_DATABASE_ERROR, 'the database has no server GUID; run the migrations');
    guid = row.value;
    known.set(database, guid);
  }
  return guid;
}

/** Writes the GUID of a new server; keeps one that is there. */
export async function seedServerGuid(statements: Statements, guid: Buffer): Promise<void> {
  await statements.execute('INSERT IGNORE INTO setting (name, value) VALUES (:name, :guid)', {
    name: SERVER_GUID,
    guid,
  });
}
