/** Starts the cloud on this machine and stays until it is told to stop. */

import { ensureDemoUsers } from './instance/demo-users.ts';
import { writeReadyFile } from './instance/endpoints.ts';
import { greeting } from './instance/greeting.ts';
import { type Instance, startInstance } from './instance/instance.ts';
import { type InstanceOptions, parseOptions, USAGE, UsageError } from './instance/options.ts';

const startedAt = performance.now();

/** What this process makes is for its owner only: sockets, keys, mail. */
process.umask(0o077);

function say(line: string): void {
  process.stderr.write(`[${((performance.now() - startedAt) / 1000).toFixed(1)} s] ${line}\n`);
}

process.exit(await run());

async function run(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (!options) {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
    const told = stopSignal();
    const starting = startInstance(options, say);
    const instance = await Promise.race([starting, told.then(() => undefined)]);
    // Told to stop while starting: what has been started is stopped as soon as it can be.
    if (!instance) {
      await starting.then((started) => started.stop()).catch(() => {});
      return 0;
    }
    return await serve(instance, told, options);
  } catch (error) {
    const known = error instanceof Error && error.constructor !== Error && error.constructor !== TypeError;
    process.stderr.write(`${known ? error.message : (error as Error).stack}\n`);
    if (error instanceof UsageError) process.stderr.write(`\n${USAGE}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function serve(instance: Instance, told: Promise<void>, options: InstanceOptions): Promise<number> {
  const { demo, readyFile } = options;
  const kept = options.data !== undefined;
  try {
    // The demo users belong to no company.
    const users = demo && !instance.hosted ? await ensureDemoUsers(instance, say) : [];
    if (readyFile) writeReadyFile(readyFile, instance.endpoints);
    say('Ready.');
    process.stdout.write(greeting(instance.endpoints, users, kept));
    await Promise.race([told, instance.failed]);
    say('Stopping …');
    return 0;
  } finally {
    await instance.stop();
    say(kept ? 'Stopped; everything is kept.' : 'Stopped; nothing is kept.');
  }
}

/** A launcher may pass on a signal that has come here by itself; only what comes later is somebody's second wish. */
const ECHO_MS = 2_000;

/** Resolves at the first request to stop; another one, later, ends at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const ask = (): void => {
      if (askedAt !== undefined && performance.now() - askedAt > ECHO_MS) process.exit(130);
      askedAt ??= performance.now();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
    // The launcher holds the other end; if it is gone, nobody is left to stop this process.
    process.once('disconnect', resolve);
  });
}
