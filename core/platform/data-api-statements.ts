import {
  BatchExecuteStatementCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandOutput,
} from '@aws-sdk/client-rds-data';
import type { DataApiCalls } from './data-api-calls.ts';
import { fromField, parametersSize, toParameters } from './data-api-fields.ts';
import type { SqlColumn, SqlOutcome, SqlParameters, SqlRow, Statements } from './database.ts';

/** The service takes 4 MiB with headers; the rest is margin for the statement and the JSON around the sets. */
const BATCH_BYTES = 3.5 * 1024 * 1024;
/** Keeps a batch well under the 45 s that the service gives a call. */
const BATCH_SETS = 1_000;

/** A statement that changes tables must not be killed half way. */
const DDL = /^\s*(create|alter|drop|rename|truncate|optimize|analyze)\b/i;
/** With a star the columns depend on the table, without one on the text alone. */
const STAR_COLUMNS = /(\bselect\s+(all\s+|distinct\s+)?|,\s*|\.\s*)\*|^\s*(show|desc|describe|explain)\b/i;
/** Column labels of as many statements as an installation has; the oldest go first. */
const CACHED_LABELS = 5_000;

/** Column labels by statement: they can't change, and the service's column metadata are large. */
const labelsOfStatement = new Map<string, readonly string[]>();

/** Statements that are each their own transaction or, with an id, belong to one. */
export class DataApiStatements implements Statements {
  readonly #calls: DataApiCalls;
  readonly #transactionId: string | undefined;
  /** The service refuses a second call while a transaction runs one, so they queue up here. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #afterCommit: (() => void)[] = [];

  constructor(calls: DataApiCalls, transactionId?: string) {
    this.#calls = calls;
    this.#transactionId = transactionId;
  }

  async query<Row extends object = SqlRow>(sql: string, parameters: SqlParameters = {}): Promise<Row[]> {
    const known = labelsOfStatement.get(sql);
    const output = await this.#run(sql, parameters, known === undefined);
    const labels = known ?? labelsOf(sql, output);
    return (output.records ?? []).map((record) => {
      const row: Record<string, SqlColumn> = {};
      for (let index = 0; index < labels.length; index += 1) {
        row[labels[index] as string] = fromField(record[index]!);
      }
      return row as Row;
    });
  }

  async execute(sql: string, parameters: SqlParameters = {}): Promise<SqlOutcome> {
    const output = await this.#run(sql, parameters, false);
    return {
      updated: output.numberOfRecordsUpdated ?? 0,
      generatedId: output.generatedFields?.[0]?.longValue ?? 0,
    };
  }

  async batch(sql: string, sets: readonly SqlParameters[]): Promise<void> {
    let chunk: SqlParameters[] = [];
    let bytes = 0;
    for (const set of sets) {
      const size = parametersSize(set);
      if (chunk.length === BATCH_SETS || (chunk.length > 0 && bytes + size > BATCH_BYTES)) {
        await this.#sendBatch(sql, chunk);
        chunk = [];
        bytes = 0;
      }
      chunk.push(set);
      bytes += size;
    }
    if (chunk.length > 0) await this.#sendBatch(sql, chunk);
  }

  afterCommit(work: () => void): void {
    if (this.#transactionId === undefined) work();
    else this.#afterCommit.push(work);
  }

  /** The transaction is committed. */
  committed(): void {
    for (const work of this.#afterCommit) work();
  }

  /** Settles when no call is under way any more. */
  async settled(): Promise<void> {
    await this.#last.catch(() => undefined);
  }

  #run(sql: string, parameters: SqlParameters, withLabels: boolean): Promise<ExecuteStatementCommandOutput> {
    const input = {
      sql,
      parameters: toParameters(parameters),
      includeResultMetadata: withLabels,
      ...(DDL.test(sql) ? { continueAfterTimeout: true } : {}),
      ...this.#transaction(),
    };
    const repeat = this.#transactionId === undefined && READS.test(sql) ? 'repeatable' : 'once';
    return this.#inTurn(() =>
      this.#calls.send((client, common) => client.send(new ExecuteStatementCommand({ ...common, ...input })), repeat),
    );
  }

  async #sendBatch(sql: string, sets: readonly SqlParameters[]): Promise<void> {
    const parameterSets = sets.map(toParameters);
    await this.#inTurn(() =>
      this.#calls.send(
        (client, common) =>
          client.send(new BatchExecuteStatementCommand({ ...common, sql, parameterSets, ...this.#transaction() })),
        'once',
      ),
    );
  }

  #transaction(): { transactionId?: string } {
    return this.#transactionId === undefined ? {} : { transactionId: this.#transactionId };
  }

  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    if (this.#transactionId === undefined) return call();
    const turn = this.#last.then(call, call);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** A SELECT that locks nothing may be sent twice. */
const READS = /^\s*(select|with|show|desc|describe|explain)\b(?!.*\b(for\s+update|get_lock)\b)/is;

function labelsOf(sql: string, output: ExecuteStatementCommandOutput): readonly string[] {
  const labels = (output.columnMetadata ?? []).map((column) => column.label ?? column.name ?? '');
  if (!STAR_COLUMNS.test(sql)) {
    if (labelsOfStatement.size >= CACHED_LABELS) {
      labelsOfStatement.delete(labelsOfStatement.keys().next().value as string);
    }
    labelsOfStatement.set(sql, labels);
  }
  return labels;
}
