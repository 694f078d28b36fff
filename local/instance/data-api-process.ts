import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RotatingFile } from './rotating-file.ts';

const MAIN = fileURLToPath(new URL('data-api-main.ts', import.meta.url));

export interface DataApiSettings {
  /** The unix socket of the database server. */
  readonly socket: string;
  readonly latencyMs: number;
}

/** The Data API endpoint ended. */
export class DataApiEndedError extends Error {
  override readonly name = 'DataApiEndedError';
}

/** The Data API endpoint in a process of its own. */
export class DataApiProcess {
  readonly url: string;
  /** Settles when the process has ended, by itself or by {@link stop}. */
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, exited: Promise<void>, url: string) {
    this.#child = child;
    this.exited = exited;
    this.url = url;
  }

  static async start(
    settings: DataApiSettings,
    environment: Readonly<Record<string, string>>,
    output: RotatingFile,
  ): Promise<DataApiProcess> {
    const child = fork(MAIN, [JSON.stringify(settings)], {
      env: { ...environment },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    output.follow(child.stdout!);
    output.follow(child.stderr!);
    const exited = once(child, 'exit').then(() => {});
    const started = once(child, 'message') as Promise<[{ url: string }]>;
    const failed = exited.then(() => {
      throw new DataApiEndedError('The Data API endpoint ended while starting; its log says why.');
    });
    failed.catch(() => {});
    const [{ url }] = await Promise.race([started, failed]);
    return new DataApiProcess(child, exited, url);
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.exited;
  }
}
