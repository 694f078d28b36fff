import type { QuotaSettings } from '../directory/principal-details.ts';
import { effectiveQuota } from '../directory/quota.ts';
import { indexedEntryId } from '../mapi/entry-id.ts';
import { STORE_PUBLIC } from '../mapi/object-types.ts';
import type { SqlParameters, SqlRow, Statements } from '../platform/database.ts';
import {
  DOCUMENT_COLUMNS,
  type FolderRow,
  OBJECT_COLUMNS,
  type RawDocuments,
  type RawObjectRow,
  type RawStoreRow,
  readObjectRow,
  readStoreRow,
  STORE_COLUMNS,
  type Target,
} from './object-row.ts';

/** How a target is named: by its entry id, its number or its source key, or as the folder of a sync. */
export type TargetName =
  | { readonly entryId: Buffer }
  | { readonly id: number }
  | { readonly sourceKey: Buffer }
  | { readonly syncId: number };

const PARENT_COLUMNS = `p.id AS p_id, p.kind AS p_kind, p.parent_id AS p_parent_id, GREATEST(p.deleted, COALESCE(pf.gone, 0)) AS p_gone,
  p.entry_id AS p_entry_id, p.source_key AS p_source_key`;

const FOLDER_COLUMNS = `f.type AS f_type, f.name AS f_name, f.gone AS f_gone, f.content_count AS f_content_count,
  f.unread_count AS f_unread_count, f.associated_count AS f_associated_count, f.deleted_count AS f_deleted_count,
  f.deleted_associated_count AS f_deleted_associated_count, f.folder_count AS f_folder_count,
  f.deleted_folder_count AS f_deleted_folder_count, f.commit_time AS f_commit_time`;

/** Select list, with the documents, of a {@link Target} as {@link targetJoin} joins it. */
export const TARGET_COLUMNS = [
  OBJECT_COLUMNS,
  DOCUMENT_COLUMNS,
  STORE_COLUMNS,
  PARENT_COLUMNS,
  FOLDER_COLUMNS,
  // The session that keeps the message for itself, while it lives.
  '(SELECT ml.session_id FROM message_lock ml JOIN session mls ON mls.id = ml.session_id WHERE ml.object_id = o.id) AS o_lock',
  // Quota of the owner, and what the company gives its users.
  "(SELECT JSON_EXTRACT(pq.details, '$.quota') FROM principal pq WHERE pq.id = st.owner_id) AS o_quota",
  "(SELECT JSON_EXTRACT(cq.details, '$.userQuota') FROM principal cq WHERE cq.id = st.company_id) AS o_company_quota",
  // The state of the object is known up to this change; subscriptions begin here.
  '(SELECT MAX(oc.id) FROM `change` oc WHERE oc.store_id = o.store_id) AS o_position',
].join(', ');

/** Joins of store, parent and folder to the object `o`. */
export const SURROUNDINGS = `LEFT JOIN store st ON st.id = o.store_id
  LEFT JOIN object p ON p.id = o.parent_id
  LEFT JOIN folder pf ON pf.id = o.parent_id
  LEFT JOIN folder f ON f.id = o.id`;

/** Condition that picks the object, and its parameter. */
export function targetCondition(name: TargetName): { sql: string; parameters: SqlParameters } {
  if ('id' in name) return { sql: 'o.id = :targetId', parameters: { targetId: name.id } };
  if ('sourceKey' in name)
    return { sql: 'o.source_key = :targetSourceKey', parameters: { targetSourceKey: name.sourceKey } };
  if ('syncId' in name)
    return {
      sql: 'o.source_key = (SELECT sy.folder_source_key FROM sync sy WHERE sy.id = :targetSyncId)',
      parameters: { targetSyncId: name.syncId },
    };
  return { sql: 'o.entry_id = :targetEntryId', parameters: { targetEntryId: indexedEntryId(name.entryId) } };
}

/** Joins a target to another statement, so that a session and its object come in one round trip. */
export function targetJoin(name: TargetName): { sql: string; parameters: SqlParameters } {
  const condition = targetCondition(name);
  return { sql: `LEFT JOIN object o ON ${condition.sql} ${SURROUNDINGS}`, parameters: condition.parameters };
}

type RawTarget = RawObjectRow &
  RawDocuments &
  RawStoreRow & {
    readonly p_id: number | null;
    readonly p_kind: number;
    readonly p_parent_id: number;
    readonly p_gone: number;
    readonly p_entry_id: Buffer | null;
    readonly p_source_key: Buffer | null;
    readonly f_type: number | null;
    readonly f_name: string;
    readonly f_gone: number;
    readonly f_content_count: number;
    readonly f_unread_count: number;
    readonly f_associated_count: number;
    readonly f_deleted_count: number;
    readonly f_deleted_associated_count: number;
    readonly f_folder_count: number;
    readonly f_deleted_folder_count: number;
    readonly f_commit_time: Buffer | null;
  };

/** A target with its property documents, as they were when it was read. */
export interface LoadedTarget extends Target {
  readonly documents: { readonly props: string; readonly overflow: string | null };
  /** The session that keeps the message for itself. */
  readonly lockedBy?: bigint;
  /** Of the store's owner; one that asks for the default means the site's, see orSiteQuota. */
  readonly quota: QuotaSettings;
  /** Number of the newest change of the store when the target was read. */
  readonly position: number;
}

/** The target of a joined row; undefined where the join found none. */
export function readTarget(row: SqlRow): LoadedTarget | undefined {
  const raw = row as unknown as RawTarget;
  if (raw.o_id === null || raw.o_id === undefined || raw.st_id === null) return undefined;
  return {
    object: readObjectRow(raw),
    store: readStoreRow(raw),
    ...(raw.p_id !== null && {
      parent: {
        id: raw.p_id,
        kind: raw.p_kind,
        parentId: raw.p_parent_id,
        gone: Number(raw.p_gone) !== 0,
        entryId: raw.p_entry_id,
        sourceKey: raw.p_source_key,
      },
    }),
    ...(raw.f_type !== null && { folder: readFolder(raw) }),
    documents: { props: raw.o_props, overflow: raw.o_overflow },
    // What a company gives its users is not meant for its public store.
    quota: effectiveQuota(
      readQuota(row.o_quota),
      raw.st_type === STORE_PUBLIC ? undefined : readQuota(row.o_company_quota),
    ),
    position: Number(row.o_position ?? 0),
    ...(Buffer.isBuffer(row.o_lock) && { lockedBy: row.o_lock.readBigUInt64BE() }),
  };
}

const readQuota = (column: unknown): QuotaSettings | undefined =>
  typeof column === 'string' ? (JSON.parse(column) as QuotaSettings) : undefined;

const readFolder = (raw: RawTarget): FolderRow => ({
  type: raw.f_type ?? 0,
  name: raw.f_name,
  gone: raw.f_gone !== 0,
  contentCount: raw.f_content_count,
  unreadCount: raw.f_unread_count,
  associatedCount: raw.f_associated_count,
  deletedCount: raw.f_deleted_count,
  deletedAssociatedCount: raw.f_deleted_associated_count,
  folderCount: raw.f_folder_count,
  deletedFolderCount: raw.f_deleted_folder_count,
  commitTime: raw.f_commit_time,
});

/** Finds an object with its surroundings in one statement. */
export async function findTarget(statements: Statements, name: TargetName): Promise<LoadedTarget | undefined> {
  const condition = targetCondition(name);
  const [row] = await statements.query(
    `SELECT ${TARGET_COLUMNS} FROM object o ${SURROUNDINGS} WHERE ${condition.sql}`,
    condition.parameters,
  );
  return row && readTarget(row);
}
