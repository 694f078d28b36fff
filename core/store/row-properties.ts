import { MSGFLAG_ASSOCIATED, MSGFLAG_DELETED } from '../mapi/message-flags.ts';
import { FOLDER_ROOT, MAPI_ATTACH, MAPI_FOLDER, MAPI_MESSAGE } from '../mapi/object-types.ts';
import type { Properties } from '../mapi/property.ts';
import {
  PR_ASSOC_CONTENT_COUNT,
  PR_ATTACH_SIZE,
  PR_CHANGE_KEY,
  PR_CONTENT_COUNT,
  PR_CONTENT_UNREAD,
  PR_DELETED_ASSOC_MSG_COUNT,
  PR_DELETED_FOLDER_COUNT,
  PR_DELETED_MSG_COUNT,
  PR_DELETED_ON,
  PR_EC_IMAP_ID,
  PR_FOLDER_CHILD_COUNT,
  PR_FOLDER_TYPE,
  PR_HASATTACH,
  PR_LOCAL_COMMIT_TIME_MAX,
  PR_MESSAGE_FLAGS,
  PR_MESSAGE_SIZE,
  PR_MSG_STATUS,
  PR_PREDECESSOR_CHANGE_LIST,
  PR_SUBFOLDERS,
} from '../mapi/tags.ts';
import type { FolderRow, ObjectRow } from './object-row.ts';

/*
 * Properties that the server keeps in columns, because it counts, sorts or
 * changes them by itself. They never lie in the property documents.
 */

/** Tags that {@link rowProperties} answers: what documents must not hold. */
export const ROW_TAGS: ReadonlySet<number> = new Set([
  PR_MESSAGE_FLAGS,
  PR_MESSAGE_SIZE,
  PR_ATTACH_SIZE,
  PR_HASATTACH,
  PR_MSG_STATUS,
  PR_EC_IMAP_ID,
  PR_CHANGE_KEY,
  PR_PREDECESSOR_CHANGE_LIST,
  PR_DELETED_ON,
  PR_LOCAL_COMMIT_TIME_MAX,
  PR_FOLDER_TYPE,
  PR_CONTENT_COUNT,
  PR_CONTENT_UNREAD,
  PR_ASSOC_CONTENT_COUNT,
  PR_DELETED_MSG_COUNT,
  PR_DELETED_FOLDER_COUNT,
  PR_DELETED_ASSOC_MSG_COUNT,
  PR_FOLDER_CHILD_COUNT,
  PR_SUBFOLDERS,
]);

export const fileTimeFromBytes = (bytes: Buffer): bigint => bytes.readBigInt64BE();
export const bytesFromFileTime = (fileTime: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt.asIntN(64, fileTime));
  return bytes;
};

/** PR_MESSAGE_FLAGS: what is kept, with the bits that tell the list the message is in. */
export const messageFlagsOf = (object: ObjectRow): number =>
  (object.messageFlags | (object.associated ? MSGFLAG_ASSOCIATED : 0) | (object.deleted ? MSGFLAG_DELETED : 0)) >>> 0;

/** The properties in the columns of an object. */
export function rowProperties(object: ObjectRow, folder?: FolderRow): Properties {
  const properties: Properties = new Map();
  if (object.changeKey) properties.set(PR_CHANGE_KEY, object.changeKey);
  if (object.predecessors) properties.set(PR_PREDECESSOR_CHANGE_LIST, object.predecessors);
  if (object.messageStatus !== null) properties.set(PR_MSG_STATUS, object.messageStatus);
  if (object.kind === MAPI_MESSAGE) {
    properties.set(PR_MESSAGE_FLAGS, messageFlagsOf(object));
    properties.set(PR_MESSAGE_SIZE, object.size);
    properties.set(PR_HASATTACH, object.hasAttach);
    if (object.imapId !== 0) properties.set(PR_EC_IMAP_ID, object.imapId);
  }
  if (object.kind === MAPI_ATTACH) properties.set(PR_ATTACH_SIZE, object.size);
  if (object.kind === MAPI_FOLDER && folder) addFolderProperties(properties, folder);
  return properties;
}

function addFolderProperties(properties: Properties, folder: FolderRow): void {
  properties.set(PR_FOLDER_TYPE, folder.type);
  if (folder.commitTime) properties.set(PR_LOCAL_COMMIT_TIME_MAX, fileTimeFromBytes(folder.commitTime));
  // Root folders show no counters (observed on 11.0.2).
  if (folder.type === FOLDER_ROOT) return;
  properties.set(PR_CONTENT_COUNT, folder.contentCount);
  properties.set(PR_CONTENT_UNREAD, folder.unreadCount);
  properties.set(PR_ASSOC_CONTENT_COUNT, folder.associatedCount);
  properties.set(PR_DELETED_MSG_COUNT, folder.deletedCount);
  properties.set(PR_DELETED_FOLDER_COUNT, folder.deletedFolderCount);
  properties.set(PR_DELETED_ASSOC_MSG_COUNT, folder.deletedAssociatedCount);
  properties.set(PR_FOLDER_CHILD_COUNT, folder.folderCount);
  properties.set(PR_SUBFOLDERS, folder.folderCount > 0);
}
