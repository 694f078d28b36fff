import { ConnectionPool, type PooledConnection, type StatementResult } from './connections.ts';
import { DataApiError, fromServer, isLost, type ServerError } from './errors.ts';
import type { DataApiLimits } from './limits.ts';
import { bind, type SqlParameterJson } from './parameters.ts';
import { columnMetadataJson, formattedRecords, type ResultOptions, recordsJson, tooMuch } from './results.ts';
import { type StatementText, statementText } from './statement-text.ts';
import { type Transaction, Transactions } from './transactions.ts';

/** The members that every operation has. */
interface CommonRequest {
  readonly resourceArn?: string;
  readonly secretArn?: string;
  readonly database?: string;
  readonly schema?: string;
  readonly transactionId?: string;
}

interface ExecuteRequest extends CommonRequest {
  readonly sql?: string;
  readonly parameters?: readonly SqlParameterJson[];
  readonly includeResultMetadata?: boolean;
  readonly continueAfterTimeout?: boolean;
  readonly resultSetOptions?: ResultOptions;
  readonly formatRecordsAs?: string;
}

interface BatchRequest extends CommonRequest {
  readonly sql?: string;
  readonly parameterSets?: readonly (readonly SqlParameterJson[])[];
}

/** InnoDB has rolled the whole transaction back. */
const ER_LOCK_DEADLOCK = 1213;

/** The operations of the service over the connections of one database server. Each answers the JSON of its response. */
export class Operations {
  readonly #socket: string;
  readonly #defaultDatabase: string | undefined;
  readonly #limits: DataApiLimits;
  readonly #transactions: Transactions;
  readonly #pools = new Map<string, { readonly statements: ConnectionPool; readonly transactions: ConnectionPool }>();

  constructor(socket: string, defaultDatabase: string | undefined, limits: DataApiLimits) {
    this.#socket = socket;
    this.#defaultDatabase = defaultDatabase;
    this.#limits = limits;
    this.#transactions = new Transactions(limits);
  }

