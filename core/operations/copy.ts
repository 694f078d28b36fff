import { objectTypeOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import {
  KCERR_FOLDER_CYCLE,
  KCERR_INVALID_ENTRYID,
  KCERR_NO_SUPPORT,
  KCERR_NOT_FOUND,
  KCWARN_PARTIAL_COMPLETION,
} from '../mapi/error-codes.ts';
import { MAPI_FOLDER } from '../mapi/object-types.ts';
import { copyMessages } from '../store/copy.ts';
import { copyFolder as copyWhole, type FolderJourney, moveFolder } from '../store/copy-folder.ts';
import { moveMessages } from '../store/move.ts';
import { findTarget, type TargetName } from '../store/target.ts';
import { actorOf } from './actor.ts';
import { type Operations, onTarget } from './context.ts';
import { required, requireNeed, requireRoom, requireTarget } from './target.ts';

/** Flags of copies (mapidefs of the clients). */
const MOVE = 0x01;
const COPY_SUBFOLDERS = 0x10;

const named = (entryId: Buffer): TargetName | undefined =>
  objectTypeOf(entryId) === undefined ? undefined : { entryId };

const warnUnless = (complete: boolean): Record<string, never> => {
  if (!complete) throw new KopanoError(KCWARN_PARTIAL_COMPLETION, 'not all objects were treated');
  return {};
};

/** Copies messages into a folder, or moves them. */
const copyObjects = onTarget<'copyObjects'>(
  (args) => named(args.sDestFolderId),
  async (context, args) => {
    const messages = required(args.aMessages, 'aMessages');
    const destination = requireTarget(context);
    if (destination.object.kind !== MAPI_FOLDER) throw new KopanoError(KCERR_INVALID_ENTRYID, 'not a folder');
    await requireNeed(context, destination, 'create');
    if (!(args.ulFlags & MOVE)) requireRoom(context, destination);
    const entryIds = messages.filter((entryId) => objectTypeOf(entryId) !== undefined);
    const treat = args.ulFlags & MOVE ? moveMessages : copyMessages;
    const complete = await treat(actorOf(context), entryIds, destination, args.ulSyncId);
    return warnUnless(complete && entryIds.length === messages.length);
  },
);

/** Copies a folder into another of the same store, or moves it. */
const copyFolder = onTarget<'copyFolder'>(
  (args) => named(args.sEntryId),
  async (context, args) => {
    const folder = requireTarget(context);
    const destination =
      named(args.sDestFolderId) && (await findTarget(context.database, { entryId: args.sDestFolderId }));
    if (!destination) throw new KopanoError(KCERR_NOT_FOUND, 'the destination does not exist');
    if (destination.store.id !== folder.store.id)
      throw new KopanoError(KCERR_NO_SUPPORT, 'folders are not copied between stores; clients do it piecewise');
    await requireNeed(context, destination, 'create folder');
    await requireNeed(context, folder, args.ulFlags & MOVE ? 'manage folder' : 'read');
    if (folder.object.id === destination.object.id) throw new KopanoError(KCERR_FOLDER_CYCLE, 'a folder in itself');
    if (folder.object.kind !== MAPI_FOLDER || destination.object.kind !== MAPI_FOLDER)
      throw new KopanoError(KCERR_INVALID_ENTRYID, 'not a folder');
    if (!(args.ulFlags & MOVE)) requireRoom(context, destination);
    const journey: FolderJourney = {
      folder,
      destination,
      syncId: args.ulSyncId,
      ...(args.lpszNewFolderName !== undefined && { name: args.lpszNewFolderName }),
    };
    if (args.ulFlags & MOVE) {
      await moveFolder(actorOf(context), journey);
      return {};
    }
    return warnUnless(await copyWhole(actorOf(context), journey, (args.ulFlags & COPY_SUBFOLDERS) !== 0));
  },
);

export const copy = { copyObjects, copyFolder } satisfies Partial<Operations>;
