import { fnevNewMail } from '../mapi/change-types.ts';
import { MAPI_MESSAGE } from '../mapi/object-types.ts';
import type { Database } from '../platform/database.ts';
import { appendChanges } from './changes.ts';
import { lockStore } from './folder-counters.ts';
import type { Target } from './object-row.ts';

/** Tells those who watch for new mail that a message has arrived. */
export async function tellOfNewMail(database: Database, message: Target): Promise<void> {
  const { object, store } = message;
  await database.transaction(async (transaction) => {
    await lockStore(transaction, store.id);
    await appendChanges(transaction, [
      {
        storeId: store.id,
        folderId: object.parentId,
        objectId: object.id,
        kind: MAPI_MESSAGE,
        event: fnevNewMail,
        entryId: object.entryId,
      },
    ]);
  });
}
