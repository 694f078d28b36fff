import { shownLogons } from '../directory/last-logon.ts';
import { entryIdFlags, objectTypeOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import {
  KCERR_INVALID_TYPE,
  KCERR_NO_ACCESS,
  KCERR_NOT_FOUND,
  KCERR_OBJECT_DELETED,
  KCERR_UNABLE_TO_COMPLETE,
} from '../mapi/error-codes.ts';
import { MSGFLAG_ASSOCIATED, MSGFLAG_DELETED } from '../mapi/message-flags.ts';
import { FOLDER_SEARCH, MAPI_FOLDER, MAPI_MESSAGE, MAPI_STORE } from '../mapi/object-types.ts';
import { type Property, unicodeTag } from '../mapi/property.ts';
import { PR_CONTAINER_CLASS, PR_SORT_LOCALE_ID } from '../mapi/tags.ts';
import type { Arguments, Draft, Wire } from '../soap/index.ts';
import { propertiesFromWire, toWire } from '../soap/wire-properties.ts';
import { grantsOn, isInsideMessage } from '../store/access.ts';
import { embeddedProperties, placeProperties } from '../store/computed.ts';
import { deleteObjects } from '../store/deletion.ts';
import { INSTANCE_TAGS } from '../store/instances.ts';
import { type LoadedObject, loadObject, loadValue } from '../store/load.ts';
import { unpackProperties } from '../store/property-document.ts';
import { setReadFlags } from '../store/read-flags.ts';
import { saveExisting } from '../store/save-existing.ts';
import { saveNewMessage } from '../store/save-new.ts';
import type { SavedObject, SaveTree } from '../store/save-tree.ts';
import { withSearchCounts } from '../store/search/search-counts.ts';
import { serverGuid } from '../store/server-guid.ts';
import { quotaOfTarget } from '../store/standing.ts';
import { findOwner, logonProperties, storeProperties } from '../store/store-properties.ts';
import { inScopeOfSync } from '../store/sync/deletion-scope.ts';
import { findTarget, type LoadedTarget, type TargetName } from '../store/target.ts';
import { actorOf } from './actor.ts';
import { type Context, type Operations, onTarget, writing } from './context.ts';
import { subscribeTo } from './notify.ts';
import { required, requireNeed, requireRoom, requireTarget } from './target.ts';

/** Flag of loadObject: answer only if the object's deleted bit is as in the other flags. */
const CHECK_DELETED = 0x80000000;
/** Flag of deletions: for good. */
const DELETE_HARD_DELETE = 0x10;
/** Bit of a store's entry id: open it here, whatever its home server. */
const OVERRIDE_HOME_SERVER = 0x01;

const byEntryId = (args: { readonly sEntryId: Buffer }): TargetName | undefined =>
  objectTypeOf(args.sEntryId) === undefined ? undefined : { entryId: args.sEntryId };

/** Opens a store, folder or message, with all that lies below a message. */
const load = onTarget<'loadObject'>(byEntryId, async (context, args) => {
  const target = context.target;
  const isStore = objectTypeOf(args.sEntryId) === MAPI_STORE;
  if (!target) {
    // A store that is not here may be elsewhere: clients ask for its home server then.
    const elsewhere = isStore && (entryIdFlags(args.sEntryId) & OVERRIDE_HOME_SERVER) === 0;
    throw new KopanoError(elsewhere ? KCERR_UNABLE_TO_COMPLETE : KCERR_NOT_FOUND, 'the object does not exist');
  }
  if (target.lockedBy !== undefined && target.lockedBy !== context.session.id)
    throw new KopanoError(KCERR_NO_ACCESS, 'another session keeps the message');
  await hideRemindersOfOthers(context, target);
  if (args.ulFlags & CHECK_DELETED && (target.object.deleted ? MSGFLAG_DELETED : 0) !== (args.ulFlags & ~CHECK_DELETED))
    throw new KopanoError(isStore ? KCERR_UNABLE_TO_COMPLETE : KCERR_NOT_FOUND, 'the object is deleted, or is not');

  const grants =
    target.object.kind === MAPI_STORE
      ? await grantsOn(context.database, context.session.identity, target, context.platform.settings.hosted)
      : await requireNeed(context, target, target.object.kind === MAPI_FOLDER ? 'see folder' : 'read');
  const added: Property[] = target.object.kind === MAPI_STORE ? await propertiesOfStore(context, target) : [];
  if (isInsideMessage(target)) throw new KopanoError(KCERR_NOT_FOUND, 'only opened with its message');
  if (args.lpsNotSubscribe) await subscribeTo(context, args.lpsNotSubscribe);
  const { platform, database, session } = context;
  const reader = { platform, database, identity: session.identity };
  const [shown = target] = await withSearchCounts(reader, target.store, [{ target, grants }]);
  const loaded = await loadObject(platform, database, shown, {
    toTop: [...added, ...placeProperties(target, grants)],
    toEmbedded: embeddedProperties(target, grants),
  });
  return { sSaveObject: wireOfLoaded(loaded) };
});

async function propertiesOfStore(context: Context, target: LoadedTarget): Promise<Property[]> {
  const owner = await findOwner(context.database, target.store);
  const { values } = unpackProperties(target.documents.props);
  const { ownerId } = target.store;
  const shown = await shownLogons(context.database, context.platform.clock.now(), ownerId);
  const logon = [...logonProperties(shown.get(ownerId))].map(([tag, value]) => ({ tag, value }));
  const properties = storeProperties(
    target.store,
    owner,
    context.session.identity,
    await serverGuid(context.platform.database),
    values.has(PR_SORT_LOCALE_ID),
    quotaOfTarget(target, context.platform.settings),
  );
  return [...properties, ...logon];
}

/** Reminders of other people's stores stay invisible: clients would ring for them (observed on 11.0.2). */
async function hideRemindersOfOthers(context: Context, target: LoadedTarget): Promise<void> {
  const { identity } = context.session;
  if (target.folder?.type !== FOLDER_SEARCH || target.store.ownerId === identity.principalId || identity.adminLevel > 0)
    return;
  const { values } = unpackProperties(target.documents.props);
  if (values.get(PR_CONTAINER_CLASS) === 'Outlook.Reminder')
    throw new KopanoError(KCERR_NOT_FOUND, 'reminders of somebody else');
}

function wireOfLoaded(loaded: LoadedObject): Draft<'saveObject'> {
  return {
    children: loaded.children.map(wireOfLoaded),
    delProps: loaded.tags,
    modProps: loaded.properties.map(toWire),
    bDelete: false,
    ulClientId: 0,
    ulServerId: loaded.id,
    ulObjType: loaded.kind,
  };
}

/** Saves an object with the objects below it: a new message, or changes to what there is. */
const save = onTarget<'saveObject'>(
  (args) => {
    const id = args.lpsSaveObj?.ulServerId ?? 0;
    if (id !== 0) return { id };
    return objectTypeOf(args.sParentEntryId) === undefined ? undefined : { entryId: args.sParentEntryId };
  },
  async (context, args) => {
    const tree = treeFromWire(required(args.lpsSaveObj, 'lpsSaveObj'));
    const target = requireTarget(context);
    const saved =
      tree.id === 0 ? await saveNew(context, args, target, tree) : await saveChanges(context, args, target, tree);
    return { sSaveObject: wireOfSaved(saved) };
  },
);

async function saveNew(
  context: Context,
  args: Arguments<'saveObject'>,
  folder: LoadedTarget,
  tree: SaveTree,
): Promise<SavedObject> {
  if (folder.object.kind !== MAPI_FOLDER) throw new KopanoError(KCERR_INVALID_TYPE, 'only folders hold new objects');
  await requireNeed(context, folder, 'create');
  requireRoom(context, folder);
  return saveNewMessage(actorOf(context), folder, tree, {
    entryId: args.sEntryId,
    associated: (args.ulFlags & MSGFLAG_ASSOCIATED) !== 0,
    syncId: args.ulSyncId,
  });
}

async function saveChanges(
  context: Context,
  args: Arguments<'saveObject'>,
  target: LoadedTarget,
  tree: SaveTree,
): Promise<SavedObject> {
  const { kind } = target.object;
  if (target.object.deleted) throw new KopanoError(KCERR_OBJECT_DELETED, 'the object is deleted');
  if ((kind !== MAPI_STORE && kind !== MAPI_FOLDER && kind !== MAPI_MESSAGE) || isInsideMessage(target))
    throw new KopanoError(KCERR_INVALID_TYPE, 'only saved with its message');
  await requireNeed(context, target, kind === MAPI_FOLDER ? 'manage folder' : 'edit');
  if (kind === MAPI_MESSAGE) requireRoom(context, target);
  return saveExisting(actorOf(context), target, { ...tree, kind }, { syncId: args.ulSyncId });
}

function treeFromWire(object: Wire<'saveObject'>): SaveTree {
  return {
    clientId: object.ulClientId,
    id: object.ulServerId,
    kind: object.ulObjType,
    deleted: object.bDelete,
    removed: object.delProps.map(unicodeTag),
    properties: propertiesFromWire(object.modProps).map(({ tag, value }) => ({ tag: unicodeTag(tag), value })),
    children: object.children.map(treeFromWire),
    ...(object.lpInstanceIds?.[0] && { instanceId: object.lpInstanceIds[0] }),
  };
}

function wireOfSaved(saved: SavedObject): Draft<'saveObject'> {
  return {
    children: saved.children.map(wireOfSaved),
    delProps: saved.properties.map(({ tag }) => tag),
    modProps: saved.properties.map(toWire),
    bDelete: false,
    ulClientId: saved.clientId,
    ulServerId: saved.id,
    ulObjType: saved.kind,
    ...(saved.instanceId && { lpInstanceIds: [saved.instanceId] }),
  };
}

/** Reads one value, however large: what was too large to come with the object. */
const loadProp = onTarget<'loadProp'>(
  (args) => (args.ulObjId !== 0 ? { id: args.ulObjId } : byEntryId(args)),
  async (context, args) => {
    const target = requireTarget(context);
    await requireNeed(context, await messageOf(context, target), 'read');
    const tag = unicodeTag(args.ulPropTag);
    const value = await loadValue(context.platform, target.documents, tag);
    // Where data that is kept apart is missing, the answer names it all the same (observed on 11.0.2).
    if (value === undefined && INSTANCE_TAGS.includes(tag))
      return { er: KCERR_NOT_FOUND, lpPropVal: toWire({ tag, value: Buffer.alloc(0) }) };
    if (value === undefined) throw new KopanoError(KCERR_NOT_FOUND, 'the object has no such property');
    return { lpPropVal: toWire({ tag, value }) };
  },
);

/** The message an object is part of, however deep; access is decided there. */
async function messageOf(context: Context, target: LoadedTarget): Promise<LoadedTarget> {
  let current = target;
  while (isInsideMessage(current)) {
    const parent = await findTarget(context.database, { id: current.object.parentId });
    if (!parent) throw new KopanoError(KCERR_NO_ACCESS, 'the object lies nowhere');
    current = parent;
  }
  return current;
}

/** Whether an object exists, deleted or not as the flags say. */
const checkExistObject = onTarget<'checkExistObject'>(byEntryId, async (context, args) => {
  const target = requireTarget(context);
  if ((target.object.deleted ? MSGFLAG_DELETED : 0) !== (args.ulFlags & MSGFLAG_DELETED))
    throw new KopanoError(KCERR_NOT_FOUND, 'the object is deleted, or is not');
  return {};
});

/** Deletes messages (or folders) named by their entry ids; unknown ones are passed over. */
const deleteNamed = async (context: Context, args: Arguments<'deleteObjects'>) => {
  const named = required(args.aMessages, 'aMessages').filter((entryId) => objectTypeOf(entryId) !== undefined);
  const entryIds = args.ulSyncId === 0 ? named : await inScopeOfSync(context.database, args.ulSyncId, named);
  if (entryIds.length === 0) return {};
  await deleteObjects(
    actorOf(context),
    { entryIds },
    {
      hard: (args.ulFlags & DELETE_HARD_DELETE) !== 0,
      messages: true,
      folders: false,
      managed: true,
      syncId: args.ulSyncId,
    },
  );
  return {};
};

/** Marks messages read or unread: those named, or all of a folder. */
const setFlags = async (context: Context, args: Arguments<'setReadFlags'>) => {
  if (args.lpMessages) {
    await setReadFlags(actorOf(context), { entryIds: args.lpMessages }, args.ulFlags, args.ulSyncId);
    return {};
  }
  const entryId = required(args.lpsEntryId, 'lpsEntryId');
  const folder = await findTarget(context.database, { entryId });
  if (!folder) throw new KopanoError(KCERR_NOT_FOUND, 'the folder does not exist');
  await requireNeed(context, folder, 'read');
  await setReadFlags(actorOf(context), { folderId: folder.object.id }, args.ulFlags, args.ulSyncId);
  return {};
};

export const object = {
  loadObject: load,
  saveObject: writing(save),
  loadProp,
  checkExistObject,
  deleteObjects: writing<'deleteObjects'>(deleteNamed),
  setReadFlags: writing<'setReadFlags'>(setFlags),
} satisfies Partial<Operations>;
