import { execFile, spawn } from 'node:child_process';
import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the two programs of a MariaDB server are, and which version they say they have. */
export interface MariaDbBinaries {
  readonly server: string;
  readonly installer: string;
  /** For example `10.11.19-MariaDB`. */
  readonly version: string;
}

/** No MariaDB server on this machine; the message says how to get one. */
export class MariaDbMissingError extends Error {
  override readonly name = 'MariaDbMissingError';
}

/** Debian keeps servers in sbin, which is on the path of root only; the others are Homebrew and source installs. */
const DIRECTORIES_BESIDE_PATH = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/usr/libexec'];

/** Debian's package with the server programs, but without a system service. */
const DEBIAN_PACKAGE = 'mariadb-server-core';

/** The MariaDB programs of this machine, or undefined if there are none. */
export async function findMariaDb(): Promise<MariaDbBinaries | undefined> {
  const server = await which('mariadbd');
  const installer = await which('mariadb-install-db');
  if (server === undefined || installer === undefined) return undefined;
  const { stdout } = await run(server, ['--no-defaults', '--version']);
  const version = /Ver (\d[\d.]*(?:-MariaDB)?)/.exec(stdout)?.[1] ?? 'unknown';
  return { server, installer, version };
}

/**
 * The MariaDB programs; installs Debian's package when they are missing and
 * apt-get is there. `say` receives a line per step. Throws
 * {@link MariaDbMissingError} where it can't install.
 */
export async function ensureMariaDb(say: (line: string) => void = console.error): Promise<MariaDbBinaries> {
  const found = await findMariaDb();
  if (found !== undefined) return found;

  const apt = (await isDebian()) ? await which('apt-get') : undefined;
  if (apt === undefined) throw new MariaDbMissingError(instruction());

  const asRoot = process.getuid?.() === 0 ? [] : ['sudo'];
  if (asRoot.length > 0 && (await which('sudo')) === undefined) throw new MariaDbMissingError(instruction());
  for (const step of [
    ['apt-get', 'update'],
    ['apt-get', 'install', '--yes', '--no-install-recommends', DEBIAN_PACKAGE],
  ]) {
    const command = [...asRoot, ...step];
    say(`MariaDB is missing; running: ${command.join(' ')}`);
    await runVisibly(command);
  }
  const installed = await findMariaDb();
  if (installed === undefined) throw new MariaDbMissingError(instruction());
  say(`MariaDB ${installed.version} is installed.`);
  return installed;
}

function instruction(): string {
  return [
    'No MariaDB server found (mariadbd and mariadb-install-db, version 10.11 or later). Install it, then start again:',
    `  Debian/Ubuntu:  sudo apt-get install --no-install-recommends ${DEBIAN_PACKAGE}`,
    '  Fedora:         sudo dnf install mariadb-server',
    '  macOS:          brew install mariadb',
  ].join('\n');
}

async function which(program: string): Promise<string | undefined> {
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...DIRECTORIES_BESIDE_PATH];
  for (const directory of directories) {
    if (directory === '') continue;
    const path = join(directory, program);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

async function isDebian(): Promise<boolean> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release);
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
