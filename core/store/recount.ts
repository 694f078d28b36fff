import { MSGFLAG_READ } from '../mapi/message-flags.ts';
import { MAPI_MESSAGE } from '../mapi/object-types.ts';
import type { Actor } from './actor.ts';
import { lockStore } from './folder-counters.ts';
import type { Target } from './object-row.ts';

const COUNTERS = [
  'content_count',
  'unread_count',
  'associated_count',
  'deleted_count',
  'deleted_associated_count',
  'folder_count',
  'deleted_folder_count',
] as const;
type Counters = Record<(typeof COUNTERS)[number], number>;

/** Counts a folder's content anew; answers how many counters were wrong. */
export async function recountFolder(actor: Actor, folder: Target): Promise<number> {
  return actor.database.transaction(async (transaction) => {
    await lockStore(transaction, folder.store.id);
    const messages = `SELECT COUNT(*) FROM object o WHERE o.parent_id = f.id AND o.kind = ${MAPI_MESSAGE}`;
    const folders = 'SELECT COUNT(*) FROM folder c WHERE c.parent_id = f.id';
    const [row] = await transaction.query<Counters & { readonly [counted: `new_${string}`]: number }>(
      `SELECT ${COUNTERS.map((counter) => `f.${counter}`).join(', ')},
        (${messages} AND o.associated = 0 AND o.deleted = 0) AS new_content_count,
        (${messages} AND o.associated = 0 AND o.deleted = 0 AND o.message_flags & ${MSGFLAG_READ} = 0) AS new_unread_count,
        (${messages} AND o.associated = 1 AND o.deleted = 0) AS new_associated_count,
        (${messages} AND o.associated = 0 AND o.deleted = 1) AS new_deleted_count,
        (${messages} AND o.associated = 1 AND o.deleted = 1) AS new_deleted_associated_count,
        (${folders} AND c.deleted = 0) AS new_folder_count,
        (${folders} AND c.deleted = 1) AS new_deleted_folder_count
       FROM folder f WHERE f.id = :id FOR UPDATE`,
      { id: folder.object.id },
    );
    const wrong = row ? COUNTERS.filter((counter) => row[counter] !== row[`new_${counter}`]) : [];
    if (!row || wrong.length === 0) return 0;
    await transaction.execute(
      `UPDATE folder SET ${wrong.map((counter) => `${counter} = :${counter}`).join(', ')} WHERE id = :id`,
      { id: folder.object.id, ...Object.fromEntries(wrong.map((counter) => [counter, row[`new_${counter}`]!])) },
    );
    return wrong.length;
  });
}
