import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import type { Property } from '../mapi/property.ts';
import type { Arguments, Draft, OperationName, Wire } from '../soap/index.ts';
import { toWire } from '../soap/wire-properties.ts';
import { restrictionFromWire, sortKeysFromWire } from '../soap/wire-restriction.ts';
import { dropTable, keepTable, saveTable } from '../store/table/open-tables.ts';
import { openTable, TABLETYPE_MS, TABLETYPE_SPOOLER } from '../store/table/opening.ts';
import { Table } from '../store/table/table.ts';
import { rowsOf, type TableReader } from '../store/table/table-sources.ts';
import type { TableState } from '../store/table/table-state.ts';
import {
  type Caller,
  type Context,
  type Operation,
  type Operations,
  type Outcome,
  onTarget,
  type SessionlessName,
} from './context.ts';

/** Flag of tableMulti: shows all rows again. */
const TABLE_MULTI_CLEAR_RESTRICTION = 0x1;

const readerOf = ({ platform, database, session }: Context): TableReader => ({
  platform,
  database,
  identity: session.identity,
});

const tableOf = (context: Context, state: TableState): Table =>
  new Table(state, (current) => rowsOf(readerOf(context), current));

/** Uses the open table that an operation names, and keeps what it changes of it. */
async function withTable<T>(context: Context, use: (table: Table) => Promise<T> | T): Promise<T> {
  const open = context.table;
  if (!open) throw new KopanoError(KCERR_NOT_FOUND, 'the session has no such table open');
  const table = tableOf(context, open.state);
  const result = await use(table);
  if (table.state !== open.state) await saveTable(context.database, { id: open.id, state: table.state });
  return result;
}

type TableOperation = Exclude<OperationName, SessionlessName>;

/** An operation on an open table, which comes with the session in one statement. */
function onTable<Name extends TableOperation>(
  run: (table: Table, args: Arguments<Name>) => Promise<Outcome<Name>> | Outcome<Name>,
): Operation<Name> {
  const operation = (context: Context, args: Arguments<Name>): Promise<Outcome<Name>> =>
    withTable(context, (table) => run(table, args));
  const named = { table: ({ ulTableId }: { readonly ulTableId: number }): number => ulTableId };
  return Object.assign(operation, named) as unknown as Operation<Name>;
}

const rowSet = (rows: readonly Property[][]): Draft<'rowSet'> => rows.map((row) => row.map(toWire));

/** Objects of a store come with the session; other tables name nothing or an entry of the address book. */
const isOfStore = ({ ulTableType, sEntryId }: { ulTableType: number; sEntryId: Buffer }): boolean =>
  ulTableType === TABLETYPE_MS || (ulTableType === TABLETYPE_SPOOLER && sEntryId.length > 0);

const open = (context: Context, request: Wire<'tableOpenRequest'>): Promise<TableState> =>
  openTable(readerOf(context), {
    tableType: request.ulTableType,
    objectType: request.ulType,
    flags: request.ulFlags,
    entryId: request.sEntryId,
    target: context.target,
  });

const tableOpen = onTarget<'tableOpen'>(
  (args) => (isOfStore(args) ? { entryId: args.sEntryId } : undefined),
  async (context, args) => {
    const state = await open(context, args);
    return { ulTableId: await keepTable(context.database, context.session.id, state) };
  },
);

/** Closes a table; whether the session is a good one is told by the same statement where that is possible. */
async function close(caller: Caller, id: bigint, ulTableId: number): Promise<boolean> {
  const session = { id, now: caller.platform.clock.now(), trusted: caller.door === 'trusted' };
  return dropTable(caller.database, session, ulTableId);
}

const tableClose: Operation<'tableClose'> = Object.assign(
  // Reached where the session had to be prolonged, and where nothing is open, which is no error (observed on 11.0.2).
  async (context: Context, { ulTableId }: Arguments<'tableClose'>) => {
    await close(context, context.session.id, ulTableId);
    return {};
  },
  {
    atOnce: async (caller: Caller, sessionId: bigint, { ulTableId }: Arguments<'tableClose'>) =>
      (await close(caller, sessionId, ulTableId)) ? {} : undefined,
  },
);

const tableSetColumns = onTable<'tableSetColumns'>((table, { aPropTag }) => {
  if (!aPropTag) throw new KopanoError(KCERR_INVALID_PARAMETER, 'no columns are given');
  table.setColumns(aPropTag);
  return {};
});

const tableQueryColumns = onTable<'tableQueryColumns'>(async (table, { ulFlags }) => ({
  sPropTagArray: await table.columns(ulFlags),
}));

const tableSort = onTable<'tableSort'>((table, { aSortOrder, ulCategories, ulExpanded }) => {
  if (!aSortOrder) throw new KopanoError(KCERR_INVALID_PARAMETER, 'no sort order is given');
  table.sort(sortKeysFromWire(aSortOrder), ulCategories, ulExpanded);
  return {};
});

