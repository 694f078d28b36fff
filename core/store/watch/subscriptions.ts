import type { Statements } from '../../platform/database.ts';
import { sqlList } from '../sql-list.ts';

/** Who listens: the sessions of one client program share what they subscribed to. */
export interface Listener {
  readonly sessionId: bigint;
  /** The session's group, or the session itself where it has none. */
  readonly group: bigint;
}

/** What somebody wants to be told of. */
export interface Subscription {
  /** The client's own number, which comes with each notification. */
  readonly connection: number;
  readonly storeId: number;
  /** Object, or store for all in it. */
  readonly subjectId: number;
  /** fnev* bits. */
  readonly eventMask: number;
  /** Changes after this one are told. */
  readonly position: number;
  /** The sync whose client wants to know that it would find changes in its folder, the subject. */
  readonly syncId?: number;
  /** The open table that is watched, and what is to be remembered of it; then there is no subject. */
  readonly tableId?: number;
  readonly detail?: string;
}

export const idBytes = (id: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, id));
  return bytes;
};

/**
 * Begins a subscription. A connection that the session uses already keeps what it
 * has (observed on 11.0.2); that of a session that is gone is taken over.
 */
export async function subscribe(statements: Statements, listener: Listener, subscription: Subscription): Promise<void> {
  const { connection, storeId, subjectId, eventMask, position } = subscription;
  await statements.execute(
    `INSERT INTO subscription
       (session_group, connection, session_id, store_id, subject_id, event_mask, position, sync_id, table_id, detail)
     VALUES (:group, :connection, :sessionId, :storeId, :subjectId, :eventMask, :position, :syncId, :tableId, :detail)
     ON DUPLICATE KEY UPDATE ${['store_id', 'subject_id', 'event_mask', 'position', 'sync_id', 'table_id', 'detail']
       .map(
         (column) => `${column} = IF(session_id = VALUES(session_id) AND ended IS NULL, ${column}, VALUES(${column}))`,
       )
       .join(', ')}, ended = NULL, session_id = VALUES(session_id)`,
    {
      group: idBytes(listener.group),
      sessionId: idBytes(listener.sessionId),
      connection,
      storeId,
      subjectId,
      eventMask,
      position,
      syncId: subscription.syncId ?? 0,
      tableId: subscription.tableId ?? 0,
      detail: subscription.detail ?? '{}',
    },
  );
}

/**
 * Ends a subscription; an unknown one is no error. What happened before is told
 * all the same by the next poll (observed on 11.0.2), so the row stays until then.
 */
export async function unsubscribe(
  statements: Statements,
  listener: Listener,
  connections: readonly number[],
): Promise<void> {
  const all = [...new Set(connections)];
  for (let start = 0; start < all.length; start += CONNECTIONS_PER_STATEMENT) {
    const list = sqlList('connection', all.slice(start, start + CONNECTIONS_PER_STATEMENT));
    await statements.execute(
      `UPDATE subscription SET ended =
         COALESCE((SELECT c.id FROM \`change\` c WHERE c.store_id = subscription.store_id ORDER BY c.id DESC LIMIT 1), 0)
       WHERE session_group = :group AND connection IN (${list.sql})`,
      { group: idBytes(listener.group), ...list.parameters },
    );
  }
}

const CONNECTIONS_PER_STATEMENT = 1_000;
