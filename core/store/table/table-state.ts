import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AddressBookTable } from '../../directory/address-book.ts';
import { KopanoError } from '../../mapi/error.ts';
import { KCERR_TOO_COMPLEX } from '../../mapi/error-codes.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import type { Restriction } from '../../mapi/restriction.ts';
import type { SortKey } from '../../mapi/sort-order.ts';
import type { Position } from './row-source.ts';
import { fromJson, toJson } from './state-json.ts';
import type { StorePlace } from './store-place.ts';

/** What a table lists. */
export type TableSubject =
  | { readonly kind: 'contents'; readonly place: StorePlace }
  /** Of a search folder. */
  | { readonly kind: 'search'; readonly place: StorePlace }
  | { readonly kind: 'hierarchy'; readonly place: StorePlace; readonly deep: boolean }
  /** What can't be seen: a table without rows (observed on 11.0.2 for folders without the right to read). */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'address book'; readonly table: AddressBookTable }
  | { readonly kind: 'outgoing'; readonly storeId: number }
  | { readonly kind: 'user stores' | 'mailboxes' }
  | {
      readonly kind:
        | 'system statistics'
        | 'session statistics'
        | 'user statistics'
        | 'company statistics'
        | 'server statistics';
    };

export interface Bookmark {
  readonly position: Position;
  /** Number of its row when it was made. */
  readonly row: number;
}

/** Everything there is to know of an open table; any function can go on from it. */
export interface TableState {
  readonly subject: TableSubject;
  /** Flags of tableOpen: MAPI_UNICODE, EC_TABLE_NOCAP. */
  readonly flags: number;
  readonly columns: readonly PropertyTag[];
  readonly sort: readonly SortKey[];
  /** How many of the sort keys are categories, and how many of those are expanded at first. */
  readonly categories: number;
  readonly expanded: number;
  /** Categories that were expanded or collapsed since, by their numbers. */
  readonly changed: Readonly<Record<string, boolean>>;
  readonly restriction?: Restriction | undefined;
  readonly position: Position;
  /** By their numbers; numbers aren't used again. */
  readonly bookmarks: Readonly<Record<string, Bookmark>>;
  readonly nextBookmark: number;
}

/** Flag of tableOpen: texts and binaries aren't cut to the size of a cell. */
export const EC_TABLE_NOCAP = 0x40000000;

/** The numbers of bookmarks of a table's own; below them are the beginning, the current row and the end. */
const FIRST_BOOKMARK = 3;

/** A table as it is opened. */
export const openedTable = (
  subject: TableSubject,
  flags: number,
  columns: readonly PropertyTag[],
  sort: readonly SortKey[] = [],
): TableState => ({
  subject,
  flags,
  columns,
  sort,
  categories: 0,
  expanded: 0,
  changed: {},
  position: 'start',
  bookmarks: {},
  nextBookmark: FIRST_BOOKMARK,
});

/** States longer than this are kept compressed. */
const PLAIN_CHARACTERS = 4_096;
/** Most that a state may take of the 64 KB of a result row, which has the session and the object besides. */
const MOST_CHARACTERS = 40_000;
/** Marks a compressed state; JSON begins otherwise. */
const COMPRESSED = 'z';

/** The text of a state; throws KCERR_TOO_COMPLEX for one that no row has room for. */
export function encodeTableState(state: TableState): string {
  const plain = JSON.stringify(toJson(state));
  if (plain.length <= PLAIN_CHARACTERS) return plain;
  const compressed = `${COMPRESSED}${deflateRawSync(plain).toString('base64')}`;
  if (compressed.length > MOST_CHARACTERS)
    throw new KopanoError(KCERR_TOO_COMPLEX, 'columns, sort order and restriction of the table are too long');
  return compressed;
}

export function decodeTableState(text: string): TableState {
  const plain = text.startsWith(COMPRESSED) ? inflateRawSync(Buffer.from(text.slice(1), 'base64')).toString() : text;
  return fromJson(JSON.parse(plain)) as TableState;
}
