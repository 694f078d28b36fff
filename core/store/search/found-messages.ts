import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import { PR_SENSITIVITY } from '../../mapi/tags.ts';
import { sqlList } from '../sql-list.ts';
import { messageColumn } from '../table/message-columns.ts';
import type { Sql } from '../table/message-keys.ts';
import type { SearchPlace } from '../table/store-place.ts';

/** From this PR_SENSITIVITY on, a message is private (MS-OXCMSG 2.2.1.13). */
const SENSITIVITY_PRIVATE = 2;

/**
 * The messages `o` that are among the results of a search folder and lie where
 * whoever looks may read. In other people's stores nothing private is found, as
 * clients would ring for it (observed on 11.0.2).
 *
 * The database can't know whether there are few results or many, so the order
 * in which it joins is said: from the results to their messages, or, where they
 * are dense, through an index of all messages.
 */
export function foundMessages(folderId: number, { rights, ownStoreId, dense, index }: SearchPlace): Sql {
  const from = dense
    ? `search_scope sc STRAIGHT_JOIN folder sf ON sf.id = sc.scope_id
        STRAIGHT_JOIN object o FORCE INDEX (${index ?? 'object_list'}) ON o.parent_id = sc.scope_id
        STRAIGHT_JOIN search_result r ON r.folder_id = sc.folder_id AND r.object_id = o.id`
    : `search_result r STRAIGHT_JOIN object o ON o.id = r.object_id
        STRAIGHT_JOIN search_scope sc ON sc.folder_id = r.folder_id AND sc.scope_id = o.parent_id
        STRAIGHT_JOIN folder sf ON sf.id = sc.scope_id`;
  const conditions = [
    'r.folder_id = :folderId AND sc.folder_id = :folderId AND sf.gone = 0',
    `o.kind = ${MAPI_MESSAGE} AND o.associated = 0 AND o.deleted = 0`,
  ];
  if (!rights) return { sql: conditions.join(' AND '), parameters: { folderId }, from, scattered: true };
  const readable = sqlList('readable', [...rights.keys()]);
  const isPublic = `COALESCE(${messageColumn(PR_SENSITIVITY)!.sql}, 0) < ${SENSITIVITY_PRIVATE}`;
  conditions.push(
    rights.size === 0 ? 'FALSE' : `o.parent_id IN (${readable.sql})`,
    ownStoreId === undefined ? isPublic : `(o.store_id = :ownStoreId OR ${isPublic})`,
  );
  return {
    sql: conditions.join(' AND '),
    parameters: { ...readable.parameters, folderId, ...(ownStoreId !== undefined && { ownStoreId }) },
    from,
    scattered: true,
  };
}
