import { requireAdministrator, requireSystemAdministrator } from '../directory/administration.ts';
import { findPrincipal, isReferenced } from '../directory/principal.ts';
import { SYSTEM_ID } from '../directory/well-known.ts';
import { decodeAddressBookEntryId } from '../mapi/address-book-entry-id.ts';
import { objectTypeOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import {
  KCERR_COLLISION,
  KCERR_INVALID_PARAMETER,
  KCERR_INVALID_TYPE,
  KCERR_NO_SUPPORT,
  KCERR_NOT_FOUND,
} from '../mapi/error-codes.ts';
import { MAPI_FOLDER, MAPI_MESSAGE, STORE_ARCHIVE } from '../mapi/object-types.ts';
import type { Arguments } from '../soap/index.ts';
import { lockMessage, unlockMessage } from '../store/locks.ts';
import { purgeSoftDeleted } from '../store/purge.ts';
import { recountFolder } from '../store/recount.ts';
import { hookStore as hook, removeStore as remove, unhookStore as unhook } from '../store/store-administration.ts';
import { findStore } from '../store/store-lookup.ts';
import { findOwner } from '../store/store-properties.ts';
import type { TargetName } from '../store/target.ts';
import { actorOf } from './actor.ts';
import { type Context, type Operations, onTarget } from './context.ts';
import { administered } from './principals.ts';
import { requireNeed, requireTarget } from './target.ts';

const named = (entryId: Buffer): TargetName | undefined =>
  objectTypeOf(entryId) === undefined ? undefined : { entryId };

/** Removes for good what was deleted long enough ago. */
const purgeSoftDelete = async (context: Context, args: Arguments<'purgeSoftDelete'>) => {
  requireSystemAdministrator(context.session.identity);
  await purgeSoftDeleted(actorOf(context), args.ulDays);
  return {};
};

/** Tables are never behind here; tools repeat the call until KCERR_NOT_FOUND says that nothing is left (observed on 11.0.2). */
const purgeDeferredUpdates = async (context: Context): Promise<never> => {
  requireSystemAdministrator(context.session.identity);
  throw new KopanoError(KCERR_NOT_FOUND, 'nothing was put off');
};

/** Owner of a store to be hooked or unhooked, whom the caller must administer. */
async function requireOwner(context: Context, userId: Buffer, storeType: number) {
  const reference = decodeAddressBookEntryId(userId);
  if (reference.id === SYSTEM_ID || storeType > STORE_ARCHIVE)
    throw new KopanoError(KCERR_INVALID_PARAMETER, 'not the store of SYSTEM, and only known types');
  const owner = await findPrincipal(context.database, [isReferenced(reference)]);
  if (!owner) throw new KopanoError(KCERR_NOT_FOUND, 'the owner does not exist');
  const { companyId } = administered(owner);
  await requireAdministrator(
    context.database,
    context.session.identity,
    administered(owner),
    context.platform.settings.hosted,
  );
  return { ...owner, companyId };
}

/** Takes a store from its owner. */
const unhookStore = async (context: Context, args: Arguments<'unhookStore'>) => {
  const owner = await requireOwner(context, args.sUserId, args.ulStoreType);
  await unhook(actorOf(context), owner.id, args.ulStoreType);
  return {};
};

/** Gives an orphaned store to somebody. */
const hookStore = async (context: Context, args: Arguments<'hookStore'>) => {
  const owner = await requireOwner(context, args.sUserId, args.ulStoreType);
  const store = await requireOrphan(context, args.sStoreGuid);
  if (store.type !== args.ulStoreType) throw new KopanoError(KCERR_INVALID_TYPE, 'the store is of another type');
  await hook(actorOf(context), store, owner, args.ulStoreType);
  return {};
};

/** Removes an orphaned store. */
const removeStore = async (context: Context, args: Arguments<'removeStore'>) => {
  const store = await requireOrphan(context, args.sStoreGuid);
  await remove(actorOf(context), store);
  return {};
};

/** A store whose owner is gone, of a company that the caller administers; KCERR_COLLISION for one that is in use. */
async function requireOrphan(context: Context, guid: Buffer) {
  const found = await findStore(context.database, { guid });
  if (!found) throw new KopanoError(KCERR_NOT_FOUND, 'the store does not exist');
  await requireAdministrator(
    context.database,
    context.session.identity,
    { companyId: found.store.companyId, adminLevel: 0 },
    context.platform.settings.hosted,
  );
  if (found.store.ownerId !== 0 && (await findOwner(context.database, found.store)))
    throw new KopanoError(KCERR_COLLISION, 'the store belongs to somebody');
  return found.store;
}

/** Keeps a message for this session, or gives it free. */
const setLockState = onTarget<'setLockState'>(
  (args) => named(args.sEntryId),
  async (context, args) => {
    const message = requireTarget(context);
    if (message.object.kind !== MAPI_MESSAGE) throw new KopanoError(KCERR_NO_SUPPORT, 'only messages are locked');
    await requireNeed(context, message, 'own');
    const { database, session } = context;
    if (args.bLocked) await lockMessage(database, message.object.id, session.id);
    else await unlockMessage(database, message.object.id, session.id);
    return {};
  },
);

/** Counts a folder's content anew. */
const resetFolderCount = onTarget<'resetFolderCount'>(
  (args) => named(args.sEntryId),
  async (context) => {
    const folder = requireTarget(context);
    if (folder.object.kind !== MAPI_FOLDER) throw new KopanoError(KCERR_INVALID_TYPE, 'not a folder');
    await requireNeed(context, folder, 'own');
    return { ulUpdates: await recountFolder(actorOf(context), folder) };
  },
);

/** No client has ever asked for it with success (observed on 11.0.2). */
const noSupport = (): never => {
  throw new KopanoError(KCERR_NO_SUPPORT, 'not supported');
};

export const maintenance = {
  purgeSoftDelete,
  purgeDeferredUpdates,
  unhookStore,
  hookStore,
  removeStore,
  setLockState,
  resetFolderCount,
  removeAllObjects: noSupport,
} satisfies Partial<Operations>;
