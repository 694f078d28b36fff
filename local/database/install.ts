import { execFile, spawn } from 'node:child_process';
import { access, constants, readFile, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A MariaDB server program and the SQL files that make its system tables. */
export interface MariaDbInstallation {
  readonly server: string;
  /** The directory with `mysql_system_tables.sql` and its like. */
  readonly systemTables: string;
  /** For example `10.11.19-MariaDB`. */
  readonly version: string;
}

/** No MariaDB server on this machine; the message says how to get one. */
export class MariaDbMissingError extends Error {
  override readonly name = 'MariaDbMissingError';
}

/**
 * Where programs are looked for: the search path, then what it may lack.
 * Debian keeps servers in sbin, which is on the path of root only; the others
 * are Homebrew, Fedora and installations from source.
 */
function programDirectories(): readonly string[] {
  return [
    ...(process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== ''),
    ...['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/usr/libexec'],
  ];
}

/** Debian's package with the server program and without a system service. Older releases append the version. */
const DEBIAN_PACKAGE = 'mariadb-server-core';

/** The MariaDB server of this machine, or undefined if there is none. */
export async function findMariaDb(directories = programDirectories()): Promise<MariaDbInstallation | undefined> {
  const server = await which('mariadbd', directories);
  if (server === undefined) return undefined;
  const beside = dirname(dirname(await realpath(server)));
  for (const share of [join(beside, 'share/mysql'), join(beside, 'share/mariadb'), join(beside, 'share')]) {
    if (!(await accessible(join(share, 'mysql_system_tables.sql'), constants.R_OK))) continue;
    const { stdout } = await run(server, ['--no-defaults', '--version']);
    const version = /Ver (\d[\d.]*(?:-MariaDB)?)/.exec(stdout)?.[1] ?? 'unknown';
    return { server, systemTables: share, version };
  }
  return undefined;
}

/**
 * The MariaDB server of this machine; installs Debian's package when there is
 * none and apt-get is there. `say` receives a line per step. Throws
 * {@link MariaDbMissingError} where it can't install.
 */
export async function ensureMariaDb(
  say: (line: string) => void = console.error,
  directories = programDirectories(),
): Promise<MariaDbInstallation> {
  const found = await findMariaDb(directories);
  if (found !== undefined) return found;

  const apt = await which('apt-get', directories);
  const sudo = process.getuid?.() === 0 ? [] : [await which('sudo', directories)];
  if (apt === undefined || sudo.includes(undefined)) throw new MariaDbMissingError(instruction());
  const asRoot = async (command: readonly string[]) => {
    const line = [...(sudo as string[]), ...command];
    say(`MariaDB is missing; running: ${line.join(' ')}`);
    await runVisibly(line);
  };
  await asRoot([apt, 'update']);
  await asRoot([apt, 'install', '--yes', '--no-install-recommends', await debianPackage(directories)]);

  const installed = await findMariaDb(directories);
  if (installed === undefined) throw new MariaDbMissingError(instruction());
  say(`MariaDB ${installed.version} is installed.`);
  return installed;
}

/** The package by its plain name, or by the highest version where the release knows only names with versions. */
async function debianPackage(directories: readonly string[]): Promise<string> {
  const cache = await which('apt-cache', directories);
  if (cache === undefined) return DEBIAN_PACKAGE;
  const { stdout } = await run(cache, ['search', '--names-only', `^${DEBIAN_PACKAGE}(-[0-9.]+)?$`]);
  const names = stdout.split('\n').flatMap((line) => line.split(' ')[0] || []);
  if (names.length === 0 || names.includes(DEBIAN_PACKAGE)) return DEBIAN_PACKAGE;
  return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) as string;
}

function instruction(): string {
  return [
    'No MariaDB server was found (mariadbd, version 10.11 or later). Install it, then start again:',
    `  Debian/Ubuntu:  sudo apt-get install --no-install-recommends ${DEBIAN_PACKAGE}`,
    '  Fedora:         sudo dnf install mariadb-server',
    '  macOS:          brew install mariadb',
  ].join('\n');
}

async function which(program: string, directories: readonly string[]): Promise<string | undefined> {
  for (const directory of directories) {
    const path = join(directory, program);
    if (await accessible(path, constants.X_OK)) return path;
  }
  return undefined;
}

function accessible(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

function runVisibly(command: readonly string[]): Promise<void> {
  const [program, ...args] = command as [string, ...string[]];
  return new Promise((resolve, reject) => {
    // apt writes much to standard output, which belongs to the caller's own answers.
    const child = spawn(program, args, {
      stdio: ['inherit', process.stderr, process.stderr],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new MariaDbMissingError(`${command.join(' ')} failed with code ${code}.\n${instruction()}`));
    });
  });
}

/** Reads the SQL that makes the system tables; root has no password. */
export async function systemTablesSql(installation: MariaDbInstallation): Promise<string> {
  const files = ['mysql_system_tables.sql', 'mysql_performance_tables.sql', 'mysql_system_tables_data.sql'];
  const parts = await Promise.all(files.map((file) => readFile(join(installation.systemTables, file), 'utf8')));
  return ['CREATE DATABASE mysql;', 'USE mysql;', 'SET @auth_root_socket=NULL;', ...parts].join('\n');
}
