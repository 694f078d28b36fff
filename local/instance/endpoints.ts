import { renameSync, writeFileSync } from 'node:fs';
import type { Credentials } from '../endpoint/credentials.ts';

/** Where a running instance answers; the content of the ready file. */
export interface Endpoints {
  readonly pid: number;
  readonly soap: {
    readonly url: string;
    /** The trusted door, as genuine system tools write it: `file:///…/server.sock`. */
    readonly socket: string;
    readonly trustedUrl?: string;
  };
  readonly smtp: { readonly host: string; readonly port: number };
  /** The page of sent mail. */
  readonly outbox: { readonly url: string };
  /** The AWS services of the local cloud: set these as AWS_ENDPOINT_URL and so on. */
  readonly cloud: { readonly url: string; readonly region: string } & Credentials;
  readonly dataApi: { readonly url: string };
  readonly database: { readonly socket: string; readonly name: string };
  readonly queues: Readonly<Record<string, string>>;
  readonly buckets: Readonly<Record<string, string>>;
  readonly data: string;
  readonly logs: string;
}

/** Writes the ready file in one step, for its owner only: it holds the key of the local cloud. */
export function writeReadyFile(file: string, endpoints: Endpoints): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}
