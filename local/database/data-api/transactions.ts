import { randomBytes } from 'node:crypto';
import type { ConnectionPool, PooledConnection } from './connections.ts';
import { DataApiError } from './errors.ts';
import type { DataApiLimits } from './limits.ts';

/** Why a transaction is no more; the service appends this to its message. */
const ENDINGS = {
  expired: 'Transaction may be expired.',
  ended: 'One previous call resulted in a termination of your transaction.',
  aborted: 'Transaction has been aborted due to an error from a previous call.',
} as const;
type Ending = keyof typeof ENDINGS;

/** Ended transactions whose ending is remembered, for the message only. */
const REMEMBERED = 10_000;

export class Transaction {
  readonly id: string;
  readonly database: string | undefined;
  readonly connection: PooledConnection;
  readonly pool: ConnectionPool;
  readonly deadline: number;
  busy = false;
  timer: NodeJS.Timeout | undefined;

  constructor(database: string | undefined, connection: PooledConnection, pool: ConnectionPool, deadline: number) {
    this.id = randomBytes(48).toString('base64url');
    this.database = database;
    this.connection = connection;
    this.pool = pool;
    this.deadline = deadline;
  }
}

/** The open transactions, each with its connection, and their time limits. */
export class Transactions {
  readonly #limits: DataApiLimits;
  readonly #open = new Map<string, Transaction>();
  readonly #endings = new Map<string, Ending>();

  constructor(limits: DataApiLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#open.size;
  }

  async begin(database: string | undefined, pool: ConnectionPool): Promise<Transaction> {
    const connection = await pool.take();
    const transaction = new Transaction(database, connection, pool, Date.now() + this.#limits.transactionMs);
    this.#open.set(transaction.id, transaction);
    this.#arm(transaction);
    return transaction;
  }

  /**
   * Runs `work` as the only call of this transaction. A second call at the
   * same time is refused, as the service does for current clusters.
   */
  async use<T>(id: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const transaction = this.#open.get(id);
    if (transaction === undefined) {
      const ending = ENDINGS[this.#endings.get(id) ?? 'expired'];
      throw new DataApiError('TransactionNotFoundException', `Transaction ${id} is not found. ${ending}`);
    }
    if (transaction.busy) {
      throw new DataApiError('DatabaseErrorException', 'Transaction is still running a query');
    }
    transaction.busy = true;
    clearTimeout(transaction.timer);
    try {
      return await work(transaction);
    } finally {
      transaction.busy = false;
      if (this.#open.has(id)) this.#arm(transaction);
    }
  }

  /** Commits or rolls back, and forgets the transaction. */
  async end(transaction: Transaction, statement: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    this.#forget(transaction, 'ended');
    try {
      await transaction.connection.command(statement);
    } catch (error) {
      transaction.connection.spoilt = true;
      throw error;
    } finally {
      transaction.pool.give(transaction.connection);
    }
  }

  /** Ends a transaction that an error made useless. Closing the connection makes the server roll back. */
  abort(transaction: Transaction, ending: Ending = 'aborted'): void {
    if (!this.#open.has(transaction.id)) return;
    this.#forget(transaction, ending);
    transaction.connection.destroy();
    transaction.pool.give(transaction.connection);
  }

  close(): void {
    for (const transaction of [...this.#open.values()]) this.abort(transaction);
  }

  #arm(transaction: Transaction): void {
    const left = Math.min(this.#limits.transactionIdleMs, transaction.deadline - Date.now());
    transaction.timer = setTimeout(() => this.abort(transaction, 'expired'), Math.max(left, 0)).unref();
  }

  #forget(transaction: Transaction, ending: Ending): void {
    clearTimeout(transaction.timer);
    this.#open.delete(transaction.id);
    if (this.#endings.size >= REMEMBERED) this.#endings.delete(this.#endings.keys().next().value as string);
    this.#endings.set(transaction.id, ending);
  }
}
