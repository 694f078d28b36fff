import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Endpoints } from '../../../local/instance/endpoints.ts';

const MAIN = fileURLToPath(new URL('../../../local/start.ts', import.meta.url));

const START_TIMEOUT_MS = 120_000;

/** What can be killed: all processes at once as by a power cut, the one that holds the others, or one of those. */
export type Victim = 'everything' | 'instance' | 'database' | 'data api' | 'dagent' | 'spooler' | 'soap';

/** How the command line of a part's process is known. */
const MARKS: Readonly<Record<Exclude<Victim, 'everything' | 'instance'>, RegExp>> = {
  database: /mariadbd/,
  'data api': /data-api-main\.ts/,
  dagent: /function-main\.ts .*\/dagent\//,
  spooler: /function-main\.ts .*\/spooler\//,
  soap: /gateway-main\.ts/,
};

/** An instance as `npm start` runs it, in processes of its own that can be killed without warning. */
export class KillableInstance {
  readonly endpoints: Endpoints;
  /** Settles when the instance has ended, however. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ended: Promise<void>, endpoints: Endpoints) {
    this.#child = child;
    this.ended = ended;
    this.endpoints = endpoints;
  }

  /** Starts an instance on a data directory, with free ports. */
  static async start(data: string, more: readonly string[] = []): Promise<KillableInstance> {
    const readyFile = path.join(data, 'ready.json');
    rmSync(readyFile, { force: true });
    const ports = ['--port', '0', '--smtp-port', '0', '--outbox-port', '0'];
    const args = [MAIN, '--data', data, ...ports, '--ready-file', readyFile, ...more];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    let running = true;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve())).then(() => {
      running = false;
    });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!existsSync(readyFile)) {
      if (!running) throw new Error(`The instance ended while it started:\n${said}`);
      if (Date.now() > deadline) throw new Error(`The instance was not ready in time:\n${said}`);
      await pause(20);
    }
    return new KillableInstance(child, ended, JSON.parse(readFileSync(readyFile, 'utf8')) as Endpoints);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Kills without warning; answers whether there was something to kill. */
  kill(victim: Victim): boolean {
    if (!this.running) return false;
    const instance = this.#child.pid!;
    const below = descendants(instance);
    const pids = ((): number[] => {
      if (victim === 'instance') return [instance];
      if (victim === 'everything') return [instance, ...below.map(({ pid }) => pid)];
      return below.filter(({ command }) => MARKS[victim].test(command)).map(({ pid }) => pid);
    })();
    for (const pid of pids) kill(pid);
    return pids.length > 0;
  }

  /** Ends the instance in order. */
  async stop(): Promise<void> {
    if (this.running) this.#child.kill('SIGTERM');
    await this.ended;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It ended by itself, or with the one before it.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All processes below one, children before grandchildren. */
export function descendants(root: number): Process[] {
  const all = existsSync('/proc/self/stat') ? fromProc() : fromPs();
  const found: Process[] = [];
  for (let parents = new Set([root]); parents.size > 0; ) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map(({ pid }) => pid));
  }
  return found;
}

/** A bare Debian has no `ps`. */
function fromProc(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The name in brackets may hold brackets and spaces; behind it stand state and parent.
        const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

function fromPs(): Process[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,command='], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line);
    return match ? [{ pid: Number(match[1]), parent: Number(match[2]), command: match[3]! }] : [];
  });
}
