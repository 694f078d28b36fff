import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Database, SqlOutcome, SqlParameters, Statements } from '../../../../core/platform/database.ts';

/** Looks at the text of each statement before it runs. */
export type Watch = (sql: string) => void;

class WatchedStatements implements Statements {
  readonly #statements: Statements;
  protected readonly watch: Watch;

  constructor(statements: Statements, watch: Watch) {
    this.#statements = statements;
    this.watch = watch;
  }

  query<Row extends object>(sql: string, parameters?: SqlParameters): Promise<Row[]> {
    this.watch(sql);
    return this.#statements.query<Row>(sql, parameters);
  }

  execute(sql: string, parameters?: SqlParameters): Promise<SqlOutcome> {
    this.watch(sql);
    return this.#statements.execute(sql, parameters);
  }

  batch(sql: string, sets: readonly SqlParameters[]): Promise<void> {
    this.watch(sql);
    return this.#statements.batch(sql, sets);
  }

  afterCommit(work: () => void): void {
    this.#statements.afterCommit(work);
  }
}

/** The real database, whose statements somebody reads along. */
export class WatchedDatabase extends WatchedStatements implements Database {
  readonly #database: Database;

  constructor(database: Database, watch: Watch) {
    super(database, watch);
    this.#database = database;
  }

  get roundTrips(): number {
    return this.#database.roundTrips;
  }

  counted(): Database {
    return new WatchedDatabase(this.#database.counted(), this.watch);
  }

  expectTransaction(): void {
    this.#database.expectTransaction();
  }

  forgoTransaction(): Promise<void> {
    return this.#database.forgoTransaction();
  }

  transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#database.transaction((statements) => work(new WatchedStatements(statements, this.watch)));
  }
}

const CORE = path.resolve(import.meta.dirname, '../../../../core');

/** All words of the source code: a statement of which a word stands nowhere in it was built from something else. */
function wordsOfSource(): ReadonlySet<string> {
  const words = new Set<string>();
  for (const file of readdirSync(CORE, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    for (const word of wordsOf(readFileSync(path.join(CORE, file), 'utf8'))) words.add(word);
  }
  return words;
}

const wordsOf = (text: string): string[] => text.match(/[A-Za-z_]{2,}/g) ?? [];

/** Names of parameters and the paths of properties in documents, which are eight hexadecimal digits. */
const PARAMETERS = /:[A-Za-z]\w*/g;
const PROPERTY_PATHS = /\$\."[0-9a-f]{8}"/g;

/** The words and numbers that statements are made of. */
export class StatementVocabulary {
  readonly #known = wordsOfSource();
  readonly #seen = new Set<string>();
  /** Words, quotes and numbers that don't come from the source code, with a statement that has them. */
  readonly strange = new Map<string, string>();
  /** Numbers in statements: constants of the source, so few. */
  readonly numbers = new Set<string>();
  /** Different statements, but for how many values they bind. */
  readonly shapes = new Set<string>();

  readonly watch: Watch = (sql) => {
    const shape = sql
      .replace(PARAMETERS, ':')
      .replace(/(:, )+:/g, ':')
      .replace(/(\(:[^()]*\), )+\(:/g, '(:');
    if (this.#seen.has(shape)) return;
    if (this.#seen.size < 100_000) this.#seen.add(shape);
    if (this.shapes.size < 20_000) this.shapes.add(shape);
    const bare = shape.replace(PROPERTY_PATHS, '$."tag"');
    for (const word of wordsOf(bare)) if (!this.#known.has(word)) this.strange.set(word, sql);
    for (const number of bare.match(/(?<![\w.])\d+(?:\.\d+)?/g) ?? []) this.numbers.add(number);
  };
}
