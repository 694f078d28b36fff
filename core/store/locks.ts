import { KopanoError } from '../mapi/error.ts';
import { KCERR_SUBMITTED } from '../mapi/error-codes.ts';
import { type Database, DuplicateKeyError, type Statements } from '../platform/database.ts';

const idBytes = (id: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, id));
  return bytes;
};

/** Keeps a message for a session; KCERR_SUBMITTED where another session has it. Locks of ended sessions count no more. */
export async function lockMessage(database: Database, objectId: number, sessionId: bigint): Promise<void> {
  const lock = { objectId, sessionId: idBytes(sessionId) };
  await database.execute(
    `DELETE FROM message_lock WHERE object_id = :objectId
       AND (session_id = :sessionId OR NOT EXISTS (SELECT 1 FROM session s WHERE s.id = session_id))`,
    lock,
  );
  try {
    await database.execute('INSERT INTO message_lock (object_id, session_id) VALUES (:objectId, :sessionId)', lock);
  } catch (error) {
    if (error instanceof DuplicateKeyError)
      throw new KopanoError(KCERR_SUBMITTED, 'another session keeps the message', { cause: error });
    throw error;
  }
}

/** Gives a message free; one that the session doesn't keep stays as it is. */
export async function unlockMessage(statements: Statements, objectId: number, sessionId: bigint): Promise<void> {
  await statements.execute('DELETE FROM message_lock WHERE object_id = :objectId AND session_id = :sessionId', {
    objectId,
    sessionId: idBytes(sessionId),
  });
}
