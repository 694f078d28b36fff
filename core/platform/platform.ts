import type { Blobs } from './blobs.ts';
import type { Clock } from './clock.ts';
import type { Database } from './database.ts';
import type { DirectoryAccess } from './directory-access.ts';
import type { Log } from './log.ts';
import type { Spool } from './spool.ts';

/** What every domain function may use of the outside world; built once per function instance. */
export interface Platform {
  readonly database: Database;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: ServerSettings;
  /** The ways to the spooler; absent in functions that never have mail to send. */
  readonly spool?: Spool | undefined;
  /** Where users come from, if not from the own database. */
  readonly directory?: DirectoryAccess | undefined;
}

/** Settings of the site, from the environment of the function. */
export interface ServerSettings {
  /** What the server calls itself on the wire; `Unknown` without configuration (observed on 11.0.2). */
  readonly serverName: string;
  /** Hosted mode: principals belong to companies. */
  readonly hosted: boolean;
  /** Messages nested in attachments deeper than this are refused (original default 20). */
  readonly embeddedMessageLimit: number;
  /** Limits of mailboxes for which neither user nor company has any; without, none. */
  readonly userQuota?: QuotaLimits;
  /** The same for the public stores of companies. */
  readonly companyQuota?: QuotaLimits;
}

/** Limits of a store in bytes; 0 is none. */
export interface QuotaLimits {
  readonly warn: number;
  readonly soft: number;
  readonly hard: number;
}
