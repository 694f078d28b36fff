import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ensureMariaDb } from './install.ts';
import { makeDataDirectory } from './template.ts';

/** MariaDB did not come up or went away; the message carries the end of its log. */
export class MariaDbFailedError extends Error {
  override readonly name = 'MariaDbFailedError';
}

export interface MariaDbOptions {
  /** The directory that belongs to this server alone; made when missing. Data lie in `data/`, the log is `mariadb.log`. */
  readonly directory: string;
  /** A throw-away server forgoes the disk's safety for speed, and its directory is removed when it stops. */
  readonly throwAway?: boolean;
  /** InnoDB's buffer pool in MiB; 256 is plenty for a few thousand mails. */
  readonly bufferPoolMiB?: number;
  /** Receives a line when something takes long. */
  readonly say?: (line: string) => void;
}

/**
 * Settings that decide how SQL behaves. The Aurora cluster gets the same ones
 * through its parameter group, so that a statement means the same in both.
 */
export const BEHAVIOUR_SETTINGS = {
  'character-set-server': 'utf8mb4',
  'collation-server': 'utf8mb4_unicode_520_ci',
  'default-time-zone': '+00:00',
  'transaction-isolation': 'REPEATABLE-READ',
  'sql-mode': 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
  // Below the Data API's 45 s per statement, or a lock time-out would never be seen as one.
  'innodb-lock-wait-timeout': '20',
  'explicit-defaults-for-timestamp': 'ON',
} as const;

/** Recovery of a large data directory after a crash may take this long. */
const START_TIMEOUT_MS = 120_000;
/** mariadbd flushes its buffer pool on the way out. */
const STOP_TIMEOUT_MS = 60_000;

/** A running MariaDB server that listens on a unix socket only and serves one process. */
export class MariaDb {
  readonly socket: string;
  readonly version: string;
  readonly #child: ChildProcess;
  readonly #guard: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #leftovers: readonly string[];

  private constructor(
    child: ChildProcess,
    guard: ChildProcess,
    socket: string,
    version: string,
    leftovers: readonly string[],
  ) {
    this.#child = child;
    this.#guard = guard;
    this.socket = socket;
    this.version = version;
    this.#leftovers = leftovers;
    this.#exited = new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve();
      else child.once('exit', () => resolve());
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Settles when the server has gone, however that came. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Starts a server over the options' directory; installs MariaDB and makes the data when missing. */
  static async start(options: MariaDbOptions): Promise<MariaDb> {
    const installation = await ensureMariaDb(options.say);
    const data = join(options.directory, 'data');
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    if (!(await exists(join(data, 'mysql')))) {
      options.say?.('Making a new database directory …');
      await makeDataDirectory(installation, data);
    }

    const { socket, leftover } = await socketPlace(options.directory);
    const logPath = join(options.directory, 'mariadb.log');
    const leftovers = options.throwAway ? [leftover, options.directory] : [leftover];

    const log = openSync(logPath, 'a', 0o600);
    const child = spawn(installation.server, serverArguments(options, data, socket), {
      // An own session: Ctrl-C reaches the launcher only, which then stops the server in order.
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (cause) => reject(new MariaDbFailedError('mariadbd cannot be run', { cause })));
      child.once('exit', (code, signal) => {
        void tail(logPath).then((end) =>
          reject(new MariaDbFailedError(`mariadbd ended (${signal ?? code}) while starting:\n${end}`)),
        );
      });
    });
    failed.catch(() => undefined);
    if (child.pid === undefined) return await failed;
    const guard = guardian(child.pid, leftovers);
    const server = new MariaDb(child, guard, socket, installation.version, leftovers);
    try {
      await answering(socket, server, failed, options.say);
    } catch (error) {
      await server.kill();
      throw error;
    }
    return server;
  }

