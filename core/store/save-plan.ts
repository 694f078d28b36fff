import { KopanoError } from '../mapi/error.ts';
import { KCERR_TOO_COMPLEX } from '../mapi/error-codes.ts';
import { fileTimeFromClock } from '../mapi/file-time.ts';
import { instanceIdOf } from '../mapi/instance-id.ts';
import { MSGFLAG_HASATTACH, MSGFLAG_LIST, MSGFLAG_SETTABLE, MSGFLAG_UNMODIFIED } from '../mapi/message-flags.ts';
import { MAPI_ATTACH, MAPI_MESSAGE } from '../mapi/object-types.ts';
import { type Properties, type Property, propertyId } from '../mapi/property.ts';
import {
  PR_CHANGE_KEY,
  PR_CREATION_TIME,
  PR_LAST_MODIFICATION_TIME,
  PR_LAST_MODIFIER_ENTRYID,
  PR_LAST_MODIFIER_NAME,
  PR_MESSAGE_FLAGS,
  PR_MSG_STATUS,
  PR_PREDECESSOR_CHANGE_LIST,
} from '../mapi/tags.ts';
import type { Actor } from './actor.ts';
import { findInstances, INSTANCE_TAGS, type Instance } from './instances.ts';
import { applyChanges, type ColumnWrites, type Draft, emptyDraft } from './merge.ts';
import { numbersOf } from './numbers.ts';
import { type NewObject, sortColumns } from './object-insert.ts';
import { ownSize, uncountedBytes } from './object-size.ts';
import { type PackedProperties, packProperties } from './property-document.ts';
import type { SavedObject, SaveTree } from './save-tree.ts';
import { serverGuid } from './server-guid.ts';

/** What all parts of one save share. */
export interface Save {
  readonly actor: Actor;
  readonly storeId: number;
  readonly syncId: number;
  /** Principal that the new objects belong to. */
  readonly ownerId: number;
  readonly now: bigint;
  readonly serverGuid: Buffer;
  readonly instances: ReadonlyMap<SaveTree, Instance>;
  /** Numbers for new objects and new attachment data, taken before. */
  readonly ids: number[];
  /** Blobs to be stored before the rows that name them. */
  readonly blobs: Map<string, Buffer>;
  readonly inserts: NewObject[];
  readonly uses: { objectId: number; names: readonly string[] }[];
}

/** Prepares a save: finds the instances it names and takes numbers for what is new. */
export async function beginSave(
  actor: Actor,
  tree: SaveTree,
  place: { readonly storeId: number; readonly ownerId: number; readonly syncId: number },
): Promise<Save> {
  const [guid, instances, ids] = await Promise.all([
    serverGuid(actor.platform.database),
    findInstances(actor, tree),
    numbersOf(actor.platform.database).take('object', countNew(tree)),
  ]);
  return {
    actor,
    ...place,
    now: fileTimeFromClock(actor.platform.clock.now()),
    serverGuid: guid,
    instances,
    ids,
    blobs: new Map(),
    inserts: [],
    uses: [],
  };
}

/** Numbers a save needs: one for each new object and one for each new attachment data. */
function countNew(tree: SaveTree): number {
  let count = tree.id === 0 ? 1 : 0;
  if (tree.properties.some(({ tag }) => INSTANCE_TAGS.includes(tag))) count += 1;
  for (const child of tree.children) if (!child.deleted) count += countNew(child);
  return count;
}

/** Stores the blobs of a save; must be done before its transaction. */
export async function storeBlobs(save: Save): Promise<void> {
  await Promise.all([...save.blobs.values()].map((value) => save.actor.platform.blobs.put(value)));
}

/** A planned object: its packed properties and what the client will be told. */
export interface Planned {
  readonly draft: Draft;
  readonly packed: PackedProperties;
  readonly columns: ColumnWrites;
  readonly instanceId: number | null;
  /** Size without the objects below. */
  readonly size: number;
  readonly told: Property[];
  readonly toldInstanceId?: Buffer;
}

/** Applies the client's changes and what the server adds: times, modifier, instance. */
export function planProperties(save: Save, tree: SaveTree, draft: Draft, isNew: boolean, inFolder: boolean): Planned {
  const { actor, syncId, now } = save;
  const columns = applyChanges(draft, tree, { kind: tree.kind, isNew, inFolder, syncId });
  const wrote = (tag: number): boolean =>
    tree.properties.some((property) => property.tag === tag) && draft.values.has(tag);

  const modified = (isNew || syncId !== 0) && wrote(PR_LAST_MODIFICATION_TIME);
  if (!modified) draft.values.set(PR_LAST_MODIFICATION_TIME, now);
  if (isNew && !draft.values.has(PR_CREATION_TIME)) draft.values.set(PR_CREATION_TIME, now);
  if (tree.kind === MAPI_MESSAGE && !((isNew || syncId !== 0) && wrote(PR_LAST_MODIFIER_NAME))) {
    draft.values.set(PR_LAST_MODIFIER_NAME, actor.identity.name);
    draft.values.set(PR_LAST_MODIFIER_ENTRYID, actor.identity.entryId);
  }
  const { instanceId, toldInstanceId } = planInstance(save, tree, draft);

  const told: Property[] = [{ tag: PR_LAST_MODIFICATION_TIME, value: draft.values.get(PR_LAST_MODIFICATION_TIME)! }];
  if (isNew) told.push({ tag: PR_CREATION_TIME, value: draft.values.get(PR_CREATION_TIME)! });
  const packed = packProperties(draft.values, keptInBlobs(draft));
  for (const [name, value] of packed.blobs) save.blobs.set(name, value);
  const size = ownSize(packed.bytes - uncountedBytes(draft), draft.values.size + draft.large.size);
  return { draft, packed, columns, instanceId, size, told, ...(toldInstanceId && { toldInstanceId }) };
}

