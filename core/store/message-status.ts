import type { Actor } from './actor.ts';
import { appendChanges, messageChanged, nextChangeKeys } from './changes.ts';
import { lockStore } from './folder-counters.ts';
import { serverGuid } from './server-guid.ts';
import type { LoadedTarget } from './target.ts';

/** Sets the bits of PR_MSG_STATUS under a mask; answers the status before. The caller has checked access. */
export async function changeMessageStatus(
  actor: Actor,
  message: LoadedTarget,
  status: number,
  mask: number,
  syncId: number,
): Promise<number> {
  const { object, store } = message;
  const guid = await serverGuid(actor.platform.database);
  return actor.database.transaction(async (transaction) => {
    await lockStore(transaction, store.id);
    const [row] = await transaction.query<{ message_status: number | null }>(
      'SELECT message_status FROM object WHERE id = :id FOR UPDATE',
      { id: object.id },
    );
    const before = row?.message_status ?? 0;
    const [changeId] = await appendChanges(transaction, [messageChanged(message, syncId)]);
    const keys = nextChangeKeys(guid, changeId!, object);
    await transaction.execute(
      `UPDATE object SET message_status = :status, change_key = :changeKey, predecessors = :predecessors WHERE id = :id`,
      {
        id: object.id,
        status: ((before & ~mask) | (status & mask)) >>> 0,
        changeKey: keys.changeKey,
        predecessors: keys.predecessors,
      },
    );
    return before;
  });
}
