import {
  fnevObjectDeleted,
  ICS_FOLDER_HARD_DELETE,
  ICS_FOLDER_SOFT_DELETE,
  ICS_MESSAGE_HARD_DELETE,
  ICS_MESSAGE_SOFT_DELETE,
} from '../mapi/change-types.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_BUSY, KCERR_HAS_FOLDERS, KCERR_HAS_MESSAGES, KCERR_NO_ACCESS } from '../mapi/error-codes.ts';
import { fileTimeFromClock } from '../mapi/file-time.ts';
import { MSGFLAG_READ, MSGFLAG_SUBMIT } from '../mapi/message-flags.ts';
import { MAPI_FOLDER, MAPI_MESSAGE } from '../mapi/object-types.ts';
import type { Statements } from '../platform/database.ts';
import { allows, type Grants, grantsOn } from './access.ts';
import type { Actor } from './actor.ts';
import { appendChanges, type Change, countersChanged } from './changes.ts';
import { type Doomed, listDoomed, type Roots } from './deletion-list.ts';
import { type CounterChanges, lockStore, lockStoreAndFolder } from './folder-counters.ts';
import { lockObjects, sameId } from './locked-objects.ts';
import type { Target } from './object-row.ts';
import { bytesFromFileTime } from './row-properties.ts';
import { sqlList } from './sql-list.ts';
import { findTarget } from './target.ts';

export interface DeletionOptions {
  /** Remove for good; otherwise what is deleted can be restored. */
  readonly hard: boolean;
  /** Whether messages, folders below the roots may go too. */
  readonly messages: boolean;
  readonly folders: boolean;
  readonly syncId: number;
  /** Rights are checked unless the system itself deletes. */
  readonly checked?: boolean;
  /** Folders among the roots need the right to manage them, not only to delete what lies in them. */
  readonly managed?: boolean;
}

/** Objects of one transaction: a few statements of bounded size. */
const BATCH = 400;

/** What a page of deletions does to one folder. */
interface FolderEffect {
  readonly folderId: number;
  readonly counters: Required<CounterChanges>;
  messages: number;
}

/**
 * Deletes folders and messages: nothing, if one of them must not go. Large
 * deletions are several transactions, each whole; messages before their folders,
 * so that what is left after a failure is consistent and a repetition ends it.
 */
export async function deleteObjects(actor: Actor, roots: Roots, options: DeletionOptions): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      return await deleteListed(actor, await listDoomed(actor.database, roots, options.hard), options);
    } catch (error) {
      if (!(error instanceof ArrivalError)) throw error;
      if (attempt === ATTEMPTS) throw new KopanoError(KCERR_BUSY, 'others keep filling a folder', { cause: error });
    }
}

/** Something came into a folder that is to go after what goes was listed. */
class ArrivalError extends Error {
  override readonly name = 'ArrivalError';
}

/** How often a deletion begins anew because something arrived. */
const ATTEMPTS = 20;

async function deleteListed(actor: Actor, doomed: readonly Doomed[], options: DeletionOptions): Promise<void> {
  const has = (kind: number): boolean => doomed.some((item) => !item.isRoot && item.kind === kind);
  // Of a folder that has both, the folders are told (observed on 11.0.2).
  if (!options.folders && has(MAPI_FOLDER)) throw new KopanoError(KCERR_HAS_FOLDERS, 'a folder has subfolders');
  if (!options.messages && has(MAPI_MESSAGE)) throw new KopanoError(KCERR_HAS_MESSAGES, 'a folder has messages');
  if (options.checked !== false) await requireDeletable(actor, doomed, options.managed === true);
  // Soft deletion marks the roots and takes the rest with them, hard deletion goes upwards from the leaves.
  const expected = childrenOf(doomed);
  const order = options.hard ? doomed.toReversed() : doomed;
  for (const [storeId, items] of Map.groupBy(order, (item) => item.storeId))
    for (let start = 0; start < items.length; start += BATCH)
      await deleteBatch(actor, storeId, items.slice(start, start + BATCH), options, expected);
}

