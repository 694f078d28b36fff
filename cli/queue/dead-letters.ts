import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { CommandError } from '../errors.ts';
import { QUEUES, type QueueCloud, type QueueName } from './queue-cloud.ts';

/** A job that failed for good. */
export interface DeadLetter {
  readonly id: string;
  readonly queue: QueueName;
  readonly since: Date | undefined;
  readonly body: string;
  /** What it is about, without a word of what is in the mail. */
  readonly about: string;
  readonly reason: string;
  readonly receipt: string;
}

/** How long letters are kept from others while they are looked at. */
const LOOKING_SECONDS = 30;
const BATCH = 10;

/**
 * The letters of all queues, the oldest first, as far as SQS shows them at once:
 * of one sender's letters in a FIFO queue no more than ten. `work` may use their receipts;
 * what it leaves is for others to see again at once.
 */
export async function withDeadLetters<T>(
  cloud: QueueCloud,
  work: (letters: readonly DeadLetter[]) => Promise<T>,
): Promise<T> {
  const letters: DeadLetter[] = [];
  try {
    for (const queue of QUEUES) letters.push(...(await receiveAll(cloud, queue)));
    letters.sort((one, other) => (one.since?.getTime() ?? 0) - (other.since?.getTime() ?? 0));
    return await work(letters);
  } finally {
    for (const queue of QUEUES)
      await release(
        cloud,
        queue,
        letters.filter((letter) => letter.queue === queue),
      );
  }
}

async function receiveAll(cloud: QueueCloud, queue: QueueName): Promise<DeadLetter[]> {
  const QueueUrl = await cloud.url(queue, true);
  const letters: DeadLetter[] = [];
  for (;;) {
    const { Messages = [] } = await cloud.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: BATCH,
        VisibilityTimeout: LOOKING_SECONDS,
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    );
    if (Messages.length === 0) return letters;
    letters.push(...Messages.map((message) => letterOf(queue, message)));
  }
}

async function release(cloud: QueueCloud, queue: QueueName, letters: readonly DeadLetter[]): Promise<void> {
  const QueueUrl = await cloud.url(queue, true);
  for (let start = 0; start < letters.length; start += BATCH)
    // Those that were deleted meanwhile are answered as failed, which is as it should be.
    await cloud.sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: letters.slice(start, start + BATCH).map(({ receipt }, index) => ({
          Id: String(index),
          ReceiptHandle: receipt,
          VisibilityTimeout: 0,
        })),
      }),
    );
}

function letterOf(queue: QueueName, message: Message): DeadLetter {
  const body = message.Body ?? '';
  const sent = Number(message.Attributes?.SentTimestamp);
  return {
    id: message.MessageId ?? '',
    queue,
    since: Number.isFinite(sent) ? new Date(sent) : undefined,
    body,
    receipt: message.ReceiptHandle ?? '',
    ...describe(queue, body),
  };
}

interface AnyBody {
  readonly kind?: string;
  readonly object?: number;
  readonly id?: string;
  readonly job?: AnyBody;
  readonly reason?: string;
  readonly recipients?: readonly string[];
  readonly eventType?: string;
  readonly mail?: { readonly messageId?: string };
  readonly receipt?: { readonly recipients?: readonly string[] };
}

const UNTOLD: Readonly<Record<QueueName, string>> = {
  spool: 'the spooler died of it, again and again',
  postponed: 'it could not be woken',
  inbound: 'it could not be delivered; the log of dagent says why',
  reports: 'the sender could not be told; the log of the spooler says why',
};

function describe(queue: QueueName, body: string): Pick<DeadLetter, 'about' | 'reason'> {
  let job: AnyBody;
  try {
    job = JSON.parse(body) as AnyBody;
  } catch {
    return { about: 'something that is no job', reason: UNTOLD[queue] };
  }
  const inner = job.kind === 'abandon' ? (job.job ?? job) : job;
  const reason = job.reason ?? UNTOLD[queue];
  const people = (list: readonly string[] | undefined): string => `${list?.length ?? 0} recipients`;
  if (inner.kind === 'message') return { about: `message ${inner.object}`, reason };
  if (inner.kind === 'mail') return { about: `mail ${inner.id?.slice(0, 8)} to ${people(inner.recipients)}`, reason };
  if (queue === 'inbound')
    return { about: `received mail ${job.mail?.messageId ?? '?'} for ${people(job.receipt?.recipients)}`, reason };
  if (queue === 'reports') return { about: `${job.eventType ?? 'report'} of ${job.mail?.messageId ?? '?'}`, reason };
  return { about: 'something that is no job', reason };
}

/** The one letter whose id begins so. */
export function requireLetter(letters: readonly DeadLetter[], id: string): DeadLetter {
  const found = letters.filter((letter) => letter.id.startsWith(id));
  if (found.length === 1) return found[0]!;
  throw new CommandError(
    found.length === 0 ? `There is no dead letter ${id}.` : `${found.length} dead letters begin with ${id}.`,
    { hint: 'kgc queue list' },
  );
}

/** Puts the job back on the queue that it came from, and takes the letter away. */
export async function retryLetter(cloud: QueueCloud, letter: DeadLetter): Promise<void> {
  await send(cloud, letter.queue, freshJob(letter.body));
  await removeLetter(cloud, letter);
}

/** Has the spooler give a job up, so that its sender is told; other letters are taken away without more. */
export async function dropLetter(cloud: QueueCloud, letter: DeadLetter, reason: string): Promise<void> {
  if (letter.queue === 'spool' || letter.queue === 'postponed') {
    const job = parsed(freshJob(letter.body));
    const inner = job?.kind === 'abandon' ? job.job : job;
    if (inner?.kind === 'message' || inner?.kind === 'mail')
      await send(cloud, 'spool', JSON.stringify({ kind: 'abandon', job: inner, reason }));
  }
  await removeLetter(cloud, letter);
}

const parsed = (body: string): AnyBody | undefined => {
  try {
    return JSON.parse(body) as AnyBody;
  } catch {
    return undefined;
  }
};

/** The job as it was before it failed. */
function freshJob(body: string): string {
  const job = parsed(body);
  if (job?.kind === undefined) return body;
  const { attempt: _attempt, reason, ...rest } = job as AnyBody & { readonly attempt?: number };
  return JSON.stringify(job.kind === 'abandon' ? { ...rest, reason } : rest);
}

async function send(cloud: QueueCloud, queue: QueueName, body: string): Promise<void> {
  const id = randomUUID();
  await cloud.sqs.send(
    new SendMessageCommand({
      QueueUrl: await cloud.url(queue, false),
      MessageBody: body,
      ...(queue === 'spool' && { MessageGroupId: id, MessageDeduplicationId: id }),
    }),
  );
}

const removeLetter = async (cloud: QueueCloud, letter: DeadLetter): Promise<void> => {
  const QueueUrl = await cloud.url(letter.queue, true);
  await cloud.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: letter.receipt }));
};
