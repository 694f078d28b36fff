import { MAPI_FOLDER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Property } from '../../mapi/property.ts';
import { allows, grantsOn, mayReadMessages } from '../access.ts';
import { searchPlace } from '../search/search-source.ts';
import { cellOf } from '../table/cells.ts';
import { instanceColumn } from '../table/instance-rows.ts';
import type { RowKey, RowSource, SourceRow } from '../table/row-source.ts';
import type { StorePlace } from '../table/store-place.ts';
import { rowsOf, type TableReader } from '../table/table-sources.ts';
import type { TableState } from '../table/table-state.ts';
import { findTarget } from '../target.ts';
import {
  type Affected,
  affectedFolders,
  affectedMessages,
  affectedResults,
  changedMessages,
  type Stretch,
  TABLE_CHANGE_THRESHOLD,
} from './affected.ts';
import { listName, MOST_MEMBERS, type Remembered } from './members.ts';

/** Events of tables (MS-OXCNOTIF 2.2.1.1.1; mapidefs of the clients). */
export const TABLE_CHANGED = 1;
export const TABLE_ROW_ADDED = 3;
export const TABLE_ROW_DELETED = 4;
export const TABLE_ROW_MODIFIED = 5;

/** What happened in a table. */
export interface TableEvent {
  readonly event: number;
  /** Type of the objects in the rows. */
  readonly kind: number;
  /** The row; absent where all of the table changed. */
  readonly key?: RowKey;
  /** The row before it; absent for the first. */
  readonly prior?: RowKey;
  /** Its cells, unless it went. */
  readonly cells?: readonly Property[];
}

/** Events in an order in which a client can follow them, and what is remembered from now on. */
export interface News {
  readonly events: readonly TableEvent[];
  readonly remembered: Remembered;
}

/** Rows of a list in memory that is compared with what it was. */
const MOST_LISTED = 100_000;

const kindOf = ({ subject }: TableState): number => (subject.kind === 'hierarchy' ? MAPI_FOLDER : MAPI_MESSAGE);

/** Whether rows may come and go without anything happening to their objects; those of such tables are told as a whole. */
const isManifold = (state: TableState): boolean =>
  state.categories > 0 ||
  instanceColumn({ columns: state.columns, sort: state.sort, restriction: state.restriction }) !== undefined;

/** What is to be remembered of a table from now on. */
export async function remember(reader: TableReader, state: TableState): Promise<Remembered> {
  const list = listName(state);
  const { kind } = state.subject;
  const isList = kind === 'hierarchy' || kind === 'outgoing';
  const isRestricted = (kind === 'contents' || kind === 'search') && state.restriction !== undefined;
  if (isManifold(state) || (!isList && !isRestricted)) return { list };
  const { rows } = await rowsOf(reader, { ...state, columns: [] }).read('start', MOST_MEMBERS + 1);
  return { list, members: rows.length > MOST_MEMBERS ? undefined : new Set(rows.map(({ key }) => key.id)) };
}

/** What a table's client is to be told of a stretch of changes. */
export async function newsOf(
  reader: TableReader,
  state: TableState,
  stretch: Stretch,
  remembered: Remembered,
): Promise<News> {
  const { subject } = state;
  // A table that lists something else than before was read anew by its client.
  const known = remembered.list === listName(state) ? remembered : { list: '' };
  switch (subject.kind) {
    case 'contents':
    case 'search':
      if (!(await maySee(reader, subject.place, subject.kind === 'search'))) return { events: [], remembered };
      return newsOfMessages(reader, state, subject, stretch, known);
    case 'hierarchy':
      return newsOfList(reader, state, known, () => affectedFolders(reader.database, stretch));
    case 'outgoing':
      return newsOfList(reader, state, known, () => changedMessages(reader.database, stretch));
    default:
      return { events: [], remembered };
  }
}

/** Rights may have gone since the table was opened. */
async function maySee(reader: TableReader, place: StorePlace, isSearch: boolean): Promise<boolean> {
  if (place.grants.full) return true;
  const folder = await findTarget(reader.database, { id: place.folder.id });
  if (!folder) return false;
  const grants = await grantsOn(reader.database, reader.identity, folder, reader.platform.settings.hosted);
  return isSearch ? allows(grants, folder, 'see folder') : mayReadMessages(grants, folder);
}

