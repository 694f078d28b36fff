import { sourceKeyOf } from '../mapi/change-key.ts';
import {
  fnevObjectDeleted,
  fnevObjectModified,
  fnevObjectMoved,
  ICS_MESSAGE_CHANGE,
  ICS_MESSAGE_HARD_DELETE,
  ICS_MESSAGE_NEW,
  ICS_MESSAGE_SOFT_DELETE,
} from '../mapi/change-types.ts';
import { entryIdOf } from '../mapi/entry-id.ts';
import { fileTimeFromClock } from '../mapi/file-time.ts';
import { MSGFLAG_READ, MSGFLAG_SUBMIT, MSGFLAG_UNSENT } from '../mapi/message-flags.ts';
import { MAPI_MESSAGE } from '../mapi/object-types.ts';
import type { PropertyTag } from '../mapi/property.ts';
import {
  PR_IPM_WASTEBASKET_ENTRYID,
  PR_LAST_MODIFICATION_TIME,
  PR_SENDER_NAME,
  PR_SENT_REPRESENTING_NAME,
} from '../mapi/tags.ts';
import type { SqlValue, Statements } from '../platform/database.ts';
import type { Actor } from './actor.ts';
import { appendChanges, type Change, countersChanged, imapIdOf, nextChangeKeys } from './changes.ts';
import { type CounterChanges, lockStoreAndFolder, lockStoreAndTarget } from './folder-counters.ts';
import { IS_BEING_SENT, SENDING_OF_QUEUE } from './handover.ts';
import { type LockedObject, lockObjects } from './locked-objects.ts';
import { numbersOf } from './numbers.ts';
import { sortColumns } from './object-insert.ts';
import type { Target } from './object-row.ts';
import { bytesFromFileTime } from './row-properties.ts';
import { serverGuid } from './server-guid.ts';
import { EC_SUBMIT_DOSENTMAIL } from './submission.ts';
import { type LoadedTarget, readTarget, SURROUNDINGS, TARGET_COLUMNS } from './target.ts';

/** A message that waits in the spooler's queue. */
export interface Submission {
  readonly message: LoadedTarget;
  /** How this submission is called, see handover.ts. */
  readonly sending: string;
  /** What happens with the message once it is sent, is up to the spooler. */
  readonly doSentMail: boolean;
  /** Parts were planned before. */
  readonly begun: boolean;
  /** The message lies in the deleted items. */
  readonly inWastebasket: boolean;
}

/** Where the property document keeps a value (see property-document.ts). */
const keyOf = (tag: PropertyTag): string => tag.toString(16).padStart(8, '0');

/** What is submitted of a message; undefined where nothing is. One statement. */
export async function findSubmission(statements: Statements, objectId: number): Promise<Submission | undefined> {
  const [row] = await statements.query(
    `SELECT ${TARGET_COLUMNS}, q.flags AS q_flags, ${SENDING_OF_QUEUE} AS q_sending, ${IS_BEING_SENT} AS q_begun,
       JSON_UNQUOTE(JSON_EXTRACT(home.props, '$."${keyOf(PR_IPM_WASTEBASKET_ENTRYID)}"')) AS q_wastebasket
     FROM outgoing q JOIN object o ON o.id = q.object_id ${SURROUNDINGS} LEFT JOIN object home ON home.id = o.store_id
     WHERE q.object_id = :objectId AND q.master = 1`,
    { objectId },
  );
  const message = row && readTarget(row);
  if (!message) return undefined;
  const wastebasket = Buffer.from(String(row.q_wastebasket ?? ''), 'base64');
  return {
    message,
    sending: row.q_sending as string,
    doSentMail: ((row.q_flags as number) & EC_SUBMIT_DOSENTMAIL) !== 0,
    begun: Number(row.q_begun) !== 0,
    inWastebasket: message.parent?.entryId?.equals(wastebasket) ?? false,
  };
}

/** What becomes of a message that leaves the queue. */
export interface Settlement {
  /** Short values to be set: texts and binaries. */
  readonly set: ReadonlyMap<PropertyTag, string | Buffer>;
  /** Folder of the same store that it moves to; without, it stays where it is. */
  readonly destination?: Target | undefined;
  /** It is deleted (and can be restored); ignored with a destination. */
  readonly remove?: boolean;
}

/**
 * Ends a submission, in one transaction: the message counts as sent and read, gets
 * its last properties, moves or goes, and leaves the queue. Answers whether it was
 * still in the queue; a repetition changes nothing.
 */
