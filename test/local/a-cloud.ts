import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Log } from '../../core/platform/log.ts';
import { type Cloud, type CloudOptions, startCloud } from '../../local/instance/cloud.ts';
import { DataDirectory } from '../../local/instance/data-directory.ts';
import { Teardown } from '../../local/instance/teardown.ts';
import { queues } from '../../local/instance/topology.ts';

export const silent: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silent,
};

/** A folder of a test's own that vanishes. */
export function aFolder(): Disposable & { readonly path: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'kgc-test-'));
  return { path: folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface TestCloud extends Cloud, AsyncDisposable {
  /** For clients of the SDK. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/** Queues, buckets and mail of an instance, without a database and functions. */
export async function aCloud(options: Partial<CloudOptions> = {}): Promise<TestCloud> {
  const teardown = new Teardown();
  const directory = options.directory ?? DataDirectory.throwAway();
  teardown.add(() => directory.close());
  const cloud = await startCloud(
    { directory, queueAttributes: queues(), localDomains: ['demo.local'], durable: true, log: silent, ...options },
    teardown,
  );
  const { accessKeyId, secretAccessKey } = cloud.credentials;
  return {
    ...cloud,
    client: { endpoint: cloud.url, region: 'local', credentials: { accessKeyId, secretAccessKey } },
    [Symbol.asyncDispose]: () => teardown.run(),
  };
}

/** Waits until `condition` holds, at most 10 s. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
