import { setTimeout as delay } from 'node:timers/promises';
import { fnevObjectModified, ICS_FOLDER_CHANGE, ICS_MESSAGE_CHANGE } from '../mapi/change-types.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_BUSY, KCERR_COLLISION, KCERR_NOT_FOUND, KCERR_TOO_COMPLEX } from '../mapi/error-codes.ts';
import { MSGFLAG_READ } from '../mapi/message-flags.ts';
import {
  FOLDER_SEARCH,
  MAPI_ATTACH,
  MAPI_DISTLIST,
  MAPI_FOLDER,
  MAPI_MAILUSER,
  MAPI_MESSAGE,
} from '../mapi/object-types.ts';
import { propertyId } from '../mapi/property.ts';
import {
  PR_CHANGE_KEY,
  PR_DISPLAY_NAME,
  PR_MESSAGE_FLAGS,
  PR_MSG_STATUS,
  PR_PARENT_SOURCE_KEY,
  PR_PREDECESSOR_CHANGE_LIST,
  PR_RECORD_KEY,
  PR_SOURCE_KEY,
} from '../mapi/tags.ts';
import type { SqlValue, Statements } from '../platform/database.ts';
import type { Actor } from './actor.ts';
import { appendChanges, type ChangeKeys, nextChangeKeys } from './changes.ts';
import { type CounterChanges, lockStore, lockStoreAndFolder } from './folder-counters.ts';
import { readDescendants } from './load.ts';
import { draftOf, emptyDraft } from './merge.ts';
import { insertBlobUses, insertObjects, sortColumns } from './object-insert.ts';
import { isFolderMessage, type RawDocuments, type RawObjectRow, type Target } from './object-row.ts';
import { ownSize, uncountedBytes } from './object-size.ts';
import { valueSize } from './property-document.ts';
import { bytesFromFileTime } from './row-properties.ts';
import {
  afterChange,
  beginSave,
  keptMessageFlags,
  type Planned,
  planNew,
  planProperties,
  type Save,
  storeBlobs,
  withAttachFlag,
} from './save-plan.ts';
import type { SavedObject, SaveTree } from './save-tree.ts';
import { findTarget, type LoadedTarget } from './target.ts';

/** Somebody else changed the row since it was read; the save starts again. */
class StaleRowError extends Error {
  override readonly name = 'StaleRowError';
}

/** How often a save starts again before the caller is told that it is busy; in each round one of the rivals is done. */
const ATTEMPTS = 50;
/** Longest pause between two attempts, so that rivals don't march in step. */
const PAUSE_MS = 20;

/**
 * Saves changes to an existing store, folder or message. The caller has checked
 * access and quota. Concurrent saves of one object are serialised by the row's
 * version; none is lost.
 */
export async function saveExisting(
  actor: Actor,
  target: LoadedTarget,
  tree: SaveTree,
  options: { readonly syncId: number },
): Promise<SavedObject> {
  for (let attempt = 1, current = target; ; attempt++) {
    try {
      return await attemptSave(actor, current, tree, options.syncId);
    } catch (error) {
      if (!(error instanceof StaleRowError)) throw error;
      if (attempt === ATTEMPTS) throw new KopanoError(KCERR_BUSY, 'too many save this object', { cause: error });
      await delay(Math.random() * PAUSE_MS);
      const again = await findTarget(actor.database, { id: target.object.id });
      if (!again || again.object.deleted) throw new KopanoError(KCERR_NOT_FOUND, 'the object is gone');
      current = again;
    }
  }
}

type Row = RawObjectRow & RawDocuments;

/** A row to be updated. */
interface Update {
  readonly id: number;
  readonly version: number;
  readonly columns: Readonly<Record<string, SqlValue>>;
}

/** A save of an existing object while it is being planned. */
interface Plan {
  readonly save: Save;
  readonly byParent: ReadonlyMap<number, readonly Row[]>;
  readonly byId: ReadonlyMap<number, Row>;
  readonly updates: Update[];
  readonly deletions: number[];
}

