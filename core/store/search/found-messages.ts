import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import { PR_SENSITIVITY } from '../../mapi/tags.ts';
import type { SqlParameters } from '../../platform/database.ts';
import { sqlList } from '../sql-list.ts';
import { messageColumn } from '../table/message-columns.ts';
import type { SearchPlace } from '../table/store-place.ts';

/** From this PR_SENSITIVITY on, a message is private (MS-OXCMSG 2.2.1.13). */
const SENSITIVITY_PRIVATE = 2;

/**
 * Condition on messages `o` that they are among the results of a search folder,
 * and lie where whoever looks may read. In other people's stores nothing
 * private is found, as clients would ring for it (observed on 11.0.2).
 */
export function foundMessages(
  folderId: number,
  { rights, ownStoreId }: SearchPlace,
): { readonly sql: string; readonly parameters: SqlParameters } {
  const conditions = [
    'o.id IN (SELECT r.object_id FROM search_result r WHERE r.folder_id = :folderId)',
    `o.parent_id IN (SELECT sc.scope_id FROM search_scope sc JOIN folder sf ON sf.id = sc.scope_id AND sf.gone = 0
      WHERE sc.folder_id = :folderId)`,
    `o.kind = ${MAPI_MESSAGE} AND o.associated = 0 AND o.deleted = 0`,
  ];
  if (!rights) return { sql: conditions.join(' AND '), parameters: { folderId } };
  const readable = sqlList('readable', [...rights.keys()]);
  const isPublic = `COALESCE(${messageColumn(PR_SENSITIVITY)!.sql}, 0) < ${SENSITIVITY_PRIVATE}`;
  conditions.push(
    rights.size === 0 ? 'FALSE' : `o.parent_id IN (${readable.sql})`,
    ownStoreId === undefined ? isPublic : `(o.store_id = :ownStoreId OR ${isPublic})`,
  );
  return {
    sql: conditions.join(' AND '),
    parameters: { ...readable.parameters, folderId, ...(ownStoreId !== undefined && { ownStoreId }) },
  };
}
