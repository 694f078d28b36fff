import { fnevTableModified } from '../../mapi/change-types.ts';
import type { Statements } from '../../platform/database.ts';
import { readTable, tableJoin } from '../table/open-tables.ts';
import type { TableReader } from '../table/table-sources.ts';
import { decodeTableState, type TableState } from '../table/table-state.ts';
import { decodeRemembered, encodeRemembered } from './members.ts';
import { idBytes, type Listener, subscribe } from './subscriptions.ts';
import { newsOf, prepare, remember, type TableEvent } from './table-news.ts';

/** Something that happened in a table, for one subscription. */
export interface TableNotification {
  readonly connection: number;
  readonly table: TableEvent;
}

/** The store whose changes a table follows: 0 for all; undefined for tables that nothing is told of (observed on 11.0.2). */
function storeOf({ subject }: TableState): number | undefined {
  switch (subject.kind) {
    case 'contents':
    case 'search':
    case 'hierarchy':
      return subject.place.store.id;
    case 'outgoing':
      return subject.storeId;
    default:
      return undefined;
  }
}

const NEWEST_OF_STORE = 'SELECT MAX(c.id) FROM `change` c WHERE c.store_id = :storeId';
const NEWEST_OF_ALL = 'SELECT MAX(c.id) FROM `change` c';

async function newestChange(statements: Statements, storeId: number): Promise<number> {
  const [row] = await (storeId === 0
    ? statements.query<{ newest: number | null }>(`SELECT (${NEWEST_OF_ALL}) AS newest`)
    : statements.query<{ newest: number | null }>(`SELECT (${NEWEST_OF_STORE}) AS newest`, { storeId }));
  return Number(row?.newest ?? 0);
}

/** Begins to watch an open table of the session; one that isn't open is never told of (observed on 11.0.2). */
export async function watchTable(
  reader: TableReader,
  listener: Listener,
  { connection, tableId }: { readonly connection: number; readonly tableId: number },
): Promise<void> {
  const join = tableJoin(listener.sessionId, tableId);
  const [row] = await reader.database.query(`SELECT ${join.columns} FROM (SELECT 1) one ${join.sql}`, join.parameters);
  const open = row && readTable(row);
  const storeId = open && storeOf(open.state);
  if (!open || storeId === undefined) return;
  await prepare(reader, open.state);
  // Changes are told from before the rows are looked at, so that none falls between.
  const position = await newestChange(reader.database, storeId);
  await subscribe(reader.database, listener, {
    connection,
    storeId,
    subjectId: 0,
    eventMask: fnevTableModified,
    position,
    tableId,
    detail: encodeRemembered(await remember(reader, open.state)),
  });
}

interface Row {
  readonly connection: number;
  readonly store_id: number;
  readonly position: number;
  readonly ended: number | null;
  readonly detail: string;
  readonly state: string | null;
}

/** What has happened in some of the tables that a listener watches since it was last told; told once. */
export async function takeTableNews(
  reader: TableReader,
  listener: Listener,
  connections: readonly number[],
): Promise<TableNotification[]> {
  const told: TableNotification[] = [];
  for (const connection of connections) {
    for (const table of await newsOfConnection(reader, listener, connection)) told.push({ connection, table });
  }
  return told;
}

async function newsOfConnection(
  reader: TableReader,
  listener: Listener,
  connection: number,
): Promise<readonly TableEvent[]> {
  const { database, identity } = reader;
  const key = { group: idBytes(listener.group), connection };
  const [row] = await database.query<Row>(
    `SELECT s.connection, s.store_id, s.position, s.ended, s.detail, ot.state FROM subscription s
       LEFT JOIN open_table ot ON ot.id = s.table_id AND ot.session_id = s.session_id
     WHERE s.session_group = :group AND s.connection = :connection AND s.table_id <> 0`,
    key,
  );
  if (!row) return [];
  const state = row.state === null ? undefined : decodeTableState(row.state);
  // Sessions of a group are told of each other's tables, but only where they act for the same person.
  if (!state || !isOwn(state, identity.principalId)) {
    await database.execute(
      'DELETE FROM subscription WHERE session_group = :group AND connection = :connection AND table_id <> 0',
      key,
    );
    return [];
  }
  await prepare(reader, state);
  const upTo = row.ended ?? (await newestChange(database, row.store_id));
  const stretch = { storeId: row.store_id, after: row.position, upTo };
  const { events, remembered } = await newsOf(reader, state, stretch, decodeRemembered(row.detail));
  const { updated } = await database.execute(
    row.ended === null
      ? `UPDATE subscription SET position = :upTo, detail = :detail
         WHERE session_group = :group AND connection = :connection AND position = :after`
      : `DELETE FROM subscription WHERE session_group = :group AND connection = :connection AND position = :after`,
    row.ended === null
      ? { ...key, upTo, after: row.position, detail: encodeRemembered(remembered) }
      : { ...key, after: row.position },
  );
  // Another session of the group told it meanwhile.
  return updated === 1 ? events : [];
}

const isOwn = ({ subject }: TableState, principalId: number): boolean =>
  !('place' in subject) || subject.place.principalId === principalId;
