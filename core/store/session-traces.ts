import type { Statements } from '../platform/database.ts';

/** Removes a session that ends with what it leaves in the store: open tables, subscriptions and locks. One statement. */
export async function removeSession(statements: Statements, sessionId: bigint): Promise<void> {
  const id = Buffer.alloc(8);
  id.writeBigUInt64BE(BigInt.asUintN(64, sessionId));
  // One kind of row at a time: joined with each other, a hundred of each would be a million.
  await statements.execute(
    `DELETE ses, t, b, l
     FROM (SELECT 0 AS kind UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) part
       LEFT JOIN session ses ON part.kind = 0 AND ses.id = :id
       LEFT JOIN open_table t ON part.kind = 1 AND t.session_id = :id
       LEFT JOIN subscription b ON part.kind = 2 AND b.session_id = :id
       LEFT JOIN message_lock l ON part.kind = 3 AND l.session_id = :id`,
    { id },
  );
}
