import { randomUUID } from 'node:crypto';
import type { Database, SqlColumn, Statements } from '../../platform/database.ts';

/** How far the last synchronisation came; only the one who holds the lock reads or writes it. */
export interface SyncState {
  /** See ldap/directory-reader.ts. */
  readonly server: string;
  readonly position: string | undefined;
  /** Digest of the mapping that was used. */
  readonly mapping: Buffer | undefined;
  /** Seconds since everything was read. */
  readonly fullSeconds: number | undefined;
}

/** A runner that died holds the lock no longer than this; one that lives prolongs it with every step. */
const LOCK_SECONDS = 300;

/** The lock was lost: this runner took longer for a step than the lock lasts, and another one may have begun. */
export class SyncLockLostError extends Error {
  override readonly name = 'SyncLockLostError';
}

/** The right to synchronise, which one runner has at a time. */
export class SyncLock {
  readonly #database: Database;
  readonly #holder: string;

  private constructor(database: Database, holder: string) {
    this.#database = database;
    this.#holder = holder;
  }

  /** Takes the lock; undefined if another runner has it. */
  static async take(database: Database): Promise<SyncLock | undefined> {
    const holder = randomUUID();
    const { updated } = await database.execute(
      `UPDATE directory_sync SET holder = :holder, until = UTC_TIMESTAMP(3) + INTERVAL ${LOCK_SECONDS} SECOND
       WHERE id = 1 AND (holder IS NULL OR until < UTC_TIMESTAMP(3))`,
      { holder },
    );
    return updated === 1 ? new SyncLock(database, holder) : undefined;
  }

  /** Belongs at the beginning of every transaction that writes: it keeps others out until the commit. */
  async prolong(statements: Statements): Promise<void> {
    // The row is locked by the first statement, so that nobody takes it before this transaction ends.
    const [row] = await statements.query('SELECT id FROM directory_sync WHERE id = 1 AND holder = :holder FOR UPDATE', {
      holder: this.#holder,
    });
    if (!row) throw new SyncLockLostError('another synchronisation has begun');
    await statements.execute(
      `UPDATE directory_sync SET until = UTC_TIMESTAMP(3) + INTERVAL ${LOCK_SECONDS} SECOND WHERE id = 1`,
    );
  }

  async state(): Promise<SyncState> {
    const [row] = await this.#database.query<Record<string, SqlColumn>>(
      `SELECT server, position, mapping, TIMESTAMPDIFF(SECOND, full_at, UTC_TIMESTAMP(3)) AS age FROM directory_sync WHERE id = 1`,
    );
    return {
      server: String(row?.server ?? ''),
      position: (row?.position as string | null) ?? undefined,
      mapping: (row?.mapping as Buffer | null) ?? undefined,
      fullSeconds: row?.age === null || row?.age === undefined ? undefined : Number(row.age),
    };
  }

  /** Notes how far this synchronisation came. */
  async note(state: {
    readonly server: string;
    readonly position: string | undefined;
    readonly mapping: Buffer;
    readonly full: boolean;
  }): Promise<void> {
    await this.#database.execute(
      `UPDATE directory_sync SET server = :server, position = :position, mapping = :mapping
         ${state.full ? ', full_at = UTC_TIMESTAMP(3)' : ''} WHERE id = 1 AND holder = :holder`,
      {
        holder: this.#holder,
        server: state.server.slice(0, 1024),
        position: state.position ?? null,
        mapping: state.mapping,
      },
    );
  }

  /** Gives the lock back. */
  async release(): Promise<void> {
    await this.#database.execute(
      'UPDATE directory_sync SET holder = NULL, until = NULL WHERE id = 1 AND holder = :holder',
      { holder: this.#holder },
    );
  }
}
