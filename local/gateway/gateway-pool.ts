import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../core/platform/log.ts';
import { DESCRIPTIONS } from '../functions/catalogue.ts';
import type { RotatingFile } from '../instance/rotating-file.ts';
import type { Door } from './proxy-event.ts';

const MAIN = fileURLToPath(new URL('gateway-main.ts', import.meta.url));

/** A process that ends is started anew after this, so that one that can't start doesn't take the machine. */
const RESTART_PAUSE_MS = 500;

/** Connections that wait while no process is there; more are refused. */
const MAX_WAITING = 1000;

/** The soap function's processes did not come up. */
export class GatewayStartError extends Error {
  override readonly name = 'GatewayStartError';
}

export interface GatewayPoolOptions {
  readonly workers: number;
  readonly handlerFile: string;
  readonly functionArn: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly output: RotatingFile;
}

/** Processes of the soap function; each connection goes to the next one, and a crash costs only what it was at. */
export class GatewayPool {
  readonly #log: Log;
  readonly #ready: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();
  readonly #waiting: [Socket, Door][] = [];
  #options: GatewayPoolOptions | undefined;
  #stopping = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Resolves when all processes are ready; throws {@link GatewayStartError}. Connections that came before have waited. */
  async start(options: GatewayPoolOptions): Promise<void> {
    this.#options = options;
    await Promise.all(Array.from({ length: options.workers }, () => this.#startOne(options)));
  }

  /** Hands a connection to a process. */
  readonly take = (socket: Socket, door: Door): void => {
    const next = this.#ready.shift();
    if (!next) {
      if (this.#stopping || this.#waiting.length >= MAX_WAITING) socket.destroy();
      else this.#waiting.push([socket, door]);
      return;
    }
    this.#ready.push(next);
    next.send({ type: 'connection', door }, socket, (error) => {
      if (error) socket.destroy();
    });
  };

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const [socket] of this.#waiting.splice(0)) socket.destroy();
    await Promise.all(
      [...this.#all].map(async (child) => {
        const exited = once(child, 'exit');
        if (child.connected) child.send({ type: 'stop' }, () => {});
        await exited;
      }),
    );
  }

  #startOne({ handlerFile, functionArn, environment, output }: GatewayPoolOptions): Promise<void> {
    const child = fork(MAIN, [handlerFile, functionArn], {
      env: { ...environment },
      execArgv: [`--max-old-space-size=${DESCRIPTIONS.soap.memoryMB}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#all.add(child);
    output.follow(child.stdout!);
    output.follow(child.stderr!);
    return new Promise((resolve, reject) => {
      child.once('message', () => {
        this.#ready.push(child);
        for (const [socket, door] of this.#waiting.splice(0)) this.take(socket, door);
        resolve();
      });
      child.once('exit', (code, signal) => {
        reject(new GatewayStartError(`The soap function ended (${signal ?? code}) while starting; its log says why.`));
        this.#ended(child, String(signal ?? code));
      });
    });
  }

  #ended(child: ChildProcess, how: string): void {
    this.#all.delete(child);
    const index = this.#ready.indexOf(child);
    if (index >= 0) this.#ready.splice(index, 1);
    if (this.#stopping) return;
    this.#log.error({ how }, 'a soap process ended; starting another');
    setTimeout(() => {
      if (!this.#stopping && this.#options) this.#startOne(this.#options).catch(() => {});
    }, RESTART_PAUSE_MS);
  }
}
