import { EventEmitter, once } from 'node:events';
import type { NewMessage, QueueStore, ReceivedMessage, SentMessage } from './queue-store.ts';

/** What one receive takes at most (Amazon SQS API reference, ReceiveMessage). */
export const MAX_RECEIVE = 10;

/** How often what has outlived its retention is dropped. */
const EXPIRY_INTERVAL_MS = 60_000;

export interface ReceiveOptions {
  readonly most: number;
  /** How long to wait for a first message. */
  readonly waitSeconds?: number | undefined;
  readonly visibilitySeconds?: number | undefined;
  /** Ends the waiting; the answer is then empty. */
  readonly signal?: AbortSignal | undefined;
}

/** The queues of the instance: the store, and consumers that wait for what comes. */
export class Queues {
  readonly store: QueueStore;
  readonly #arrivals = new EventEmitter().setMaxListeners(0);
  readonly #expiry: NodeJS.Timeout;

  constructor(store: QueueStore) {
    this.store = store;
    this.#expiry = setInterval(() => store.expire(), EXPIRY_INTERVAL_MS);
    this.#expiry.unref();
  }

  close(): void {
    clearInterval(this.#expiry);
    this.store.close();
  }

  send(queue: string, messages: readonly NewMessage[]): SentMessage[] {
    const sent = this.store.send(queue, messages);
    this.#arrivals.emit(queue);
    return sent;
  }

  delete(queue: string, receipts: readonly string[]): void {
    this.store.delete(queue, receipts);
    // Deleting may free a FIFO group.
    this.#arrivals.emit(queue);
  }

  changeVisibility(queue: string, receipt: string, seconds: number): void {
    this.store.changeVisibility(queue, receipt, seconds);
    this.#arrivals.emit(queue);
  }

  /** Messages of a queue; waits for a first one if asked to. */
  async receive(queue: string, options: ReceiveOptions): Promise<ReceivedMessage[]> {
    const waitSeconds = options.waitSeconds ?? this.store.attributes(queue).receiveWaitSeconds;
    const deadline = performance.now() + waitSeconds * 1000;
    while (true) {
      const messages = this.store.receive(queue, options.most, {
        visibilitySeconds: options.visibilitySeconds,
        onDeadLetter: (deadLetterQueue) => this.#arrivals.emit(deadLetterQueue),
      });
      const left = deadline - performance.now();
      if (messages.length > 0 || left <= 0 || options.signal?.aborted) return messages;
      await this.#changeWithin(queue, left, options.signal);
    }
  }

  /** Resolves when something may have become visible, or after `milliseconds`, or when told to stop. */
  async #changeWithin(queue: string, milliseconds: number, stop: AbortSignal | undefined): Promise<void> {
    const visibleAt = this.store.nextVisibleAt(queue);
    const pause = Math.min(
      milliseconds,
      visibleAt === undefined ? Number.POSITIVE_INFINITY : visibleAt - Date.now() + 1,
    );
    const done = new AbortController();
    const timer = setTimeout(() => done.abort(), Math.max(pause, 1));
    const abandon = (): void => done.abort();
    stop?.addEventListener('abort', abandon);
    try {
      await once(this.#arrivals, queue, { signal: done.signal });
    } catch {
      // Aborted: time is up, or the consumer goes.
    } finally {
      clearTimeout(timer);
      stop?.removeEventListener('abort', abandon);
    }
  }
}
