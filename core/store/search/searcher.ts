import type { Database } from '../../platform/database.ts';
import type { Platform } from '../../platform/platform.ts';
import type { StoreRow } from '../object-row.ts';

/** What search folders of a store are looked into with. */
export interface Searcher {
  readonly platform: Platform;
  /** Counts the round trips of the request. */
  readonly database: Database;
  /** The store that the search folders lie in. */
  readonly store: StoreRow;
}
