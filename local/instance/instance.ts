import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { SyncReport } from '../../core/directory/sync/report.ts';
import { environment } from '../../core/platform/configuration.ts';
import type { Log } from '../../core/platform/log.ts';
import { openLog } from '../../core/platform/pino-log.ts';
import { localDatabase } from '../database/adapter.ts';
import { MariaDb } from '../database/mariadb.ts';
import type { Credentials } from '../endpoint/credentials.ts';
import { lambdaService } from '../functions/lambda-protocol.ts';
import { listening, openDoor, portOf } from '../gateway/doors.ts';
import { GatewayPool } from '../gateway/gateway-pool.ts';
import { createOutboxPage } from '../mail/outbox-page.ts';
import { createSmtpDoor } from '../mail/smtp-door.ts';
import { secretsService } from '../secrets/secrets-protocol.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { DataApiProcess } from './data-api-process.ts';
import { DataDirectory } from './data-directory.ts';
import { directoryOfFile } from './directory-file.ts';
import { type Endpoints, writeReadyFile } from './endpoints.ts';
import { baseEnvironment, DATABASE_NAME, functionEnvironment } from './function-environment.ts';
import { BackgroundFunctions, handlerFile } from './functions.ts';
import type { InstanceOptions } from './options.ts';
import { RotatingFile } from './rotating-file.ts';
import { Teardown } from './teardown.ts';
import { ACCOUNT_ID, arnOfFunction, BUCKETS, QUEUES, queues, REGION } from './topology.ts';

const LOOPBACK = '127.0.0.1';

/** A part that the others need has ended by itself. */
export class PartEndedError extends Error {
  override readonly name = 'PartEndedError';
}

/** There is no handler of the soap function, without which nothing makes sense. */
export class NoSoapFunctionError extends Error {
  override readonly name = 'NoSoapFunctionError';
}

/** A running local cloud. */
export interface Instance {
  readonly endpoints: Endpoints;
  readonly directory: DataDirectory;
  /** Whether principals belong to companies. */
  readonly hosted: boolean;
  /** Rejects if a part that the others need ends by itself. */
  readonly failed: Promise<never>;
  /** Ends everything in order; what was accepted is kept. */
  stop(): Promise<void>;
}

/** Starts everything; `say` receives a line per step. Whatever was started is ended again if a step fails. */
export async function startInstance(options: InstanceOptions, say: (line: string) => void): Promise<Instance> {
  const start = new Start(options, say);
  try {
    return await start.run();
  } catch (error) {
    await start.stop().catch(() => {});
    throw error;
  }
}

/** The parts of an instance, in the order in which they need each other. */
class Start {
  readonly #options: InstanceOptions;
  readonly #say: (line: string) => void;
  readonly #teardown = new Teardown();
  readonly #directory: DataDirectory;
  readonly #log: Log;
  readonly #failed = Promise.withResolvers<never>();
  #stopping = false;

  constructor(options: InstanceOptions, say: (line: string) => void) {
    this.#options = options;
    this.#say = say;
    const { data, reset } = options;
    this.#directory = data === undefined ? DataDirectory.throwAway() : DataDirectory.open(data, { reset });
    this.#teardown.add(() => this.#directory.close());
    this.#log = openLog('local', this.#output('local'));
    this.#failed.promise.catch(() => {});
  }