async function requireDeletable(actor: Actor, doomed: readonly Doomed[], managed: boolean): Promise<void> {
  const { database, identity, platform } = actor;
  const folders = new Map<number, { readonly target: Target; readonly grants: Grants }>();
  const folder = async (id: number) => {
    const known = folders.get(id);
    if (known) return known;
    const target = await findTarget(database, { id });
    if (!target) throw new KopanoError(KCERR_NO_ACCESS, 'an object lies nowhere');
    const found = { target, grants: await grantsOn(database, identity, target, platform.settings.hosted) };
    folders.set(id, found);
    return found;
  };
  // What is named may lie in several stores.
  const full = new Set<number>();
  for (const item of doomed) {
    if (full.has(item.storeId)) continue;
    // A folder may have rights of its own; a message has those of its folder.
    const { target, grants } = await folder(item.kind === MAPI_FOLDER ? item.id : item.parentId);
    if (grants.full) {
      full.add(item.storeId);
      continue;
    }
    const creator = item.ownerId === identity.principalId;
    const asked: Target =
      item.kind === MAPI_FOLDER ? target : { ...target, object: { ...target.object, kind: item.kind } };
    const need = managed && item.isRoot && item.kind === MAPI_FOLDER ? 'manage folder' : 'delete';
    if (!allows({ ...grants, creator }, asked, need))
      throw new KopanoError(KCERR_NO_ACCESS, 'needs the right to delete');
  }
}

async function deleteBatch(
  actor: Actor,
  storeId: number,
  listed: readonly Doomed[],
  options: DeletionOptions,
  expected: ReadonlyMap<number, number>,
): Promise<void> {
  const now = fileTimeFromClock(actor.platform.clock.now());

  await actor.database.transaction(async (transaction) => {
    const items = await stillThere(transaction, storeId, listed, options.hard);
    if (items.length === 0) return;
    await refuseArrivals(transaction, items, options.hard, expected);
    const effects = effectsOf(items, options.hard);
    const freed = items.reduce((sum, item) => sum + (item.kind === MAPI_MESSAGE && !item.wasGone ? item.size : 0), 0);
    const below = options.hard ? await listBelow(transaction, items) : [];
    await lockAndCount(transaction, storeId, freed, [...effects.values()], bytesFromFileTime(now));
    if (options.hard) await removeRows(transaction, items, below);
    else {
      await markRows(transaction, items, bytesFromFileTime(now));
      await markFolders(transaction, items);
    }
    const unsent = items.filter((item) => item.messageFlags & MSGFLAG_SUBMIT).map((item) => item.id);
    if (unsent.length > 0) {
      const list = sqlList('id', unsent);
      await transaction.execute(`DELETE FROM outgoing WHERE object_id IN (${list.sql})`, list.parameters);
    }
    await appendChanges(transaction, [
      ...items.map((item) => deletionOf(item, options)),
      ...parentChanges(storeId, items),
    ]);
  });
}

/** What was listed, as it is now, without what somebody else moved, deleted or restored since. */
async function stillThere(
  transaction: Statements,
  storeId: number,
  listed: readonly Doomed[],
  hard: boolean,
): Promise<Doomed[]> {
  const now = await lockObjects(
    transaction,
    storeId,
    listed.map((item) => item.id),
  );
  return listed.flatMap((item) => {
    const current = now.get(item.id);
    if (!current || current.parentId !== item.parentId || !sameId(current.entryId, item.entryId)) return [];
    if (current.deleted && !hard) return [];
    const { deleted: wasDeleted, gone: wasGone, messageFlags, size } = current;
    return [{ ...item, wasDeleted, wasGone, messageFlags, size }];
  });
}

/** How many of the doomed lie in each folder that is doomed itself. */
function childrenOf(doomed: readonly Doomed[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const item of doomed) if (item.kind === MAPI_FOLDER) counts.set(item.id, 0);
  for (const { parentId } of doomed) if (counts.has(parentId)) counts.set(parentId, counts.get(parentId)! + 1);
  return counts;
}