const tableRestrict = onTable<'tableRestrict'>((table, { lpRestrict }) => {
  table.restrict(lpRestrict && restrictionFromWire(lpRestrict));
  return {};
});

const tableGetRowCount = onTable<'tableGetRowCount'>(async (table) => {
  const { count, row } = await table.rowCount();
  return { ulCount: count, ulRow: row };
});

const tableQueryRows = onTable<'tableQueryRows'>(async (table, { ulRowCount, ulFlags }) => ({
  sRowSet: rowSet(await table.queryRows(ulRowCount, ulFlags)),
}));

const tableFindRow = onTable<'tableFindRow'>(async (table, { ulBookmark, ulFlags, lpsRestrict }) => {
  if (!lpsRestrict) throw new KopanoError(KCERR_INVALID_PARAMETER, 'no restriction is given');
  await table.find(restrictionFromWire(lpsRestrict), ulBookmark, ulFlags);
  return {};
});

const tableSeekRow = onTable<'tableSeekRow'>(async (table, { ulBookmark, lRowCount }) => {
  const { sought, warning } = await table.seek(ulBookmark, lRowCount);
  return { lRowsSought: sought, ...(warning !== undefined && { er: warning }) };
});

const tableCreateBookmark = onTable<'tableCreateBookmark'>(async (table) => ({
  ulbkPosition: await table.createBookmark(),
}));

const tableFreeBookmark = onTable<'tableFreeBookmark'>((table, { ulbkPosition }) => {
  table.freeBookmark(ulbkPosition);
  return {};
});

const tableExpandRow = onTable<'tableExpandRow'>(async (table, { sInstanceKey, ulRowCount }) => {
  const { rows, left } = await table.expand(sInstanceKey, ulRowCount);
  return { rowSet: rowSet(rows), ulMoreRows: left };
});

const tableCollapseRow = onTable<'tableCollapseRow'>(async (table, { sInstanceKey }) => ({
  ulRows: await table.collapse(sInstanceKey),
}));

const tableGetCollapseState = onTable<'tableGetCollapseState'>(async (table, { sBookmark }) => ({
  sCollapseState: await table.collapseState(sBookmark),
}));

const tableSetCollapseState = onTable<'tableSetCollapseState'>(async (table, { sCollapseState }) => ({
  ulBookmark: await table.restoreCollapseState(sCollapseState),
}));

/** Opens, sorts, sets columns, restricts and reads in one call, of these what the client asks for, in this order. */
const tableMulti: Operation<'tableMulti'> = Object.assign(
  async (context: Context, { sRequest: request }: Arguments<'tableMulti'>): Promise<Outcome<'tableMulti'>> => {
    if (!request.lpOpen) {
      const rows = await withTable(context, (table) => applyAll(table, request));
      return { ...(rows && { sRowSet: rowSet(rows) }) };
    }
    const table = tableOf(context, await open(context, request.lpOpen));
    const rows = await applyAll(table, request);
    const ulTableId = await keepTable(context.database, context.session.id, table.state);
    return { ulTableId, ...(rows && { sRowSet: rowSet(rows) }) };
  },
  {
    target: ({ sRequest: { lpOpen } }: Arguments<'tableMulti'>) =>
      lpOpen && isOfStore(lpOpen) ? { entryId: lpOpen.sEntryId } : undefined,
    table: ({ sRequest: { lpOpen, ulTableId } }: Arguments<'tableMulti'>) => (lpOpen ? undefined : ulTableId),
  },
);

async function applyAll(table: Table, request: Wire<'tableMultiRequest'>): Promise<Property[][] | undefined> {
  const { lpSort, lpSetColumns, lpRestrict, lpQueryRows } = request;
  if (lpSort) table.sort(sortKeysFromWire(lpSort.sSortOrder), lpSort.ulCategories, lpSort.ulExpanded);
  if (lpSetColumns) table.setColumns(lpSetColumns);
  if (lpRestrict || (request.ulFlags & TABLE_MULTI_CLEAR_RESTRICTION) !== 0)
    table.restrict(lpRestrict && restrictionFromWire(lpRestrict));
  return lpQueryRows && table.queryRows(lpQueryRows.ulCount, lpQueryRows.ulFlags);
}

/** Tables: contents of folders, folders, the address book and statistics. */
export const table = {
  tableOpen,
  tableClose,
  tableSetColumns,
  tableQueryColumns,
  tableSort,
  tableRestrict,
  tableGetRowCount,
  tableQueryRows,
  tableFindRow,
  tableSeekRow,
  tableCreateBookmark,
  tableFreeBookmark,
  tableExpandRow,
  tableCollapseRow,
  tableGetCollapseState,
  tableSetCollapseState,
  tableMulti,
} satisfies Partial<Operations>;
