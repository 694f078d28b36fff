import type { Database, Statements } from '../../platform/database.ts';
import { sqlList } from '../sql-list.ts';

/*
 * What incremental sync leaves behind. The log of changes would grow for ever,
 * though of each object only the last change of a kind is told: what a newer
 * one has superseded goes, and so does news of mere counters, which only those
 * listen to who do so now. Young rows stay: listeners may still want them.
 */

/** A client that was silent for so long begins anew (the genuine server's default). */
const SYNC_DAYS = 365;
/** Changes younger than this may not have been told to listeners. */
const TELLING_HOURS = 24;
/** Numbers of changes that one statement looks at. */
const NUMBERS_AT_ONCE = 20_000;
/** And one run, so that it ends in time; the next one goes on. */
const NUMBERS_PER_RUN = 2_000_000;
/** Rows deleted by one statement, so that no lock is held for long. */
const CHUNK = 5_000;
const IDS_PER_STATEMENT = 1_000;

/** What a run removed. */
export interface SyncUpkeep {
  readonly syncs: number;
  readonly changes: number;
}

/** Removes what no sync and no listener can need any more. Safe to repeat, and to stop anywhere. */
export async function keepSyncs(database: Database): Promise<SyncUpkeep> {
  return { syncs: await forgetSyncs(database), changes: await compactLog(database) };
}

async function forgetSyncs(database: Database): Promise<number> {
  const syncs = await deleteAll(
    database,
    `DELETE FROM sync WHERE at < UTC_TIMESTAMP(3) - INTERVAL ${SYNC_DAYS} DAY LIMIT ${CHUNK}`,
  );
  await deleteAll(
    database,
    `DELETE FROM sync_content WHERE NOT EXISTS (SELECT 1 FROM sync s WHERE s.id = sync_id) LIMIT ${CHUNK}`,
  );
  return syncs;
}

async function deleteAll(statements: Statements, statement: string): Promise<number> {
  for (let total = 0; ; ) {
    const { updated } = await statements.execute(statement);
    total += updated;
    if (updated < CHUNK) return total;
  }
}

const POSITION = 'change log kept up to';

async function compactLog(database: Database): Promise<number> {
  const [state] = await database.query<{ kept: Buffer | null; newest: number | null }>(
    `SELECT (SELECT value FROM setting WHERE name = '${POSITION}') AS kept, (SELECT MAX(id) FROM \`change\`) AS newest`,
  );
  const start = Number(state?.kept?.toString() ?? 0);
  const end = Math.min(state?.newest ?? 0, start + NUMBERS_PER_RUN);
  let removed = 0;
  for (let position = start; position < end; ) {
    const next = Math.min(position + NUMBERS_AT_ONCE, end);
    if (await isYoung(database, position, next)) return removed;
    removed += await compactRange(database, position, next);
    position = next;
    await database.execute(
      `INSERT INTO setting (name, value) VALUES ('${POSITION}', :position) ON DUPLICATE KEY UPDATE value = VALUES(value)`,
      { position: Buffer.from(String(position)) },
    );
  }
  return removed;
}

async function isYoung(statements: Statements, after: number, upTo: number): Promise<boolean> {
  const [young] = await statements.query(
    `SELECT id FROM \`change\` WHERE id > :after AND id <= :upTo
       AND at >= UTC_TIMESTAMP(3) - INTERVAL ${TELLING_HOURS} HOUR LIMIT 1`,
    { after, upTo },
  );
  return young !== undefined;
}

async function compactRange(statements: Statements, after: number, upTo: number): Promise<number> {
  const counters = await statements.execute(
    'DELETE FROM `change` WHERE id > :after AND id <= :upTo AND counter = 1 AND ics_type = 0',
    { after, upTo },
  );
  return counters.updated + (await removeSuperseded(statements, after, upTo));
}

/** Read first and deleted by number, so that no lock is held where writers append. */
async function removeSuperseded(statements: Statements, after: number, upTo: number): Promise<number> {
  let removed = 0;
  for (let last = after; ; ) {
    // A sync isn't told its own changes: such a one supersedes only those of the same sync.
    const rows = await statements.query<{ id: number }>(
      `SELECT o.id FROM \`change\` o WHERE o.id > :last AND o.id <= :upTo AND o.ics_type > 0 AND EXISTS (
        SELECT 1 FROM \`change\` n WHERE n.object_id = o.object_id AND n.ics_type = o.ics_type AND n.id > o.id
          AND n.folder_id = o.folder_id AND n.source_key = o.source_key AND n.sync_id IN (0, o.sync_id))
       ORDER BY o.id LIMIT ${CHUNK}`,
      { last, upTo },
    );
    for (let start = 0; start < rows.length; start += IDS_PER_STATEMENT) {
      const list = sqlList(
        'id',
        rows.slice(start, start + IDS_PER_STATEMENT).map(({ id }) => id),
      );
      removed += (await statements.execute(`DELETE FROM \`change\` WHERE id IN (${list.sql})`, list.parameters))
        .updated;
    }
    if (rows.length < CHUNK) return removed;
    last = rows.at(-1)!.id;
  }
}