  /** Lets the process end while this server runs; whoever does so must stop or kill it at exit. */
  unref(): void {
    this.#child.unref();
    this.#guard.unref();
    (this.#guard.stdin as unknown as { unref(): void }).unref();
  }

  /** Stops in order: everything is on disk afterwards. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(late);
    await this.#clear();
  }

  /** Kills without warning, as a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
    await this.#clear();
  }

  /** For the exit event, where nothing can be awaited: kills, and names the paths that are to be removed. */
  killAtExit(): readonly string[] {
    this.#child.kill('SIGKILL');
    this.#guard.kill('SIGKILL');
    return this.#leftovers;
  }

  async #clear(): Promise<void> {
    this.#guard.kill('SIGKILL');
    for (const path of this.#leftovers) await rm(path, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** A unix socket's path has at most 107 bytes on Linux, 103 on macOS. */
const MAX_SOCKET_PATH = 103;

/**
 * Where the server listens: in its directory, or elsewhere if that lies too
 * deep. Under a new name each time: a server that is still on its way out after
 * a kill of its launcher must not be taken for the new one, nor remove its socket.
 */
async function socketPlace(directory: string): Promise<{ socket: string; leftover: string }> {
  // The socket itself is open to all.
  await chmod(directory, 0o700);
  for (const name of await readdir(directory)) {
    if (name.endsWith('.sock')) await rm(join(directory, name), { force: true });
  }
  const socket = join(directory, `${randomBytes(4).toString('hex')}.sock`);
  if (Buffer.byteLength(socket) <= MAX_SOCKET_PATH) return { socket, leftover: socket };
  const elsewhere = await mkdtemp(join(tmpdir(), 'kgc-db-'));
  return { socket: join(elsewhere, 's'), leftover: elsewhere };
}

function serverArguments(options: MariaDbOptions, data: string, socket: string): string[] {
  const megabytes = options.bufferPoolMiB ?? (options.throwAway ? 128 : 256);
  const settings: Record<string, string> = {
    ...BEHAVIOUR_SETTINGS,
    datadir: data,
    socket,
    'pid-file': join(options.directory, 'mariadb.pid'),
    tmpdir: options.directory,
    'skip-networking': 'ON',
    'skip-name-resolve': 'ON',
    'skip-log-bin': 'ON',
    'local-infile': 'OFF',
    'performance-schema': 'OFF',
    'max-connections': '1000',
    'max-allowed-packet': '64M',
    'max-prepared-stmt-count': '1000000',
    'thread-cache-size': '64',
    'table-open-cache': '2000',
    'innodb-buffer-pool-size': `${megabytes}M`,
    'innodb-log-file-size': options.throwAway ? '64M' : '128M',
    'innodb-fast-shutdown': '1',
    // Committed means on disk; only what is thrown away anyhow may gamble.
    'innodb-flush-log-at-trx-commit': options.throwAway ? '0' : '1',
    'innodb-doublewrite': options.throwAway ? '0' : '1',
    'sync-frm': options.throwAway ? '0' : '1',
    'aria-checkpoint-interval': '30',
  };
  const args = ['--no-defaults', ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)];
  // mariadbd refuses root unless it is told that root is meant.
  if (process.getuid?.() === 0) args.push('--user=root');
  return args;
}

/**
 * A shell that waits until this process is gone, by whatever end, and then
 * ends the server: its standard input is a pipe that only this process holds.
 * Otherwise kill -9 of the launcher would leave a server that locks the data.
 */
function guardian(pid: number, leftovers: readonly string[]): ChildProcess {
  const script = [
    'pid=$1; shift; read -r _; kill -TERM "$pid"',
    // Nobody may be there to reap the process, so its number may stay.
    'tries=0; while kill -0 "$pid" && [ $tries -lt 600 ]; do tries=$((tries + 1)); sleep 0.1; done',
    'rm -rf "$@"',
  ].join('\n');
  return spawn('/bin/sh', ['-c', script, 'sh', String(pid), ...leftovers], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

/** Settles when the server answers, or as `failed` does when it has ended. */
async function answering(
  socket: string,
  server: MariaDb,
  failed: Promise<never>,
  say?: (line: string) => void,
): Promise<void> {
  const started = Date.now();
  let told = false;
  let gone = false;
  void server.exited.then(() => {
    gone = true;
  });
  while (!gone) {
    if (await greets(socket)) return;
    const elapsed = Date.now() - started;
    if (elapsed > START_TIMEOUT_MS) throw new MariaDbFailedError(`mariadbd gave no answer in ${START_TIMEOUT_MS} ms`);
    if (elapsed > 5_000 && !told) {
      told = true;
      say?.('The database is still starting (it recovers after a crash) …');
    }
    await pause(10);
  }
  await failed;
}

/** True when a connection is greeted; the server speaks first. */
function greets(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(path);
    connection.once('data', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
    connection.once('close', () => resolve(false));
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The last lines of the log, for an error's message; never rejects, as the log of a throw-away server may go at any moment. */
async function tail(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '(no log)');
  return text.trimEnd().split('\n').slice(-15).join('\n');
}
