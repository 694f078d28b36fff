import { parseAttributes, type QueueAttributes } from '../queues/queue-attributes.ts';

/** Region and account of the local cloud, in its ARNs. */
export const REGION = 'local';
export const ACCOUNT_ID = '000000000000';

/** Where SES puts raw mail in the mail bucket, as in `infra/data.ts`. */
export const INBOUND_PREFIX = 'inbound/';

export const BUCKETS = {
  blobs: 'kopano-blobs',
  mail: 'kopano-mail',
  sent: 'local-sent-mail',
  unfinished: 'local-unfinished-mail',
} as const;

export const QUEUES = {
  inbound: 'kopano-inbound',
  spool: 'kopano-spool.fifo',
  postponed: 'kopano-postponed',
  reports: 'kopano-reports',
} as const;

export type SourceQueue = keyof typeof QUEUES;

export function arnOfQueue(queue: string): string {
  return `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${queue}`;
}

export function arnOfFunction(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`;
}

/** The topic that stands between SES and the inbound queue; locally it is a name in the event only. */
export const RECEIVED_TOPIC_ARN = `arn:aws:sns:${REGION}:${ACCOUNT_ID}:kopano-received`;

export function deadLettersOf(queue: string): string {
  return queue.endsWith('.fifo') ? queue.replace(/\.fifo$/, '-dead-letters.fifo') : `${queue}-dead-letters`;
}

/** Fourteen days, SQS's longest. */
const RETENTION = '1209600';

/** Attempts before a job is a dead letter, as in `infra/mail.ts`. */
const ATTEMPTS: Readonly<Record<SourceQueue, number>> = { inbound: 5, spool: 4, postponed: 20, reports: 5 };

/**
 * How long a job that failed waits for its next attempt. The deployed queues
 * wait for six times the function's time-out, because other machines may still
 * be at it; here the instance knows what runs.
 */
const VISIBILITY_SECONDS = 130;

/** All queues with their attributes; dead letters first, because the others name them. */
export function queues(visibilitySeconds = VISIBILITY_SECONDS): [name: string, QueueAttributes][] {
  const keys = Object.keys(QUEUES) as SourceQueue[];
  const fifoOf = (name: string): Record<string, string> => (name.endsWith('.fifo') ? { FifoQueue: 'true' } : {});
  const dead = keys.map((key): [string, QueueAttributes] => {
    const name = deadLettersOf(QUEUES[key]);
    return [name, parseAttributes({ ...fifoOf(name), MessageRetentionPeriod: RETENTION })];
  });
  const sources = keys.map((key): [string, QueueAttributes] => {
    const name = QUEUES[key];
    const redrive = { deadLetterTargetArn: arnOfQueue(deadLettersOf(name)), maxReceiveCount: ATTEMPTS[key] };
    const attributes = {
      ...fifoOf(name),
      VisibilityTimeout: String(visibilitySeconds),
      MessageRetentionPeriod: RETENTION,
      RedrivePolicy: JSON.stringify(redrive),
    };
    return [name, parseAttributes(attributes)];
  });
  return [...dead, ...sources];
}

/** Which function consumes which queue, as in `infra/mail.ts`. */
export const EVENT_SOURCES = [
  { queue: 'inbound', function: 'dagent', batchSize: 5, concurrency: 2 },
  { queue: 'spool', function: 'spooler', batchSize: 1, concurrency: 2 },
  { queue: 'postponed', function: 'spooler', batchSize: 10, concurrency: 1 },
  { queue: 'reports', function: 'spooler', batchSize: 100, concurrency: 1 },
] as const;

/** What runs by the clock, as in `infra/operations.ts`; directory-sync only where a directory is configured. */
export const SCHEDULES = [
  { function: 'monitor', everyMinutes: 60 },
  { function: 'housekeeping', everyMinutes: 24 * 60 },
] as const;

export const DIRECTORY_SCHEDULE = { function: 'directory-sync', everyMinutes: 15 } as const;
