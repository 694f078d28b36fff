import { freshSession } from '../../directory/session.ts';
import type { SqlParameters, SqlRow, Statements } from '../../platform/database.ts';
import { decodeTableState, encodeTableState, type TableState } from './table-state.ts';

/** An open table with its number on the wire. */
export interface OpenTable {
  readonly id: number;
  readonly state: TableState;
}

/** Sessions name themselves by 64-bit numbers; their rows by 8 bytes, most significant first. */
function sessionKey(sessionId: bigint): Buffer {
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(BigInt.asUintN(64, sessionId));
  return key;
}

/** Keeps a table that a session opens; answers its number. */
export async function keepTable(statements: Statements, sessionId: bigint, state: TableState): Promise<number> {
  const { generatedId } = await statements.execute(
    'INSERT INTO open_table (session_id, state) VALUES (:sessionId, :state)',
    { sessionId: sessionKey(sessionId), state: encodeTableState(state) },
  );
  return generatedId;
}

/** Joins an open table to another statement, so that a session and its table come in one round trip. */
export function tableJoin(
  sessionId: bigint,
  tableId: number,
): { sql: string; columns: string; parameters: SqlParameters } {
  return {
    columns: 'ot.id AS ot_id, ot.state AS ot_state',
    sql: 'LEFT JOIN open_table ot ON ot.id = :tableId AND ot.session_id = :tableSessionId',
    parameters: { tableId, tableSessionId: sessionKey(sessionId) },
  };
}

/** The table of a joined row; undefined where the session has no such table open. */
export function readTable(row: SqlRow): OpenTable | undefined {
  return typeof row.ot_state === 'string'
    ? { id: row.ot_id as number, state: decodeTableState(row.ot_state) }
    : undefined;
}

export async function saveTable(statements: Statements, { id, state }: OpenTable): Promise<void> {
  await statements.execute('UPDATE open_table SET state = :state WHERE id = :id', {
    id,
    state: encodeTableState(state),
  });
}

/**
 * Closes a table of a session that goes on and needn't be prolonged; answers false where there is no such table or
 * session, or it is time to prolong it.
 *
 * @param session its number, whether it may be one of a trusted door, and the time in ms since 1970
 */
export async function dropTable(
  statements: Statements,
  { id, trusted, now }: { readonly id: bigint; readonly trusted: boolean; readonly now: number },
  tableId: number,
): Promise<boolean> {
  const fresh = freshSession(id, now, trusted);
  const { updated } = await statements.execute(
    `DELETE ot FROM open_table ot JOIN session ses ON ses.id = ot.session_id WHERE ot.id = :tableId AND ${fresh.sql}`,
    { tableId, ...fresh.parameters },
  );
  return updated > 0;
}