export async function settleSubmission(
  actor: Actor,
  { message, sending }: Submission,
  settlement: Settlement,
): Promise<boolean> {
  const { platform, database } = actor;
  const { object, store } = message;
  const { destination } = settlement;
  const guid = await serverGuid(platform.database);
  const moves = destination !== undefined && destination.object.id !== object.parentId;
  const arrival = moves && {
    folder: destination,
    entryId: entryIdOf(store.guid, MAPI_MESSAGE),
    sourceKey: sourceKeyOf(guid, await numbersOf(platform.database).one('source key')),
  };
  const now = fileTimeFromClock(platform.clock.now());

  return database.transaction(async (transaction) => {
    const current = (await lockObjects(transaction, store.id, [object.id])).get(object.id);
    const { updated } = await transaction.execute(
      `DELETE q FROM outgoing q WHERE q.object_id = :objectId AND q.master = 1 AND ${SENDING_OF_QUEUE} = :sending`,
      { objectId: object.id, sending },
    );
    if (updated === 0) return false;
    // Who deletes or moves a message that is on its way has the last word about where it lies.
    if (!current || current.deleted) return true;
    const place = { message, current, now };
    if (current.parentId === object.parentId && arrival)
      await write(transaction, place, settlement, await move(transaction, place, arrival), guid);
    else if (current.parentId === object.parentId && settlement.remove && !destination)
      await write(transaction, place, settlement, await remove(transaction, place), guid);
    else await write(transaction, place, settlement, await stay(transaction, place), guid);
    return true;
  });
}

interface Place {
  readonly message: LoadedTarget;
  readonly current: LockedObject;
  readonly now: bigint;
}

interface Arrival {
  readonly folder: Target;
  readonly entryId: Buffer;
  readonly sourceKey: Buffer;
}

/** Number of the message's change, and columns besides. */
interface Written {
  readonly changeId: number;
  readonly columns: Readonly<Record<string, SqlValue>>;
}

const isUnread = ({ current, message }: Place): boolean =>
  !message.object.associated && (current.messageFlags & MSGFLAG_READ) === 0;

/** What a message that leaves a folder takes with it. */
const departure = (place: Place): CounterChanges => ({
  ...(place.message.object.associated ? { associated: -1 } : { content: -1 }),
  unread: isUnread(place) ? -1 : 0,
});

const changeOf = ({ message }: Place, change: Partial<Change>): Change => ({
  storeId: message.store.id,
  folderId: message.object.parentId,
  objectId: message.object.id,
  kind: MAPI_MESSAGE,
  event: 0,
  associated: message.object.associated,
  sourceKey: message.object.sourceKey,
  folderSourceKey: message.parent?.sourceKey ?? null,
  entryId: message.object.entryId,
  ...change,
});

async function stay(transaction: Statements, place: Place): Promise<Written> {
  const { message, current } = place;
  const { store, parent } = message;
  const nowRead = isUnread(place) && current.parentId === message.object.parentId;
  await lockStoreAndFolder(transaction, {
    storeId: store.id,
    size: 0,
    folderId: current.parentId,
    counters: isUnread(place) ? { unread: -1 } : {},
  });
  const [changeId] = await appendChanges(transaction, [
    changeOf(place, {
      folderId: current.parentId,
      event: fnevObjectModified,
      icsType: ICS_MESSAGE_CHANGE,
      entryId: current.entryId,
    }),
    ...(nowRead && parent ? [countersChanged(store.id, parent)] : []),
  ]);
  return { changeId: changeId!, columns: {} };
}