  async run(): Promise<Instance> {
    const { functions: folder, workers } = this.#options;
    const soapHandler = handlerFile(folder, 'soap');
    if (!existsSync(soapHandler)) throw new NoSoapFunctionError(`There is no ${soapHandler}.`);

    const { directoryFile } = this.#options;
    const users = directoryFile === undefined ? undefined : directoryOfFile(directoryFile);
    const hosted = this.#directory.isHosted(this.#options.hosted);
    // Ports first: a taken one should be told at once.
    const pool = new GatewayPool(this.#log);
    const soap = await this.#openDoors(pool);
    const cloud = await this.#startCloud();
    if (users) cloud.provide({ secretsmanager: secretsService(users.secretOf) });
    const smtp = await this.#openSmtp(cloud);
    const outbox = await this.#openOutboxPage(cloud);

    this.#say('Starting the database …');
    const mariaDb = await this.#startDatabase();
    const dataApi = await this.#startDataApi(mariaDb, cloud.credentials);
    const functionsEnvironment = functionEnvironment({
      endpointUrl: cloud.url,
      dataApiUrl: dataApi.url,
      credentials: cloud.credentials,
      settings: { ...(hosted && { [environment.hosted]: 'true' }), ...users?.settings, ...this.#options.settings },
    });
    const background = this.#backgroundFunctions(cloud, functionsEnvironment);

    this.#say('Bringing the database up to date …');
    await background.invokeOnce('migrate', {});
    this.#say('Starting the functions …');
    this.#teardown.add(() => pool.stop());
    await pool.start({
      workers,
      handlerFile: soapHandler,
      functionArn: arnOfFunction('soap'),
      environment: { ...functionsEnvironment, AWS_LAMBDA_FUNCTION_NAME: 'soap' },
      output: this.#output('soap'),
    });
    this.#teardown.add(() => background.stop());
    background.listen();
    if (users) await this.#readDirectory(background);

    const endpoints: Endpoints = {
      pid: process.pid,
      soap,
      smtp: { host: LOOPBACK, port: smtp },
      outbox: { url: `http://${LOOPBACK}:${outbox}/` },
      cloud: { url: cloud.url, region: REGION, ...cloud.credentials },
      dataApi: { url: dataApi.url },
      database: { socket: mariaDb.socket, name: DATABASE_NAME },
      queues: Object.fromEntries(
        Object.entries(QUEUES).map(([key, name]) => [key, `${cloud.url}/${ACCOUNT_ID}/${name}`]),
      ),
      buckets: BUCKETS,
      data: this.#directory.path,
      logs: this.#directory.logs,
    };
    // For kgc on this machine; with the key of the local cloud, so for its owner only.
    writeReadyFile(this.#directory.endpoints, endpoints);
    this.#teardown.add(() => rmSync(this.#directory.endpoints, { force: true }));
    this.#log.info({ pid: process.pid }, 'the instance is ready');
    return {
      endpoints,
      directory: this.#directory,
      hosted,
      failed: this.#failed.promise,
      stop: () => this.stop(),
    };
  }

  /** Users are there when the instance is; a directory that can't be read is tried again by the clock. */
  async #readDirectory(background: BackgroundFunctions): Promise<void> {
    this.#say('Reading the directory …');
    try {
      const report = (await background.invoke('directory-sync', {})) as SyncReport;
      const found = Object.entries(report.found).map(([kind, count]) => `${count} of kind ${kind}`);
      this.#say(
        `The directory has ${found.join(', ')}.${report.heldCount > 0 ? ' Some is held: kgc sync --dry-run' : ''}`,
      );
    } catch (error) {
      this.#say(`The directory could not be read: ${(error as Error).message}`);
    }
  }

  stop(): Promise<void> {
    this.#stopping = true;
    return this.#teardown.run();
  }

  async #openDoors(pool: GatewayPool): Promise<Endpoints['soap']> {
    const { port, trustedPort } = this.#options;
    const open = async (...[door, listen]: [Parameters<typeof openDoor>[0], Parameters<typeof openDoor>[1]]) => {
      const server = await openDoor(door, listen, pool.take);
      this.#teardown.add(() => void server.close());
      return server;
    };
    const publicDoor = await open('public', { host: LOOPBACK, port });
    const { socket } = this.#directory;
    // A socket that a killed instance left; nobody else can listen on it while this one has the lock.
    this.#directory.removeSocket();
    await open('trusted', { path: socket });
    const trusted =
      trustedPort === undefined ? undefined : portOf(await open('trusted', { host: LOOPBACK, port: trustedPort }));
    return {
      url: `http://${LOOPBACK}:${portOf(publicDoor)}/`,
      socket: `file://${socket}`,
      ...(trusted !== undefined && { trustedUrl: `http://${LOOPBACK}:${trusted}/` }),
    };
  }

