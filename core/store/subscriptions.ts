import { liveSession } from '../directory/session.ts';
import {
  fnevIgnoreCounters,
  fnevNewMail,
  fnevObjectCreated,
  fnevObjectModified,
  fnevObjTypeFolder,
  fnevObjTypeMessage,
  fnevTableModified,
} from '../mapi/change-types.ts';
import { MAPI_FOLDER, MAPI_MESSAGE } from '../mapi/object-types.ts';
import { hintOrTime, hintsSoFar } from '../platform/change-hints.ts';
import type { Clock } from '../platform/clock.ts';
import type { Statements } from '../platform/database.ts';
import { STALE_SEARCHES, type StaleSearch } from './search/watched-searches.ts';
import { sqlList } from './sql-list.ts';
import { MESSAGE_CHANGES } from './sync/change-log.ts';

/** Who listens: the sessions of one client program share what they subscribed to. */
export interface Listener {
  readonly sessionId: bigint;
  /** The session's group, or the session itself where it has none. */
  readonly group: bigint;
}

/** What somebody wants to be told of. */
export interface Subscription {
  /** The client's own number, which comes with each notification. */
  readonly connection: number;
  readonly storeId: number;
  /** Object, or store for all in it. */
  readonly subjectId: number;
  /** fnev* bits. */
  readonly eventMask: number;
  /** Changes after this one are told. */
  readonly position: number;
  /** The sync whose client wants to know that it would find changes in its folder, the subject. */
  readonly syncId?: number;
  /** The open table that is watched, and what is to be remembered of it; then there is no subject. */
  readonly tableId?: number;
  readonly detail?: string;
}

export const idBytes = (id: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, id));
  return bytes;
};

/**
 * Begins a subscription. A connection that the session uses already keeps what it
 * has (observed on 11.0.2); that of a session that is gone is taken over.
 */
export async function subscribe(statements: Statements, listener: Listener, subscription: Subscription): Promise<void> {
  const { connection, storeId, subjectId, eventMask, position } = subscription;
  await statements.execute(
    `INSERT INTO subscription
       (session_group, connection, session_id, store_id, subject_id, event_mask, position, sync_id, table_id, detail)
     VALUES (:group, :connection, :sessionId, :storeId, :subjectId, :eventMask, :position, :syncId, :tableId, :detail)
     ON DUPLICATE KEY UPDATE ${['store_id', 'subject_id', 'event_mask', 'position', 'sync_id', 'table_id', 'detail']
       .map(
         (column) => `${column} = IF(session_id = VALUES(session_id) AND ended IS NULL, ${column}, VALUES(${column}))`,
       )
       .join(', ')}, ended = NULL, session_id = VALUES(session_id)`,
    {
      group: idBytes(listener.group),
      sessionId: idBytes(listener.sessionId),
      connection,
      storeId,
      subjectId,
      eventMask,
      position,
      syncId: subscription.syncId ?? 0,
      tableId: subscription.tableId ?? 0,
      detail: subscription.detail ?? '{}',
    },
  );
}

/**
 * Ends a subscription; an unknown one is no error. What happened before is told
 * all the same by the next poll (observed on 11.0.2), so the row stays until then.
 */
export async function unsubscribe(
  statements: Statements,
  listener: Listener,
  connections: readonly number[],
): Promise<void> {
  const all = [...new Set(connections)];
  for (let start = 0; start < all.length; start += CONNECTIONS_PER_STATEMENT) {
    const list = sqlList('connection', all.slice(start, start + CONNECTIONS_PER_STATEMENT));
    await statements.execute(
      `UPDATE subscription SET ended =
         COALESCE((SELECT c.id FROM \`change\` c WHERE c.store_id = subscription.store_id ORDER BY c.id DESC LIMIT 1), 0)
       WHERE session_group = :group AND connection IN (${list.sql})`,
      { group: idBytes(listener.group), ...list.parameters },
    );
  }
}

const CONNECTIONS_PER_STATEMENT = 1_000;

/** Something that happened, for one subscription. */
export type Notification = ObjectNotification | SyncNotification;

/** That an incremental sync would find changes. */
export interface SyncNotification {
  readonly connection: number;
  readonly syncId: number;
  /** The newest of them. */
  readonly changeId: number;
}

