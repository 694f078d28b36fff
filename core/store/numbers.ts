import { KopanoError } from '../mapi/error.ts';
import { KCERR_DATABASE_ERROR } from '../mapi/error-codes.ts';
import type { Database } from '../platform/database.ts';

/** What is numbered: objects (ulServerId) and source keys. */
export type NumberKind = 'object' | 'source key';

/** A function takes this many numbers at once; the unused rest is lost when it ends, which is harmless. */
const BLOCK = 256;

interface Block {
  next: number;
  end: number;
}

/**
 * Hands out numbers that no other function hands out. A block belongs to this
 * instance alone once it is taken, so keeping it in memory is safe.
 */
export class Numbers {
  readonly #database: Database;
  readonly #blocks = new Map<NumberKind, Block>();
  readonly #pending = new Map<NumberKind, Promise<void>>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** `count` numbers, ascending. */
  async take(kind: NumberKind, count: number): Promise<number[]> {
    const numbers: number[] = [];
    while (numbers.length < count) {
      const block = this.#blocks.get(kind);
      if (!block || block.next >= block.end) {
        await this.#refill(kind, count - numbers.length);
        continue;
      }
      const taken = Math.min(count - numbers.length, block.end - block.next);
      for (let i = 0; i < taken; i++) numbers.push(block.next + i);
      block.next += taken;
    }
    return numbers;
  }

  async one(kind: NumberKind): Promise<number> {
    return (await this.take(kind, 1))[0]!;
  }

  #refill(kind: NumberKind, wanted: number): Promise<void> {
    let pending = this.#pending.get(kind);
    if (!pending) {
      pending = this.#reserve(kind, Math.max(BLOCK, wanted)).finally(() => this.#pending.delete(kind));
      this.#pending.set(kind, pending);
    }
    return pending;
  }

  async #reserve(kind: NumberKind, count: number): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await transaction.execute('UPDATE sequence SET next = next + :count WHERE name = :kind', { kind, count });
      const [row] = await transaction.query<{ next: number }>('SELECT next FROM sequence WHERE name = :kind', { kind });
      if (!row) throw new KopanoError(KCERR_DATABASE_ERROR, `sequence ${kind} is missing`);
      this.#blocks.set(kind, { next: Number(row.next) - count, end: Number(row.next) });
    });
  }
}

const shared = new WeakMap<Database, Numbers>();

/** The numbers of a database; one block per function instance, however many requests count their own statements. */
export function numbersOf(database: Database): Numbers {
  const known = shared.get(database);
  if (known) return known;
  const numbers = new Numbers(database);
  shared.set(database, numbers);
  return numbers;
}
