import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ALIAS_FILL, ALIAS_SCHEMA } from '../directory/alias.ts';
import { LAST_LOGON_SCHEMA } from '../directory/last-logon.ts';
import { DIRECTORY_SCHEMA } from '../directory/schema.ts';
import { DIRECTORY_SYNC_SCHEMA } from '../directory/sync/schema.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_DATABASE_ERROR } from '../mapi/error-codes.ts';
import type { Database } from '../platform/database.ts';
import { AUTO_REPLY_SCHEMA } from './auto-replies.ts';
import { HANDOVER_SCHEMA } from './handover.ts';
import { PENDING_JOB_SCHEMA } from './pending-jobs.ts';
import { QUOTA_NOTICE_SCHEMA } from './quota-notices.ts';
import { STORE_SCHEMA, WATCHED_SEARCH_SCHEMA } from './schema.ts';
import { SUPPRESSION_SCHEMA } from './suppression.ts';

/**
 * A step of the schema's history. Steps are never changed once released, only
 * added. A step may be repeated after a failure, so each statement must be safe
 * to run again.
 */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

const ifMissing = (statement: string): string => statement.replace(/^CREATE TABLE /, 'CREATE TABLE IF NOT EXISTS ');

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'store and directory', statements: [...DIRECTORY_SCHEMA, ...STORE_SCHEMA].map(ifMissing) },
  { version: 2, name: 'mail out', statements: [...HANDOVER_SCHEMA, ...SUPPRESSION_SCHEMA].map(ifMissing) },
  {
    version: 3,
    name: 'what deliveries send, automatic replies, aliases',
    statements: [...[...PENDING_JOB_SCHEMA, ...AUTO_REPLY_SCHEMA, ...ALIAS_SCHEMA].map(ifMissing), ALIAS_FILL],
  },
  {
    version: 4,
    name: 'directory synchronisation and logon throttle',
    statements: DIRECTORY_SYNC_SCHEMA.map(ifMissing),
  },
  { version: 6, name: 'quota notices', statements: QUOTA_NOTICE_SCHEMA },
  { version: 16, name: 'last logons', statements: LAST_LOGON_SCHEMA },
  { version: 17, name: 'search folders that somebody waits for', statements: WATCHED_SEARCH_SCHEMA },
];

/** A runner that died holds the lock no longer than this. */
const LOCK_SECONDS = 300;
const LOCK_POLL_MS = 200;

/**
 * Brings the schema to the newest version. Two runners at once are put in line;
 * a second run changes nothing. Answers the versions that were applied.
 */
export async function migrate(database: Database, migrations: readonly Migration[] = MIGRATIONS): Promise<number[]> {
  await database.execute(
    `CREATE TABLE IF NOT EXISTS migration (
      version INT UNSIGNED NOT NULL,
      name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      applied DATETIME(3) NOT NULL,
      PRIMARY KEY (version)
    ) ENGINE=InnoDB`,
  );
  await database.execute(
    `CREATE TABLE IF NOT EXISTS migration_lock (
      id TINYINT UNSIGNED NOT NULL,
      holder VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
      until DATETIME(3) NULL,
      PRIMARY KEY (id)
    ) ENGINE=InnoDB`,
  );
  await database.execute('INSERT IGNORE INTO migration_lock (id) VALUES (1)');
  const holder = await lock(database);
  try {
    const rows = await database.query<{ version: number }>('SELECT version FROM migration');
    const applied = new Set(rows.map(({ version }) => version));
    const pending = migrations.filter(({ version }) => !applied.has(version)).sort((x, y) => x.version - y.version);
    for (const migration of pending) {
      for (const statement of migration.statements) await database.execute(statement);
      await database.execute(
        'INSERT INTO migration (version, name, applied) VALUES (:version, :name, UTC_TIMESTAMP(3))',
        {
          version: migration.version,
          name: migration.name,
        },
      );
    }
    return pending.map(({ version }) => version);
  } finally {
    await database.execute('UPDATE migration_lock SET holder = NULL, until = NULL WHERE id = 1 AND holder = :holder', {
      holder,
    });
  }
}

async function lock(database: Database): Promise<string> {
  const holder = randomUUID();
  const deadline = Date.now() + 2 * LOCK_SECONDS * 1000;
  while (Date.now() < deadline) {
    const { updated } = await database.execute(
      `UPDATE migration_lock SET holder = :holder, until = UTC_TIMESTAMP(3) + INTERVAL ${LOCK_SECONDS} SECOND
       WHERE id = 1 AND (holder IS NULL OR until < UTC_TIMESTAMP(3))`,
      { holder },
    );
    if (updated === 1) return holder;
    await delay(LOCK_POLL_MS);
  }
  throw new KopanoError(KCERR_DATABASE_ERROR, 'another migration holds the lock');
}
