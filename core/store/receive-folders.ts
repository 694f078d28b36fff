import { KopanoError } from '../mapi/error.ts';
import {
  KCERR_DATABASE_ERROR,
  KCERR_INVALID_ENTRYID,
  KCERR_INVALID_TYPE,
  KCERR_NOT_FOUND,
} from '../mapi/error-codes.ts';
import { MAPI_FOLDER } from '../mapi/object-types.ts';
import type { Statements } from '../platform/database.ts';
import { requireAccess } from './access.ts';
import type { Actor } from './actor.ts';
import { sqlList } from './sql-list.ts';
import { findTarget, type LoadedTarget } from './target.ts';

/** Where messages of a class arrive. */
export interface ReceiveFolder {
  readonly folderId: number;
  readonly entryId: Buffer;
  /** The class that was set, a prefix of the one asked for. */
  readonly messageClass: string;
}

/** A class and the classes it is a kind of: `IPM.Note.SMIME`, `IPM.Note`, `IPM`, and the default (empty). */
export function classAndBases(messageClass: string): string[] {
  const parts = messageClass.split('.');
  const classes = parts.map((_, index) => parts.slice(0, parts.length - index).join('.'));
  return [...new Set([...classes, ''])];
}

/** The folder where a class arrives in a store; KCERR_NOT_FOUND where none was set. */
export async function findReceiveFolder(
  statements: Statements,
  storeId: number,
  messageClass: string,
): Promise<ReceiveFolder> {
  const list = sqlList('class', classAndBases(messageClass));
  const [row] = await statements.query<{ folder_id: number; message_class: string; entry_id: Buffer }>(
    `SELECT r.folder_id, r.message_class, o.entry_id FROM receive_folder r JOIN object o ON o.id = r.folder_id
     WHERE r.store_id = :storeId AND r.message_class IN (${list.sql})
     ORDER BY CHAR_LENGTH(r.message_class) DESC LIMIT 1`,
    { ...list.parameters, storeId },
  );
  if (!row) throw new KopanoError(KCERR_NOT_FOUND, 'no receive folder is set');
  return { folderId: row.folder_id, entryId: row.entry_id, messageClass: row.message_class };
}

/** All receive folders of a store. */
export async function listReceiveFolders(statements: Statements, storeId: number): Promise<ReceiveFolder[]> {
  const rows = await statements.query<{ folder_id: number; message_class: string; entry_id: Buffer }>(
    `SELECT r.folder_id, r.message_class, o.entry_id FROM receive_folder r JOIN object o ON o.id = r.folder_id
     WHERE r.store_id = :storeId ORDER BY r.message_class`,
    { storeId },
  );
  return rows.map((row) => ({ folderId: row.folder_id, entryId: row.entry_id, messageClass: row.message_class }));
}

/** Sets where a class arrives; without a folder, where the default class does. */
export async function setReceiveFolder(
  actor: Actor,
  store: LoadedTarget,
  folderEntryId: Buffer | undefined,
  messageClass: string,
): Promise<void> {
  const { database, identity, platform } = actor;
  if (folderEntryId === undefined && messageClass === '')
    throw new KopanoError(KCERR_INVALID_TYPE, 'neither a folder nor a class is given');
  const folderId = folderEntryId
    ? await folderOf(actor, store, folderEntryId)
    : await defaultFolder(database, store.store.id);
  const [known] = await database.query<{ folder_id: number }>(
    'SELECT folder_id FROM receive_folder WHERE store_id = :storeId AND message_class = :messageClass',
    { storeId: store.store.id, messageClass },
  );
  if (known?.folder_id === folderId) return;
  await requireAccess(database, identity, store, known ? 'edit' : 'create', platform.settings.hosted);
  await database.execute(
    `INSERT INTO receive_folder (store_id, message_class, folder_id) VALUES (:storeId, :messageClass, :folderId)
     ON DUPLICATE KEY UPDATE folder_id = VALUES(folder_id)`,
    { storeId: store.store.id, messageClass, folderId },
  );
}

async function folderOf(actor: Actor, store: LoadedTarget, entryId: Buffer): Promise<number> {
  const folder = await findTarget(actor.database, { entryId });
  if (!folder) throw new KopanoError(KCERR_NOT_FOUND, 'the folder does not exist');
  if (folder.store.id !== store.store.id || folder.object.kind !== MAPI_FOLDER)
    throw new KopanoError(KCERR_INVALID_ENTRYID, 'not a folder of this store');
  if (folder.object.deleted || folder.folder?.gone) throw new KopanoError(KCERR_NOT_FOUND, 'the folder is deleted');
  return folder.object.id;
}

async function defaultFolder(statements: Statements, storeId: number): Promise<number> {
  const [row] = await statements.query<{ folder_id: number }>(
    `SELECT folder_id FROM receive_folder WHERE store_id = :storeId AND message_class = ''`,
    { storeId },
  );
  if (!row) throw new KopanoError(KCERR_DATABASE_ERROR, 'the store has no default receive folder');
  return row.folder_id;
}

/** Sets where classes arrive in a new store, in one statement. */
export async function insertReceiveFolders(
  statements: Statements,
  storeId: number,
  rows: readonly { readonly messageClass: string; readonly folderId: number }[],
): Promise<void> {
  await statements.batch(
    'INSERT INTO receive_folder (store_id, message_class, folder_id) VALUES (:storeId, :messageClass, :folderId)',
    rows.map(({ messageClass, folderId }) => ({ storeId, messageClass, folderId })),
  );
}
