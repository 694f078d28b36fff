import { formatAttributes, parseAttributes } from './queue-attributes.ts';
import { MAX_RECEIVE, type Queues } from './queues.ts';
import { batchEntries, eachEntry } from './sqs-batch.ts';
import { SqsError } from './sqs-error.ts';
import { type Input, number, queueOf, receiptOf, text, visibilityOf } from './sqs-input.ts';
import { newMessage, receivedResult, sendResult, sizeOf } from './sqs-messages.ts';

/** All messages of one batch together (Amazon SQS message quotas). */
const MAX_BATCH_BYTES = 1024 * 1024;

/** What actions work on. */
export interface SqsContext {
  readonly queues: Queues;
  readonly arnOf: (queue: string) => string;
  readonly urlOf: (queue: string) => string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

type Action = (input: Input, context: SqsContext) => object | Promise<object>;

/** The SQS actions that the local cloud answers. */
export const actions: Readonly<Record<string, Action>> = {
  CreateQueue: (input, { queues, urlOf }) => {
    const name = text(input, 'QueueName');
    const attributes = parseAttributes((input.Attributes ?? {}) as Record<string, string>);
    if (!/^[A-Za-z0-9_-]{1,80}(\.fifo)?$/.test(name) || attributes.fifo !== name.endsWith('.fifo')) {
      throw new SqsError(
        'InvalidParameterValue',
        'The queue name is malformed, or only one of name and type says FIFO.',
      );
    }
    queues.store.putQueue(name, attributes);
    return { QueueUrl: urlOf(name) };
  },

  DeleteQueue: (input, { queues }) => {
    queues.store.deleteQueue(queueOf(input));
    return {};
  },

  ListQueues: (input, { queues, urlOf }) => {
    const prefix = String(input.QueueNamePrefix ?? '');
    const names = queues.store.queueNames().filter((name) => name.startsWith(prefix));
    return { QueueUrls: names.map((name) => urlOf(name)) };
  },

  GetQueueUrl: (input, { queues, urlOf }) => {
    const name = text(input, 'QueueName');
    queues.store.attributes(name);
    return { QueueUrl: urlOf(name) };
  },

  GetQueueAttributes: (input, { queues, arnOf }) => {
    const name = queueOf(input);
    const counts = queues.store.counts(name);
    const all: Record<string, string> = {
      ...formatAttributes(queues.store.attributes(name), arnOf),
      QueueArn: arnOf(name),
      ApproximateNumberOfMessages: String(counts.visible),
      ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
      ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    };
    const wanted = (input.AttributeNames ?? []) as string[];
    const names = wanted.includes('All') ? Object.keys(all) : wanted.filter((wantedName) => wantedName in all);
    return { Attributes: Object.fromEntries(names.map((attribute) => [attribute, all[attribute]!])) };
  },

  SetQueueAttributes: (input, { queues }) => {
    const name = queueOf(input);
    const current = queues.store.attributes(name);
    queues.store.putQueue(name, parseAttributes((input.Attributes ?? {}) as Record<string, string>, current));
    return {};
  },

  PurgeQueue: (input, { queues }) => {
    queues.store.purge(queueOf(input));
    return {};
  },

  SendMessage: (input, { queues }) => {
    const queue = queueOf(input);
    const message = newMessage(input, queues.store.attributes(queue));
    const [sent] = queues.send(queue, [message]);
    return sendResult(input, sent!);
  },

  SendMessageBatch: (input, { queues }) => {
    const queue = queueOf(input);
    const entries = batchEntries(input);
    const attributes = queues.store.attributes(queue);
    if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > MAX_BATCH_BYTES) {
      throw new SqsError('BatchRequestTooLong', `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes.`);
    }
    return eachEntry(entries, (entry) => {
      const [sent] = queues.send(queue, [newMessage(entry, attributes)]);
      return sendResult(entry, sent!);
    });
  },

  ReceiveMessage: async (input, { queues, signal, arnOf }) => {
    const most = number(input, 'MaxNumberOfMessages', 1, MAX_RECEIVE) ?? 1;
    const messages = await queues.receive(queueOf(input), {
      most,
      waitSeconds: number(input, 'WaitTimeSeconds', 0, 20),
      visibilitySeconds: number(input, 'VisibilityTimeout', 0, 43_200),
      signal,
    });
    return messages.length === 0 ? {} : { Messages: messages.map((message) => receivedResult(message, input, arnOf)) };
  },

  DeleteMessage: (input, { queues }) => {
    queues.delete(queueOf(input), [receiptOf(input)]);
    return {};
  },

  DeleteMessageBatch: (input, { queues }) => {
    const queue = queueOf(input);
    return eachEntry(batchEntries(input), (entry) => {
      queues.delete(queue, [receiptOf(entry)]);
      return {};
    });
  },

  ChangeMessageVisibility: (input, { queues }) => {
    queues.changeVisibility(queueOf(input), receiptOf(input), visibilityOf(input));
    return {};
  },

  ChangeMessageVisibilityBatch: (input, { queues }) => {
    const queue = queueOf(input);
    return eachEntry(batchEntries(input), (entry) => {
      queues.changeVisibility(queue, receiptOf(entry), visibilityOf(entry));
      return {};
    });
  },
};