  async execute(request: ExecuteRequest): Promise<string> {
    checkCommon(request);
    const text = statementText(requiredSql(request.sql));
    const values = bind(text.names, request.parameters ?? []);
    return this.#onConnection(request, async (connection) => {
      const run = () => connection.run(text.sql, values);
      const result = await this.#timed(connection, text, run, request.continueAfterTimeout === true);
      return executeResponse(result, request, this.#limits);
    });
  }

  async batch(request: BatchRequest): Promise<string> {
    checkCommon(request);
    const text = statementText(requiredSql(request.sql));
    if (text.selects) throw new DataApiError('BadRequestException', "A batch can't give rows");
    const sets = (request.parameterSets ?? []).map((parameters) => bind(text.names, parameters));
    return this.#onConnection(request, async (connection) => {
      const results: string[] = [];
      const run = async () => {
        for (const values of sets) {
          const result = await connection.run(text.sql, values);
          results.push(`{"generatedFields":${generatedFields(result)}}`);
        }
      };
      await this.#timed(connection, text, run, false);
      return `{"updateResults":[${results.join(',')}]}`;
    });
  }

  async begin(request: CommonRequest): Promise<string> {
    checkCommon(request);
    const database = request.database ?? this.#defaultDatabase;
    try {
      const transaction = await this.#transactions.begin(database, this.#poolsOf(database).transactions);
      return JSON.stringify({ transactionId: transaction.id });
    } catch (error) {
      throw translated(error);
    }
  }

  async commit(request: CommonRequest): Promise<string> {
    return this.#end(request, 'COMMIT', 'Transaction Committed');
  }

  async rollback(request: CommonRequest): Promise<string> {
    return this.#end(request, 'ROLLBACK', 'Rollback Complete');
  }

  /** Closes the connections to a database that is about to be dropped. */
  forget(database: string): void {
    const pools = this.#pools.get(database);
    this.#pools.delete(database);
    pools?.statements.close();
    pools?.transactions.close();
  }

  close(): void {
    this.#transactions.close();
    for (const database of [...this.#pools.keys()]) this.forget(database);
  }

  async #end(request: CommonRequest, statement: 'COMMIT' | 'ROLLBACK', status: string): Promise<string> {
    checkCommon(request);
    if (!request.transactionId) throw new DataApiError('ValidationException', 'transactionId is missing');
    return this.#transactions.use(request.transactionId, async (transaction) => {
      try {
        await this.#transactions.end(transaction, statement);
      } catch (error) {
        throw translated(error);
      }
      return JSON.stringify({ transactionStatus: status });
    });
  }

  async #onConnection(
    request: CommonRequest,
    work: (connection: PooledConnection) => Promise<string>,
  ): Promise<string> {
    const { transactionId } = request;
    if (transactionId)
      return this.#transactions.use(transactionId, (found) => this.#inTransaction(request, found, work));
    const pool = this.#poolsOf(request.database ?? this.#defaultDatabase).statements;
    const connection = await pool.take().catch((error) => {
      throw translated(error);
    });
    try {
      return await work(connection);
    } catch (error) {
      throw translated(error);
    } finally {
      pool.give(connection);
    }
  }

  async #inTransaction(
    request: CommonRequest,
    transaction: Transaction,
    work: (connection: PooledConnection) => Promise<string>,
  ): Promise<string> {
    if (request.database && request.database !== transaction.database) {
      throw new DataApiError('BadRequestException', 'Database name is not the same as transaction');
    }
    try {
      return await work(transaction.connection);
    } catch (error) {
      if (endsTransaction(error)) this.#transactions.abort(transaction);
      throw translated(error);
    }
  }

  /** Runs under the time limit for statements; a statement that is over it is killed, unless it may go on. */
  async #timed<T>(connection: PooledConnection, text: StatementText, run: () => Promise<T>, goOn: boolean): Promise<T> {
    if (text.leavesState) connection.spoilt = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        connection.spoilt = true;
        const details = { dbConnectionId: connection.threadId };
        reject(new DataApiError('StatementTimeoutException', 'Request timed out', details));
      }, this.#limits.statementMs).unref();
    });
    const running = run();
    try {
      return await Promise.race([running, late]);
    } catch (error) {
      if (error instanceof DataApiError && error.name === 'StatementTimeoutException') {
        running.catch(() => undefined);
        if (goOn) connection.lingerUntil(running);
        else await this.#kill(connection.threadId);
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #kill(threadId: number): Promise<void> {
    const pool = this.#poolsOf(undefined).statements;
    const connection = await pool.take();
    await connection.command(`KILL ${threadId}`).catch(() => undefined);
    pool.give(connection);
  }

  #poolsOf(database: string | undefined) {
    const key = database ?? '';
    let pools = this.#pools.get(key);
    if (pools === undefined) {
      pools = {
        statements: new ConnectionPool(this.#socket, database, true),
        transactions: new ConnectionPool(this.#socket, database, false),
      };
      this.#pools.set(key, pools);
    }
    return pools;
  }
}

function executeResponse(result: StatementResult, request: ExecuteRequest, limits: DataApiLimits): string {
  if (result.fields === undefined) {
    const { affectedRows } = result.header;
    return `{"generatedFields":${generatedFields(result)},"numberOfRecordsUpdated":${affectedRows}}`;
  }
  const options = request.resultSetOptions ?? {};
  if (request.formatRecordsAs === 'JSON') {
    const records = formattedRecords(result.fields, result.rows, options, limits);
    return `{"numberOfRecordsUpdated":0,"formattedRecords":${JSON.stringify(records)}}`;
  }
  const records = recordsJson(result.fields, result.rows, options, limits);
  const metadata = request.includeResultMetadata ? `"columnMetadata":${columnMetadataJson(result.fields)},` : '';
  const response = `{${metadata}"numberOfRecordsUpdated":0,"records":${records}}`;
  // Formatted records have limits of their own.
  if (Buffer.byteLength(response) > limits.responseBytes) throw tooMuch();
  return response;
}

/** The first generated key; the service may give more of them, so nobody should count on those. */
function generatedFields(result: StatementResult): string {
  if (result.fields !== undefined || !result.header.insertId) return '[]';
  return `[{"longValue":${result.header.insertId}}]`;
}

function requiredSql(sql: string | undefined): string {
  if (typeof sql !== 'string') throw new DataApiError('ValidationException', 'sql is missing');
  return sql;
}

function checkCommon(request: CommonRequest): void {
  if (!request.resourceArn) throw new DataApiError('ValidationException', 'resourceArn is missing');
  if (!request.secretArn) throw new DataApiError('ValidationException', 'secretArn is missing');
  if (request.schema) throw new DataApiError('ValidationException', "The schema parameter isn't supported");
}

/** After these the transaction is gone on the server, or was given up by the service. */
function endsTransaction(error: unknown): boolean {
  if (error instanceof DataApiError) {
    return error.name === 'StatementTimeoutException' || /too large|size limit/.test(error.message);
  }
  const { errno } = error as ServerError;
  return errno === ER_LOCK_DEADLOCK || errno === undefined || isLost(error as ServerError);
}

function translated(error: unknown): DataApiError {
  return error instanceof DataApiError ? error : fromServer(error as ServerError);
}