async function move(transaction: Statements, place: Place, arrival: Arrival): Promise<Written> {
  const { message, current, now } = place;
  const { store, parent, object } = message;
  const commitTime = bytesFromFileTime(now);
  const size = current.gone ? 0 : current.size;
  const from = { storeId: store.id, size: -size, folderId: object.parentId, counters: departure(place), commitTime };
  await lockStoreAndFolder(transaction, from);
  await lockStoreAndTarget(transaction, {
    storeId: store.id,
    size: current.size,
    sizeInFolder: true,
    folderId: arrival.folder.object.id,
    counters: object.associated ? { associated: 1 } : { content: 1 },
    commitTime,
  });
  const [changeId] = await appendChanges(transaction, [
    changeOf(place, {
      folderId: arrival.folder.object.id,
      event: fnevObjectMoved,
      icsType: ICS_MESSAGE_NEW,
      sourceKey: arrival.sourceKey,
      folderSourceKey: arrival.folder.object.sourceKey,
      entryId: arrival.entryId,
      oldFolderId: object.parentId,
      oldEntryId: object.entryId,
    }),
    // For who synchronises the old folder the message is gone.
    changeOf(place, { icsType: ICS_MESSAGE_HARD_DELETE, entryId: null }),
    ...(parent ? [countersChanged(store.id, parent)] : []),
    countersChanged(store.id, arrival.folder.object),
  ]);
  return {
    changeId: changeId!,
    columns: {
      parent_id: arrival.folder.object.id,
      entry_id: arrival.entryId,
      source_key: arrival.sourceKey,
      imap_id: imapIdOf(changeId!),
    },
  };
}

async function remove(transaction: Statements, place: Place): Promise<Written> {
  const { message, current, now } = place;
  const { store, parent, object } = message;
  const commitTime = bytesFromFileTime(now);
  await lockStoreAndFolder(transaction, {
    storeId: store.id,
    size: current.gone ? 0 : -current.size,
    folderId: object.parentId,
    counters: { ...departure(place), ...(object.associated ? { deletedAssociated: 1 } : { deleted: 1 }) },
    commitTime,
  });
  const [changeId] = await appendChanges(transaction, [
    changeOf(place, { event: fnevObjectDeleted, icsType: ICS_MESSAGE_SOFT_DELETE }),
    ...(parent ? [countersChanged(store.id, parent)] : []),
  ]);
  return { changeId: changeId!, columns: { deleted: 1, deleted_on: commitTime } };
}

async function write(
  transaction: Statements,
  { message, current, now }: Place,
  { set }: Settlement,
  { changeId, columns }: Written,
  guid: Buffer,
): Promise<void> {
  const moved = 'entry_id' in columns;
  const keys = nextChangeKeys(guid, changeId, moved ? { changeKey: null, predecessors: null } : current);
  const parameters: Record<string, SqlValue> = {
    ...columns,
    message_flags: ((current.messageFlags | MSGFLAG_READ) & ~(MSGFLAG_SUBMIT | MSGFLAG_UNSENT)) >>> 0,
    change_key: keys.changeKey,
    predecessors: keys.predecessors,
    modified: bytesFromFileTime(now),
    ...shownNames(set),
  };
  const assignments = Object.keys(parameters).map((column) => `${column} = :${column}`);
  const values: Record<string, SqlValue> = { [`v${keyOf(PR_LAST_MODIFICATION_TIME)}`]: now.toString() };
  for (const [tag, value] of set)
    values[`v${keyOf(tag)}`] = typeof value === 'string' ? value : value.toString('base64');
  const paths = Object.keys(values).map((name) => `'$."${name.slice(1)}"', :${name}`);
  await transaction.execute(
    `UPDATE object SET ${assignments.join(', ')}, props = JSON_SET(props, ${paths.join(', ')}), version = version + 1
     WHERE id = :id`,
    { ...parameters, ...values, id: message.object.id },
  );
}

/** The sort columns of who sent a message, where that changes. */
function shownNames(set: Settlement['set']): Record<string, SqlValue> {
  const { sender, representing } = sortColumns({ values: set });
  return {
    ...(set.has(PR_SENDER_NAME) && { sender }),
    ...(set.has(PR_SENT_REPRESENTING_NAME) && { representing }),
  };
}

/** Submissions listed at a time. */
const PAGE_ROWS = 500;

/** Messages of the spooler's queue behind one, in order of their numbers, that were submitted so many seconds ago. */
export async function waitingSubmissions(
  statements: Statements,
  { after, seconds }: { readonly after: number; readonly seconds: number },
): Promise<{ readonly object: number; readonly store: string }[]> {
  const rows = await statements.query<{ object_id: number; guid: Buffer }>(
    `SELECT q.object_id, st.guid FROM outgoing q JOIN store st ON st.id = q.store_id JOIN object o ON o.id = q.object_id
     WHERE q.master = 1 AND q.object_id > :after AND q.at < UTC_TIMESTAMP(3) - INTERVAL :seconds SECOND
     ORDER BY q.object_id LIMIT ${PAGE_ROWS}`,
    { after, seconds },
  );
  return rows.map(({ object_id: object, guid }) => ({ object, store: guid.toString('hex') }));
}
