import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';

/** SQS keeps messages 14 days at most. */
const LONGEST_RETENTION = Duration.days(14);

export interface DeadLettersProps {
  readonly queueName: string;
  readonly fifo?: boolean;
  readonly alarms: Alarms;
  /** What one letter in it means, for the alarm. */
  readonly meaning: string;
  /** Article of the runbook. */
  readonly article: string;
}

/** A dead-letter queue that cannot exist without its alarm. */
export class DeadLetters extends Construct {
  readonly queue: sqs.Queue;

  constructor(scope: Construct, id: string, props: DeadLettersProps) {
    super(scope, id);
    const fifo = props.fifo ?? false;
    this.queue = new sqs.Queue(this, 'queue', {
      queueName: fifo ? `${props.queueName}.fifo` : props.queueName,
      ...(fifo ? { fifo } : {}),
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: LONGEST_RETENTION,
    });
    props.alarms.raise(this, 'alarm', {
      name: props.queueName,
      meaning: props.meaning,
      article: props.article,
      metric: this.queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: cloudwatch.Stats.MAXIMUM,
      }),
      above: 0,
      minutes: 1,
    });
  }
}

export interface JobQueueProps {
  readonly queueName: string;
  /** Jobs of one group in order and never twice within 5 minutes; see SQS FIFO. */
  readonly fifo?: boolean;
  /** Time-out of the consuming function. */
  readonly consumerTimeout: Duration;
  /** Attempts until a job is a dead letter. */
  readonly attempts: number;
  readonly alarms: Alarms;
  readonly deadLetterMeaning: string;
  readonly deadLetterArticle: string;
  /** Minutes that the oldest job may wait until the backlog alarm. */
  readonly backlogMinutes: number;
  readonly backlogArticle: string;
}

/** A queue of jobs for a function, with dead letters and alarms on both. */
export class JobQueue extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, props: JobQueueProps) {
    super(scope, id);
    const fifo = props.fifo ?? false;
    this.deadLetters = new DeadLetters(this, 'dead-letters', {
      queueName: `${props.queueName}-dead-letters`,
      fifo,
      alarms: props.alarms,
      meaning: props.deadLetterMeaning,
      article: props.deadLetterArticle,
    }).queue;
    this.queue = new sqs.Queue(this, 'queue', {
      queueName: fifo ? `${props.queueName}.fifo` : props.queueName,
      ...(fifo ? { fifo } : {}),
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // AWS asks for six times the consumer's time-out, so that a job isn't handed out again while it is retried inside.
      visibilityTimeout: Duration.seconds(props.consumerTimeout.toSeconds() * 6),
      retentionPeriod: LONGEST_RETENTION,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.attempts },
    });
    props.alarms.raise(this, 'backlog', {
      name: `${props.queueName}-backlog`,
      meaning: `The oldest job of ${props.queueName} waits for more than ${props.backlogMinutes} minutes.`,
      article: props.backlogArticle,
      metric: this.queue.metricApproximateAgeOfOldestMessage({
        period: Duration.minutes(5),
        statistic: cloudwatch.Stats.MAXIMUM,
      }),
      above: props.backlogMinutes * 60,
      minutes: 10,
    });
  }
}
