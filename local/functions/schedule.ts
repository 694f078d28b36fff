import { randomUUID } from 'node:crypto';
import type { ScheduledEvent } from 'aws-lambda';
import type { Log } from '../../core/platform/log.ts';

export interface ScheduleOptions {
  /** Name of the rule. */
  readonly name: string;
  readonly everyMinutes: number;
  readonly region: string;
  readonly accountId: string;
  readonly invoke: (event: ScheduledEvent) => Promise<unknown>;
  readonly log: Log;
}

/** Invokes a function at an interval, first after one interval; never while it still runs. */
export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#fire(), options.everyMinutes * 60_000);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  #fire(): void {
    if (this.#running) return;
    const { name, invoke, log, region, accountId } = this.#options;
    const event = scheduledEvent(name, region, accountId);
    this.#running = invoke(event)
      .then(() => {})
      .catch((error: unknown) => log.error({ error, schedule: name }, 'a scheduled function failed'))
      .finally(() => {
        this.#running = undefined;
      });
  }
}

/** The event of an EventBridge schedule (Amazon EventBridge user guide, "Events reference"). */
export function scheduledEvent(rule: string, region: string, accountId: string): ScheduledEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: accountId,
    time: new Date().toISOString(),
    region,
    resources: [`arn:aws:events:${region}:${accountId}:rule/${rule}`],
    detail: {},
  };
}