/** Large values that stay; what lay in `overflow` is among the values already. */
const keptInBlobs = (draft: Draft) => new Map([...draft.large].filter(([, large]) => large.blob !== undefined));

function planInstance(
  save: Save,
  tree: SaveTree,
  draft: Draft,
): { instanceId: number | null; toldInstanceId?: Buffer } {
  const named = save.instances.get(tree);
  if (named) {
    if (named.large) {
      draft.values.delete(named.tag);
      draft.large.set(named.tag, named.large);
    } else if (named.value !== undefined) draft.values.set(named.tag, named.value);
    return {
      instanceId: named.number,
      toldInstanceId: instanceIdOf(save.serverGuid, propertyId(named.tag), named.number),
    };
  }
  const tag = INSTANCE_TAGS.find((candidate) => tree.properties.some((property) => property.tag === candidate));
  if (tag === undefined || !draft.values.has(tag)) return { instanceId: null };
  const number = save.ids.shift()!;
  return { instanceId: number, toldInstanceId: instanceIdOf(save.serverGuid, propertyId(tag), number) };
}

/** PR_MESSAGE_FLAGS as kept, of what a client wrote. */
export function keptMessageFlags(written: number | undefined, before: number, syncId: number): number {
  if (written === undefined) return before;
  const settable = syncId === 0 ? written & MSGFLAG_SETTABLE : written & ~MSGFLAG_LIST;
  return settable >>> 0;
}

/** Where a new object goes and what the caller knows of it. */
export interface NewPlace {
  readonly parentId: number;
  readonly associated: boolean;
  readonly entryId: Buffer | null;
  readonly sourceKey: Buffer | null;
  readonly inFolder: boolean;
  /** Messages that may still be nested below. */
  readonly levels: number;
}

/** Plans a new object with all below it, adding their rows to the save; answers its row's index among them and its size. */
export function planNew(
  save: Save,
  tree: SaveTree,
  place: NewPlace,
): { saved: SavedObject; size: number; row: number; columns: Properties } {
  if (place.levels <= 0) throw new KopanoError(KCERR_TOO_COMPLEX, 'messages are nested too deeply');
  const id = save.ids.shift()!;
  const planned = planProperties(save, tree, emptyDraft(), true, place.inFolder);
  const row = save.inserts.length;
  save.inserts.push(undefined as unknown as NewObject); // children come after their parent

  const children: SavedObject[] = [];
  let size = planned.size;
  for (const child of tree.children) {
    if (child.deleted) continue;
    const below = planNew(save, child, {
      parentId: id,
      associated: false,
      entryId: null,
      sourceKey: null,
      inFolder: false,
      levels: tree.kind === MAPI_MESSAGE ? place.levels - 1 : place.levels,
    });
    children.push(below.saved);
    size += below.size;
  }

  const hasAttach =
    tree.kind === MAPI_MESSAGE && tree.children.some((child) => child.kind === MAPI_ATTACH && !child.deleted);
  const flags = keptMessageFlags(planned.columns.get(PR_MESSAGE_FLAGS) as number | undefined, 0, save.syncId);
  save.inserts[row] = {
    id,
    storeId: save.storeId,
    parentId: place.parentId,
    kind: tree.kind,
    associated: place.associated,
    ownerId: save.ownerId,
    entryId: place.entryId,
    sourceKey: place.sourceKey,
    // Of a message in a folder these are the store's; an embedded one keeps what it was given.
    changeKey: place.inFolder ? null : ((planned.columns.get(PR_CHANGE_KEY) as Buffer | undefined) ?? null),
    predecessors: place.inFolder
      ? null
      : ((planned.columns.get(PR_PREDECESSOR_CHANGE_LIST) as Buffer | undefined) ?? null),
    instanceId: planned.instanceId,
    messageFlags: tree.kind === MAPI_MESSAGE ? withAttachFlag(flags, hasAttach) : 0,
    messageStatus: (planned.columns.get(PR_MSG_STATUS) as number | undefined) ?? null,
    size,
    // A message in a folder gets its number when it is written there.
    imapId: 0,
    hasAttach,
    props: planned.packed.props,
    overflow: planned.packed.overflow,
    sort: tree.kind === MAPI_MESSAGE && place.inFolder ? sortColumns(planned.draft) : undefined,
  };
  if (planned.packed.references.length > 0) save.uses.push({ objectId: id, names: planned.packed.references });
  const saved: SavedObject = {
    clientId: tree.clientId,
    id,
    kind: tree.kind,
    properties: planned.told,
    children,
    ...(planned.toldInstanceId && { instanceId: planned.toldInstanceId }),
  };
  return { saved, size, row, columns: planned.columns };
}

export const withAttachFlag = (flags: number, hasAttach: boolean): number =>
  ((flags & ~MSGFLAG_HASATTACH) | (hasAttach ? MSGFLAG_HASATTACH : 0)) >>> 0;

/** What changing a message clears. */
export const afterChange = (flags: number): number => (flags & ~MSGFLAG_UNMODIFIED) >>> 0;