async function attemptSave(actor: Actor, target: LoadedTarget, tree: SaveTree, syncId: number): Promise<SavedObject> {
  const { object, store, parent } = target;
  const save = await beginSave(actor, tree, { storeId: store.id, ownerId: actor.identity.principalId, syncId });
  const hasChildren = tree.children.length > 0;
  const rows = hasChildren ? await readDescendants(actor.database, object.id) : [];
  const plan: Plan = {
    save,
    byParent: Map.groupBy(rows, (row) => row.o_parent_id),
    byId: new Map(rows.map((row) => [row.o_id, row])),
    updates: [],
    deletions: [],
  };

  const inFolder = isFolderMessage(target) || object.kind === MAPI_FOLDER;
  const draft = await draftOf(actor.platform, target.documents.props, target.documents.overflow);
  const before = ownBytesOf(draft);
  const planned = planProperties(save, tree, draft, false, inFolder);
  const children = await planChildren(plan, object.id, tree, 1 + actor.platform.settings.embeddedMessageLimit);
  const growth = planned.size - before + children.growth;

  const written = planned.columns.get(PR_MESSAGE_FLAGS) as number | undefined;
  const hasAttach = hasChildren ? children.hasAttach : object.hasAttach;
  const changedFlags = tree.properties.length > 0 ? afterChange(object.messageFlags) : object.messageFlags;
  const messageFlags = withAttachFlag(keptMessageFlags(written, changedFlags, syncId), hasAttach);
  const unread = unreadChange(target, object.messageFlags, messageFlags);
  const name = tree.kind === MAPI_FOLDER ? newName(planned, tree) : undefined;
  if (name !== undefined && syncId === 0) await refuseTakenName(actor, target, name);
  await storeBlobs(save);

  const counts = isFolderMessage(target);
  const keys = await actor.database.transaction(async (transaction): Promise<ChangeKeys | undefined> => {
    if (counts)
      await lockStoreAndFolder(transaction, {
        storeId: store.id,
        size: growth,
        sizeInFolder: true,
        folderId: parent!.id,
        counters: unread,
        commitTime: bytesFromFileTime(save.now),
      });
    else await lockStore(transaction, store.id);
    const generated = await tell(transaction, save, target, planned, syncId);
    await update(transaction, {
      id: object.id,
      version: object.version,
      columns: {
        ...documentsOf(planned),
        size: Math.max(0, object.size + growth),
        message_flags: object.kind === MAPI_MESSAGE ? messageFlags : 0,
        has_attach: hasAttach ? 1 : 0,
        ...messageStatus(planned, tree),
        ...(planned.instanceId !== null && { instance_id: planned.instanceId }),
        ...(generated && { change_key: generated.changeKey, predecessors: generated.predecessors }),
        ...(!generated && sentKeys(planned)),
        ...(object.kind === MAPI_MESSAGE && counts && sortColumns(planned.draft)),
      },
    });
    for (const child of plan.updates) await update(transaction, child);
    await deleteRows(transaction, plan.deletions);
    await insertObjects(transaction, save.inserts);
    await insertBlobUses(transaction, [...save.uses, { objectId: object.id, names: planned.packed.references }]);
    if (name !== undefined)
      await transaction.execute('UPDATE folder SET name = :name WHERE id = :id', {
        id: object.id,
        name: name.slice(0, 255),
      });
    return generated;
  });
  return {
    clientId: tree.clientId,
    id: object.id,
    kind: object.kind,
    properties: toldProperties(target, planned, keys),
    children: children.saved,
    ...(planned.toldInstanceId && { instanceId: planned.toldInstanceId }),
  };
}

const ownBytesOf = (draft: Awaited<ReturnType<typeof draftOf>>): number => {
  let bytes = 0;
  for (const value of draft.values.values()) bytes += valueSize(value);
  for (const large of draft.large.values()) bytes += large.size;
  return ownSize(bytes - uncountedBytes(draft), draft.values.size + draft.large.size);
};

const documentsOf = (planned: Planned): Record<string, SqlValue> => ({
  props: planned.packed.props,
  overflow: planned.packed.overflow,
});

const sentKeys = (planned: Planned): Record<string, SqlValue> => {
  const changeKey = planned.columns.get(PR_CHANGE_KEY) as Buffer | undefined;
  const predecessors = planned.columns.get(PR_PREDECESSOR_CHANGE_LIST) as Buffer | undefined;
  return { ...(changeKey && { change_key: changeKey }), ...(predecessors && { predecessors }) };
};

/** What a save does to the column of PR_MSG_STATUS, where IMAP clients mark what is to be deleted. */
function messageStatus(planned: Planned, tree: SaveTree): { message_status?: number | null } {
  if (planned.columns.has(PR_MSG_STATUS)) return { message_status: planned.columns.get(PR_MSG_STATUS) as number };
  const removed = tree.removed.some((tag) => propertyId(tag) === propertyId(PR_MSG_STATUS));
  return removed ? { message_status: null } : {};
}

