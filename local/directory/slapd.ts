import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureSlapd, type SlapdInstallation } from './install.ts';

const run = promisify(execFile);

/** Everything of a directory that is started here lies below this entry. */
export const SUFFIX = 'dc=example,dc=org';
/** Who may do anything in it. */
export const ROOT_DN = `cn=root,${SUFFIX}`;
export const ROOT_PASSWORD = 'root-secret';

/** Schemas that every directory gets, in the order in which they need each other. */
const SCHEMAS = ['core', 'cosine', 'inetorgperson', 'nis'];
const OWN_SCHEMAS = ['kopano.schema', 'active-directory.schema'];

export interface SlapdOptions {
  /** Entries that it begins with, as LDIF; loaded in seconds however many they are. */
  readonly ldif: string;
  /** Also answers `ldaps://` and StartTLS. */
  readonly tls?: boolean;
  /** More lines for its configuration, before the database. */
  readonly configuration?: string;
}

/** A throw-away OpenLDAP server of one's own. */
export class Slapd implements AsyncDisposable {
  readonly #installation: SlapdInstallation;
  readonly #folder: string;
  readonly #ports: { readonly plain: number; readonly secure: number };
  readonly #tls: boolean;
  #process: ChildProcess | undefined;

  private constructor(installation: SlapdInstallation, folder: string, ports: Slapd['ports'], tls: boolean) {
    this.#installation = installation;
    this.#folder = folder;
    this.#ports = ports;
    this.#tls = tls;
  }

  get ports(): { readonly plain: number; readonly secure: number } {
    return this.#ports;
  }
  get url(): string {
    return `ldap://127.0.0.1:${this.#ports.plain}`;
  }
  get secureUrl(): string {
    return `ldaps://localhost:${this.#ports.secure}`;
  }
  /** The authority that has signed the server's certificate: a file in PEM. */
  get caFile(): string {
    return join(this.#folder, 'ca.pem');
  }

  static async start({ ldif, tls = false, configuration = '' }: SlapdOptions): Promise<Slapd> {
    const installation = await ensureSlapd();
    const folder = await mkdtemp(join(tmpdir(), 'kgc-directory-'));
    const slapd = new Slapd(installation, folder, { plain: await freePort(), secure: await freePort() }, tls);
    try {
      if (tls) await makeCertificates(folder);
      await mkdir(join(folder, 'data'));
      await writeFile(join(folder, 'slapd.conf'), slapd.#configuration(configuration));
      await writeFile(join(folder, 'root.ldif'), ldif);
      await slapd.#run(installation.slapadd, ['-q', '-f', join(folder, 'slapd.conf'), '-l', join(folder, 'root.ldif')]);
      await slapd.resume();
      return slapd;
    } catch (error) {
      await slapd[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts it (again), with the entries that it has. */
  async resume(): Promise<void> {
    const { slapd, environment } = this.#installation;
    const urls = [`${this.url}/`, ...(this.#tls ? [`ldaps://127.0.0.1:${this.#ports.secure}/`] : [])];
    const child = spawn(slapd, ['-d', '0', '-f', join(this.#folder, 'slapd.conf'), '-h', urls.join(' ')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...environment },
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    this.#process = child;
    for (let tries = 0; !(await answers(this.#ports.plain)); tries += 1) {
      if (child.exitCode !== null || tries > 200) throw new Error(`slapd doesn't start: ${said.slice(-2000)}`);
      await delay(25);
    }
  }

  /** Ends it as a power failure does; its entries are kept. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #run(program: string, args: readonly string[]): Promise<unknown> {
    const env = { ...process.env, ...this.#installation.environment };
    return run(program, [...args], { env, maxBuffer: 10_000_000 });
  }

  #configuration(more: string): string {
    const { modules, schemas } = this.#installation;
    const own = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
    return [
      ...SCHEMAS.map((name) => `include ${join(schemas, `${name}.schema`)}`),
      ...OWN_SCHEMAS.map((file) => `include ${own(file)}`),
      `modulepath ${modules}`,
      'moduleload back_mdb',
      'sizelimit 500',
      ...(this.#tls
        ? [
            `TLSCACertificateFile ${this.caFile}`,
            `TLSCertificateFile ${join(this.#folder, 'server.pem')}`,
            `TLSCertificateKeyFile ${join(this.#folder, 'server.key')}`,
          ]
        : []),
      more,
      'database mdb',
      'maxsize 1073741824',
      'envflags nosync nometasync',
      `suffix "${SUFFIX}"`,
      `rootdn "${ROOT_DN}"`,
      `rootpw ${ROOT_PASSWORD}`,
      `directory ${join(this.#folder, 'data')}`,
      'index objectClass,entryUUID,uid,cn,mail,sAMAccountName,objectGUID eq',
      'access to attrs=userPassword by anonymous auth by * none',
      'access to * by users read by * none',
      '',
    ].join('\n');
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** An authority and a certificate of it for localhost, for a day. */
async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: folder });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '1',
    '-subj',
    '/CN=test authority',
  );
  await openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  await writeFile(join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  await openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '1',
    '-extfile',
    'names',
    '-out',
    'server.pem',
  );
}
