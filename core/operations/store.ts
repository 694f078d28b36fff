import { requireAdministrator } from '../directory/administration.ts';
import { findPrincipal, isReferenced } from '../directory/principal.ts';
import { EVERYONE_ID } from '../directory/well-known.ts';
import { decodeAddressBookEntryId, NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import { objectTypeOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import { STORE_PRIVATE } from '../mapi/object-types.ts';
import type { Answer, Arguments } from '../soap/index.ts';
import { ensureMailbox } from '../store/lazy-mailbox.ts';
import { ANY_STORE_TYPE, type FoundStore, findStore, type StoreName, storeTypeMask } from '../store/store-lookup.ts';
import { findOwner, storeName } from '../store/store-properties.ts';
import { createStore as create } from '../store/stores.ts';
import type { TargetName } from '../store/target.ts';
import { type Context, type Operations, onTarget } from './context.ts';
import { administered } from './principals.ts';
import { requireTarget, serverPath } from './target.ts';

const named = (entryId: Buffer): TargetName | undefined =>
  objectTypeOf(entryId) === undefined ? undefined : { entryId };

/** What clients need to open a store; KCERR_NOT_FOUND. */
async function answerOf(context: Context, name: StoreName, known?: FoundStore): Promise<Partial<Answer<'getStore'>>> {
  const found = known ?? (await findStore(context.database, name));
  if (!found) throw new KopanoError(KCERR_NOT_FOUND, 'the store does not exist');
  return {
    sStoreId: found.entryId,
    sRootId: found.rootEntryId,
    guid: found.store.guid,
    lpszServerPath: serverPath(context),
  };
}

/** One who comes from a directory gets a mailbox at the first logon. */
async function ensureOwnMailbox({ platform, database }: Context, id: number): Promise<void> {
  const owner = await findPrincipal(database, [isReferenced({ id, externalId: NO_EXTERNAL_ID })]);
  if (owner) await ensureMailbox(platform, owner);
}

/** The caller's own store, or the one of an entry id. */
const getStore = onTarget<'getStore'>(
  (args) => (args.lpsEntryId ? named(args.lpsEntryId) : undefined),
  async (context, args) => {
    const ownerId = context.session.identity.principalId;
    if (args.lpsEntryId) return answerOf(context, { id: requireTarget(context).store.id });
    const own = { ownerId, typeMask: storeTypeMask(STORE_PRIVATE) };
    const found = await findStore(context.database, own);
    if (!found) await ensureOwnMailbox(context, ownerId);
    return answerOf(context, own, found);
  },
);

/** The public store: of the caller's company in hosted mode, otherwise of Everyone. */
const getPublicStore = async (context: Context) => {
  const { hosted } = context.platform.settings;
  const ownerId = hosted ? context.session.identity.companyId : EVERYONE_ID;
  return answerOf(context, { ownerId, typeMask: ANY_STORE_TYPE });
};

const getStoreName = onTarget<'getStoreName'>(
  (args) => named(args.sEntryId),
  async (context) => {
    const { store } = requireTarget(context);
    return { lpszStoreName: storeName(store, await findOwner(context.database, store)) };
  },
);

const getStoreType = onTarget<'getStoreType'>(
  (args) => named(args.sEntryId),
  async (context) => ({ ulStoreType: requireTarget(context).store.type }),
);

/** Creates an empty store for a principal; the client makes the folders in it. */
const createStore = async (context: Context, args: Arguments<'createStore'>) => {
  const { platform, database, session } = context;
  const { hosted } = platform.settings;
  const reference =
    args.sUserId.length > 0
      ? decodeAddressBookEntryId(args.sUserId)
      : { id: args.ulUserId, externalId: NO_EXTERNAL_ID };
  const owner = await findPrincipal(database, [isReferenced(reference)]);
  if (!owner) throw new KopanoError(KCERR_NOT_FOUND, 'the owner of the store does not exist');
  await requireAdministrator(database, session.identity, administered(owner), hosted);
  await create(platform, {
    type: args.ulStoreType,
    ownerId: owner.id,
    ownerName: owner.name,
    // The public store of a company is the company's own.
    companyId: hosted ? administered(owner).companyId : 0,
    storeEntryId: args.sStoreId,
    rootEntryId: args.sRootId,
  });
  return {};
};

export const store = {
  createStore,
  getStore,
  getPublicStore,
  getStoreName,
  getStoreType,
} satisfies Partial<Operations>;