async function newsOfMessages(
  reader: TableReader,
  state: TableState,
  { kind, place }: { readonly kind: 'contents' | 'search'; readonly place: StorePlace },
  stretch: Stretch,
  known: Remembered,
): Promise<News> {
  const affected =
    kind === 'search'
      ? await affectedResults(reader.database, stretch, place.folder.id)
      : await affectedMessages(reader.database, stretch, place);
  if (affected.everything || (affected.objects.size > 0 && isManifold(state)))
    return { events: [wholeTable(state)], remembered: await remember(reader, state) };
  const isRestricted = state.restriction !== undefined && !isManifold(state);
  const members = isRestricted ? (known.members ?? (await remember(reader, state)).members) : undefined;
  if (affected.objects.size === 0) return { events: [], remembered: { list: listName(state), members } };
  const source = rowsOf(reader, state);
  const rows = await source.some([...affected.objects.keys()]);
  // Too many rows to know whether one of them met the restriction before.
  if (isRestricted && !members && !isAllNew(affected))
    return { events: [wholeTable(state)], remembered: { list: listName(state) } };
  const before = isRestricted && known.members ? withMembers(affected, known.members) : affected.objects;
  const events = await eventsOf(state, source, before, rows);
  return {
    events,
    remembered: { list: listName(state), ...(members && { members: afterwards(members, affected, rows) }) },
  };
}

const wholeTable = (state: TableState): TableEvent => ({ event: TABLE_CHANGED, kind: kindOf(state) });

const isAllNew = ({ objects }: Affected): boolean => [...objects.values()].every((wasThere) => wasThere === false);

const withMembers = ({ objects }: Affected, members: ReadonlySet<number>): Map<number, boolean> =>
  new Map([...objects.keys()].map((id) => [id, members.has(id)]));

function afterwards(
  members: ReadonlySet<number>,
  { objects }: Affected,
  rows: readonly SourceRow[],
): Set<number> | undefined {
  const now = new Set(members);
  for (const id of objects.keys()) now.delete(id);
  for (const { key } of rows) now.add(key.id);
  return now.size > MOST_MEMBERS ? undefined : now;
}

/** Rows that went, then those that came or changed, in the table's order: so each finds the one before it in its place. */
async function eventsOf(
  state: TableState,
  source: RowSource,
  before: ReadonlyMap<number, boolean | undefined>,
  rows: readonly SourceRow[],
): Promise<TableEvent[]> {
  const kind = kindOf(state);
  const now = new Set(rows.map(({ key }) => key.id));
  const events: TableEvent[] = [];
  for (const [id, wasThere] of before)
    if (!now.has(id) && wasThere !== false)
      events.push({ event: TABLE_ROW_DELETED, kind, key: { values: [], id, order: 0 } });
  for (const row of rows) {
    const prior = await source.before(row.key);
    events.push({
      event: before.get(row.key.id) === true ? TABLE_ROW_MODIFIED : TABLE_ROW_ADDED,
      kind,
      key: row.key,
      ...(prior && { prior }),
      cells: state.columns.map((column) => cellOf(column, row.value(column))),
    });
  }
  return events;
}

/** News of a table whose rows are all read at once: what it lists now is compared with what it listed. */
async function newsOfList(
  reader: TableReader,
  state: TableState,
  known: Remembered,
  readChanged: () => Promise<ReadonlySet<number>>,
): Promise<News> {
  const list = listName(state);
  const source = rowsOf(reader, state);
  const { rows } = await source.read('start', MOST_LISTED);
  const ids = new Set(rows.map(({ key }) => key.id));
  const members = ids.size > MOST_MEMBERS ? undefined : ids;
  // Changes are looked at last, so that what they name is among the rows.
  const changed = await readChanged();
  const remembered = { list, members };
  if (known.list !== list) return { events: [], remembered };
  if (!known.members) return { events: changed.size > 0 ? [wholeTable(state)] : [], remembered };
  const before = new Map<number, boolean>();
  for (const id of known.members) if (!ids.has(id) || changed.has(id)) before.set(id, true);
  for (const id of ids) if (!known.members.has(id)) before.set(id, false);
  if (before.size === 0) return { events: [], remembered };
  if (isManifold(state) || before.size >= TABLE_CHANGE_THRESHOLD) return { events: [wholeTable(state)], remembered };
  const shown = rows.filter(({ key }) => before.has(key.id));
  return { events: await eventsOf(state, source, before, shown), remembered };
}

/** Brings what a table shows up to date, so that the change log has all there is to tell of it. */
export async function prepare(reader: TableReader, { subject }: TableState): Promise<void> {
  if (subject.kind === 'search') await searchPlace(reader, subject.place);
}
