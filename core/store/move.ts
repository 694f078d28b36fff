import { sourceKeyOf } from '../mapi/change-key.ts';
import { fnevObjectMoved, ICS_MESSAGE_HARD_DELETE, ICS_MESSAGE_NEW } from '../mapi/change-types.ts';
import { entryIdOf } from '../mapi/entry-id.ts';
import { fileTimeFromClock } from '../mapi/file-time.ts';
import { MSGFLAG_READ } from '../mapi/message-flags.ts';
import { MAPI_MESSAGE } from '../mapi/object-types.ts';
import { PR_LAST_MODIFICATION_TIME } from '../mapi/tags.ts';
import type { SqlRow, Statements } from '../platform/database.ts';
import { allows, grantsOn } from './access.ts';
import type { Actor } from './actor.ts';
import { appendChanges, type Change, countersChanged, imapIdOf, nextChangeKeys } from './changes.ts';
import { existingIds } from './existing-ids.ts';
import { type CounterChanges, lockStoreAndFolder, lockStoreAndTarget } from './folder-counters.ts';
import { lockObjects, sameId } from './locked-objects.ts';
import { numbersOf } from './numbers.ts';
import type { Target } from './object-row.ts';
import { bytesFromFileTime } from './row-properties.ts';
import { serverGuid } from './server-guid.ts';
import { sqlList } from './sql-list.ts';
import { findTarget } from './target.ts';

/** A message that is to move. */
interface Traveller {
  readonly id: number;
  readonly storeId: number;
  readonly folderId: number;
  readonly ownerId: number;
  readonly associated: boolean;
  readonly deleted: boolean;
  readonly flags: number;
  readonly size: number;
  readonly entryId: Buffer | null;
  readonly sourceKey: Buffer | null;
}

/** Messages of one transaction. */
const BATCH = 200;

/**
 * Moves messages into a folder of the same store, or restores soft-deleted ones
 * into it. They get new entry ids, source keys and IMAP ids (observed on 11.0.2).
 * The caller has checked that he may create there. Answers whether all moved:
 * what is unknown, elsewhere or not the caller's to delete stays.
 */
export async function moveMessages(
  actor: Actor,
  entryIds: readonly Buffer[],
  destination: Target,
  syncId: number,
): Promise<boolean> {
  const found = await findTravellers(actor.database, entryIds);
  let complete = found.length === new Set(entryIds.map((id) => id.toString('hex'))).size;
  for (const [folderId, messages] of Map.groupBy(found, (message) => message.folderId)) {
    const source = await findTarget(actor.database, { id: folderId });
    const movable = source ? await whatMayLeave(actor, source, destination, messages) : [];
    if (movable.length < messages.length) complete = false;
    const moving = movable.filter((message) => message.folderId !== destination.object.id || message.deleted);
    for (let start = 0; source && start < moving.length; start += BATCH) {
      const all = await moveBatch(actor, source, destination, moving.slice(start, start + BATCH), syncId);
      complete &&= all;
    }
  }
  return complete;
}

async function findTravellers(statements: Statements, entryIds: readonly Buffer[]): Promise<Traveller[]> {
  const found: Traveller[] = [];
  const existing = await existingIds(statements, entryIds);
  for (let start = 0; start < existing.length; start += 500) {
    const list = sqlList('entry', existing.slice(start, start + 500));
    const rows = await statements.query(
      `SELECT o.id, o.store_id, o.parent_id, o.owner_id, o.associated, o.deleted, o.message_flags, o.size, o.entry_id, o.source_key
       FROM object o JOIN folder f ON f.id = o.parent_id WHERE o.entry_id IN (${list.sql}) AND o.kind = ${MAPI_MESSAGE}`,
      list.parameters,
    );
    found.push(...rows.map(readTraveller));
  }
  return found;
}

const readTraveller = (row: SqlRow): Traveller => ({
  id: row.id as number,
  storeId: row.store_id as number,
  folderId: row.parent_id as number,
  ownerId: row.owner_id as number,
  associated: row.associated !== 0,
  deleted: row.deleted !== 0,
  flags: row.message_flags as number,
  size: row.size as number,
  entryId: row.entry_id as Buffer | null,
  sourceKey: row.source_key as Buffer | null,
});

async function whatMayLeave(
  actor: Actor,
  source: Target,
  destination: Target,
  messages: readonly Traveller[],
): Promise<Traveller[]> {
  if (source.store.id !== destination.store.id) return [];
  const grants = await grantsOn(actor.database, actor.identity, source, actor.platform.settings.hosted);
  const asMessage: Target = { ...source, object: { ...source.object, kind: MAPI_MESSAGE } };
  return messages.filter((message) =>
    allows({ ...grants, creator: message.ownerId === actor.identity.principalId }, asMessage, 'delete'),
  );
}

