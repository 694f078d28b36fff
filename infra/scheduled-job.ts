import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { type FunctionName, HandlerFunction, type HandlerFunctionProps } from './function.ts';
import { DeadLetters } from './queue.ts';
import type { Site } from './site.ts';

export interface ScheduledJobProps {
  readonly site: Site;
  readonly alarms: Alarms;
  readonly enabled?: boolean;
  /** The interval; or {@link ScheduledJobProps.dailyAt} instead. */
  readonly every?: Duration;
  /** UTC hour of a nightly job. */
  readonly dailyAt?: number;
  /** What a run means that failed for good. */
  readonly meaning: string;
  readonly function: Omit<HandlerFunctionProps, 'site' | 'concurrency' | 'deadLetters'>;
}

/** A function that EventBridge starts by the clock: never twice at once, and a run that fails for good raises an alarm. */
export class ScheduledJob extends Construct {
  readonly function: HandlerFunction;

  constructor(scope: Construct, name: FunctionName, props: ScheduledJobProps) {
    super(scope, `${name}-job`);
    const { site, alarms } = props;
    const deadLetters = new DeadLetters(this, 'dead-letters', {
      queueName: `${site.name}-${name}-dead-letters`,
      alarms,
      meaning: props.meaning,
      article: `${name}-failed`,
    }).queue;
    this.function = new HandlerFunction(this, name, { ...props.function, site, concurrency: 1, deadLetters });
    new events.Rule(this, 'schedule', {
      ruleName: `${site.name}-${name}`,
      enabled: this.function.written && (props.enabled ?? true),
      schedule:
        props.dailyAt === undefined
          ? events.Schedule.rate(props.every ?? Duration.hours(1))
          : events.Schedule.cron({ hour: String(props.dailyAt), minute: '0' }),
      targets: [
        // A start that AWS couldn't hand over is in the same queue as a run that failed; the next one is at hand.
        new LambdaFunction(this.function, {
          deadLetterQueue: deadLetters,
          retryAttempts: 2,
          maxEventAge: Duration.hours(1),
        }),
      ],
    });
  }
}
