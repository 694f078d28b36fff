import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A unix socket's path has at most 107 bytes on Linux, 103 on macOS. */
const MAX_SOCKET_PATH = 103;

/** Another instance runs on the data directory. */
export class InstanceRunsError extends Error {
  override readonly name = 'InstanceRunsError';
}

/** Users without companies are there, so that there can't be companies. */
export class NotHostedError extends Error {
  override readonly name = 'NotHostedError';
}

/** Where an instance keeps everything, locked against a second one. */
export class DataDirectory {
  readonly path: string;
  readonly #lock: DatabaseSync;
  readonly #throwAway: boolean;
  #socketDirectory: string | undefined;

  private constructor(directory: string, lock: DatabaseSync, throwAway: boolean) {
    this.path = directory;
    this.#lock = lock;
    this.#throwAway = throwAway;
  }

  /** Makes and locks a directory; `reset` empties it before. Throws {@link InstanceRunsError}. */
  static open(
    directory: string,
    options: { readonly reset?: boolean; readonly throwAway?: boolean } = {},
  ): DataDirectory {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
    const lock = acquire(path.join(directory, 'lock.db'), directory);
    const opened = new DataDirectory(directory, lock, options.throwAway === true);
    if (options.reset) opened.#empty();
    mkdirSync(opened.logs, { recursive: true, mode: 0o700 });
    return opened;
  }

  /** A new directory that vanishes when it is closed. */
  static throwAway(): DataDirectory {
    return DataDirectory.open(mkdtempSync(path.join(tmpdir(), 'kgc-instance-')), { throwAway: true });
  }

  get database(): string {
    return path.join(this.path, 'database');
  }
  get queues(): string {
    return path.join(this.path, 'queues.db');
  }
  get objects(): string {
    return path.join(this.path, 'objects');
  }
  get credentials(): string {
    return path.join(this.path, 'credentials.json');
  }
  /** There if principals belong to companies; that can't change later. */
  get #hosted(): string {
    return path.join(this.path, 'hosted');
  }

  /**
   * Whether principals belong to companies, which a new directory is told and an
   * old one knows. Throws {@link NotHostedError} for an old one that isn't.
   */
  isHosted(wanted: boolean): boolean {
    if (existsSync(this.#hosted)) return true;
    if (!wanted) return false;
    if (existsSync(this.database))
      throw new NotHostedError(`${this.path} was made without companies. Use --reset, or another --data.`);
    writeFileSync(this.#hosted, '');
    return true;
  }

  /** Where the running instance says how to reach it. */
  get endpoints(): string {
    return path.join(this.path, 'endpoints.json');
  }
  get demoUsers(): string {
    return path.join(this.path, 'demo-users.json');
  }
  get logs(): string {
    return path.join(this.path, 'log');
  }

  /** The socket of the trusted door; elsewhere if the directory lies too deep for a socket. */
  get socket(): string {
    const beside = path.join(this.path, 'server.sock');
    if (Buffer.byteLength(beside) <= MAX_SOCKET_PATH) return beside;
    this.#socketDirectory ??= mkdtempSync(path.join(tmpdir(), 'kgc-'));
    return path.join(this.#socketDirectory, 'server.sock');
  }

  /** Removes the socket, or what is left of it. */
  removeSocket(): void {
    rmSync(this.socket, { force: true });
  }

  /** Gives the lock back, and removes what is not to be kept. */
  close(): void {
    this.removeSocket();
    if (this.#socketDirectory) rmSync(this.#socketDirectory, { recursive: true, force: true });
    this.#lock.close();
    if (this.#throwAway) rmSync(this.path, { recursive: true, force: true });
  }

  #empty(): void {
    for (const name of ['database', 'objects', 'log', 'credentials.json', 'demo-users.json', 'hosted']) {
      rmSync(path.join(this.path, name), { recursive: true, force: true });
    }
    for (const suffix of ['', '-wal', '-shm']) rmSync(this.queues + suffix, { force: true });
  }
}

/** Locks by a file lock that SQLite holds, which ends with the process however that ends: no stale lock is possible. */
function acquire(file: string, directory: string): DatabaseSync {
  const lock = new DatabaseSync(file);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; PRAGMA user_version = 1; COMMIT;');
    return lock;
  } catch (cause) {
    lock.close();
    throw new InstanceRunsError(`Another instance runs on ${directory}; stop it, or choose another with --data.`, {
      cause,
    });
  }
}
