import { EVERYONE_ID } from '../directory/well-known.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import { FOLDER_GENERIC, STORE_PUBLIC } from '../mapi/object-types.ts';
import { PR_IPM_PUBLIC_FOLDERS_ENTRYID } from '../mapi/tags.ts';
import type { Statements } from '../platform/database.ts';
import { unpackProperties } from './property-document.ts';
import { findStore, storeTypeMask } from './store-lookup.ts';
import { findTarget, type LoadedTarget } from './target.ts';

/**
 * A folder below the public folders, by the names on the way to it; of a company in hosted mode. A statement
 * for each name, and three. Throws KCERR_NOT_FOUND.
 */
export async function findPublicFolder(
  statements: Statements,
  path: readonly string[],
  companyId = 0,
): Promise<LoadedTarget> {
  const found = await findStore(statements, {
    ownerId: companyId || EVERYONE_ID,
    typeMask: storeTypeMask(STORE_PUBLIC),
  });
  const store = found && (await findTarget(statements, { id: found.store.id }));
  if (!store) throw new KopanoError(KCERR_NOT_FOUND, 'there is no public store');
  const top = unpackProperties(store.documents.props).values.get(PR_IPM_PUBLIC_FOLDERS_ENTRYID);
  let folder = Buffer.isBuffer(top) ? await findTarget(statements, { entryId: top }) : undefined;
  for (const name of path) {
    const [row] = await statements.query<{ id: number }>(
      `SELECT f.id FROM folder f WHERE f.parent_id = :parentId AND f.deleted = 0 AND f.name = :name
         AND f.type = ${FOLDER_GENERIC} ORDER BY f.id LIMIT 1`,
      { parentId: folder?.object.id ?? 0, name },
    );
    folder = row && (await findTarget(statements, { id: row.id }));
    if (!folder) break;
  }
  if (!folder || folder.store.id !== store.store.id || folder.folder?.gone)
    throw new KopanoError(KCERR_NOT_FOUND, 'there is no such public folder');
  return folder;
}