/** What happened to an object. */
export interface ObjectNotification {
  readonly connection: number;
  readonly event: number;
  readonly kind: number;
  readonly objectId: number;
  readonly storeOwnerId: number;
  /** Where the object is, and where it was before. */
  readonly folderIds: readonly number[];
  readonly entryId: Buffer;
  readonly parentEntryId?: Buffer;
  readonly oldEntryId?: Buffer;
  readonly oldParentEntryId?: Buffer;
  readonly messageClass?: string;
  readonly messageFlags?: number;
}

interface Row {
  readonly id: number;
  readonly connection: number;
  readonly store_id: number;
  readonly event: number;
  readonly kind: number;
  readonly object_id: number;
  readonly store_owner: number | null;
  readonly folder_id: number | null;
  readonly old_folder_id: number | null;
  readonly entry_id: Buffer | null;
  readonly folder_entry_id: Buffer | null;
  readonly old_entry_id: Buffer | null;
  readonly old_folder_entry_id: Buffer | null;
  readonly message_class: string | null;
  /** A text where the union makes it a decimal. */
  readonly message_flags: number | string | null;
  /** Both 0: of an object. */
  readonly sync_id: number;
  readonly table_id: number;
}

/** Notifications of one answer. */
const LIMIT = 500;

/** What takes part in telling news. */
export interface Tellers<T> {
  /** Tells what has happened in the tables that some connections watch. */
  readonly tables: (connections: readonly number[]) => Promise<readonly T[]>;
  /** Brings search folders up to date. Whether there may be news of them. */
  readonly searches: (stale: readonly StaleSearch[]) => Promise<boolean>;
}

/** What has happened for a listener since it was last told; told once. Of tables it is told first (observed on 11.0.2). */
export async function takeNotifications<T>(
  statements: Statements,
  listener: Listener,
  tellers: Tellers<T>,
): Promise<(T | Notification)[]> {
  const { news, note } = await lookForNews(statements, listener, tellers);
  await note();
  return news;
}

/** What one look brings. */
interface News<T> {
  readonly news: (T | Notification)[];
  readonly isAlive: boolean;
  readonly storeIds: readonly number[];
  /** Notes that it is told. */
  readonly note: () => Promise<void>;
}

/**
 * One look: what there is to tell, and whether the session goes on at `now` (ms since 1970). News that is there isn't
 * kept waiting for search folders, which the next look finds; unless there is so much that it is late anyway.
 */
async function lookForNews<T>(
  statements: Statements,
  listener: Listener,
  tellers: Tellers<T>,
  now?: number,
): Promise<News<T>> {
  let seen = await look(statements, listener, now);
  const mayWait = seen.found.length === 0 || seen.found.length > FEW;
  if (mayWait && seen.isHeard && seen.stale.length > 0 && (await tellers.searches(seen.stale)))
    seen = await look(statements, listener, now);
  const { isAlive, isHeard, found, storeIds, someEnded } = seen;
  if (!isHeard || found.length === 0) return { isAlive, storeIds, news: [], note: async () => {} };
  return { isAlive, storeIds, ...(await takeFound(statements, listener, tellers, found, someEnded)) };
}

/** What one statement sees. */
interface Seen {
  readonly isAlive: boolean;
  /** What a session doesn't hear any more is left to the others of its group. */
  readonly isHeard: boolean;
  readonly found: readonly Row[];
  /** Search folders of which there may be more to tell once they are up to date. */
  readonly stale: readonly StaleSearch[];
  /** Where the listener's subscriptions are. */
  readonly storeIds: readonly number[];
  /** Some subscriptions are over, or it isn't known. */
  readonly someEnded: boolean;
}

/** 0 of the type of the other rows: together with a signed one, numbers would become decimals, which are texts. */
const NONE = 'CAST(0 AS UNSIGNED)';
/** How many subscriptions of a listener are over. */
const ENDED =
  'CAST((SELECT COUNT(*) FROM subscription e WHERE e.session_group = :group AND e.ended IS NOT NULL) AS UNSIGNED)';

/** The stores in which a listener's subscriptions are, as JSON; 0: all. Beside so many, others are looked at a little later. */
const STORES = `(SELECT JSON_ARRAYAGG(hearing.store_id) FROM
  (SELECT DISTINCT s.store_id FROM subscription s WHERE s.session_group = :group LIMIT 100) hearing)`;

