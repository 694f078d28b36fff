import { MAPI_FOLDER, MAPI_MESSAGE } from '../mapi/object-types.ts';

/** A row of `object` without its property documents. */
export interface ObjectRow {
  readonly id: number;
  readonly storeId: number;
  /** 0: a store, which has no parent. */
  readonly parentId: number;
  /** Object type, see core/mapi/object-types.ts. */
  readonly kind: number;
  readonly associated: boolean;
  readonly deleted: boolean;
  /** Principal who created it. */
  readonly ownerId: number;
  /** Grows with every change of the row's documents. */
  readonly version: number;
  /** Names the attachment data, wherever copies of it are; null without. */
  readonly instanceId: number | null;
  /** Null for recipients, attachments and embedded messages. */
  readonly entryId: Buffer | null;
  readonly sourceKey: Buffer | null;
  readonly changeKey: Buffer | null;
  readonly predecessors: Buffer | null;
  readonly messageFlags: number;
  /** PR_MSG_STATUS; null where it was never set. */
  readonly messageStatus: number | null;
  readonly size: number;
  readonly imapId: number;
  readonly hasAttach: boolean;
}

/** Columns of an {@link ObjectRow}. */
export const OBJECT_COLUMN_NAMES = [
  'id',
  'store_id',
  'parent_id',
  'kind',
  'associated',
  'deleted',
  'owner_id',
  'version',
  'instance_id',
  'entry_id',
  'source_key',
  'change_key',
  'predecessors',
  'message_flags',
  'message_status',
  'size',
  'imap_id',
  'has_attach',
] as const;

/** Select list of some columns of the table alias `o`, labels prefixed so that joins stay clear. */
export const objectColumns = (names: readonly (typeof OBJECT_COLUMN_NAMES)[number][]): string =>
  names.map((name) => `o.${name} AS o_${name}`).join(', ');

/** Select list of an {@link ObjectRow}. */
export const OBJECT_COLUMNS = objectColumns(OBJECT_COLUMN_NAMES);

/** Its two property documents besides. */
export const DOCUMENT_COLUMNS = 'o.props AS o_props, o.overflow AS o_overflow';

/** A row as {@link OBJECT_COLUMNS} selects it. */
export interface RawObjectRow {
  readonly o_id: number;
  readonly o_store_id: number;
  readonly o_parent_id: number;
  readonly o_kind: number;
  readonly o_associated: number;
  readonly o_deleted: number;
  readonly o_owner_id: number;
  readonly o_version: number;
  readonly o_instance_id: number | null;
  readonly o_entry_id: Buffer | null;
  readonly o_source_key: Buffer | null;
  readonly o_change_key: Buffer | null;
  readonly o_predecessors: Buffer | null;
  readonly o_message_flags: number;
  readonly o_message_status: number | null;
  readonly o_size: number;
  readonly o_imap_id: number;
  readonly o_has_attach: number;
}

export interface RawDocuments {
  readonly o_props: string;
  readonly o_overflow: string | null;
}

export const readObjectRow = (raw: RawObjectRow): ObjectRow => ({
  id: raw.o_id,
  storeId: raw.o_store_id,
  parentId: raw.o_parent_id,
  kind: raw.o_kind,
  associated: raw.o_associated !== 0,
  deleted: raw.o_deleted !== 0,
  ownerId: raw.o_owner_id,
  version: raw.o_version,
  instanceId: raw.o_instance_id,
  entryId: raw.o_entry_id,
  sourceKey: raw.o_source_key,
  changeKey: raw.o_change_key,
  predecessors: raw.o_predecessors,
  messageFlags: raw.o_message_flags,
  messageStatus: raw.o_message_status,
  size: raw.o_size,
  imapId: raw.o_imap_id,
  hasAttach: raw.o_has_attach !== 0,
});

/** The store an object lies in, as far as access and naming need it. */
export interface StoreRow {
  readonly id: number;
  readonly guid: Buffer;
  readonly rootId: number;
  /** STORE_PRIVATE, STORE_PUBLIC or STORE_ARCHIVE. */
  readonly type: number;
  /** Principal whose store it is; 0 for an orphan. */
  readonly ownerId: number;
  readonly companyId: number;
  /** Bytes of all messages. */
  readonly size: number;
}

export const STORE_COLUMNS = `st.id AS st_id, st.guid AS st_guid, st.root_id AS st_root_id, st.type AS st_type,
  st.owner_id AS st_owner_id, st.company_id AS st_company_id, st.size AS st_size`;

export interface RawStoreRow {
  readonly st_id: number;
  readonly st_guid: Buffer;
  readonly st_root_id: number;
  readonly st_type: number;
  readonly st_owner_id: number | null;
  readonly st_company_id: number;
  readonly st_size: number;
}

export const readStoreRow = (raw: RawStoreRow): StoreRow => ({
  id: raw.st_id,
  guid: raw.st_guid,
  rootId: raw.st_root_id,
  type: raw.st_type,
  ownerId: raw.st_owner_id ?? 0,
  companyId: raw.st_company_id,
  size: raw.st_size,
});

/** An object with what surrounds it: what every operation on an object starts from. */
export interface Target {
  readonly object: ObjectRow;
  readonly store: StoreRow;
  /** The parent, absent for stores. */
  readonly parent?: ParentRow;
  /** What a folder has besides its object row. */
  readonly folder?: FolderRow;
}

export interface ParentRow {
  readonly id: number;
  readonly kind: number;
  readonly parentId: number;
  /** It, or a folder above it, is soft-deleted. */
  readonly gone: boolean;
  readonly entryId: Buffer | null;
  readonly sourceKey: Buffer | null;
}

export interface FolderRow {
  /** FOLDER_ROOT, FOLDER_GENERIC or FOLDER_SEARCH. */
  readonly type: number;
  readonly name: string;
  /** It, or a folder above it, is soft-deleted. */
  readonly gone: boolean;
  readonly contentCount: number;
  readonly unreadCount: number;
  readonly associatedCount: number;
  readonly deletedCount: number;
  readonly deletedAssociatedCount: number;
  readonly folderCount: number;
  readonly deletedFolderCount: number;
  /** PR_LOCAL_COMMIT_TIME_MAX as a FILETIME of 8 bytes, or null. */
  readonly commitTime: Buffer | null;
}

/** Whether an object is a message that lies in a folder (not one embedded in an attachment). */
export const isFolderMessage = (target: Target): boolean =>
  target.object.kind === MAPI_MESSAGE && target.parent?.kind === MAPI_FOLDER;

/** Whether a folder is the root of its store. */
export const isRootFolder = (target: Target): boolean => target.object.id === target.store.rootId;
