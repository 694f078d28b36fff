import { fileTimeFromMilliseconds } from '../mapi/file-time.ts';
import { MAPI_STORE } from '../mapi/object-types.ts';
import type { Actor } from './actor.ts';
import { deleteObjects } from './deletion.ts';
import { bytesFromFileTime } from './row-properties.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Roots purged at a time; what lies below them comes with them. */
const BATCH = 200;

/**
 * Removes for good what was soft-deleted more than some days ago. Deleted
 * stores are not touched here. Answers how many roots went.
 */
export async function purgeSoftDeleted(actor: Actor, days: number): Promise<number> {
  const before = bytesFromFileTime(fileTimeFromMilliseconds(actor.platform.clock.now() - days * DAY_MS));
  for (let purged = 0; ; ) {
    const rows = await actor.database.query<{ id: number }>(
      `SELECT id FROM object WHERE deleted = 1 AND deleted_on <= :before AND kind <> ${MAPI_STORE}
       ORDER BY deleted_on LIMIT ${BATCH}`,
      { before },
    );
    if (rows.length === 0) return purged;
    await deleteObjects(
      actor,
      { ids: rows.map(({ id }) => id) },
      { hard: true, messages: true, folders: true, syncId: 0, checked: false },
    );
    purged += rows.length;
  }
}
