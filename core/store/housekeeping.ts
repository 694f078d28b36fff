import { sweepFailures } from '../directory/logon-throttle.ts';
import { sweepSessions } from '../directory/session.ts';
import type { Database } from '../platform/database.ts';
import type { Platform } from '../platform/platform.ts';
import { HANDOVER_DAYS } from './handover.ts';
import { sqlList } from './sql-list.ts';
import { keepSyncs } from './sync/upkeep.ts';

/** A blob stored this recently may belong to a row that is still to come. */
const BLOB_GRACE_MS = 24 * 3600 * 1000;
/** SES repeats a notification within hours; deliveries are remembered far longer. */
const DELIVERY_DAYS = 30;
const DAY_MS = 24 * 3600 * 1000;
/** Rows deleted by one statement, so that no lock is held for long. */
const CHUNK = 5_000;

/** What a run removed. */
export interface HousekeepingReport {
  readonly sessions: number;
  readonly logonFailures: number;
  readonly tables: number;
  readonly subscriptions: number;
  readonly locks: number;
  readonly deliveries: number;
  readonly autoReplies: number;
  readonly quotaNotices: number;
  readonly handovers: number;
  readonly submissions: number;
  readonly syncs: number;
  readonly changes: number;
  readonly blobUses: number;
  readonly blobs: number;
}

/** Removes what nobody needs any more: traces of ended sessions, old notes of deliveries, what syncs leave behind, orphaned blobs. Safe to repeat, and to stop anywhere. */
export async function keepHouse(platform: Platform): Promise<HousekeepingReport> {
  const { database, clock } = platform;
  const sessions = await sweepSessions(database, clock.now());
  const ended = 'NOT EXISTS (SELECT 1 FROM session s WHERE s.id = session_id)';
  return {
    sessions,
    logonFailures: await sweepFailures(database, clock.now()),
    tables: await deleteAll(database, `DELETE FROM open_table WHERE ${ended}`),
    subscriptions: await deleteAll(database, `DELETE FROM subscription WHERE ${ended}`),
    locks: await deleteAll(database, `DELETE FROM message_lock WHERE ${ended}`),
    deliveries: await deleteAll(
      database,
      `DELETE FROM delivery WHERE at < UTC_TIMESTAMP(3) - INTERVAL ${DELIVERY_DAYS} DAY`,
    ),
    autoReplies: await deleteAll(
      database,
      `DELETE FROM auto_reply WHERE at < UTC_TIMESTAMP(3) - INTERVAL ${DELIVERY_DAYS} DAY`,
    ),
    quotaNotices: await deleteAll(
      database,
      'DELETE FROM quota_notice WHERE NOT EXISTS (SELECT 1 FROM store st WHERE st.id = store_id)',
    ),
    handovers: await deleteAll(
      database,
      `DELETE FROM handover WHERE claimed < ${Math.floor(clock.now() - HANDOVER_DAYS * DAY_MS)} AND (provider_id IS NOT NULL OR failure IS NOT NULL)
         AND NOT EXISTS (SELECT 1 FROM outgoing q WHERE q.object_id = handover.object_id)`,
    ),
    // Of messages that were deleted for good before they were sent.
    submissions: await deleteAll(
      database,
      'DELETE FROM outgoing WHERE NOT EXISTS (SELECT 1 FROM object o WHERE o.id = object_id)',
    ),
    ...(await keepSyncs(database)),
    blobUses: await deleteAll(
      database,
      'DELETE FROM blob_use WHERE NOT EXISTS (SELECT 1 FROM object o WHERE o.id = object_id)',
    ),
    blobs: await sweepBlobs(platform),
  };
}

async function deleteAll(database: Database, statement: string): Promise<number> {
  for (let total = 0; ; ) {
    const { updated } = await database.execute(`${statement} LIMIT ${CHUNK}`);
    total += updated;
    if (updated < CHUNK) return total;
  }
}

/** Deletes blobs that no row uses. A row written meanwhile has stored its blob anew, which makes it young. */
async function sweepBlobs({ blobs, database, clock }: Platform): Promise<number> {
  let swept = 0;
  for await (const page of blobs.list()) {
    const old = page.filter(({ storedAt }) => storedAt < clock.now() - BLOB_GRACE_MS).map(({ name }) => name);
    for (let start = 0; start < old.length; start += 500) {
      const part = old.slice(start, start + 500);
      const list = sqlList(
        'name',
        part.map((name) => Buffer.from(name, 'hex')),
      );
      const used = await database.query<{ name: Buffer }>(
        `SELECT DISTINCT name FROM blob_use WHERE name IN (${list.sql})`,
        list.parameters,
      );
      const keep = new Set(used.map(({ name }) => name.toString('hex')));
      for (const name of part) {
        if (keep.has(name)) continue;
        await blobs.delete(name);
        swept += 1;
      }
    }
  }
  return swept;
}
