import { NO_PROGRESS, type Progress, ProgressLine } from './terminal/progress.ts';
import { type Column, formatTable } from './terminal/table.ts';
import type { Terminal } from './terminal/terminal.ts';
import { pad, printable, textWidth } from './terminal/text-width.ts';

/** A name and what is known. */
export type Fact = readonly [name: string, value: string | readonly string[] | undefined];

export interface ReportOptions {
  /** Machines read it. */
  readonly json?: boolean;
  /** Only what was asked for, and errors. */
  readonly quiet?: boolean;
}

/** A narrower terminal gets lines of this width, which it breaks itself. */
const LEAST_COLUMNS = 40;

/** What a command tells: on the standard output for people or machines, and on the other one while it works. */
export class Report {
  readonly #terminal: Terminal;
  readonly #options: ReportOptions;

  constructor(terminal: Terminal, options: ReportOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  /** A list: a table with a closing line, or a JSON array of `json(row)`. */
  list<Row>(list: {
    readonly rows: readonly Row[];
    readonly columns: readonly Column<Row>[];
    readonly json: (row: Row) => object;
    readonly summary: string;
  }): void {
    if (this.#options.json) {
      this.#json(list.rows.map(list.json));
      return;
    }
    const { stdout } = this.#terminal;
    const width = stdout.isTTY && stdout.columns ? Math.max(LEAST_COLUMNS, stdout.columns) : undefined;
    if (list.rows.length > 0) stdout.write(formatTable(list.columns, list.rows, width));
    // On the other output, so that a list in a pipe is a list.
    if (!this.#options.quiet) this.#terminal.stderr.write(`${list.summary}\n`);
  }

  /** What is known of one thing, a line each; a fact without a value is left out, a list takes several lines. */
  facts(facts: readonly Fact[], json: object): void {
    if (this.#options.json) {
      this.#json(json);
      return;
    }
    const shown = facts.filter(([, value]) => value !== undefined && value.length > 0);
    const width = Math.max(...shown.map(([name]) => textWidth(name))) + 2;
    const lines = shown.flatMap(([name, value]) =>
      [value!].flat().map((line, index) => `${pad(index === 0 ? `${name}:` : '', width)}${printable(line)}`),
    );
    this.#terminal.stdout.write(lines.map((line) => `${line.trimEnd()}\n`).join(''));
  }

  /** What was done: a sentence, or a JSON object. */
  done(sentence: string, json: object): void {
    if (this.#options.json) this.#json(json);
    else if (!this.#options.quiet) this.#terminal.stdout.write(`${sentence}\n`);
  }

  /** A text that was asked for, or a JSON object. */
  text(text: string, json: object): void {
    if (this.#options.json) this.#json(json);
    else this.#terminal.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** A line while people wait; none where nobody looks. */
  progress(label: string, total = 1): Progress {
    const { stderr } = this.#terminal;
    return stderr.isTTY && !this.#options.quiet ? new ProgressLine(stderr, label, total) : NO_PROGRESS;
  }

  #json(value: unknown): void {
    this.#terminal.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }
}