/**
 * Changes `c` of the store of a subscription `s` since it was last told. An equation would have the database look up the
 * store only and read its whole log; a range is looked for anew for each subscription.
 */
const SINCE_TOLD = 'c.store_id >= s.store_id AND c.store_id <= s.store_id AND c.id > s.position';

/** Finds what there is to tell and, in the same statement, whether the session goes on, and which searches are out of date. */
async function look(statements: Statements, listener: Listener, now: number | undefined): Promise<Seen> {
  const session = now === undefined ? undefined : liveSession(listener.sessionId, now);
  const selected = await statements.query<Row>(
    `WITH of_objects AS (SELECT c.id, s.connection, s.store_id, c.event, c.kind, c.object_id, c.entry_id, f.entry_id AS folder_entry_id,
       c.old_entry_id, xf.entry_id AS old_folder_entry_id, o.message_class, o.message_flags,
       s.sync_id, s.table_id, st.owner_id AS store_owner, c.folder_id, c.old_folder_id
     FROM subscription s STRAIGHT_JOIN \`change\` c ON ${SINCE_TOLD} AND (s.ended IS NULL OR c.id <= s.ended)
       LEFT JOIN store st ON st.id = s.store_id
       LEFT JOIN object f ON f.id = c.folder_id LEFT JOIN object xf ON xf.id = c.old_folder_id
       LEFT JOIN object o ON o.id = c.object_id AND c.event = ${fnevNewMail}
     WHERE s.session_group = :group AND s.sync_id = 0 AND s.table_id = 0
       AND (c.event & s.event_mask) <> 0 AND c.event <> ${fnevTableModified}
       AND (s.subject_id IN (c.object_id, c.store_id)
         OR (c.event = ${fnevNewMail} AND s.subject_id = c.folder_id)
         OR ((s.event_mask & ${fnevObjTypeMessage}) <> 0 AND c.kind = ${MAPI_MESSAGE} AND s.subject_id IN (c.folder_id, c.old_folder_id)))
       AND ((s.event_mask & ${fnevObjTypeMessage | fnevObjTypeFolder}) = 0
         OR ((s.event_mask & ${fnevObjTypeMessage}) <> 0 AND c.kind = ${MAPI_MESSAGE})
         OR ((s.event_mask & ${fnevObjTypeFolder}) <> 0 AND c.kind = ${MAPI_FOLDER}))
       AND (c.counter = 0 OR (s.event_mask & ${fnevIgnoreCounters}) = 0)
     ORDER BY c.id, s.connection LIMIT ${LIMIT})
     SELECT id, connection, store_id, event, kind, object_id, entry_id, folder_entry_id, old_entry_id,
       old_folder_entry_id, message_class, message_flags, sync_id, table_id, store_owner, folder_id, old_folder_id FROM of_objects
     UNION ALL
     SELECT c.id, s.connection, s.store_id, c.event, c.kind, c.object_id, NULL, NULL, NULL, NULL, NULL, NULL, s.sync_id, s.table_id, NULL, NULL, NULL
     FROM subscription s JOIN \`change\` c ON c.id = ${NEWEST_FOR_SYNC}
     WHERE s.session_group = :group AND s.sync_id <> 0 AND (s.ended IS NULL OR c.id <= s.ended)
     UNION ALL
     SELECT c.id, s.connection, s.store_id, c.event, c.kind, c.object_id, NULL, NULL, NULL, NULL, NULL, NULL, s.sync_id, s.table_id, NULL, NULL, NULL
     FROM subscription s JOIN \`change\` c ON c.id = ${NEWEST_FOR_TABLE}
     WHERE s.session_group = :group AND s.table_id <> 0 AND (c.id > s.position OR s.ended IS NOT NULL)
     UNION ALL
     SELECT ${NONE}, ${NONE}, stale.store_id, ${NONE}, ${NONE}, stale.folder_id, NULL, NULL, NULL, NULL, NULL, NULL, ${NONE}, ${NONE}, NULL, NULL, NULL
     FROM (${STALE_SEARCHES}) stale
     ${session ? `UNION ALL SELECT ${NONE}, ${ENDED}, ${Array(4).fill(NONE)}, NULL, NULL, NULL, NULL, ${STORES}, NULL, ${NONE}, ${NONE}, NULL, NULL, NULL FROM session ses WHERE ${session.sql}` : ''}
     ORDER BY id, connection`,
    { group: idBytes(listener.group), ...session?.parameters },
  );
  // Changes count from 1; number 0 says that there is a session or, with an object, that a search folder is out of date.
  const [found, others] = [selected.filter(({ id }) => id !== 0), selected.filter(({ id }) => id === 0)];
  const alive = others.find(({ object_id }) => object_id === 0);
  return {
    isAlive: alive !== undefined,
    isHeard: alive !== undefined || session === undefined,
    found,
    stale: others
      .filter(({ object_id }) => object_id !== 0)
      .map(({ object_id, store_id }) => ({ folderId: object_id, storeId: store_id })),
    storeIds: alive?.message_class ? (JSON.parse(alive.message_class) as number[]) : [],
    someEnded: alive?.connection !== 0,
  };
}