/** Throws if folders hold what isn't on the list: it would be lost, or count where nothing counts. */
async function refuseArrivals(
  transaction: Statements,
  items: readonly Doomed[],
  hard: boolean,
  expected: ReadonlyMap<number, number>,
): Promise<void> {
  const folders = items.filter((item) => item.kind === MAPI_FOLDER).map((item) => item.id);
  if (folders.length === 0) return;
  const list = sqlList('id', folders);
  const rows = await transaction.query<{ parent_id: number; children: number }>(
    `SELECT parent_id, COUNT(*) AS children FROM object
     WHERE parent_id IN (${list.sql}) AND kind IN (${MAPI_FOLDER}, ${MAPI_MESSAGE}) ${hard ? '' : 'AND deleted = 0'}
     GROUP BY parent_id`,
    list.parameters,
  );
  // Hard deletions remove what lies in a folder before the folder: only what goes with it may be left.
  const going = hard ? childrenOf(items) : expected;
  for (const { parent_id: id, children } of rows)
    if (children > (going.get(id) ?? 0)) throw new ArrivalError(`folder ${id}`);
}

function effectsOf(items: readonly Doomed[], hard: boolean): Map<number, FolderEffect> {
  const effects = new Map<number, FolderEffect>();
  for (const item of items) {
    // What goes with its folder changes no counter that remains, unless the folder is still there between batches.
    if (!hard && !item.isRoot) continue;
    let effect = effects.get(item.parentId);
    if (!effect) {
      effect = {
        folderId: item.parentId,
        counters: {
          content: 0,
          unread: 0,
          associated: 0,
          deleted: 0,
          deletedAssociated: 0,
          folders: 0,
          deletedFolders: 0,
        },
        messages: 0,
      };
      effects.set(item.parentId, effect);
    }
    count(effect, item, hard);
  }
  return effects;
}

function count(effect: FolderEffect, item: Doomed, hard: boolean): void {
  const counters = effect.counters as { -readonly [K in keyof Required<CounterChanges>]: number };
  if (item.kind === MAPI_FOLDER) {
    if (item.wasDeleted) counters.deletedFolders -= 1;
    else {
      counters.folders -= 1;
      if (!hard) counters.deletedFolders += 1;
    }
    return;
  }
  effect.messages += 1;
  const [normal, gone] = item.associated
    ? (['associated', 'deletedAssociated'] as const)
    : (['content', 'deleted'] as const);
  if (item.wasDeleted) counters[gone] -= 1;
  else {
    counters[normal] -= 1;
    if (!hard) counters[gone] += 1;
    if (!item.associated && (item.messageFlags & MSGFLAG_READ) === 0) counters.unread -= 1;
  }
}

async function lockAndCount(
  transaction: Statements,
  storeId: number,
  freed: number,
  effects: readonly FolderEffect[],
  commitTime: Buffer,
): Promise<void> {
  const change = (effect: FolderEffect, size: number) => ({
    storeId,
    size,
    folderId: effect.folderId,
    counters: effect.counters,
    ...(effect.messages > 0 && { commitTime }),
  });
  const [first, ...others] = effects;
  if (first) await lockStoreAndFolder(transaction, change(first, -freed));
  else await lockStore(transaction, storeId, -freed);
  for (const effect of others) await lockStoreAndFolder(transaction, change(effect, 0));
}

/** A folder that is deleted takes those below with it; they are marked too, so that nobody writes into them. */
async function markFolders(transaction: Statements, items: readonly Doomed[]): Promise<void> {
  const folders = items.filter((item) => item.kind === MAPI_FOLDER);
  if (folders.length === 0) return;
  await transaction.batch(
    'UPDATE folder SET deleted = GREATEST(deleted, :deleted), gone = 1 WHERE id = :id',
    folders.map((item) => ({ id: item.id, deleted: item.isRoot ? 1 : 0 })),
  );
}

