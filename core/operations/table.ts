import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER } from '../mapi/error-codes.ts';
import type { Property } from '../mapi/property.ts';
import type { Answer, Draft, Wire } from '../soap/index.ts';
import { dropTable, findTable, keepTable, saveTable } from '../store/table/open-tables.ts';
import { openTable, TABLETYPE_MS, TABLETYPE_SPOOLER } from '../store/table/opening.ts';
import { Table } from '../store/table/table.ts';
import { rowsOf, type TableReader } from '../store/table/table-sources.ts';
import type { TableState } from '../store/table/table-state.ts';
import { type Context, type Operation, type Operations, onTarget } from './context.ts';
import { toWire } from './wire-properties.ts';
import { restrictionFromWire, sortKeysFromWire } from './wire-restriction.ts';

/** Flag of tableMulti: shows all rows again. */
const TABLE_MULTI_CLEAR_RESTRICTION = 0x1;

const readerOf = ({ platform, database, session }: Context): TableReader => ({
  platform,
  database,
  identity: session.identity,
});

/** A table that is open, and keeps what an operation changes of it. */
async function withTable<T>(context: Context, tableId: number, use: (table: Table) => Promise<T> | T): Promise<T> {
  const { id, state } = await findTable(context.database, context.session.id, tableId);
  const table = tableOf(context, state);
  const result = await use(table);
  if (table.state !== state) await saveTable(context.database, { id, state: table.state });
  return result;
}

const tableOf = (context: Context, state: TableState): Table =>
  new Table(state, (current) => rowsOf(readerOf(context), current));

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

const tableOpen: Operation<'tableOpen'> = onTarget<'tableOpen'>(
  (args) => (isOfStore(args) ? { entryId: args.sEntryId } : undefined),
  async (context, args) => {
    const state = await open(context, args);
    return { ulTableId: await keepTable(context.database, context.session.id, state) };
  },
);

async function tableClose(context: Context, { ulTableId }: { ulTableId: number }): Promise<Answer<'tableClose'>> {
  await dropTable(context.database, context.session.id, ulTableId);
  return { result: 0 };
}

const tableSetColumns: Operation<'tableSetColumns'> = async (context, { ulTableId, aPropTag }) => {
  if (!aPropTag) throw new KopanoError(KCERR_INVALID_PARAMETER, 'no columns are given');
  await withTable(context, ulTableId, (table) => table.setColumns(aPropTag));
  return { result: 0 };
};

const tableQueryColumns: Operation<'tableQueryColumns'> = (context, { ulTableId, ulFlags }) =>
  withTable(context, ulTableId, async (table) => ({ sPropTagArray: await table.columns(ulFlags) }));

const tableSort: Operation<'tableSort'> = async (context, { ulTableId, aSortOrder, ulCategories, ulExpanded }) => {
  if (!aSortOrder) throw new KopanoError(KCERR_INVALID_PARAMETER, 'no sort order is given');
  await withTable(context, ulTableId, (table) => table.sort(sortKeysFromWire(aSortOrder), ulCategories, ulExpanded));
  return { result: 0 };
};

const tableRestrict: Operation<'tableRestrict'> = async (context, { ulTableId, lpRestrict }) => {
  await withTable(context, ulTableId, (table) => table.restrict(lpRestrict && restrictionFromWire(lpRestrict)));
  return { result: 0 };
};

const tableGetRowCount: Operation<'tableGetRowCount'> = (context, { ulTableId }) =>
  withTable(context, ulTableId, async (table) => {
    const { count, row } = await table.rowCount();
    return { ulCount: count, ulRow: row };
  });

const tableQueryRows: Operation<'tableQueryRows'> = (context, { ulTableId, ulRowCount, ulFlags }) =>
  withTable(context, ulTableId, async (table) => ({ sRowSet: rowSet(await table.queryRows(ulRowCount, ulFlags)) }));

const tableFindRow: Operation<'tableFindRow'> = async (context, { ulTableId, ulBookmark, ulFlags, lpsRestrict }) => {
  if (!lpsRestrict) throw new KopanoError(KCERR_INVALID_PARAMETER, 'no restriction is given');
  await withTable(context, ulTableId, (table) => table.find(restrictionFromWire(lpsRestrict), ulBookmark, ulFlags));
  return { result: 0 };
};

const tableSeekRow: Operation<'tableSeekRow'> = (context, { ulTableId, ulBookmark, lRowCount }) =>
  withTable(context, ulTableId, async (table) => {
    const { sought, warning } = await table.seek(ulBookmark, lRowCount);
    return { lRowsSought: sought, ...(warning !== undefined && { er: warning }) };
  });

const tableCreateBookmark: Operation<'tableCreateBookmark'> = (context, { ulTableId }) =>
  withTable(context, ulTableId, async (table) => ({ ulbkPosition: await table.createBookmark() }));

const tableFreeBookmark: Operation<'tableFreeBookmark'> = async (context, { ulTableId, ulbkPosition }) => {
  await withTable(context, ulTableId, (table) => table.freeBookmark(ulbkPosition));
  return { result: 0 };
};

/** Opens, sorts, sets columns, restricts and reads in one call, of these what the client asks for, in this order. */
const tableMulti: Operation<'tableMulti'> = onTarget<'tableMulti'>(
  ({ sRequest: { lpOpen } }) => (lpOpen && isOfStore(lpOpen) ? { entryId: lpOpen.sEntryId } : undefined),
  async (context, { sRequest: request }) => {
    if (!request.lpOpen) {
      const rows = await withTable(context, request.ulTableId, (table) => applyAll(table, request));
      return { ...(rows && { sRowSet: rowSet(rows) }) };
    }
    const table = tableOf(context, await open(context, request.lpOpen));
    const rows = await applyAll(table, request);
    const ulTableId = await keepTable(context.database, context.session.id, table.state);
    return { ulTableId, ...(rows && { sRowSet: rowSet(rows) }) };
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
  tableMulti,
} satisfies Partial<Operations>;
