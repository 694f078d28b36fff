import type { Identity } from '../directory/identity.ts';
import type { Database } from '../platform/database.ts';
import type { Platform } from '../platform/platform.ts';

/** Who changes the store, with what: every writing function takes one. */
export interface Actor {
  readonly platform: Platform;
  /** Counts the round trips of the request. */
  readonly database: Database;
  readonly identity: Identity;
}