async function markRows(transaction: Statements, items: readonly Doomed[], now: Buffer): Promise<void> {
  const roots = items.filter((item) => item.isRoot);
  if (roots.length === 0) return;
  const list = sqlList(
    'id',
    roots.map((item) => item.id),
  );
  await transaction.execute(
    `UPDATE object SET deleted = 1, deleted_on = :now, version = version + 1,
       message_flags = message_flags & ~${MSGFLAG_SUBMIT}, message_status = message_status & ~${MSGSTATUS_DELMARKED}
     WHERE id IN (${list.sql})`,
    { ...list.parameters, now },
  );
}

/** PR_MSG_STATUS: marked by an IMAP client for deletion. */
const MSGSTATUS_DELMARKED = 0x0008;

/** Recipients, attachments and embedded messages below messages. */
async function listBelow(statements: Statements, items: readonly Doomed[]): Promise<number[]> {
  const messages = items.filter((item) => item.kind === MAPI_MESSAGE).map((item) => item.id);
  if (messages.length === 0) return [];
  const list = sqlList('id', messages);
  const ids: number[] = [];
  for (let last = 0; ; last = ids.at(-1)!) {
    const rows = await statements.query<{ id: number }>(
      `WITH RECURSIVE below (id) AS (
        SELECT id FROM object WHERE parent_id IN (${list.sql})
        UNION ALL
        SELECT o.id FROM object o JOIN below b ON o.parent_id = b.id
      ) SELECT id FROM below WHERE id > :last ORDER BY id LIMIT 10000`,
      { ...list.parameters, last },
    );
    ids.push(...rows.map((row) => row.id));
    if (rows.length < 10_000) return ids;
  }
}

async function removeRows(transaction: Statements, items: readonly Doomed[], below: readonly number[]): Promise<void> {
  const ids = [...below, ...items.map((item) => item.id)];
  for (let start = 0; start < ids.length; start += 2 * BATCH) {
    const list = sqlList('id', ids.slice(start, start + 2 * BATCH));
    await transaction.execute(
      `DELETE o, u FROM object o LEFT JOIN blob_use u ON u.object_id = o.id WHERE o.id IN (${list.sql})`,
      list.parameters,
    );
  }
  const folders = items.filter((item) => item.kind === MAPI_FOLDER).map((item) => item.id);
  if (folders.length === 0) return;
  const list = sqlList('id', folders);
  await transaction.execute(
    `DELETE f, s, w, r, a FROM folder f LEFT JOIN search_folder s ON s.folder_id = f.id
       LEFT JOIN watched_search w ON w.folder_id = f.id LEFT JOIN receive_folder r ON r.folder_id = f.id LEFT JOIN acl a ON a.object_id = f.id WHERE f.id IN (${list.sql})`,
    list.parameters,
  );
}

const deletionOf = (item: Doomed, { hard, syncId }: DeletionOptions): Change => ({
  storeId: item.storeId,
  folderId: item.parentId,
  objectId: item.id,
  kind: item.kind,
  event: fnevObjectDeleted,
  associated: item.associated,
  icsType: icsTypeOf(item, hard),
  sourceKey: item.sourceKey,
  folderSourceKey: item.folderSourceKey,
  syncId,
  entryId: item.entryId,
});

function icsTypeOf(item: Doomed, hard: boolean): number {
  if (item.kind === MAPI_MESSAGE) return hard ? ICS_MESSAGE_HARD_DELETE : ICS_MESSAGE_SOFT_DELETE;
  if (item.isSearchFolder) return 0;
  return hard ? ICS_FOLDER_HARD_DELETE : ICS_FOLDER_SOFT_DELETE;
}

/** That the folders of the roots changed. */
function parentChanges(storeId: number, items: readonly Doomed[]): Change[] {
  const parents = new Map(items.filter((item) => item.isRoot).map((item) => [item.parentId, item]));
  return [...parents]
    .sort(([one], [other]) => one - other)
    .map(([id, { folderParentId, folderEntryId }]) =>
      countersChanged(storeId, { id, parentId: folderParentId, entryId: folderEntryId }),
    );
}
