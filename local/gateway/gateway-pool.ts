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

/**
 * So long after a process ended, what it said has been read. Node.js doesn't
 * always tell of the disconnection when one ends while a connection is on its way to it.
 */
const LAST_WORDS_MS = 500;

/** Connections that wait while no process is there; more are refused. */
const MAX_WAITING = 1000;

/** The soap function's processes did not come up. */
export class GatewayStartError extends Error {
  override readonly name = 'GatewayStartError';
}

/** What a process of the soap function says. */
export type GatewayMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'taken'; readonly id: number }
  | { readonly type: 'changed'; readonly storeIds: readonly number[] };

/** What it is told; a connection comes along with the first. */
export type PoolMessage =
  | { readonly type: 'connection'; readonly id: number; readonly door: Door }
  | { readonly type: 'changed'; readonly storeIds: readonly number[] }
  | { readonly type: 'stop' };

export interface GatewayPoolOptions {
  readonly workers: number;
  readonly handlerFile: string;
  readonly functionArn: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly output: RotatingFile;
}

/** A process of the soap function, and the connections that it has been handed but hasn't taken yet. */
interface Worker {
  readonly child: ChildProcess;
  readonly handed: Map<number, readonly [Socket, Door]>;
}

/** Processes of the soap function; each connection goes to the next one, and a crash costs only what it was at. */
export class GatewayPool {
  readonly #log: Log;
  readonly #ready: Worker[] = [];
  readonly #children = new Set<ChildProcess>();
  readonly #waiting: (readonly [Socket, Door])[] = [];
  #options: GatewayPoolOptions | undefined;
  #stopping = false;
  #nextId = 1;

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
    const worker = this.#ready.shift();
    if (!worker) {
      if (this.#stopping || this.#waiting.length >= MAX_WAITING) socket.destroy();
      else this.#waiting.push([socket, door]);
      return;
    }
    this.#ready.push(worker);
    const id = this.#nextId++;
    worker.handed.set(id, [socket, door]);
    // Kept open here until the process says that it has it: one that is just dying takes none with it.
    const message: PoolMessage = { type: 'connection', id, door };
    worker.child.send(message, socket, { keepOpen: true }, (error) => {
      if (error) this.#log.debug({ error }, 'a connection could not be handed over');
    });
  };

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const [socket] of this.#waiting.splice(0)) socket.destroy();
    await Promise.all(
      [...this.#children].map(async (child) => {
        const exited = once(child, 'exit');
        if (child.connected) child.send({ type: 'stop' } satisfies PoolMessage, () => {});
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
    const worker: Worker = { child, handed: new Map() };
    this.#children.add(child);
    output.follow(child.stdout!);
    output.follow(child.stderr!);
    return new Promise((resolve, reject) => {
      child.on('message', (message: GatewayMessage) => {
        if (message.type === 'taken') {
          worker.handed.get(message.id)?.[0].destroy();
          worker.handed.delete(message.id);
          return;
        }
        if (message.type === 'changed') {
          for (const { child: other } of this.#ready)
            if (other !== child) other.send(message satisfies PoolMessage, () => {});
          return;
        }
        this.#ready.push(worker);
        for (const [socket, door] of this.#waiting.splice(0)) this.take(socket, door);
        resolve();
      });
      // Comes after all that the process has said, so what it hasn't taken by now it never will.
      child.once('disconnect', () => this.#takeBack(worker));
      child.once('exit', (code, signal) => {
        reject(new GatewayStartError(`The soap function ended (${signal ?? code}) while starting; its log says why.`));
        setTimeout(() => this.#takeBack(worker), child.connected ? LAST_WORDS_MS : 0);
        this.#ended(worker, String(signal ?? code));
      });
    });
  }

  #takeBack(worker: Worker): void {
    this.#dismiss(worker);
    const handed = [...worker.handed.values()];
    worker.handed.clear();
    for (const [socket, door] of handed) this.take(socket, door);
  }

  #ended(worker: Worker, how: string): void {
    this.#children.delete(worker.child);
    this.#dismiss(worker);
    if (this.#stopping) return;
    this.#log.error({ how }, 'a soap process ended; starting another');
    setTimeout(() => {
      if (!this.#stopping && this.#options) this.#startOne(this.#options).catch(() => {});
    }, RESTART_PAUSE_MS);
  }

  #dismiss(worker: Worker): void {
    const index = this.#ready.indexOf(worker);
    if (index >= 0) this.#ready.splice(index, 1);
  }
}
