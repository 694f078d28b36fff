import { setTimeout as pause } from 'node:timers/promises';
import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  RDSDataClient,
  type RDSDataClientConfig,
  RollbackTransactionCommand,
} from '@aws-sdk/client-rds-data';
import { environment, requireEnv } from './configuration.ts';
import { DataApiCalls } from './data-api-calls.ts';
import { callDirectly } from './data-api-direct.ts';
import { isConflict } from './data-api-errors.ts';
import { DataApiStatements } from './data-api-statements.ts';
import type { Database, Statements } from './database.ts';
import { Sha256 } from './sha256.ts';

export interface DataApiSettings {
  /** ARN of the database cluster. */
  readonly resourceArn: string;
  /** ARN of the secret with the credentials of the database user. */
  readonly secretArn: string;
  /** Name of the database. */
  readonly database: string;
  /** By default a client for the region, credentials and endpoint (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_RDS_DATA) of the environment. */
  readonly client?: RDSDataClient;
  /** How long a call waits for a database that resumes from zero capacity; it takes about 15 s. */
  readonly patienceMs?: number;
}

/** How often a transaction is tried that lost its locks to another one. */
const TRANSACTION_TRIES = 5;
const LONGEST_CONFLICT_WAIT_MS = 200;
/** More than one process's requests at once, so that nobody waits for a socket. */
const MOST_SOCKETS = 256;

/** A client that leaves repeating to this module, which knows what may be repeated. */
export function rdsDataClient(
  configuration: Pick<RDSDataClientConfig, 'endpoint' | 'region' | 'credentials'> = {},
): RDSDataClient {
  const agent = { keepAlive: true, maxSockets: MOST_SOCKETS };
  const client = new RDSDataClient({
    ...configuration,
    maxAttempts: 1,
    // Building the chain of middleware anew costs more than the rest of a call.
    cacheMiddleware: true,
    sha256: Sha256,
    requestHandler: { httpAgent: agent, httpsAgent: agent, connectionTimeout: 5_000 },
  });
  // It copies every input and result, field by field, for a log that must not have them.
  client.middlewareStack.remove('loggerMiddleware');
  callDirectly(client);
  return client;
}

/** The database that the environment of a function names. */
export function databaseOfEnvironment(): Database {
  return DataApiDatabase.open({
    resourceArn: requireEnv(environment.databaseClusterArn),
    secretArn: requireEnv(environment.databaseSecretArn),
    database: requireEnv(environment.databaseName),
  });
}

/** The {@link Database} port over the RDS Data API. */
export class DataApiDatabase extends DataApiStatements implements Database {
  readonly #calls: DataApiCalls;
  /** A transaction that has been begun before it was wanted. */
  #expected: Promise<string> | undefined;

  private constructor(calls: DataApiCalls) {
    super(calls);
    this.#calls = calls;
  }

  static open(settings: DataApiSettings): DataApiDatabase {
    return new DataApiDatabase(new DataApiCalls(settings.client ?? rdsDataClient(), settings));
  }

  get roundTrips(): number {
    return this.#calls.roundTrips;
  }

  counted(): Database {
    return new DataApiDatabase(this.#calls.counted());
  }

  async transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const transactionId = await (this.#takeExpected() ?? this.#begin());
      const statements = new DataApiStatements(this.#calls, transactionId);
      try {
        const result = await work(statements);
        await statements.settled();
        await this.#calls.send(
          (client, common) => client.send(new CommitTransactionCommand({ ...common, transactionId })),
          'once',
        );
        statements.committed();
        return result;
      } catch (error) {
        await statements.settled();
        await this.#rollback(transactionId);
        if (!isConflict(error) || attempt === TRANSACTION_TRIES) throw error;
        // The other side of the conflict has to finish first, and two losers shouldn't meet again.
        await pause(Math.random() * LONGEST_CONFLICT_WAIT_MS * (attempt / TRANSACTION_TRIES));
      }
    }
  }

  expectTransaction(): void {
    if (this.#expected !== undefined) return;
    this.#expected = this.#begin();
    // Whoever takes it learns of the error.
    this.#expected.catch(() => {});
  }

  async forgoTransaction(): Promise<void> {
    const transactionId = await this.#takeExpected()?.catch(() => undefined);
    if (transactionId !== undefined) await this.#rollback(transactionId);
  }

  #takeExpected(): Promise<string> | undefined {
    const expected = this.#expected;
    this.#expected = undefined;
    return expected;
  }

  async #begin(): Promise<string> {
    const { transactionId } = await this.#calls.send(
      (client, common) => client.send(new BeginTransactionCommand(common)),
      'repeatable',
    );
    return transactionId as string;
  }

  /** A transaction that is gone already needs no rollback, and one that can't be reached is rolled back by time. */
  async #rollback(transactionId: string): Promise<void> {
    await this.#calls
      .send((client, common) => client.send(new RollbackTransactionCommand({ ...common, transactionId })), 'once')
      .catch(() => undefined);
  }
}