function unreadChange(target: Target, before: number, after: number): CounterChanges {
  if (!isFolderMessage(target) || target.object.associated || target.object.deleted) return {};
  return { unread: ((before & MSGFLAG_READ) !== 0 ? 1 : 0) - ((after & MSGFLAG_READ) !== 0 ? 1 : 0) };
}

/** The name that a save gives a folder, if it does. */
const newName = (planned: Planned, tree: SaveTree): string | undefined => {
  const value = planned.draft.values.get(PR_DISPLAY_NAME);
  return tree.properties.some(({ tag }) => tag === PR_DISPLAY_NAME) && typeof value === 'string' ? value : undefined;
};

async function refuseTakenName(actor: Actor, target: Target, name: string): Promise<void> {
  const [taken] = await actor.database.query(
    `SELECT id FROM folder WHERE parent_id = :parentId AND deleted = 0 AND name = :name AND id <> :id LIMIT 1`,
    { parentId: target.object.parentId, name: name.slice(0, 255), id: target.object.id },
  );
  if (taken) throw new KopanoError(KCERR_COLLISION, 'a folder of this name exists here');
}

/** Appends the change of an object and answers its new keys. Sync doesn't see stores and search folders. */
async function tell(
  transaction: Statements,
  save: Save,
  target: Target,
  planned: Planned,
  syncId: number,
): Promise<ChangeKeys | undefined> {
  const { object, parent } = target;
  const synced = isFolderMessage(target) || (object.kind === MAPI_FOLDER && target.folder?.type !== FOLDER_SEARCH);
  const [changeId] = await appendChanges(transaction, [
    {
      storeId: save.storeId,
      folderId: object.parentId,
      objectId: object.id,
      kind: object.kind,
      event: fnevObjectModified,
      associated: object.associated,
      icsType: synced ? (object.kind === MAPI_FOLDER ? ICS_FOLDER_CHANGE : ICS_MESSAGE_CHANGE) : 0,
      sourceKey: object.sourceKey,
      folderSourceKey: parent?.sourceKey ?? null,
      syncId,
      entryId: object.entryId,
    },
  ]);
  // Without a parent that sync knows, as on the root folder, there are no keys (observed on 11.0.2).
  if (!synced || !parent?.sourceKey) return undefined;
  if (syncId !== 0 && planned.columns.has(PR_CHANGE_KEY)) return undefined;
  const sent = planned.columns.get(PR_PREDECESSOR_CHANGE_LIST) as Buffer | undefined;
  return nextChangeKeys(save.serverGuid, changeId!, {
    changeKey: (planned.columns.get(PR_CHANGE_KEY) as Buffer | undefined) ?? object.changeKey,
    predecessors: sent ?? object.predecessors,
  });
}

function toldProperties(target: Target, planned: Planned, keys: ChangeKeys | undefined): SavedObject['properties'] {
  const { object, parent } = target;
  const properties = [...planned.told];
  if (object.kind === MAPI_FOLDER || object.kind === MAPI_MESSAGE)
    if (object.entryId) properties.push({ tag: PR_RECORD_KEY, value: object.entryId });
  if (object.kind === MAPI_FOLDER || isFolderMessage(target)) {
    if (parent?.sourceKey) properties.push({ tag: PR_PARENT_SOURCE_KEY, value: parent.sourceKey });
    if (object.sourceKey) properties.push({ tag: PR_SOURCE_KEY, value: object.sourceKey });
  }
  if (keys)
    properties.push(
      { tag: PR_CHANGE_KEY, value: keys.changeKey },
      { tag: PR_PREDECESSOR_CHANGE_LIST, value: keys.toldPredecessors },
    );
  return properties;
}

interface PlannedChildren {
  readonly saved: SavedObject[];
  readonly growth: number;
  readonly hasAttach: boolean;
}

