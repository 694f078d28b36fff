/**
 * The database port: SQL in the common subset of Aurora MySQL 3 and MariaDB
 * 10.11, with named parameters (`:name`), one statement per call. The only
 * adapter is the RDS Data API (see `data-api.ts`); locally the same adapter
 * talks to the Data API endpoint of `local/`.
 */

/** A value bound to a parameter. Numbers must be safe integers or doubles; 64-bit ids travel as Buffers. */
export type SqlValue = string | number | boolean | Uint8Array | null;
export type SqlParameters = Readonly<Record<string, SqlValue>>;

/** A column value of a result row. Binary columns are Buffers; BIT(1)/BOOLEAN columns are numbers (0 or 1). */
export type SqlColumn = string | number | Buffer | null;
export type SqlRow = Readonly<Record<string, SqlColumn>>;

/** What a statement that changes rows reports. `generatedId` is the first AUTO_INCREMENT id, or 0. */
export interface SqlOutcome {
  readonly updated: number;
  readonly generatedId: number;
}

/** Where statements can be sent: the database itself (each its own transaction) or a transaction. */
export interface Statements {
  /** Rows of a SELECT. */
  query<Row extends object = SqlRow>(sql: string, parameters?: SqlParameters): Promise<Row[]>;
  /** Runs one INSERT, UPDATE, DELETE or DDL statement. */
  execute(sql: string, parameters?: SqlParameters): Promise<SqlOutcome>;
  /** Runs one statement for each set of parameters, in order, in as few requests as the limits allow. */
  batch(sql: string, sets: readonly SqlParameters[]): Promise<void>;
  /** Does something once what was written here is committed: at once where each statement is its own transaction. */
  afterCommit(work: () => void): void;
}

export interface Database extends Statements {
  /**
   * Runs `work` in one transaction and commits; rolls back if it throws.
   * Deadlocks and lock time-outs repeat the whole of `work` (at most 5 times),
   * so `work` must have no effect but on the transaction.
   */
  transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T>;
  /**
   * Begins the transaction that most likely comes next, so that its round trip runs beside what is read before it.
   * Costs nothing more if it comes; {@link forgoTransaction} must follow where it may not have come.
   */
  expectTransaction(): void;
  /** Gives up a transaction that was expected and has not come. */
  forgoTransaction(): Promise<void>;
  /** Round trips spent so far, including begin, commit and rollback. */
  readonly roundTrips: number;
  /** A view of this database that counts its own round trips. */
  counted(): Database;
}

/** A unique key was violated (MySQL error 1062). */
export class DuplicateKeyError extends Error {
  override readonly name = 'DuplicateKeyError';
}

/** The database cannot be reached or is resuming from zero capacity; the call may be repeated later. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}
