import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER } from '../mapi/error-codes.ts';
import {
  ACCESS_TYPE_DENIED,
  ACCESS_TYPE_GRANT,
  deniedRights,
  RIGHT_AUTOUPDATE_DENIED,
  RIGHT_DELETED,
  RIGHT_MODIFY,
  RIGHT_NEW,
} from '../mapi/rights.ts';
import type { Database, Statements } from '../platform/database.ts';

/** An entry of an object's access list. */
export interface AclEntry {
  readonly principalId: number;
  /** ACCESS_TYPE_GRANT or ACCESS_TYPE_DENIED. */
  readonly type: number;
  readonly rights: number;
}

/** An entry with what the client did to it: RIGHT_NEW, RIGHT_MODIFY, RIGHT_DELETED, RIGHT_AUTOUPDATE_DENIED. */
export interface AclChange extends AclEntry {
  readonly state: number;
}

/** The access list of an object; `type` 0 or 3 asks for both kinds. */
export async function readAcl(statements: Statements, objectId: number, type: number): Promise<AclEntry[]> {
  const one = type === ACCESS_TYPE_DENIED || type === ACCESS_TYPE_GRANT;
  const rows = await statements.query<{ principal_id: number; type: number; rights: number }>(
    `SELECT principal_id, type, rights FROM acl WHERE object_id = :objectId ${one ? 'AND type = :type' : ''} ORDER BY principal_id, type`,
    { objectId, ...(one && { type }) },
  );
  return rows.map((row) => ({ principalId: row.principal_id, type: row.type, rights: row.rights }));
}

/** Applies changes to the access list of an object, all or none. The caller has checked access and principals. */
export async function changeAcl(database: Database, objectId: number, changes: readonly AclChange[]): Promise<void> {
  for (const { type } of changes)
    if (type !== ACCESS_TYPE_DENIED && type !== ACCESS_TYPE_GRANT)
      throw new KopanoError(KCERR_INVALID_PARAMETER, 'neither a grant nor a denial');
  const written = changes.filter(({ state }) => state & (RIGHT_NEW | RIGHT_MODIFY));
  const removed = changes.filter(({ state }) => !(state & (RIGHT_NEW | RIGHT_MODIFY)) && state & RIGHT_DELETED);
  const both = (entry: AclChange): AclEntry[] =>
    entry.state & RIGHT_AUTOUPDATE_DENIED
      ? [entry, { principalId: entry.principalId, type: ACCESS_TYPE_DENIED, rights: deniedRights(entry.rights) }]
      : [entry];
  if (written.length + removed.length === 0) return;
  await database.transaction(async (transaction) => {
    if (written.length > 0)
      await transaction.batch(
        `INSERT INTO acl (object_id, principal_id, type, rights) VALUES (:objectId, :principalId, :type, :rights)
         ON DUPLICATE KEY UPDATE rights = VALUES(rights)`,
        written.flatMap(both).map(({ principalId, type, rights }) => ({ objectId, principalId, type, rights })),
      );
    if (removed.length > 0)
      await transaction.batch(
        'DELETE FROM acl WHERE object_id = :objectId AND principal_id = :principalId AND type = :type',
        removed.flatMap(both).map(({ principalId, type }) => ({ objectId, principalId, type })),
      );
  });
}

/** Inserts entries of new objects, in one statement. */
export async function insertAcl(
  statements: Statements,
  entries: readonly (AclEntry & { readonly objectId: number })[],
): Promise<void> {
  await statements.batch(
    'INSERT INTO acl (object_id, principal_id, type, rights) VALUES (:objectId, :principalId, :type, :rights)',
    entries.map(({ objectId, principalId, type, rights }) => ({ objectId, principalId, type, rights })),
  );
}
