import { fnevNewMail, fnevObjectCreated, fnevObjectModified } from '../../mapi/change-types.ts';
import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Statements } from '../../platform/database.ts';
import type { StaleSearch } from '../search/watched-searches.ts';
import { type Found, look, MOST_FOUND } from './look.ts';
import { FEW, oneChangeAtATime } from './one-change-at-a-time.ts';
import { idBytes, type Listener } from './subscriptions.ts';

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
export interface News<T> {
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
export async function lookForNews<T>(
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

/** What of the changes that a look found is told. */
async function takeFound<T>(
  statements: Statements,
  listener: Listener,
  tellers: Tellers<T>,
  found: readonly Found[],
  someEnded: boolean,
): Promise<Pick<News<T>, 'news' | 'note'>> {
  const ofSyncs = found.filter((row) => row.sync_id !== 0);
  const ofTables = found.filter((row) => row.table_id !== 0);
  const rows = found.filter((row) => row.sync_id === 0 && row.table_id === 0);
  const inTables = ofTables.length > 0 ? await tellers.tables(ofTables.map((row) => row.connection)) : [];
  // An answer that was cut must not split one change: the rest of it comes again.
  const last = rows.at(-1)?.id ?? 0;
  const whole = rows.length < MOST_FOUND ? rows : rows.filter((row) => row.id < last);
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
  told: readonly Found[],
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

function notificationOf(row: Found): Notification[] {
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
