import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../../core/platform/log.ts';
import type { MessageAttributes } from '../queues/message-attributes.ts';
import type { ReceivedMessage } from '../queues/queue-store.ts';
import type { Queues } from '../queues/queues.ts';
import { md5, systemAttributes } from '../queues/sqs-messages.ts';

/** How long one poll waits (Amazon SQS: 20 seconds at most). */
const POLL_SECONDS = 20;

/** After an error of the poll itself, for example a full disk. */
const ERROR_PAUSE_MS = 1_000;

export interface EventSourceOptions {
  readonly queues: Queues;
  readonly queue: string;
  readonly region: string;
  readonly arnOf: (queue: string) => string;
  /** Messages of one invocation, at most. */
  readonly batchSize: number;
  /** Invocations at a time. */
  readonly concurrency: number;
  readonly invoke: (event: SQSEvent) => Promise<unknown>;
  readonly log: Log;
}

/**
 * Feeds a queue to a function as Lambda's event source mapping does, with
 * ReportBatchItemFailures: what the function doesn't report as failed is
 * deleted; what it does, or all if it throws, becomes visible again after the
 * queue's visibility time-out and ends in the dead-letter queue.
 */
export class EventSource {
  readonly #options: EventSourceOptions;
  readonly #stop = new AbortController();
  readonly #pollers: Promise<void>[];

  constructor(options: EventSourceOptions) {
    this.#options = options;
    this.#pollers = Array.from({ length: options.concurrency }, () => this.#poll());
  }

  /** Takes no more messages; resolves when the invocations under way have ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#pollers);
  }

  async #poll(): Promise<void> {
    const { queues, queue, batchSize, log } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const messages = await queues.receive(queue, { most: batchSize, waitSeconds: POLL_SECONDS, signal });
        if (messages.length > 0) await this.#process(messages);
      } catch (error) {
        log.error({ error, queue }, 'polling a queue failed');
        await new Promise((resolve) => setTimeout(resolve, ERROR_PAUSE_MS));
      }
    }
  }

  async #process(messages: readonly ReceivedMessage[]): Promise<void> {
    const { queues, queue, log } = this.#options;
    let failed: ReadonlySet<string>;
    try {
      const event = { Records: messages.map((message) => this.#record(message)) };
      failed = failuresOf(await this.#options.invoke(event), messages);
    } catch (error) {
      log.error({ error, queue, messages: messages.length }, 'a batch failed');
      return;
    }
    const done = messages.filter((message) => !failed.has(message.messageId));
    if (failed.size > 0) log.warn({ queue, failed: failed.size, done: done.length }, 'a batch failed in part');
    queues.delete(
      queue,
      done.map((message) => message.receipt),
    );
  }

  #record(message: ReceivedMessage): SQSRecord {
    const { queue, region, arnOf } = this.#options;
    const attributes = JSON.parse(message.attributes ?? '{}') as MessageAttributes;
    return {
      messageId: message.messageId,
      receiptHandle: message.receipt,
      body: message.body,
      attributes: systemAttributes(message, arnOf) as unknown as SQSRecord['attributes'],
      messageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
          name,
          {
            dataType: DataType as 'String',
            ...(StringValue !== undefined && { stringValue: StringValue }),
            ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
          },
        ]),
      ),
      md5OfBody: md5(message.body),
      eventSource: 'aws:sqs',
      eventSourceARN: arnOf(queue),
      awsRegion: region,
    };
  }
}

/** The answer of the function is not one that Lambda would accept; the whole batch then counts as failed. */
export class BadBatchResponseError extends Error {
  override readonly name = 'BadBatchResponseError';
}

/** Message ids that failed. No answer, or one without failures, means that all went well. */
function failuresOf(answer: unknown, messages: readonly ReceivedMessage[]): ReadonlySet<string> {
  const failures = (answer as Partial<SQSBatchResponse> | null)?.batchItemFailures ?? [];
  const known = new Set(messages.map((message) => message.messageId));
  if (!Array.isArray(failures)) throw new BadBatchResponseError('batchItemFailures is no list');
  return new Set(
    failures.map((failure) => {
      if (!known.has(failure?.itemIdentifier)) throw new BadBatchResponseError('a failed item is not of this batch');
      return failure.itemIdentifier;
    }),
  );
}
