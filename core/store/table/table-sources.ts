import type { Identity } from '../../directory/identity.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import { PR_MSG_STATUS } from '../../mapi/tags.ts';
import type { Database } from '../../platform/database.ts';
import type { Platform } from '../../platform/platform.ts';
import { SearchSource, searchPlace } from '../search/search-source.ts';
import { addressBookEntries } from './address-book-source.ts';
import { CategorySource } from './category-source.ts';
import { ALWAYS_COLUMNS } from './default-columns.ts';
import { EverybodySource, isIndexed } from './everybody-source.ts';
import { folderColumns, folderRows } from './folder-rows.ts';
import { instanceColumn, messageRows } from './instance-rows.ts';
import { mailboxRows, userStoreRows } from './mailbox-rows.ts';
import { type MemoryRow, type MemoryRows, MemorySource } from './memory-source.ts';
import { MessageSource } from './message-source.ts';
import { OUTGOING_COLUMNS, outgoingRows } from './outgoing-rows.ts';
import type { RowSource, RowView } from './row-source.ts';
import { companyRows, serverRows, sessionRows, systemRows, userRows } from './statistics-rows.ts';
import type { StorePlace } from './store-place.ts';
import { EC_TABLE_NOCAP, type TableState, type TableSubject } from './table-state.ts';

/** What rows are read with. */
export interface TableReader {
  readonly platform: Platform;
  /** Counts the round trips of the request. */
  readonly database: Database;
  readonly identity: Identity;
}

/** The rows of a table. */
export function rowsOf(reader: TableReader, state: TableState): RowSource {
  const { subject } = state;
  const view: RowView = { columns: state.columns, sort: state.sort, restriction: state.restriction };
  if (state.categories > 0 && state.sort.length > 0) return categoriesOf(reader, state, view);
  switch (subject.kind) {
    case 'contents':
      return contents(reader, state, subject.place, view);
    case 'search':
      return new SearchSource(async () => contents(reader, state, await searchPlace(reader, subject.place), view));
    case 'address book':
      return isIndexed(subject.table, view)
        ? new EverybodySource(reader, view)
        : new MemorySource(view, listOf(reader, subject, view));
    default:
      return new MemorySource(view, listOf(reader, subject, view));
  }
}

function contents(reader: TableReader, state: TableState, place: StorePlace, view: RowView): RowSource {
  if (instanceColumn(view) === undefined) return messagesOf(reader, state, place, view);
  const messages = messagesOf(reader, state, place, { columns: view.columns, sort: [] });
  return new MemorySource(
    view,
    messageRows(() => Promise.resolve(messages), view),
  );
}

function messagesOf(reader: TableReader, state: TableState, place: StorePlace, view: RowView): MessageSource {
  const whole = (state.flags & EC_TABLE_NOCAP) !== 0;
  return new MessageSource(reader.platform, reader.database, place, view, whole);
}

function categoriesOf(reader: TableReader, state: TableState, view: RowView): CategorySource {
  const { subject, sort, categories: count, expanded, changed } = state;
  const how = { sort, count, expanded, changed };
  if (subject.kind !== 'contents' && subject.kind !== 'search')
    return new CategorySource(view, listOf(reader, subject, view), how);
  // A database restricts messages sooner than the rows of their values.
  const isManifold = instanceColumn(view) !== undefined;
  const listed = { columns: view.columns, sort: [], restriction: isManifold ? undefined : view.restriction };
  const shown = isManifold ? view : { ...view, restriction: undefined };
  const place = () => (subject.kind === 'search' ? searchPlace(reader, subject.place) : subject.place);
  const open = async () => messagesOf(reader, state, await place(), listed);
  return new CategorySource(shown, messageRows(open, shown), how);
}

type ListSubject = Exclude<TableSubject, { kind: 'contents' | 'search' }>;

/** Tables that are short enough to be read as a whole. */
function listOf(reader: TableReader, subject: ListSubject, { restriction }: RowView): MemoryRows {
  switch (subject.kind) {
    case 'hierarchy':
      return { load: () => folderRows(reader, subject.place, subject.deep), columns: folderColumns };
    case 'address book':
      return addressBookEntries(reader, subject, restriction);
    default:
      return { load: () => listed(reader, subject), columns: () => allColumns(subject) };
  }
}

type Listed = Exclude<ListSubject, { kind: 'hierarchy' | 'address book' }>;

/** Rows of tables that are small and of no folder. */
function listed(reader: TableReader, subject: Listed): Promise<MemoryRow[]> {
  switch (subject.kind) {
    case 'nothing':
      return Promise.resolve([]);
    case 'outgoing':
      return outgoingRows(reader, subject.storeId);
    case 'user stores':
      return userStoreRows(reader);
    case 'mailboxes':
      return mailboxRows(reader);
    case 'system statistics':
      return systemRows(reader);
    case 'session statistics':
      return sessionRows(reader);
    case 'user statistics':
      return userRows(reader);
    case 'company statistics':
      return companyRows(reader);
    case 'server statistics':
      return serverRows();
  }
}

/** Statistics and lists of stores name no columns (observed on 11.0.2). */
const allColumns = (subject: Listed): readonly PropertyTag[] => {
  if (subject.kind === 'outgoing') return OUTGOING_COLUMNS;
  return subject.kind === 'nothing' ? [...ALWAYS_COLUMNS, PR_MSG_STATUS] : [];
};
