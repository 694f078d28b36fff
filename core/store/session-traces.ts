import type { Statements } from '../platform/database.ts';

/** Removes what a session leaves in the store when it ends: open tables, subscriptions and locks. */
export async function forgetSession(statements: Statements, sessionId: bigint): Promise<void> {
  const id = Buffer.alloc(8);
  id.writeBigUInt64BE(BigInt.asUintN(64, sessionId));
  await statements.execute(
    `DELETE t, b, l FROM (SELECT CAST(:id AS BINARY(8)) AS id) ended
       LEFT JOIN open_table t ON t.session_id = ended.id LEFT JOIN subscription b ON b.session_id = ended.id
       LEFT JOIN message_lock l ON l.session_id = ended.id`,
    { id },
  );
}
