import { KopanoError } from '../mapi/error.ts';
import { KCERR_NOT_FOUND, KCERR_NOT_IN_QUEUE, KCERR_UNABLE_TO_ABORT } from '../mapi/error-codes.ts';
import { MSGFLAG_READ, MSGFLAG_SUBMIT, MSGFLAG_UNSENT } from '../mapi/message-flags.ts';
import type { Statements } from '../platform/database.ts';
import type { Actor } from './actor.ts';
import { appendChanges, countersChanged, messageChanged, nextChangeKeys } from './changes.ts';
import { lockStoreAndFolder } from './folder-counters.ts';
import { isPlanned, SENDING_OF_QUEUE } from './handover.ts';
import { lockObjects } from './locked-objects.ts';
import { serverGuid } from './server-guid.ts';
import type { LoadedTarget } from './target.ts';

/** Flags of the outgoing queue (observed on 11.0.2). */
export const EC_SUBMIT_LOCAL = 0x00;
export const EC_SUBMIT_MASTER = 0x01;
export const EC_SUBMIT_DOSENTMAIL = 0x02;

const isMaster = (flags: number): 0 | 1 => (flags & EC_SUBMIT_MASTER ? 1 : 0);

/** Puts a message into the outgoing queue: of its store, or of the spooler. The caller has checked access. */
export async function submitMessage(actor: Actor, message: LoadedTarget, flags: number): Promise<void> {
  await actor.database.transaction(async (transaction) => {
    if (!isMaster(flags)) await changeFlags(actor, transaction, message, MSGFLAG_SUBMIT | MSGFLAG_UNSENT, 0);
    await transaction.execute(
      `INSERT IGNORE INTO outgoing (object_id, master, store_id, flags, at)
       VALUES (:objectId, :master, :storeId, :flags, UTC_TIMESTAMP(3))`,
      { objectId: message.object.id, master: isMaster(flags), storeId: message.store.id, flags },
    );
  });
}

/** Takes a message that its client has sent from the queue of its store; it counts as read. */
export async function finishMessage(actor: Actor, message: LoadedTarget): Promise<void> {
  await actor.database.transaction(async (transaction) => {
    await changeFlags(actor, transaction, message, MSGFLAG_READ, MSGFLAG_SUBMIT | MSGFLAG_UNSENT);
    await transaction.execute('DELETE FROM outgoing WHERE object_id = :objectId AND master = 0', {
      objectId: message.object.id,
    });
  });
}

/**
 * Takes back a submission. Throws KCERR_NOT_IN_QUEUE for what was not submitted,
 * KCERR_UNABLE_TO_ABORT for what is being sent already: either it is taken back, or it is sent.
 */
export async function abortSubmission(actor: Actor, message: LoadedTarget): Promise<void> {
  await actor.database.transaction(async (transaction) => {
    const objectId = message.object.id;
    // The row is locked first, as who begins to send has to do, too; only then it is asked whether somebody has.
    const rows = await transaction.query<{ sending: string }>(
      `SELECT ${SENDING_OF_QUEUE} AS sending FROM outgoing q WHERE q.object_id = :objectId FOR UPDATE`,
      { objectId },
    );
    if (rows.length === 0) throw new KopanoError(KCERR_NOT_IN_QUEUE, 'the message is not in the queue');
    for (const { sending } of rows)
      if (await isPlanned(transaction, sending))
        throw new KopanoError(KCERR_UNABLE_TO_ABORT, 'the message is being sent');
    await transaction.execute('DELETE FROM outgoing WHERE object_id = :objectId', { objectId });
    await changeFlags(actor, transaction, message, 0, MSGFLAG_SUBMIT);
  });
}

/** Sets and clears flags of a message, with all that follows: counters, keys, news. */
async function changeFlags(
  actor: Actor,
  transaction: Statements,
  message: LoadedTarget,
  set: number,
  clear: number,
): Promise<void> {
  const { object, parent, store } = message;
  const guid = await serverGuid(actor.platform.database);
  const current = (await lockObjects(transaction, store.id, [object.id])).get(object.id);
  if (!current || current.parentId !== object.parentId) throw new KopanoError(KCERR_NOT_FOUND, 'the message is gone');
  const before = current.messageFlags;
  const after = ((before & ~clear) | set) >>> 0;
  const nowRead =
    (after & MSGFLAG_READ) !== 0 && (before & MSGFLAG_READ) === 0 && !object.associated && !current.deleted;
  await lockStoreAndFolder(transaction, {
    storeId: store.id,
    size: 0,
    folderId: object.parentId,
    counters: nowRead ? { unread: -1 } : {},
  });
  const [changeId] = await appendChanges(transaction, [
    messageChanged(message),
    ...(nowRead && parent ? [countersChanged(store.id, parent)] : []),
  ]);
  const keys = nextChangeKeys(guid, changeId!, current);
  await transaction.execute(
    `UPDATE object SET message_flags = :flags, change_key = :changeKey, predecessors = :predecessors,
       version = version + 1 WHERE id = :id`,
    { id: object.id, flags: after, changeKey: keys.changeKey, predecessors: keys.predecessors },
  );
}