  #startCloud(): Promise<Cloud> {
    const { visibilitySeconds, localDomains, relay, data } = this.#options;
    return startCloud(
      {
        directory: this.#directory,
        queueAttributes: queues(visibilitySeconds),
        localDomains,
        relay,
        durable: data !== undefined,
        log: this.#log,
      },
      this.#teardown,
    );
  }

  async #openSmtp(cloud: Cloud): Promise<number> {
    const smtp = createSmtpDoor(cloud.exchange, this.#log);
    // Broken connections of clients; those of the listening socket are told by `listening`.
    smtp.on('error', (error: Error) => this.#log.debug({ error }, 'an SMTP connection failed'));
    await listening(smtp.server, { host: LOOPBACK, port: this.#options.smtpPort }, 'mail in (SMTP)', 'smtp-port');
    this.#teardown.add(() => new Promise((resolve) => void smtp.close(() => resolve())));
    return portOf(smtp.server);
  }

  async #openOutboxPage(cloud: Cloud): Promise<number> {
    const page = createOutboxPage(cloud.outbox, this.#log);
    await listening(page, { host: LOOPBACK, port: this.#options.outboxPort }, 'the page of sent mail', 'outbox-port');
    this.#teardown.add(() => {
      page.close();
      page.closeAllConnections();
    });
    return portOf(page);
  }

  async #startDatabase(): Promise<MariaDb> {
    const mariaDb = await MariaDb.start({
      directory: this.#directory.database,
      throwAway: this.#options.data === undefined,
      say: this.#say,
    });
    this.#teardown.add(() => (this.#options.data === undefined ? mariaDb.kill() : mariaDb.stop()));
    this.#watch('The database', mariaDb.exited);
    return mariaDb;
  }

  async #startDataApi(mariaDb: MariaDb, credentials: Credentials): Promise<DataApiProcess> {
    const settings = { socket: mariaDb.socket, latencyMs: this.#options.databaseLatencyMs };
    const processEnvironment = { ...baseEnvironment(), AWS_ACCESS_KEY_ID: credentials.accessKeyId };
    const dataApi = await DataApiProcess.start(settings, processEnvironment, this.#output('data-api'));
    this.#teardown.add(() => dataApi.stop());
    this.#watch('The Data API', dataApi.exited);
    await localDatabase(dataApi.url, 'mysql', { credentials }).execute(
      `CREATE DATABASE IF NOT EXISTS ${DATABASE_NAME} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci`,
    );
    return dataApi;
  }

  #backgroundFunctions(cloud: Cloud, environmentOfFunctions: Record<string, string>): BackgroundFunctions {
    const background = new BackgroundFunctions({
      folder: this.#options.functions,
      environment: environmentOfFunctions,
      queues: cloud.queues,
      directory: environmentOfFunctions[environment.directory] !== undefined,
      output: (name) => this.#output(name),
      log: this.#log,
    });
    cloud.provide({ lambda: lambdaService((name, event) => background.invoke(name, event)) });
    return background;
  }

  #watch(what: string, exited: Promise<void>): void {
    void exited.then(() => {
      if (this.#stopping) return;
      this.#log.error({ part: what }, 'a part ended by itself');
      this.#failed.reject(new PartEndedError(`${what} has ended by itself; ${this.#directory.logs} says more.`));
    });
  }

  #output(name: string): RotatingFile {
    const file = new RotatingFile(path.join(this.#directory.logs, `${name}.log`));
    this.#teardown.add(() => file.close());
    return file;
  }
}
