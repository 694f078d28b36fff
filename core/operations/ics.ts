import { addressBookChanges } from '../directory/address-book-changes.ts';
import { GLOBAL_ADDRESS_BOOK } from '../directory/address-book-containers.ts';
import { ADMIN_LEVEL_SYSADMIN } from '../directory/identity.ts';
import { encodeAddressBookEntryId, NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import { ICS_SYNC_AB, ICS_SYNC_CONTENTS, ICS_SYNC_HIERARCHY } from '../mapi/change-types.ts';
import { objectTypeOf, storeGuidOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import {
  KCERR_COLLISION,
  KCERR_DATABASE_ERROR,
  KCERR_INVALID_PARAMETER,
  KCERR_INVALID_TYPE,
  KCERR_NO_ACCESS,
  KCERR_NOT_FOUND,
} from '../mapi/error-codes.ts';
import { MAPI_ABCONT, MAPI_FOLDER, MAPI_MESSAGE, MAPI_STORE } from '../mapi/object-types.ts';
import { requireSoundRestriction } from '../mapi/restriction.ts';
import { PR_CHANGE_KEY, PR_PREDECESSOR_CHANGE_LIST } from '../mapi/tags.ts';
import type { Arguments, Draft } from '../soap/index.ts';
import { toWire } from '../soap/wire-properties.ts';
import { restrictionFromWire } from '../soap/wire-restriction.ts';
import { type Grants, mayReadMessages, type Need } from '../store/access.ts';
import { changesEverywhere, changesOfMessages } from '../store/sync/contents.ts';
import { changesOfFolders, foldersEverywhere } from '../store/sync/hierarchy.ts';
import type { IcsChange, IcsChanges } from '../store/sync/ics-change.ts';
import { advanceSync, beginSync, type FoundSync, findSync, syncStates } from '../store/sync/syncs.ts';
import type { StorePlace } from '../store/table/store-place.ts';
import type { LoadedTarget } from '../store/target.ts';
import { actorOf } from './actor.ts';
import { type Context, type Operations, onTarget } from './context.ts';
import { requireNeed, requireTarget } from './target.ts';

/** What a client needs to synchronise a folder: its messages, or the folders below it. */
const NEEDS: ReadonlyMap<number, Need> = new Map([
  [ICS_SYNC_CONTENTS, 'read'],
  [ICS_SYNC_HIERARCHY, 'see folder'],
]);

/** The folder of a sync, if the caller may have it; undefined for everything, which is for administrators only. */
async function requireFolder(
  context: Context,
  isOfFolder: boolean,
  type: number,
): Promise<{ readonly folder: LoadedTarget; readonly grants: Grants } | undefined> {
  const need = NEEDS.get(type);
  if (!isOfFolder) {
    if (need === undefined) throw new KopanoError(KCERR_INVALID_TYPE, 'there are no syncs of this type');
    if (context.session.identity.adminLevel !== ADMIN_LEVEL_SYSADMIN)
      throw new KopanoError(KCERR_NO_ACCESS, 'only administrators synchronise everything');
    return undefined;
  }
  const folder = requireTarget(context);
  if (need === undefined || folder.object.kind !== MAPI_FOLDER)
    throw new KopanoError(KCERR_INVALID_TYPE, 'folders have no syncs of this type');
  const grants = await requireNeed(context, folder, need);
  if (type === ICS_SYNC_CONTENTS && !mayReadMessages(grants, folder))
    throw new KopanoError(KCERR_NO_ACCESS, 'needs the right to read what lies in the folder');
  return { folder, grants };
}

/** Begins a sync, or notes how far the client is with one. */
const setSyncStatus = onTarget<'setSyncStatus'>(
  (args) => (args.sSourceKeyFolder.length > 0 ? { sourceKey: args.sSourceKeyFolder } : undefined),
  async (context, args) => {
    const { sSourceKeyFolder: folderSourceKey, ulChangeType: type } = args;
    await requireFolder(context, folderSourceKey.length > 0, type);
    const { principalId } = context.session.identity;
    if (args.ulSyncId === 0) {
      return { ulSyncId: await beginSync(context.database, { principalId, folderSourceKey, type }) };
    }
    await advanceSync(context.database, {
      id: args.ulSyncId,
      principalId,
      folderSourceKey,
      type,
      changeId: args.ulChangeId,
    });
    return { ulSyncId: args.ulSyncId };
  },
);

/** What changed since a state of a sync: messages, folders, or the address book. */
const getChanges = onTarget<'getChanges'>(
  // The sync knows its folder; clients leave it out.
  (args) => (args.ulChangeType !== ICS_SYNC_AB && args.ulSyncId !== 0 ? { syncId: args.ulSyncId } : undefined),
  async (context, args) => answerOf(await changesOf(context, args)),
);

async function changesOf(context: Context, args: Arguments<'getChanges'>): Promise<IcsChanges> {
  if (args.ulChangeType === ICS_SYNC_AB) return changesOfAddressBook(context, args.ulChangeId);
  if (args.ulSyncId === 0) throw new KopanoError(KCERR_INVALID_PARAMETER, 'a sync is needed first');
  const sync = await requireSync(context, args);
  const place = await requireFolder(context, sync.folderSourceKey.length > 0, args.ulChangeType);
  const actor = actorOf(context);
  const request = { syncId: sync.id, changeId: args.ulChangeId, flags: args.ulFlags };
  if (args.ulChangeType === ICS_SYNC_HIERARCHY) {
    const ofFolders = { ...request, saidId: sync.changeId };
    return place ? changesOfFolders(actor, place.folder, place.grants, ofFolders) : foldersEverywhere(actor, ofFolders);
  }
  const restriction = args.lpsRestrict && restrictionFromWire(args.lpsRestrict);
  if (restriction) requireSoundRestriction(restriction);
  if (!place) return changesEverywhere(actor, { ...request, restriction });
  return changesOfMessages(actor, placeOf(context, place), sync.newest, { ...request, restriction });
}

function placeOf({ session }: Context, { folder, grants }: { folder: LoadedTarget; grants: Grants }): StorePlace {
  const { id, kind, parentId, entryId, sourceKey } = folder.object;
  const gone = folder.folder?.gone ?? folder.object.deleted;
  return {
    store: folder.store,
    folder: { id, kind, parentId, gone, entryId, sourceKey },
    grants,
    principalId: session.identity.principalId,
    associated: false,
    deleted: false,
  };
}

/** Entries of the address book are called by their entry ids, and all lie in the global one (observed on 11.0.2). */
async function changesOfAddressBook({ database, session, platform }: Context, after: number): Promise<IcsChanges> {
  const { changes, maxChangeId } = await addressBookChanges(
    database,
    session.identity,
    platform.settings.hosted,
    after,
  );
  const parentSourceKey = encodeAddressBookEntryId({
    objectType: MAPI_ABCONT,
    id: GLOBAL_ADDRESS_BOOK,
    externalId: NO_EXTERNAL_ID,
  });
  return {
    changes: changes.map(({ changeId, entryId, type }) => ({
      changeId,
      sourceKey: entryId,
      parentSourceKey,
      type,
      flags: 0,
    })),
    maxChangeId,
  };
}

/** The sync; an unknown one, or one of something else, means that the server was set up anew (codes observed on 11.0.2). */
async function requireSync(context: Context, args: Arguments<'getChanges'>): Promise<FoundSync> {
  const sync = await findSync(context.database, args.ulSyncId);
  if (!sync)
    throw new KopanoError(args.ulChangeId > 0 ? KCERR_NOT_FOUND : KCERR_DATABASE_ERROR, 'there is no such sync');
  if (args.ulChangeId > 0 && sync.type !== args.ulChangeType)
    throw new KopanoError(KCERR_COLLISION, 'the sync is of something else');
  return sync;
}

const answerOf = ({ changes, maxChangeId }: IcsChanges) => ({
  sChangesArray: changes.map(wireOf),
  ulMaxChangeId: maxChangeId,
});

const wireOf = (change: IcsChange): Draft<'icsChange'> => ({
  ulChangeId: change.changeId,
  sSourceKey: change.sourceKey,
  sParentSourceKey: change.parentSourceKey,
  ulChangeType: change.type,
  ulFlags: change.flags,
});

/** How far the caller's clients said they are. */
const getSyncStates = async (context: Context, args: Arguments<'getSyncStates'>) => {
  const states = await syncStates(context.database, context.session.identity.principalId, args.ulaSyncId);
  return { sSyncStates: states.map(({ syncId, changeId }) => ({ ulSyncId: syncId, ulChangeId: changeId })) };
};

/** The entry id of a folder, or of a message in it, by what syncs call them. */
const getEntryIDFromSourceKey = onTarget<'getEntryIDFromSourceKey'>(
  ({ messageSourceKey, folderSourceKey }) => ({
    sourceKey: messageSourceKey.length > 0 ? messageSourceKey : folderSourceKey,
  }),
  async (context, args) => {
    const target = requireTarget(context);
    const { object, parent, store } = target;
    const isMessage = args.messageSourceKey.length > 0;
    const isIt =
      object.kind === (isMessage ? MAPI_MESSAGE : MAPI_FOLDER) &&
      (!isMessage || parent?.sourceKey?.equals(args.folderSourceKey) === true) &&
      objectTypeOf(args.sStoreId) === MAPI_STORE &&
      storeGuidOf(args.sStoreId).equals(store.guid);
    if (!isIt || !object.entryId) throw new KopanoError(KCERR_NOT_FOUND, 'there is no such object in this store');
    await requireNeed(context, target, isMessage ? 'read' : 'see folder');
    return { sEntryId: object.entryId };
  },
);

/** The change key and predecessors of an object, by which clients detect conflicts. */
const getChangeInfo = onTarget<'getChangeInfo'>(
  ({ sEntryId }) => (objectTypeOf(sEntryId) === undefined ? undefined : { entryId: sEntryId }),
  async (context) => {
    const target = requireTarget(context);
    await requireNeed(context, target, 'read');
    const { changeKey, predecessors } = target.object;
    if (!changeKey || !predecessors) throw new KopanoError(KCERR_NOT_FOUND, 'the object has no change key');
    return {
      sPropPCL: toWire({ tag: PR_PREDECESSOR_CHANGE_LIST, value: predecessors }),
      sPropCK: toWire({ tag: PR_CHANGE_KEY, value: changeKey }),
    };
  },
);

/** Incremental synchronisation. */
export const ics = {
  setSyncStatus,
  getChanges,
  getSyncStates,
  getEntryIDFromSourceKey,
  getChangeInfo,
} satisfies Partial<Operations>;
