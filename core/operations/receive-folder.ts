import { objectTypeOf } from '../mapi/entry-id.ts';
import {
  findReceiveFolder,
  listReceiveFolders,
  type ReceiveFolder,
  setReceiveFolder as set,
} from '../store/receive-folders.ts';
import type { TargetName } from '../store/target.ts';
import { actorOf } from './actor.ts';
import { type Operations, onTarget } from './context.ts';
import { requireTarget } from './target.ts';

const named = (entryId: Buffer): TargetName | undefined =>
  objectTypeOf(entryId) === undefined ? undefined : { entryId };

const wireOf = (folder: ReceiveFolder) => ({ sEntryId: folder.entryId, lpszAExplicitClass: folder.messageClass });

/** Where messages of a class arrive. */
const getReceiveFolder = onTarget<'getReceiveFolder'>(
  (args) => named(args.sStoreId),
  async (context, args) => {
    const { store } = requireTarget(context);
    return { sReceiveFolder: wireOf(await findReceiveFolder(context.database, store.id, args.lpszMessageClass ?? '')) };
  },
);

/** Where messages of all classes arrive. */
const getReceiveFolderTable = onTarget<'getReceiveFolderTable'>(
  (args) => named(args.sStoreId),
  async (context) => {
    const { store } = requireTarget(context);
    const folders = await listReceiveFolders(context.database, store.id);
    return folders.length > 0 ? { sFolderArray: folders.map(wireOf) } : {};
  },
);

const setReceiveFolder = onTarget<'setReceiveFolder'>(
  (args) => named(args.sStoreId),
  async (context, args) => {
    await set(actorOf(context), requireTarget(context), args.lpsEntryId, args.lpszMessageClass ?? '');
    return {};
  },
);

export const receiveFolder = {
  getReceiveFolder,
  getReceiveFolderTable,
  setReceiveFolder,
} satisfies Partial<Operations>;
