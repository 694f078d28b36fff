import { MAPI_FOLDER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import { type PropertyTag, propertyId, unicodeTag } from '../../mapi/property.ts';
import * as tags from '../../mapi/tags.ts';
import {
  OBJECT_COLUMN_NAMES,
  OBJECT_COLUMNS,
  objectColumns,
  type ParentRow,
  type RawDocuments,
  type RawObjectRow,
} from '../object-row.ts';
import { isInstanceColumn, severalTag } from './cells.ts';
import { COMPUTED_IDS } from './message-columns.ts';
import {
  areFew,
  areMirrored,
  countTexts,
  isSmall,
  mirroredProps,
  partOfOverflow,
  partOfProps,
} from './partial-document.ts';
import type { StorePlace } from './store-place.ts';
import type { StoreRowExtras } from './store-row.ts';

/** Documents of one statement, the second where rows are many; in JSON they may grow to twice their size. */
const DOCUMENT_BYTES = 400_000;
const DOCUMENT_BYTES_OF_MANY = 300_000;

/** A message as it is selected besides its key. */
export type RawMessageRow = RawObjectRow &
  Partial<RawDocuments> & {
    readonly x_deleted_on?: Buffer | null;
    readonly x_store_entry_id?: Buffer | null;
    readonly x_parent_name?: string | null;
    readonly x_outgoing?: number | null;
    readonly x_guid?: number;
    readonly p_id?: number | null;
    readonly p_kind?: number;
    readonly p_parent_id?: number;
    readonly p_entry_id?: Buffer | null;
    readonly p_source_key?: Buffer | null;
  };

/** What is selected of the folder `p` that a row lies in. */
export const PARENT_COLUMNS =
  'p.id AS p_id, p.kind AS p_kind, p.parent_id AS p_parent_id, p.entry_id AS p_entry_id, p.source_key AS p_source_key';

/** The folder of a row selected with {@link PARENT_COLUMNS}. */
export const readParent = (raw: RawMessageRow): ParentRow => ({
  id: raw.o_parent_id,
  kind: raw.p_kind ?? MAPI_FOLDER,
  parentId: raw.p_parent_id ?? 0,
  gone: false,
  entryId: raw.p_entry_id ?? null,
  sourceKey: raw.p_source_key ?? null,
});

/** What is to be known of the rows. */
export interface Wanted {
  readonly columns: readonly PropertyTag[];
  /** Properties that are evaluated, for which values must be whole. */
  readonly evaluated: readonly PropertyTag[];
  /** All values must be whole. */
  readonly whole: boolean;
  /** Documents are needed, if only to see whether there is more elsewhere. */
  readonly documents: boolean;
  /** Of the objects nothing else is needed. They lie in one folder, whose place tells what is the same for all. */
  readonly bare?: boolean;
  /** Rows are many, so that one more statement for those that are unusual doesn't matter. */
  readonly many?: boolean;
}

/**
 * Whether documents are made of what columns repeat. Where a column doesn't have all, `o_props` is empty then, and the
 * row is to be read once more.
 */
export function byColumns(wanted: Wanted): boolean {
  const stored = storedOf([...wanted.columns, ...wanted.evaluated]);
  return wanted.many === true && wanted.bare === true && !wanted.documents && stored.length > 0 && areMirrored(stored);
}

/** What only some tables ask for, and how it is selected. */
const EXTRAS: readonly (readonly [PropertyTag, string])[] = [
  [tags.PR_DELETED_ON, 'o.deleted_on AS x_deleted_on'],
  [tags.PR_STORE_ENTRYID, '(SELECT s.entry_id FROM object s WHERE s.id = o.store_id) AS x_store_entry_id'],
  [tags.PR_PARENT_DISPLAY, '(SELECT f.name FROM folder f WHERE f.id = o.parent_id) AS x_parent_name'],
  [
    tags.PR_EC_OUTGOING_FLAGS,
    '(SELECT q.flags FROM outgoing q WHERE q.object_id = o.id AND q.flags & 1 = 1) AS x_outgoing',
  ],
  [tags.PR_MAPPING_SIGNATURE, '1 AS x_guid'],
];

/** Select list for rows in an order: no more documents than a response has room for. */
export function messageSelection(wanted: Wanted, order: string): string {
  const all = [...wanted.columns, ...wanted.evaluated];
  const ids = new Set(all.map(propertyId));
  const list = [
    wanted.bare ? bareColumns(ids) : OBJECT_COLUMNS,
    ...EXTRAS.filter(([tag]) => ids.has(propertyId(tag))).map(([, sql]) => sql),
  ];
  const stored = storedOf(all);
  if (stored.length === 0 && !wanted.documents) return list.join(', ');
  if (byColumns(wanted)) {
    list.push(`${mirroredProps(stored)} AS o_props`);
    return list.join(', ');
  }
  const whole = wanted.whole || storedOf(wanted.evaluated).length > 0;
  const few = areFew(stored);
  const props = few ? partOfProps(stored) : 'o.props';
  if (few && stored.every(isSmall)) {
    list.push(`${props} AS o_props`);
    return list.join(', ');
  }
  const overflow = few ? partOfOverflow(stored) : 'o.overflow';
  const size = `LENGTH(${props})${whole ? ` + COALESCE(LENGTH(${overflow}), 0)` : ''}`;
  const most = wanted.bare ? DOCUMENT_BYTES_OF_MANY : DOCUMENT_BYTES;
  const fits = `(SUM(${size}) OVER (ORDER BY ${order}) <= ${most} OR ROW_NUMBER() OVER (ORDER BY ${order}) = 1)`;
  list.push(`IF(${fits}, ${props}, NULL) AS o_props`);
  if (whole) list.push(`IF(${fits}, ${overflow}, NULL) AS o_overflow`);
  return list.join(', ');
}

/** What only some tables ask for, of a selected row. */
export const extrasOf = (raw: RawMessageRow, serverGuid: Buffer | undefined): StoreRowExtras => ({
  ...(raw.x_deleted_on !== undefined && { deletedOn: raw.x_deleted_on }),
  ...(raw.x_store_entry_id !== undefined && { storeEntryId: raw.x_store_entry_id }),
  ...(raw.x_parent_name !== undefined && { parentName: raw.x_parent_name }),
  ...(raw.x_outgoing !== undefined && { outgoingFlags: raw.x_outgoing }),
  ...(raw.x_guid !== undefined && serverGuid && { serverGuid }),
});

/** Properties that the row's columns tell, so that its document needn't be read. */
const COLUMN_TAGS: ReadonlySet<PropertyTag> = new Set([
  tags.PR_MESSAGE_FLAGS,
  tags.PR_MESSAGE_SIZE,
  tags.PR_HASATTACH,
  tags.PR_MSG_STATUS,
  tags.PR_EC_IMAP_ID,
  tags.PR_CHANGE_KEY,
  tags.PR_PREDECESSOR_CHANGE_LIST,
  tags.PR_DELETED_ON,
]);

/** The property of which a column shows values. */
function storedTag(column: PropertyTag): PropertyTag {
  const tag = unicodeTag(isInstanceColumn(column) ? severalTag(column) : column);
  return tag === tags.PR_NORMALIZED_SUBJECT ? tags.PR_SUBJECT : tag;
}

const liesInDocument = (tag: PropertyTag): boolean => !COLUMN_TAGS.has(tag) && !COMPUTED_IDS.has(propertyId(tag));

/** The properties of these columns that lie in the document. */
const storedOf = (columns: readonly PropertyTag[]): PropertyTag[] =>
  [...new Set(columns.map(storedTag))].filter(liesInDocument);

/** Which properties need a column; those without an entry need none, or are of the place. */
const NEEDED_FOR: Partial<Record<(typeof OBJECT_COLUMN_NAMES)[number], readonly PropertyTag[]>> = {
  owner_id: [tags.PR_RIGHTS, tags.PR_ACCESS, tags.PR_ACCESS_LEVEL],
  entry_id: [tags.PR_ENTRYID, tags.PR_LONGTERM_ENTRYID_FROM_TABLE, tags.PR_RECORD_KEY],
  source_key: [tags.PR_SOURCE_KEY],
  change_key: [tags.PR_CHANGE_KEY],
  predecessors: [tags.PR_PREDECESSOR_CHANGE_LIST],
  message_flags: [tags.PR_MESSAGE_FLAGS, tags.PR_CONTENT_UNREAD],
  message_status: [tags.PR_MSG_STATUS],
  size: [tags.PR_MESSAGE_SIZE],
  imap_id: [tags.PR_EC_IMAP_ID],
  has_attach: [tags.PR_HASATTACH],
};

const bareColumns = (ids: ReadonlySet<number>): string =>
  objectColumns([
    'id',
    ...OBJECT_COLUMN_NAMES.filter((name) => NEEDED_FOR[name]?.some((tag) => ids.has(propertyId(tag)))),
  ]);

/** Of a row that was selected bare, what is the same for all of its place. */
export const bareRow = (raw: Partial<RawObjectRow> & Pick<RawObjectRow, 'o_id'>, place: StorePlace): RawObjectRow => ({
  o_store_id: place.store.id,
  o_parent_id: place.folder.id,
  o_kind: MAPI_MESSAGE,
  o_associated: Number(place.associated),
  o_deleted: Number(place.deleted),
  o_owner_id: 0,
  o_version: 0,
  o_instance_id: null,
  o_entry_id: null,
  o_source_key: null,
  o_change_key: null,
  o_predecessors: null,
  o_message_flags: 0,
  o_message_status: null,
  o_size: 0,
  o_imap_id: 0,
  o_has_attach: 0,
  ...raw,
});

/** Rows of one statement, of whatever was selected: below 2 KB each, of the 1 MiB of a response. */
export const MOST_ROWS = 256;
/** Rows selected bare with keys of 255 bytes, and without. */
const MOST_WITH_KEYS = 600;
const MOST_BARE = 1_000;
const KEYS = [tags.PR_SOURCE_KEY, tags.PR_CHANGE_KEY];

/** How many rows with these columns a response has surely room for, besides documents. */
export function mostRows(wanted: Wanted): number {
  const all = [...wanted.columns, ...wanted.evaluated];
  const stored = storedOf(all);
  if (!wanted.bare || !areFew(stored)) return MOST_ROWS;
  const ids = new Set(all.map(propertyId));
  if (ids.has(propertyId(tags.PR_PREDECESSOR_CHANGE_LIST))) return MOST_ROWS;
  if (EXTRAS.some(([tag]) => ids.has(propertyId(tag)))) return MOST_ROWS;
  // Texts of columns in their longest form: each character an escape sequence within one.
  const most = byColumns(wanted) ? Math.floor(MOST_BARE / Math.max(countTexts(stored), 1)) : MOST_BARE;
  return Math.min(most, KEYS.some((tag) => ids.has(propertyId(tag))) ? MOST_WITH_KEYS : MOST_BARE);
}