/** Moves messages of one folder; answers whether all were still there. */
async function moveBatch(
  actor: Actor,
  source: Target,
  destination: Target,
  listed: readonly Traveller[],
  syncId: number,
): Promise<boolean> {
  const { platform, database } = actor;
  const storeId = destination.store.id;
  const numbers = numbersOf(platform.database);
  const guid = await serverGuid(platform.database);
  const keyNumbers = await numbers.take('source key', listed.length);
  const now = fileTimeFromClock(platform.clock.now());
  const commitTime = bytesFromFileTime(now);

  return database.transaction(async (transaction) => {
    const messages = await stillThere(transaction, storeId, listed);
    if (messages.length === 0) return false;
    const arrivals = messages.map((message, index) => ({
      message,
      entryId: entryIdOf(destination.store.guid, MAPI_MESSAGE),
      sourceKey: sourceKeyOf(guid, keyNumbers[index]!),
    }));
    // What didn't count where it was is added, what doesn't count where it comes to is taken away.
    await lockStoreAndFolder(transaction, {
      storeId,
      size: -sizeOf(messages.filter((message) => !message.gone)),
      folderId: source.object.id,
      counters: departures(messages),
      commitTime,
    });
    await lockStoreAndTarget(transaction, {
      storeId,
      size: sizeOf(messages),
      sizeInFolder: true,
      folderId: destination.object.id,
      counters: arrivalsOf(messages),
      commitTime,
    });
    const changes = arrivals.flatMap(({ message, entryId, sourceKey }): Change[] => [
      {
        storeId,
        folderId: destination.object.id,
        objectId: message.id,
        kind: MAPI_MESSAGE,
        event: fnevObjectMoved,
        associated: message.associated,
        icsType: ICS_MESSAGE_NEW,
        sourceKey,
        folderSourceKey: destination.object.sourceKey,
        syncId,
        entryId,
        oldFolderId: source.object.id,
        oldEntryId: message.entryId,
      },
      {
        storeId,
        folderId: source.object.id,
        objectId: message.id,
        kind: MAPI_MESSAGE,
        event: 0,
        // For who synchronises the old folder the message is gone.
        icsType: source.object.id === destination.object.id ? 0 : ICS_MESSAGE_HARD_DELETE,
        sourceKey: message.sourceKey,
        folderSourceKey: source.object.sourceKey,
        syncId,
      },
    ]);
    changes.push(
      countersChanged(source.store.id, source.object),
      countersChanged(destination.store.id, destination.object),
    );
    const changeIds = await appendChanges(transaction, changes);
    await transaction.batch(
      `UPDATE object SET parent_id = :parentId, deleted = 0, deleted_on = NULL, version = version + 1,
         entry_id = :entryId, source_key = :sourceKey, imap_id = :imapId, change_key = :changeKey,
         predecessors = :predecessors, modified = :modified, props = JSON_SET(props, '$."${MODIFIED_KEY}"', :modifiedText)
       WHERE id = :id`,
      arrivals.map(({ message, entryId, sourceKey }, index) => {
        const keys = nextChangeKeys(guid, changeIds[2 * index]!, { changeKey: null, predecessors: null });
        return {
          id: message.id,
          parentId: destination.object.id,
          entryId,
          sourceKey,
          imapId: imapIdOf(changeIds[2 * index]!),
          changeKey: keys.changeKey,
          predecessors: keys.predecessors,
          modified: commitTime,
          modifiedText: now.toString(),
        };
      }),
    );
    return messages.length === listed.length;
  });
}

/** The messages as they are, without those that somebody else moved or removed since they were listed. */
async function stillThere(
  transaction: Statements,
  storeId: number,
  listed: readonly Traveller[],
): Promise<(Traveller & { readonly gone: boolean })[]> {
  const now = await lockObjects(
    transaction,
    storeId,
    listed.map((message) => message.id),
  );
  return listed.flatMap((message) => {
    const current = now.get(message.id);
    if (!current || current.parentId !== message.folderId || !sameId(current.entryId, message.entryId)) return [];
    const { deleted, gone, messageFlags: flags, size } = current;
    return [{ ...message, deleted, gone, flags, size }];
  });
}

const sizeOf = (messages: readonly Traveller[]): number => messages.reduce((sum, { size }) => sum + size, 0);

/** Where the property document keeps the time of the last change (see property-document.ts). */
const MODIFIED_KEY = PR_LAST_MODIFICATION_TIME.toString(16).padStart(8, '0');

const isUnread = ({ associated, flags }: Traveller): boolean => !associated && (flags & MSGFLAG_READ) === 0;
const count = (messages: readonly Traveller[], which: (message: Traveller) => boolean): number =>
  messages.filter(which).length;

const departures = (messages: readonly Traveller[]): CounterChanges => ({
  content: -count(messages, (message) => !message.deleted && !message.associated),
  associated: -count(messages, (message) => !message.deleted && message.associated),
  unread: -count(messages, (message) => !message.deleted && isUnread(message)),
  deleted: -count(messages, (message) => message.deleted && !message.associated),
  deletedAssociated: -count(messages, (message) => message.deleted && message.associated),
});

const arrivalsOf = (messages: readonly Traveller[]): CounterChanges => ({
  content: count(messages, (message) => !message.associated),
  associated: count(messages, (message) => message.associated),
  unread: count(messages, isUnread),
});