/** What of the changes that a look found is told. */
async function takeFound<T>(
  statements: Statements,
  listener: Listener,
  tellers: Tellers<T>,
  found: readonly Row[],
  someEnded: boolean,
): Promise<Pick<News<T>, 'news' | 'note'>> {
  const ofSyncs = found.filter((row) => row.sync_id !== 0);
  const ofTables = found.filter((row) => row.table_id !== 0);
  const rows = found.filter((row) => row.sync_id === 0 && row.table_id === 0);
  const inTables = ofTables.length > 0 ? await tellers.tables(ofTables.map((row) => row.connection)) : [];
  // An answer that was cut must not split one change: the rest of it comes again.
  const last = rows.at(-1)?.id ?? 0;
  const whole = rows.length < LIMIT ? rows : rows.filter((row) => row.id < last);
  const told = [...oneChangeAtATime(listener, whole.length > 0 ? whole : rows), ...ofSyncs];
  return {
    news: [...inTables, ...told.flatMap(notificationOf)],
    note: () => noteTold(statements, listener, told, someEnded),
  };
}

/** Notes how far subscriptions were told; those that are over end with it. */
async function noteTold(
  statements: Statements,
  listener: Listener,
  told: readonly Row[],
  someEnded: boolean,
): Promise<void> {
  if (told.length === 0) return;
  const group = idBytes(listener.group);
  const [ofObjects, ofSyncs] = [told.filter((row) => row.sync_id === 0), told.filter((row) => row.sync_id !== 0)];
  // What was told of a store is the first that there was for any of its subscriptions, so all of them are that far;
  // one that isn't told for long would have to look through more and more. One that begins now is as far already.
  for (const [storeId, rows] of Map.groupBy(ofObjects, (row) => row.store_id))
    await statements.execute(
      `UPDATE subscription SET position = :position
       WHERE session_group = :group AND store_id = :storeId AND sync_id = 0 AND table_id = 0 AND position < :position`,
      { group, storeId, position: rows.at(-1)!.id },
    );
  await statements.batch(
    `UPDATE subscription SET position = :position
     WHERE session_group = :group AND connection = :connection AND position < :position`,
    ofSyncs.map(({ connection, id }) => ({ group, connection, position: id })),
  );
  if (someEnded)
    await statements.execute(
      `DELETE FROM subscription
       WHERE session_group = :group AND table_id = 0 AND ended IS NOT NULL AND position >= ended`,
      { group },
    );
}

/** Of more news than this, all are told at once. */
const FEW = 16;
/** So long after a message was told of, its next change is kept back, in ms: about what a client's save takes. */
const OPENING_MS = 30;
/** Messages that were told of last in this process, by listener: an optimisation, of which nothing depends. */
const lastTold = new Map<string, { readonly at: number; readonly subjects: ReadonlySet<string> }>();
const MOST_LISTENERS = 1_000;

const subjectOf = ({ connection, object_id }: Row): string => `${connection} ${object_id}`;
const isMessageChange = ({ kind, event }: Row): boolean => kind === MAPI_MESSAGE && (event & fnevObjectModified) !== 0;

/**
 * The news up to the next change of a message of which they, or the answer just before, have told already; the rest
 * comes a little later. Clients open what they are told of, and so find it as it was told: the original lets them wait
 * for a save that is under way.
 */
