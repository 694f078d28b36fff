import type { Identity } from '../../directory/identity.ts';
import type { Database } from '../../platform/database.ts';
import type { Platform } from '../../platform/platform.ts';
import { addressBookSource } from './address-book-source.ts';
import { folderColumns, folderRows } from './folder-rows.ts';
import { instanceColumn, instanceSource } from './instance-rows.ts';
import { MemorySource } from './memory-source.ts';
import { MessageSource } from './message-source.ts';
import type { RowSource, RowView } from './row-source.ts';
import { EC_TABLE_NOCAP, type TableState } from './table-state.ts';

/** What rows are read with. */
export interface TableReader {
  readonly platform: Platform;
  /** Counts the round trips of the request. */
  readonly database: Database;
  readonly identity: Identity;
}

/** The rows of a table. */
export function rowsOf(reader: TableReader, state: TableState): RowSource {
  const { platform, database, identity } = reader;
  const { subject } = state;
  const view: RowView = { columns: state.columns, sort: state.sort, restriction: state.restriction };
  switch (subject.kind) {
    case 'contents': {
      const whole = (state.flags & EC_TABLE_NOCAP) !== 0;
      const column = instanceColumn(view);
      if (column === undefined) return new MessageSource(platform, database, subject.place, view, whole);
      const all = { columns: view.columns, sort: [] };
      return instanceSource(new MessageSource(platform, database, subject.place, all, whole), column, view);
    }
    case 'hierarchy':
      return new MemorySource(view, {
        load: () => folderRows(platform, database, identity, subject.place, subject.deep),
        columns: folderColumns,
      });
    case 'address book':
      return addressBookSource(reader, subject, view);
    default:
      return new MemorySource(view, { load: async () => [], columns: () => [] });
  }
}
