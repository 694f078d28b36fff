import type { Output } from './terminal.ts';
import { printable, truncate } from './text-width.ts';

/** Work that takes long enough to be watched. */
export interface Progress {
  /** One more step is being done. */
  step(what: string): void;
  /** How many steps there are, if that is known only later. */
  expect(total: number): void;
  /** Takes the line away. */
  end(): void;
}

export const NO_PROGRESS: Progress = { step() {}, expect() {}, end() {} };

const BAR_WIDTH = 20;
/** Faster work needs no line. */
const DELAY_MS = 200;
const CLEAR_LINE = '\r\x1b[2K';
const DEFAULT_COLUMNS = 80;

/** A line on a terminal that is written over at each step. */
export class ProgressLine implements Progress {
  readonly #output: Output;
  readonly #label: string;
  readonly #now: () => number;
  readonly #startedAt: number;
  #total: number;
  #done = 0;
  #shown = false;

  constructor(output: Output, label: string, total: number, now = () => performance.now()) {
    this.#output = output;
    this.#label = label;
    this.#total = total;
    this.#now = now;
    this.#startedAt = now();
  }

  expect(total: number): void {
    this.#total = total;
  }

  step(what: string): void {
    this.#done++;
    if (this.#now() - this.#startedAt < DELAY_MS) return;
    this.#shown = true;
    const total = Math.max(this.#total, this.#done);
    const filled = Math.round((this.#done / total) * BAR_WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    const text = `${this.#label} ${bar} ${this.#done}/${total} ${printable(what)}`;
    this.#output.write(CLEAR_LINE + truncate(text, (this.#output.columns || DEFAULT_COLUMNS) - 1));
  }

  end(): void {
    if (this.#shown) this.#output.write(CLEAR_LINE);
    this.#shown = false;
  }
}
