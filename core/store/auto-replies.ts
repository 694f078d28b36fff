import type { Statements } from '../platform/database.ts';

/** Whom somebody's out-of-office message was sent to, and when: nobody gets it twice within a while. */
export const AUTO_REPLY_SCHEMA: readonly string[] = [
  `CREATE TABLE auto_reply (
    principal_id INT UNSIGNED NOT NULL,
    address VARBINARY(320) NOT NULL,
    at DATETIME(3) NOT NULL,
    PRIMARY KEY (principal_id, address),
    KEY auto_reply_age (at)
  ) ENGINE=InnoDB`,
];

/** Longest mail address (RFC 5321 4.5.3.1); longer ones are told apart by their beginning. */
const ADDRESS_BYTES = 320;

/**
 * Notes, in a transaction, that somebody is answered by a principal's automatic
 * reply. Answers false, and changes nothing, if he was within the last `seconds`.
 */
export async function noteAutoReply(
  transaction: Statements,
  principalId: number,
  address: string,
  seconds: number,
): Promise<boolean> {
  const parameters = { principalId, address: Buffer.from(address.toLowerCase()).subarray(0, ADDRESS_BYTES) };
  const first = await transaction.execute(
    'INSERT IGNORE INTO auto_reply (principal_id, address, at) VALUES (:principalId, :address, UTC_TIMESTAMP(3))',
    parameters,
  );
  if (first.updated > 0) return true;
  const again = await transaction.execute(
    `UPDATE auto_reply SET at = UTC_TIMESTAMP(3)
     WHERE principal_id = :principalId AND address = :address AND at <= UTC_TIMESTAMP(3) - INTERVAL :seconds SECOND`,
    { ...parameters, seconds },
  );
  return again.updated > 0;
}
