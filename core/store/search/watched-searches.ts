import { fnevObjectModified, fnevObjTypeFolder, fnevObjTypeMessage } from '../../mapi/change-types.ts';
import { FOLDER_SEARCH } from '../../mapi/object-types.ts';
import type { Database } from '../../platform/database.ts';
import type { Platform } from '../../platform/platform.ts';
import { sqlList } from '../sql-list.ts';
import { findTarget } from '../target.ts';
import { refreshSearches } from './refresh.ts';
import { MESSAGE_CHANGED, positionIn } from './standing.ts';

/*
 * Who waits for news of a search folder, or of a store with search folders, is
 * told when its counts change (observed on 11.0.2, which searches as messages
 * are saved). Ours searches when somebody looks; who waits is somebody who looks,
 * as often as it looks for news, but no search folder more than once a second,
 * whoever waits for it.
 */

/** A search folder whose results may have changed, and its store. */
export interface StaleSearch {
  readonly folderId: number;
  readonly storeId: number;
}

/** Search folders that one look brings up to date; those that waited longest. */
const FOLDERS_PER_LOOK = 4;
/** How long that may take; the rest is done a second later. */
const REFRESH_MS = 1_000;
const SINCE_REFRESHED = `UTC_TIMESTAMP(3) - INTERVAL 1 SECOND`;

/** Subscriptions `s` that are told of counts of folders. */
const HEARS_COUNTS = `s.sync_id = 0 AND s.table_id = 0 AND s.ended IS NULL
  AND (s.event_mask & ${fnevObjectModified}) <> 0
  AND (s.event_mask & ${fnevObjTypeMessage | fnevObjTypeFolder}) <> ${fnevObjTypeMessage}`;

/** The newest change of a message in a store; read from the end, as there are few others behind it. */
const newestIn = (storeId: string): string =>
  `(SELECT c.id FROM \`change\` c WHERE c.store_id = ${storeId} AND ${MESSAGE_CHANGED} ORDER BY c.id DESC LIMIT 1)`;

/**
 * Rows (folder_id, store_id) of the search folders that subscriptions of the
 * group `:group` are told of, where messages changed since they were brought up
 * to date. Costs next to nothing where there are no search folders.
 */
export const STALE_SEARCHES = `SELECT heard.folder_id, heard.store_id FROM (
    SELECT sf.folder_id, s.store_id FROM subscription s JOIN search_folder sf ON sf.folder_id = s.subject_id
    WHERE s.session_group = :group AND ${HEARS_COUNTS}
    UNION
    SELECT f.id, f.store_id FROM subscription s JOIN folder f ON f.store_id = s.subject_id AND f.type = ${FOLDER_SEARCH}
    WHERE s.session_group = :group AND ${HEARS_COUNTS} AND f.gone = 0
  ) heard JOIN search_folder sf ON sf.folder_id = heard.folder_id
    LEFT JOIN watched_search ws ON ws.folder_id = heard.folder_id
  WHERE sf.stopped = 0 AND (ws.refreshed IS NULL OR ws.refreshed < ${SINCE_REFRESHED})
    AND (sf.complete = 0 OR EXISTS (SELECT 1 FROM search_target t JOIN folder tf ON tf.id = t.target_id
      WHERE t.folder_id = heard.folder_id AND tf.gone = 0 AND ${newestIn('tf.store_id')} > ${positionIn('sf', 'tf.store_id')}))
  ORDER BY ws.refreshed LIMIT ${FOLDERS_PER_LOOK}`;

/** Brings search folders up to date, unless another waiter is about to. Whether there may be news of them. */
export async function refreshStale(
  { platform, database }: { readonly platform: Platform; readonly database: Database },
  searches: readonly StaleSearch[],
): Promise<boolean> {
  const isOurs = await claim(
    database,
    searches.map(({ folderId }) => folderId),
  );
  if (!isOurs) return false;
  const deadline = Date.now() + REFRESH_MS;
  for (const ofStore of Map.groupBy(searches, ({ storeId }) => storeId).values()) {
    const ids = ofStore.map(({ folderId }) => folderId);
    const target = await findTarget(database, { id: ids[0]! });
    if (target) await refreshSearches({ platform, database, store: target.store }, ids, deadline - Date.now());
  }
  return true;
}

/** Of several waiters that find the same, the first one searches. */
async function claim(database: Database, folderIds: readonly number[]): Promise<boolean> {
  const list = sqlList('folder', folderIds);
  await database.execute(
    `INSERT IGNORE INTO watched_search (folder_id, refreshed)
     VALUES ${folderIds.map((_, index) => `(:folder${index}, '2000-01-01')`).join(', ')}`,
    list.parameters,
  );
  const { updated } = await database.execute(
    `UPDATE watched_search SET refreshed = UTC_TIMESTAMP(3)
     WHERE folder_id IN (${list.sql}) AND refreshed < ${SINCE_REFRESHED}`,
    list.parameters,
  );
  return updated > 0;
}
