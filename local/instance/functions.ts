import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Log } from '../../core/platform/log.ts';
import { DESCRIPTIONS, FUNCTIONS, type FunctionName } from '../functions/catalogue.ts';
import { EventSource } from '../functions/event-source.ts';
import { FunctionProcess } from '../functions/function-process.ts';
import { Schedule } from '../functions/schedule.ts';
import type { Queues } from '../queues/queues.ts';
import type { RotatingFile } from './rotating-file.ts';
import {
  ACCOUNT_ID,
  arnOfFunction,
  arnOfQueue,
  DIRECTORY_SCHEDULE,
  EVENT_SOURCES,
  QUEUES,
  REGION,
  SCHEDULES,
} from './topology.ts';

/** Functions that run when the instance stops get so long to end. */
const PATIENCE_MS = 10_000;

export interface BackgroundOptions {
  /** Folder of the functions: `<name>/handler.ts`. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly queues: Queues;
  /** Whether users come from a directory, which is then read by the clock. */
  readonly directory: boolean;
  readonly output: (name: FunctionName) => RotatingFile;
  readonly log: Log;
}

export function handlerFile(folder: string, name: FunctionName): string {
  return path.join(folder, name, 'handler.ts');
}

/** All functions but soap, with the queues and clocks that start them. */
export class BackgroundFunctions {
  readonly #options: BackgroundOptions;
  readonly #processes = new Map<string, FunctionProcess>();
  readonly #sources: EventSource[] = [];
  readonly #schedules: Schedule[] = [];

  constructor(options: BackgroundOptions) {
    this.#options = options;
    for (const name of FUNCTIONS) {
      const file = handlerFile(options.folder, name);
      if (name === 'soap' || !existsSync(file)) continue;
      const process = new FunctionProcess({
        description: DESCRIPTIONS[name],
        handlerFile: file,
        environment: { ...options.environment, AWS_LAMBDA_FUNCTION_NAME: name },
        functionArn: arnOfFunction(name),
        output: options.output(name),
        log: options.log,
      });
      this.#processes.set(name, process);
    }
  }

  /** Runs a function, or answers undefined if there is none of that name. */
  invoke(name: string, event: unknown): Promise<unknown> | undefined {
    return this.#processes.get(name)?.invoke(event);
  }

  /** Runs a function that isn't needed again soon, and ends its process. */
  async invokeOnce(name: string, event: unknown): Promise<unknown> {
    const process = this.#processes.get(name);
    const result = await process?.invoke(event);
    await process?.stop(PATIENCE_MS);
    return result;
  }

  /** Starts to feed the functions from queues and by the clock. */
  listen(): void {
    const { queues, log, directory } = this.#options;
    for (const source of EVENT_SOURCES) {
      const process = this.#processes.get(source.function);
      if (!process) {
        log.warn({ queue: QUEUES[source.queue] }, `there is no function ${source.function}; its queue only fills`);
        continue;
      }
      this.#sources.push(
        new EventSource({
          queues,
          queue: QUEUES[source.queue],
          region: REGION,
          arnOf: arnOfQueue,
          batchSize: source.batchSize,
          concurrency: source.concurrency,
          invoke: (event) => process.invoke(event),
          log,
        }),
      );
    }
    for (const schedule of directory ? [...SCHEDULES, DIRECTORY_SCHEDULE] : SCHEDULES) {
      const process = this.#processes.get(schedule.function);
      if (!process) continue;
      const { function: name, everyMinutes } = schedule;
      const invoke = (event: unknown): Promise<unknown> => process.invoke(event);
      this.#schedules.push(new Schedule({ name, everyMinutes, region: REGION, accountId: ACCOUNT_ID, invoke, log }));
    }
  }

  async stop(): Promise<void> {
    // A source waits for its batch, and a process that is stopped fails what takes too long.
    const idle = Promise.all([...this.#sources, ...this.#schedules].map((starter) => starter.stop()));
    const late = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS).unref());
    await Promise.race([idle, late]);
    await Promise.all([...this.#processes.values()].map((process) => process.stop(1_000)));
    await idle;
  }
}