function oneChangeAtATime(listener: Listener, rows: readonly Row[]): readonly Row[] {
  if (rows.length > FEW) return rows;
  const name = String(listener.group);
  const before = lastTold.get(name);
  const told = new Set(before && Date.now() - before.at < OPENING_MS ? before.subjects : []);
  const next = rows.findIndex((row) => {
    const again = isMessageChange(row) && told.has(subjectOf(row));
    told.add(subjectOf(row));
    return again;
  });
  // A change is told to all connections in one answer.
  const now = next < 0 ? rows : rows.filter((row) => row.id < rows[next]!.id);
  const messages = now.filter(({ kind }) => kind === MAPI_MESSAGE);
  if (messages.length > 0) {
    lastTold.delete(name);
    lastTold.set(name, { at: Date.now(), subjects: new Set(messages.map(subjectOf)) });
    if (lastTold.size > MOST_LISTENERS) lastTold.delete(lastTold.keys().next().value!);
  }
  return now;
}

/** The newest change that the sync of a subscription `s` would find; its own don't count. Messages only (observed on 11.0.2). */
const NEWEST_FOR_SYNC = `GREATEST(${MESSAGE_CHANGES.map(
  (type) => `COALESCE((SELECT MAX(n.id) FROM \`change\` n
    WHERE n.folder_id = s.subject_id AND n.ics_type = ${type} AND n.id > s.position AND n.sync_id <> s.sync_id), 0)`,
).join(', ')})`;

/** The newest change in the store of a watched table `s`, or in any. */
const NEWEST_FOR_TABLE = `IF(s.store_id = 0, (SELECT MAX(n.id) FROM \`change\` n),
  (SELECT n.id FROM \`change\` n WHERE n.store_id = s.store_id ORDER BY n.id DESC LIMIT 1))`;

function notificationOf(row: Row): Notification[] {
  if (row.sync_id !== 0) return [{ connection: row.connection, syncId: row.sync_id, changeId: row.id }];
  if (!row.entry_id) return [];
  const tellsParent =
    row.kind === MAPI_MESSAGE || row.event === fnevObjectCreated || (row.event & fnevObjectModified) === 0;
  return [
    {
      connection: row.connection,
      event: row.event,
      kind: row.kind,
      objectId: row.object_id,
      storeOwnerId: row.store_owner ?? 0,
      folderIds: [row.folder_id, row.old_folder_id].filter((id) => id !== null && id !== 0) as number[],
      entryId: row.entry_id,
      ...(tellsParent && row.folder_entry_id && { parentEntryId: row.folder_entry_id }),
      ...(row.old_entry_id && { oldEntryId: row.old_entry_id }),
      ...(row.old_folder_entry_id && { oldParentEntryId: row.old_folder_entry_id }),
      ...(row.event === fnevNewMail && {
        messageClass: row.message_class ?? '',
        messageFlags: Number(row.message_flags ?? 0),
      }),
    },
  ];
}

/** How long a poll waits: well below the 29 s of the gateway. */
const WAIT_MS = 25_000;
/** First and longest pause between looks; a fresh waiter is answered fast, an idle one costs little. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;
const LENGTHENING = 1.4;
/** After so many hints in a row that led to nothing, hints are no longer worth a look of their own. */
const VAIN_HINTS = 10;

/**
 * Waits until something happened that may be told, or time is up (then there is nothing); undefined if the session
 * ended meanwhile.
 */
export async function awaitNotifications<T>(
  statements: Statements,
  listener: Listener,
  tellers: Tellers<T>,
  tellable: (found: readonly (T | Notification)[]) => Promise<(T | Notification)[]>,
  clock: Clock,
): Promise<(T | Notification)[] | undefined> {
  const deadline = Date.now() + WAIT_MS;
  let vain = 0;
  for (let pause = FIRST_PAUSE_MS; ; ) {
    const since = hintsSoFar();
    const { news, isAlive, storeIds, note } = await lookForNews(statements, listener, tellers, clock.now());
    if (!isAlive) return undefined;
    const [notifications] = await Promise.all([tellable(news), note()]);
    if (notifications.length > 0 || Date.now() + pause >= deadline) return notifications;
    const hinted = await hintOrTime(vain < VAIN_HINTS ? storeIds : [], pause, since);
    if (hinted) vain += 1;
    else {
      vain = 0;
      pause = Math.min(LONGEST_PAUSE_MS, pause * LENGTHENING);
    }
  }
}
