import assert from 'node:assert/strict';
import type { Database } from '../../../core/platform/database.ts';

/** Asserts that all counters and sizes, of one store or of all, equal a recount of what is there. */
export async function assertCountersRight(database: Database, storeId?: number): Promise<void> {
  const only = storeId === undefined ? {} : { storeId };
  const wrong = await database.query(
    `SELECT f.id, f.name,
       f.content_count, c.content, f.unread_count, c.unread, f.associated_count, c.associated, f.deleted_count, c.gone,
       f.deleted_associated_count, c.goneAssociated, f.folder_count, s.folders, f.deleted_folder_count, s.goneFolders
     FROM folder f
     JOIN (SELECT f2.id,
         COUNT(CASE WHEN o.kind = 5 AND o.associated = 0 AND o.deleted = 0 THEN 1 END) AS content,
         COUNT(CASE WHEN o.kind = 5 AND o.associated = 0 AND o.deleted = 0 AND o.message_flags & 1 = 0 THEN 1 END) AS unread,
         COUNT(CASE WHEN o.kind = 5 AND o.associated = 1 AND o.deleted = 0 THEN 1 END) AS associated,
         COUNT(CASE WHEN o.kind = 5 AND o.associated = 0 AND o.deleted = 1 THEN 1 END) AS gone,
         COUNT(CASE WHEN o.kind = 5 AND o.associated = 1 AND o.deleted = 1 THEN 1 END) AS goneAssociated
       FROM folder f2 LEFT JOIN object o ON o.parent_id = f2.id GROUP BY f2.id) c ON c.id = f.id
     JOIN (SELECT f3.id,
         COUNT(CASE WHEN k.deleted = 0 THEN 1 END) AS folders, COUNT(CASE WHEN k.deleted = 1 THEN 1 END) AS goneFolders
       FROM folder f3 LEFT JOIN folder k ON k.parent_id = f3.id GROUP BY f3.id) s ON s.id = f.id
     WHERE ${storeId === undefined ? '1 = 1' : 'f.store_id = :storeId'} AND (f.content_count <> c.content OR f.unread_count <> c.unread OR f.associated_count <> c.associated
       OR f.deleted_count <> c.gone OR f.deleted_associated_count <> c.goneAssociated
       OR f.folder_count <> s.folders OR f.deleted_folder_count <> s.goneFolders)`,
    only,
  );
  assert.deepEqual(wrong, [], 'folder counters');

  const sizes = await database.query(
    `WITH RECURSIVE alive (id, store_id) AS (
      SELECT root_id, id FROM store
      UNION ALL
      SELECT f.id, a.store_id FROM folder f JOIN alive a ON f.parent_id = a.id WHERE f.deleted = 0
    )
    SELECT st.id, st.size, CAST(COALESCE(SUM(o.size), 0) AS SIGNED) AS counted
    FROM store st JOIN alive a ON a.store_id = st.id
      LEFT JOIN object o ON o.parent_id = a.id AND o.kind = 5 AND o.deleted = 0
    WHERE ${storeId === undefined ? '1 = 1' : 'st.id = :storeId'}
    GROUP BY st.id, st.size HAVING st.size <> counted`,
    only,
  );
  assert.deepEqual(sizes, [], 'store sizes');
}
