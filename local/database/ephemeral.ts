import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../core/platform/database.ts';
import { localDatabase } from './adapter.ts';
import { DataApiEndpoint, type DataApiEndpointOptions } from './data-api/endpoint.ts';
import { MariaDb } from './mariadb.ts';

export { LOCAL_CLUSTER_ARN, LOCAL_SECRET_ARN, localDatabase } from './adapter.ts';

/** The variable by which a test run tells its test files of the server that they share. */
const SHARED_SOCKET = 'KGC_TEST_DATABASE_SOCKET';

/** A database of its own for one test, on a server that several may share. */
export interface EphemeralDatabase extends AsyncDisposable {
  readonly database: Database;
  /** Name of the database, which is empty at first. */
  readonly schema: string;
  /** URL of the Data API endpoint. */
  readonly endpoint: string;
  /** A further, independent adapter on the same database, as a second function instance would have. */
  another(): Database;
  dispose(): Promise<void>;
}

/** A throw-away MariaDB server for a whole test run. */
export interface SharedTestDatabase extends AsyncDisposable {
  /** What to put into the environment of the test files. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Gives a test an empty database that vanishes when it is disposed of. The
 * server behind it is the one of the test run, or, for a test file that is run
 * by hand, one that lives as long as this process. Options ask for an endpoint
 * of one's own, with other limits or with latency.
 */
export async function ephemeralDatabase(
  options?: Pick<DataApiEndpointOptions, 'limits' | 'latencyMs'>,
): Promise<EphemeralDatabase> {
  const server = await processServer();
  const own =
    options === undefined
      ? undefined
      : await DataApiEndpoint.start({ ...options, socket: server.socket, background: true });
  const endpoint = own ?? server.endpoint;
  const schema = `test_${randomBytes(6).toString('hex')}`;
  await server.administration.execute(`CREATE DATABASE \`${schema}\``);

  const adapter = () => localDatabase(endpoint.url, schema);
  const dispose = async () => {
    server.endpoint.forget(schema);
    await own?.close();
    await server.administration.execute(`DROP DATABASE IF EXISTS \`${schema}\``);
  };
  return {
    database: adapter(),
    schema,
    endpoint: endpoint.url,
    another: adapter,
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Starts the server that the test files of one run share. */
export async function startSharedTestDatabase(say?: (line: string) => void): Promise<SharedTestDatabase> {
  const server = await throwAwayServer(say);
  const stop = () => server.kill();
  return { environment: { [SHARED_SOCKET]: server.socket }, stop, [Symbol.asyncDispose]: stop };
}

interface ProcessServer {
  readonly socket: string;
  readonly endpoint: DataApiEndpoint;
  readonly administration: Database;
}

let started: Promise<ProcessServer> | undefined;

/** The server and endpoint that all tests of this process use. */
function processServer(): Promise<ProcessServer> {
  started ??= (async () => {
    const socket = process.env[SHARED_SOCKET] ?? (await serverOfThisProcess());
    const endpoint = await DataApiEndpoint.start({ socket, background: true });
    return { socket, endpoint, administration: localDatabase(endpoint.url, 'mysql') };
  })();
  return started;
}

async function serverOfThisProcess(): Promise<string> {
  const server = await throwAwayServer();
  server.unref();
  // Leaves at once; what ends without this event is cleared by the server's guardian.
  process.once('exit', () => {
    for (const path of server.killAtExit()) rmSync(path, { recursive: true, force: true });
  });
  return server.socket;
}

async function throwAwayServer(say?: (line: string) => void): Promise<MariaDb> {
  const directory = await mkdtemp(join(tmpdir(), 'kgc-test-'));
  return MariaDb.start({ directory, throwAway: true, ...(say === undefined ? {} : { say }) });
}
