import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** OpenLDAP's server on this machine. */
export interface SlapdInstallation {
  readonly slapd: string;
  readonly slapadd: string;
  /** Folder of its modules, such as `back_mdb`. */
  readonly modules: string;
  /** Folder of its schemas, such as `core.schema`. */
  readonly schemas: string;
  /** What its programs need in their environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** There is no OpenLDAP server here; the message says how to get one. */
export class SlapdMissingError extends Error {
  override readonly name = 'SlapdMissingError';
}

/** Where a server is kept that was fetched for tests only. */
const FETCHED = join(tmpdir(), `kgc-slapd-${process.getuid?.() ?? 'any'}`);

/**
 * The OpenLDAP server of this machine. Where there is none and Debian's apt is
 * at hand, its package is fetched and unpacked into a folder of its own: nothing
 * is installed, no service starts, and nobody has to be root. Throws
 * {@link SlapdMissingError}.
 */
export async function ensureSlapd(say: (line: string) => void = () => {}): Promise<SlapdInstallation> {
  const installed = await installedSlapd();
  if (installed) return installed;
  const fetched = await unpackedSlapd(FETCHED);
  if (fetched) return fetched;
  say("OpenLDAP is missing; fetching Debian's package …");
  await fetchPackages().catch((cause: unknown) => {
    throw new SlapdMissingError(instruction(), { cause });
  });
  const found = await unpackedSlapd(FETCHED);
  if (!found) throw new SlapdMissingError(instruction());
  return found;
}

const instruction = (): string =>
  [
    'No OpenLDAP server was found (slapd). Install it, without starting its service, then try again:',
    '  Debian/Ubuntu:  sudo apt-get install --no-install-recommends slapd && sudo systemctl disable --now slapd',
    '  Fedora:         sudo dnf install openldap-servers',
    '  macOS:          brew install openldap',
  ].join('\n');

async function installedSlapd(): Promise<SlapdInstallation | undefined> {
  const directories = [
    ...(process.env.PATH ?? '').split(delimiter).filter(Boolean),
    ...['/usr/sbin', '/usr/libexec', '/opt/homebrew/opt/openldap/libexec'],
  ];
  for (const directory of directories) {
    const slapd = join(directory, 'slapd');
    if (!(await isThere(slapd, constants.X_OK))) continue;
    const schemas = await firstThere(['/etc/ldap/schema', '/etc/openldap/schema', '/opt/homebrew/etc/openldap/schema']);
    const modules = await firstThere([
      '/usr/lib/ldap',
      '/usr/lib64/openldap',
      '/opt/homebrew/opt/openldap/libexec/openldap',
    ]);
    const slapadd = await firstThere([join(directory, 'slapadd'), '/usr/sbin/slapadd']);
    if (schemas && modules && slapadd) return { slapd, slapadd, modules, schemas, environment: {} };
  }
  return undefined;
}

async function unpackedSlapd(root: string): Promise<SlapdInstallation | undefined> {
  const slapd = join(root, 'usr/sbin/slapd');
  if (!(await isThere(slapd, constants.X_OK))) return undefined;
  const libraries = (await readdir(join(root, 'usr/lib'))).filter((name) => name.endsWith('-linux-gnu'));
  return {
    slapd,
    slapadd: join(root, 'usr/sbin/slapadd'),
    modules: join(root, 'usr/lib/ldap'),
    schemas: join(root, 'etc/ldap/schema'),
    environment: {
      LD_LIBRARY_PATH: libraries
        .flatMap((name) => [join(root, 'usr/lib', name), join(root, 'lib', name)])
        .join(delimiter),
    },
  };
}

/** Libraries that slapd links to and that Debian doesn't always have; the others belong to every system. */
const LIBRARIES = /^lib(ldap|ltdl|odbc|perl|sasl2|wrap|argon2|nsl|tirpc)/;

async function fetchPackages(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kgc-slapd-fetch-'));
  try {
    await download(folder, ['slapd']);
    const [archive] = await archives(folder);
    const { stdout } = await run('dpkg-deb', ['--field', archive!, 'Depends']);
    const libraries = stdout
      .split(/[,|]/)
      .map((item) => item.trim().split(/[\s:]/)[0] ?? '')
      .filter((name) => LIBRARIES.test(name));
    await download(folder, libraries);
    const root = join(folder, 'root');
    await mkdir(root);
    for (const file of await archives(folder)) await run('dpkg-deb', ['--extract', file, root]);
    // Another process may have been faster; its copy is as good.
    await rename(root, FETCHED).catch(() => undefined);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const archives = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.deb')).map((name) => join(folder, name));

async function download(folder: string, packages: readonly string[]): Promise<void> {
  const get = () => run('apt-get', ['download', ...packages], { cwd: folder });
  try {
    await get();
  } catch (error) {
    // A machine that has never asked for packages doesn't know where they are.
    const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
    const [program, ...args] = [...asRoot, 'apt-get', 'update'] as unknown as [string, ...string[]];
    await run(program, args).catch(() => {
      throw error;
    });
    await get();
  }
}

const isThere = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isThere(path, constants.R_OK)) return path;
  return undefined;
}
