import type { Identity } from '../../directory/identity.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import { PR_MSG_STATUS } from '../../mapi/tags.ts';
import type { Database } from '../../platform/database.ts';
import type { Platform } from '../../platform/platform.ts';
import { SearchSource, searchPlace } from '../search/search-source.ts';
import { addressBookSource } from './address-book-source.ts';
import { ALWAYS_COLUMNS } from './default-columns.ts';
import { folderColumns, folderRows } from './folder-rows.ts';
import { instanceColumn, instanceSource } from './instance-rows.ts';
import { mailboxRows, userStoreRows } from './mailbox-rows.ts';
import { type MemoryRow, MemorySource } from './memory-source.ts';
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
  switch (subject.kind) {
    case 'contents':
      return contents(reader, state, subject.place, view);
    case 'search':
      return new SearchSource(async () => contents(reader, state, await searchPlace(reader, subject.place), view));
    case 'hierarchy':
      return new MemorySource(view, {
        load: () => folderRows(reader, subject.place, subject.deep),
        columns: folderColumns,
      });
    case 'address book':
      return addressBookSource(reader, subject, view);
    default:
      return new MemorySource(view, { load: () => listed(reader, subject), columns: () => allColumns(subject) });
  }
}

function contents({ platform, database }: TableReader, state: TableState, place: StorePlace, view: RowView): RowSource {
  const whole = (state.flags & EC_TABLE_NOCAP) !== 0;
  const column = instanceColumn(view);
  if (column === undefined) return new MessageSource(platform, database, place, view, whole);
  const all = { columns: view.columns, sort: [] };
  return instanceSource(new MessageSource(platform, database, place, all, whole), column, view);
}

type Listed = Exclude<TableSubject, { kind: 'contents' | 'search' | 'hierarchy' | 'address book' }>;

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