/** Plans the children that a save adds, changes and deletes. */
async function planChildren(plan: Plan, parentId: number, tree: SaveTree, levels: number): Promise<PlannedChildren> {
  const existing = plan.byParent.get(parentId) ?? [];
  const attachments = new Set(existing.filter((row) => row.o_kind === MAPI_ATTACH).map((row) => row.o_id));
  const below = tree.kind === MAPI_MESSAGE ? levels - 1 : levels;
  const saved: SavedObject[] = [];
  let growth = 0;
  for (const child of tree.children) {
    const row = plan.byId.get(child.id);
    if (child.id === 0) {
      if (child.deleted) continue;
      const added = planNew(plan.save, child, {
        parentId,
        associated: false,
        entryId: null,
        sourceKey: null,
        inFolder: false,
        levels: below,
      });
      saved.push(added.saved);
      growth += added.size;
      if (child.kind === MAPI_ATTACH) attachments.add(added.saved.id);
    } else if (!row || row.o_parent_id !== parentId) {
      throw new KopanoError(KCERR_NOT_FOUND, 'a child to be changed is not there');
    } else if (child.deleted) {
      collectDeletions(plan, row);
      attachments.delete(row.o_id);
      growth -= row.o_size;
      saved.push({ clientId: child.clientId, id: child.id, kind: child.kind, properties: [], children: [] });
    } else {
      const changed = await planChange(plan, row, child, below);
      saved.push(changed.saved);
      growth += changed.growth;
    }
  }
  return { saved, growth, hasAttach: attachments.size > 0 };
}

async function planChange(
  plan: Plan,
  row: Row,
  tree: SaveTree,
  levels: number,
): Promise<{ saved: SavedObject; growth: number }> {
  if (levels <= 0) throw new KopanoError(KCERR_TOO_COMPLEX, 'messages are nested too deeply');
  const platform = plan.save.actor.platform;
  const old = await draftOf(platform, row.o_props, row.o_overflow);
  const before = ownBytesOf(old);
  // A recipient comes whole; what is not sent is gone (observed on 11.0.2).
  const isRecipient = row.o_kind === MAPI_MAILUSER || row.o_kind === MAPI_DISTLIST;
  const draft = isRecipient ? emptyDraft() : old;
  const planned = planProperties(plan.save, tree, draft, isRecipient, false);
  const children = await planChildren(plan, row.o_id, tree, levels);
  const growth = planned.size - before + children.growth;
  plan.updates.push({
    id: row.o_id,
    version: row.o_version,
    columns: {
      ...documentsOf(planned),
      kind: isRecipient ? tree.kind : row.o_kind,
      size: Math.max(0, row.o_size + growth),
      // An embedded message keeps the keys that it was given.
      ...(row.o_kind === MAPI_MESSAGE && sentKeys(planned)),
      ...messageStatus(planned, tree),
      ...(planned.instanceId !== null && { instance_id: planned.instanceId }),
      ...(row.o_kind === MAPI_MESSAGE &&
        tree.children.length > 0 && {
          has_attach: children.hasAttach ? 1 : 0,
          message_flags: withAttachFlag(row.o_message_flags, children.hasAttach),
        }),
    },
  });
  plan.save.uses.push({ objectId: row.o_id, names: planned.packed.references });
  return {
    saved: {
      clientId: tree.clientId,
      id: row.o_id,
      kind: tree.kind,
      properties: planned.told.slice(0, 1),
      children: children.saved,
      ...(planned.toldInstanceId && { instanceId: planned.toldInstanceId }),
    },
    growth,
  };
}

function collectDeletions(plan: Plan, row: Row): void {
  plan.deletions.push(row.o_id);
  for (const child of plan.byParent.get(row.o_id) ?? []) collectDeletions(plan, child);
}

async function update(transaction: Statements, { id, version, columns }: Update): Promise<void> {
  const sets = Object.keys(columns).map((name) => `${name} = :${name}`);
  const { updated } = await transaction.execute(
    `UPDATE object SET ${sets.join(', ')}, version = version + 1 WHERE id = :id AND version = :version`,
    { ...columns, id, version },
  );
  if (updated === 0) throw new StaleRowError(`object ${id}`);
}

/** Numbers bound to one statement. */
const IDS_PER_STATEMENT = 500;

async function deleteRows(transaction: Statements, ids: readonly number[]): Promise<void> {
  for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT) {
    const part = ids.slice(start, start + IDS_PER_STATEMENT);
    const names = part.map((_, index) => `:id${index}`);
    const parameters = Object.fromEntries(part.map((id, index) => [`id${index}`, id]));
    await transaction.execute(
      `DELETE o, u FROM object o LEFT JOIN blob_use u ON u.object_id = o.id WHERE o.id IN (${names.join(', ')})`,
      parameters,
    );
  }
}
