/** Copies folders between stores, which servers leave to their clients: folder by folder, messages by the hundred. */

import { KCERR_NOT_FOUND, KCWARN_PARTIAL_COMPLETION } from '../../core/mapi/error-codes.ts';
import { FOLDER_GENERIC, MAPI_MESSAGE } from '../../core/mapi/object-types.ts';
import { PR_CONTAINER_CLASS, PR_ENTRYID } from '../../core/mapi/tags.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import type { Progress } from '../terminal/progress.ts';
import { bytesOf, wireProperty } from '../wire-properties.ts';
import { type Folder, foldersBelow } from './folders.ts';
import { saveProperties } from './objects.ts';
import { readTable } from './table.ts';

/** Messages of one call: some seconds of work at most. */
export const MESSAGES_PER_CALL = 100;

/** Flags of copyObjects and copyFolder (mapidefs of the clients). */
export const COPY_MOVE = 0x01;
export const COPY_SUBFOLDERS = 0x10;

/** What was copied. */
export interface Copied {
  readonly folders: number;
  readonly messages: number;
  /** Messages that the server left out. */
  readonly incomplete: boolean;
}

/** The entry ids of all messages of a folder. */
export async function messageIds(session: Session, folderId: Buffer): Promise<Buffer[]> {
  const rows = await readTable(session, { entryId: folderId, objectType: MAPI_MESSAGE, columns: [PR_ENTRYID] });
  return rows.map((row) => bytesOf(row, PR_ENTRYID)!);
}

/** Copies or moves messages; whether all of them went. */
export async function transferMessages(
  session: Session,
  ids: readonly Buffer[],
  destination: Buffer,
  { move, progress }: { readonly move: boolean; readonly progress?: Progress },
): Promise<boolean> {
  let complete = true;
  for (let start = 0; start < ids.length; start += MESSAGES_PER_CALL) {
    const some = ids.slice(start, start + MESSAGES_PER_CALL);
    progress?.step(`${start + some.length} of ${ids.length} messages`);
    try {
      await session.call('copyObjects', {
        aMessages: some,
        sDestFolderId: destination,
        ulFlags: move ? COPY_MOVE : 0,
      });
    } catch (error) {
      if (!isRefused(error, KCWARN_PARTIAL_COMPLETION, KCERR_NOT_FOUND)) throw error;
      complete = false;
    }
  }
  return complete;
}

/** Makes a folder, or opens the one of that name. */
export async function makeFolder(session: Session, parentId: Buffer, name: string, open: boolean): Promise<Buffer> {
  const { sEntryId } = await session.call('createFolder', {
    sParentId: parentId,
    ulType: FOLDER_GENERIC,
    szName: name,
    szComment: '',
    fOpenIfExists: open,
  });
  return sEntryId;
}

/** Sets the class of a folder, which says what is in it. */
export async function classifyFolder(
  session: Session,
  folderId: Buffer,
  storeId: Buffer,
  containerClass: string,
): Promise<void> {
  if (containerClass !== '')
    await saveProperties(session, folderId, storeId, [wireProperty(PR_CONTAINER_CLASS, containerClass)]);
}

/** Copies a folder with all that is below into a folder of another store. What an attempt has left is used again. */
export async function copyTree(
  session: Session,
  source: { readonly entryId: Buffer; readonly name: string; readonly containerClass: string },
  destination: { readonly storeId: Buffer; readonly parentId: Buffer },
  progress: Progress,
): Promise<Copied> {
  const below = await foldersBelow(session, source.entryId, false);
  progress.expect(below.length + 1);
  const top = await makeFolder(session, destination.parentId, source.name, true);
  await classifyFolder(session, top, destination.storeId, source.containerClass);
  const made = new Map<string, Buffer>([['', top]]);
  let messages = 0;
  let complete = true;
  const copyMessages = async (from: Buffer, to: Buffer): Promise<void> => {
    const ids = await messageIds(session, from);
    messages += ids.length;
    if (!(await transferMessages(session, ids, to, { move: false }))) complete = false;
  };
  progress.step(source.name);
  await copyMessages(source.entryId, top);
  for (const folder of below) {
    progress.step(folder.path);
    const copy = await makeFolder(session, made.get(parentPath(folder))!, folder.name, true);
    await classifyFolder(session, copy, destination.storeId, folder.containerClass);
    made.set(folder.path, copy);
    await copyMessages(folder.entryId, copy);
  }
  return { folders: below.length + 1, messages, incomplete: !complete };
}

/** Path of the folder in which one is. */
const parentPath = ({ path, depth }: Folder): string => (depth === 0 ? '' : path.replace(/\/(?:[^\\/]|\\.)*$/, ''));
