import { MAPI_ATTACH, MAPI_FOLDER, MAPI_MESSAGE, MAPI_STORE } from '../mapi/object-types.ts';
import { type PropertyTag, propertyId } from '../mapi/property.ts';
import * as tags from '../mapi/tags.ts';

const idsOf = (list: readonly PropertyTag[]): ReadonlySet<number> => new Set(list.map(propertyId));

/** Computed or counted by the server; what clients send of them is passed over (observed on 11.0.2). */
const COMPUTED = idsOf([
  tags.PR_ACCESS,
  tags.PR_USER_NAME,
  tags.PR_MAILBOX_OWNER_NAME,
  tags.PR_USER_ENTRYID,
  tags.PR_MAILBOX_OWNER_ENTRYID,
  tags.PR_EC_MAILBOX_OWNER_ACCOUNT,
  tags.PR_EC_HIERARCHYID,
  tags.PR_SUBFOLDERS,
  tags.PR_HASATTACH,
  tags.PR_LONGTERM_ENTRYID_FROM_TABLE,
  tags.PR_ENTRYID,
  tags.PR_PARENT_ENTRYID,
  tags.PR_STORE_ENTRYID,
  tags.PR_STORE_RECORD_KEY,
  tags.PR_INSTANCE_KEY,
  tags.PR_OBJECT_TYPE,
  tags.PR_CONTENT_COUNT,
  tags.PR_CONTENT_UNREAD,
  tags.PR_RIGHTS,
  tags.PR_ACCESS_LEVEL,
  tags.PR_PARENT_SOURCE_KEY,
  tags.PR_FOLDER_TYPE,
  tags.PR_EC_IMAP_ID,
  tags.PR_MESSAGE_SIZE,
  tags.PR_ATTACH_SIZE,
  tags.PR_ASSOC_CONTENT_COUNT,
  tags.PR_FOLDER_CHILD_COUNT,
  tags.PR_DELETED_MSG_COUNT,
  tags.PR_DELETED_FOLDER_COUNT,
  tags.PR_DELETED_ASSOC_MSG_COUNT,
  tags.PR_DELETED_ON,
  tags.PR_LOCAL_COMMIT_TIME_MAX,
]);

/** Written only when a store, folder or message is new, or by a sync. */
const FIRST_SAVE_ONLY: ReadonlySet<PropertyTag> = new Set([
  tags.PR_LAST_MODIFICATION_TIME,
  tags.PR_MESSAGE_FLAGS,
  tags.PR_SEARCH_KEY,
  tags.PR_LAST_MODIFIER_NAME,
  tags.PR_LAST_MODIFIER_ENTRYID,
]);

/** Never removed. */
const UNREMOVABLE: ReadonlySet<PropertyTag> = new Set([
  tags.PR_MESSAGE_FLAGS,
  tags.PR_CREATION_TIME,
  tags.PR_LAST_MODIFICATION_TIME,
  tags.PR_LAST_MODIFIER_ENTRYID,
  tags.PR_LAST_MODIFIER_NAME,
  tags.PR_SOURCE_KEY,
]);

/** The circumstances of a save that decide what may be written. */
export interface SaveCircumstances {
  readonly kind: number;
  readonly isNew: boolean;
  /** The object lies in a folder, not in a message. */
  readonly inFolder: boolean;
  /** Not 0: a sync writes, and may set what otherwise the server sets. */
  readonly syncId: number;
}

/** Whether a property that a client sends is kept. */
export function isWritable(tag: PropertyTag, { kind, isNew, inFolder, syncId }: SaveCircumstances): boolean {
  const id = propertyId(tag);
  if (COMPUTED.has(id)) return false;
  if (id === propertyId(tags.PR_RECORD_KEY)) return kind === MAPI_ATTACH;
  if (isNew) return true;
  if (kind === MAPI_MESSAGE || kind === MAPI_FOLDER || kind === MAPI_STORE) {
    if (FIRST_SAVE_ONLY.has(tag)) return syncId !== 0;
    if (tag === tags.PR_SOURCE_KEY) return !inFolder;
  }
  return syncId !== 0 || (tag !== tags.PR_LAST_MODIFIER_NAME && tag !== tags.PR_LAST_MODIFIER_ENTRYID);
}

/** Whether a property may be removed by a client. */
export const isRemovable = (tag: PropertyTag): boolean => !UNREMOVABLE.has(tag) && !COMPUTED.has(propertyId(tag));
