import { objectTypeOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_TYPE, KCERR_NO_ACCESS } from '../mapi/error-codes.ts';
import { FOLDER_GENERIC, FOLDER_ROOT, FOLDER_SEARCH, MAPI_FOLDER } from '../mapi/object-types.ts';
import { allows, grantsOn } from '../store/access.ts';
import { deleteObjects } from '../store/deletion.ts';
import { createFolders, type NewFolder } from '../store/folders.ts';
import { isRootFolder } from '../store/object-row.ts';
import { findTarget, type LoadedTarget, type TargetName } from '../store/target.ts';
import { actorOf } from './actor.ts';
import { type Context, type Operations, onTarget } from './context.ts';
import { requireNeed, requireTarget } from './target.ts';

/** Flags of deletions (mapidefs of the clients). */
const DEL_MESSAGES = 0x01;
const DEL_FOLDERS = 0x04;
const DEL_ASSOCIATED = 0x08;
const DELETE_HARD_DELETE = 0x10;

const named = (entryId: Buffer): TargetName | undefined =>
  objectTypeOf(entryId) === undefined ? undefined : { entryId };

/** Programs that name no type, as plugins of the original's delivery agent, mean an ordinary folder. */
const typeOf = (type: number): number => (type === FOLDER_ROOT ? FOLDER_GENERIC : type);

const createFolder = onTarget<'createFolder'>(
  (args) => named(args.sParentId),
  async (context, args) => {
    const [sEntryId] = await create(context, [
      {
        name: args.szName ?? '',
        ...(args.szComment !== undefined && { comment: args.szComment }),
        type: typeOf(args.ulType),
        openIfExists: args.fOpenIfExists,
        ...(args.lpsNewEntryId && { entryId: args.lpsNewEntryId }),
        ...(args.sOrigSourceKey.length > 0 && { sourceKey: args.sOrigSourceKey }),
        syncId: args.ulSyncId,
      },
    ]);
    return { sEntryId: sEntryId! };
  },
);

const createSeveral = onTarget<'create-folders'>(
  (args) => named(args['parent-eid']),
  async (context, args) => ({
    entryids: await create(
      context,
      args.batch.map((folder) => ({
        name: folder.name ?? '',
        ...(folder.comment !== undefined && { comment: folder.comment }),
        type: typeOf(folder.type),
        openIfExists: folder['open-if-exists'],
        ...(folder.entryid && { entryId: folder.entryid }),
        ...(folder['original-sourcekey'].length > 0 && { sourceKey: folder['original-sourcekey'] }),
        syncId: folder['sync-id'],
      })),
    ),
  }),
);

/** Creating needs the right to; opening an existing folder only to see it. */
async function create(context: Context, folders: readonly NewFolder[]): Promise<Buffer[]> {
  const parent = requireTarget(context);
  if (folders.length === 0) return [];
  const { identity } = context.session;
  const grants = await grantsOn(context.database, identity, parent, context.platform.settings.hosted);
  if (
    !allows(grants, parent, 'create folder') &&
    !(folders.every((folder) => folder.openIfExists) && allows(grants, parent, 'see folder'))
  )
    throw new KopanoError(KCERR_NO_ACCESS, 'needs the right to create folder');
  if (allows(grants, parent, 'create folder')) await requireNeed(context, parent, 'create folder');
  const mayCreate = allows(grants, parent, 'create folder');
  const entryIds = await createFolders(actorOf(context), parent, folders, { mayCreate });
  // Seeing the parent is not yet seeing what lies in it: everybody sees root folders.
  if (!mayCreate) for (const entryId of entryIds) await requireVisible(context, entryId);
  return entryIds;
}

async function requireVisible(context: Context, entryId: Buffer): Promise<void> {
  const folder = await findTarget(context.database, { entryId });
  if (!folder) throw new KopanoError(KCERR_NO_ACCESS, 'the folder is gone already');
  await requireNeed(context, folder, 'see folder');
}

function requireFolder(context: Context): LoadedTarget {
  const folder = requireTarget(context);
  if (folder.object.kind !== MAPI_FOLDER) throw new KopanoError(KCERR_INVALID_TYPE, 'not a folder');
  return folder;
}

/** Deletes what is in a folder, with its subfolders; associated messages only when asked. */
const emptyFolder = onTarget<'emptyFolder'>(
  (args) => named(args.sEntryId),
  async (context, args) => {
    const folder = requireFolder(context);
    await requireNeed(context, folder, 'delete');
    await deleteObjects(
      actorOf(context),
      { in: folder.object.id, associated: (args.ulFlags & DEL_ASSOCIATED) !== 0 },
      { hard: (args.ulFlags & DELETE_HARD_DELETE) !== 0, messages: true, folders: true, syncId: args.ulSyncId },
    );
    return {};
  },
);

/** Deletes a folder; what is in it only when asked. Search folders are always gone for good. */
const deleteFolder = onTarget<'deleteFolder'>(
  (args) => named(args.sEntryId),
  async (context, args) => {
    const folder = requireFolder(context);
    await requireNeed(context, folder, 'manage folder');
    if (isRootFolder(folder)) throw new KopanoError(KCERR_NO_ACCESS, 'the root folder goes with its store only');
    await deleteObjects(
      actorOf(context),
      { ids: [folder.object.id] },
      {
        hard: (args.ulFlags & DELETE_HARD_DELETE) !== 0 || folder.folder?.type === FOLDER_SEARCH,
        messages: (args.ulFlags & DEL_MESSAGES) !== 0,
        folders: (args.ulFlags & DEL_FOLDERS) !== 0,
        syncId: args.ulSyncId,
      },
    );
    return {};
  },
);

export const folder = {
  createFolder,
  'create-folders': createSeveral,
  emptyFolder,
  deleteFolder,
} satisfies Partial<Operations>;
