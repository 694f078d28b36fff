import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../core/platform/log.ts';
import type { RotatingFile } from '../instance/rotating-file.ts';
import type { FunctionDescription } from './catalogue.ts';
import type { FunctionErrorFacts, FunctionMessage, Invocation } from './messages.ts';

const MAIN = fileURLToPath(new URL('function-main.ts', import.meta.url));

/** A process that nobody needs for so long is ended; the next invocation starts a new one, as in Lambda. */
const IDLE_MS = 10 * 60 * 1000;

/** Lambda gives the code outside of the handler 10 seconds; a busy machine gets more here. */
const START_TIMEOUT_MS = 60_000;

/** The handler threw. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
  readonly facts: FunctionErrorFacts;

  constructor(functionName: string, facts: FunctionErrorFacts) {
    super(`${functionName}: ${facts.name}: ${facts.message}`);
    this.facts = facts;
  }
}

/** The function's process ended, or was ended because it took too long, in the middle of an invocation. */
export class FunctionEndedError extends Error {
  override readonly name = 'FunctionEndedError';
}

export interface FunctionProcessOptions {
  readonly description: FunctionDescription;
  readonly handlerFile: string;
  /** The whole environment of the process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly functionArn: string;
  readonly output: RotatingFile;
  readonly log: Log;
}

interface Running {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly pending: Map<number, PromiseWithResolvers<unknown>>;
}

/** A function in a process of its own, which is started when it is needed. A crash takes nothing else with it. */
export class FunctionProcess {
  readonly #options: FunctionProcessOptions;
  #running: Running | undefined;
  #idle: NodeJS.Timeout | undefined;
  #nextId = 1;

  constructor(options: FunctionProcessOptions) {
    this.#options = options;
  }

  /** Runs the handler; throws {@link FunctionError} or {@link FunctionEndedError}. */
  async invoke(event: unknown): Promise<unknown> {
    const { description, functionArn } = this.#options;
    clearTimeout(this.#idle);
    this.#running ??= this.#start();
    const running = this.#running;
    await running.ready;

    const id = this.#nextId++;
    const answer = Promise.withResolvers<unknown>();
    running.pending.set(id, answer);
    const timeoutMs = description.timeoutSeconds * 1000;
    const invocation: Invocation = {
      type: 'invoke',
      id,
      event,
      context: {
        requestId: randomUUID(),
        functionName: description.name,
        functionArn,
        memoryMB: description.memoryMB,
        deadline: Date.now() + timeoutMs,
      },
    };
    // Lambda ends the whole environment of a function that runs out of time.
    const timer = setTimeout(() => running.child.kill('SIGKILL'), timeoutMs);
    try {
      running.child.send(invocation, (error) => {
        if (error) answer.reject(new FunctionEndedError(`${description.name} has ended`, { cause: error }));
      });
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      running.pending.delete(id);
      if (running.pending.size === 0) this.#rest();
    }
  }

  /** Ends the process once its invocations are done, at the latest after `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    clearTimeout(this.#idle);
    const running = this.#running;
    if (!running) return;
    const { child } = running;
    const deadline = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await Promise.allSettled([...running.pending.values()].map((answer) => answer.promise));
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    if (child.connected) child.disconnect();
    await exited;
    clearTimeout(deadline);
  }

  #start(): Running {
    const { description, handlerFile, environment, output, log } = this.#options;
    const child = fork(MAIN, [handlerFile], {
      env: { ...environment },
      execArgv: [`--max-old-space-size=${description.memoryMB}`],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    output.follow(child.stdout!);
    output.follow(child.stderr!);
    const pending = new Map<number, PromiseWithResolvers<unknown>>();
    const ready = Promise.withResolvers<void>();
    const startTimer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
    const running: Running = { child, ready: ready.promise, pending };

    child.on('message', (message: FunctionMessage) => {
      if (message.type === 'ready') {
        clearTimeout(startTimer);
        ready.resolve();
      } else if (message.type === 'result') {
        pending.get(message.id)?.resolve(message.result);
      } else {
        pending.get(message.id)?.reject(new FunctionError(description.name, message.error));
      }
    });
    const ended = (how: string): void => {
      clearTimeout(startTimer);
      if (this.#running === running) this.#running = undefined;
      const error = new FunctionEndedError(`${description.name} ended (${how})`);
      ready.reject(error);
      for (const answer of pending.values()) answer.reject(error);
      if (how !== '0') log.warn({ how, invocations: pending.size }, `function ${description.name} ended`);
    };
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) => ended(String(signal ?? code)));
    return running;
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      const resting = this.#running;
      if (!resting || resting.pending.size > 0) return;
      this.#running = undefined;
      if (resting.child.connected) resting.child.disconnect();
    }, IDLE_MS);
    this.#idle.unref();
  }
}
