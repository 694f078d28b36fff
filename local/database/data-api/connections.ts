import { connect } from 'node:net';
import {
  type Connection,
  createConnection,
  type FieldPacket,
  type QueryError,
  type QueryResult,
  type ResultSetHeader,
} from 'mysql2';
import { isLost } from './errors.ts';
import type { BoundValue } from './parameters.ts';
import type { Cell } from './results.ts';

/** Connections in use at once per database and kind; further requests wait. */
const MOST_CONNECTIONS = 100;
/** Idle connections are closed after this time. */
const IDLE_MS = 60_000;
/** Prepared statements that one connection keeps. */
const PREPARED_STATEMENTS = 1_000;
/** "This command is not supported in the prepared statement protocol yet". */
const ER_UNSUPPORTED_PS = 1295;

/** Rows with their columns, or what a statement changed. */
export type StatementResult =
  | { readonly fields: readonly FieldPacket[]; readonly rows: readonly (readonly Cell[])[] }
  | { readonly fields: undefined; readonly header: ResultSetHeader };

/**
 * The connections to one database of one kind: those that commit each
 * statement, or those that commit when told. A prepared statement belongs to
 * the database that was current when it was made, so databases don't share.
 */
export class ConnectionPool {
  readonly #socket: string;
  readonly #database: string | undefined;
  readonly #autocommit: boolean;
  readonly #idle: PooledConnection[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #all = new Set<PooledConnection>();
  readonly #sweep: NodeJS.Timeout;
  #count = 0;
  #closed = false;

  constructor(socket: string, database: string | undefined, autocommit: boolean) {
    this.#socket = socket;
    this.#database = database;
    this.#autocommit = autocommit;
    this.#sweep = setInterval(() => this.#closeIdle(), IDLE_MS / 2).unref();
  }

  async take(): Promise<PooledConnection> {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle?.spoilt) {
        this.#drop(idle);
        continue;
      }
      if (idle !== undefined) return idle;
      if (this.#count < MOST_CONNECTIONS) break;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#count += 1;
    try {
      const connection = await PooledConnection.open(this.#socket, this.#database, this.#autocommit);
      if (this.#closed) connection.destroy();
      else this.#all.add(connection);
      return connection;
    } catch (error) {
      this.#count -= 1;
      this.#waiting.shift()?.();
      throw error;
    }
  }

  /** Gives a connection back; one that is broken or carries session state is closed instead. */
  give(connection: PooledConnection): void {
    if (connection.spoilt || this.#closed) {
      this.#drop(connection);
    } else {
      connection.idleSince = Date.now();
      this.#idle.push(connection);
    }
    this.#waiting.shift()?.();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#sweep);
    this.#idle.length = 0;
    for (const connection of this.#all) connection.destroy();
    this.#all.clear();
  }

  #closeIdle(): void {
    const limit = Date.now() - IDLE_MS;
    for (let index = this.#idle.length - 1; index >= 0; index -= 1) {
      const connection = this.#idle[index] as PooledConnection;
      if (connection.spoilt || connection.idleSince < limit) {
        this.#idle.splice(index, 1);
        this.#drop(connection);
      }
    }
  }

  #drop(connection: PooledConnection): void {
    connection.destroy();
    if (this.#all.delete(connection)) this.#count -= 1;
  }
}

/** A connection and what has become of it. */
export class PooledConnection {
  readonly #connection: Connection;
  /** Not to be used again: broken, or left with settings of one caller. */
  spoilt = false;
  idleSince = 0;
  #lingering = false;

  private constructor(connection: Connection) {
    this.#connection = connection;
    connection.on('error', () => {
      this.spoilt = true;
    });
  }

  /** The number by which KILL names this connection. */
  get threadId(): number {
    return this.#connection.threadId;
  }

  static async open(socket: string, database: string | undefined, autocommit: boolean): Promise<PooledConnection> {
    const connection = createConnection({
      user: 'root',
      ...(database === undefined ? {} : { database }),
      charset: 'UTF8MB4_UNICODE_520_CI',
      rowsAsArray: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
      jsonStrings: true,
      maxPreparedStatements: PREPARED_STATEMENTS,
      // An idle connection must not keep a process alive; a caller that waits does so by its own socket.
      stream: () => connect(socket).unref(),
    });
    const pooled = new PooledConnection(connection);
    await new Promise<void>((resolve, reject) => {
      connection.connect((error) => (error === null ? resolve() : reject(error)));
    });
    if (!autocommit) await pooled.command('SET autocommit = 0');
    return pooled;
  }

  /** Runs a statement with its bound values. */
  run(sql: string, values: BoundValue[]): Promise<StatementResult> {
    return new Promise((resolve, reject) => {
      const settle = (error: QueryError | null, result: QueryResult, fields: FieldPacket[] | undefined) => {
        if (error === null) {
          resolve(
            Array.isArray(result) && fields !== undefined
              ? { fields, rows: result as unknown as Cell[][] }
              : { fields: undefined, header: (Array.isArray(result) ? result[0] : result) as ResultSetHeader },
          );
        } else if (error.errno === ER_UNSUPPORTED_PS && values.length === 0) {
          this.command(sql).then(resolve, reject);
        } else {
          if (error.errno === undefined || isLost(error)) this.spoilt = true;
          reject(error);
        }
      };
      this.#connection.execute({ sql, values, rowsAsArray: true }, settle);
    });
  }

  /** Runs a statement that can't be, or needn't be, prepared. */
  command(sql: string): Promise<StatementResult> {
    return new Promise((resolve, reject) => {
      this.#connection.query(sql, (error, result, fields) => {
        if (error !== null) reject(error);
        else if (Array.isArray(result) && fields !== undefined)
          resolve({ fields, rows: result as unknown as Cell[][] });
        else resolve({ fields: undefined, header: result as ResultSetHeader });
      });
    });
  }

  /** The statement may go on after its caller has given up: closing waits for its end. */
  lingerUntil(running: Promise<unknown>): void {
    this.#lingering = true;
    const close = () => this.#connection.destroy();
    running.then(close, close);
  }

  destroy(): void {
    this.spoilt = true;
    if (!this.#lingering) this.#connection.destroy();
  }
}
