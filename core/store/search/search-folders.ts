import { indexedEntryId } from '../../mapi/entry-id.ts';
import { KopanoError } from '../../mapi/error.ts';
import { KCERR_NO_SUPPORT } from '../../mapi/error-codes.ts';
import { FOLDER_SEARCH } from '../../mapi/object-types.ts';
import { SEARCH_REBUILD, SEARCH_RECURSIVE, SEARCH_RUNNING } from '../../mapi/search-flags.ts';
import type { Statements } from '../../platform/database.ts';
import { appendChanges } from '../changes.ts';
import { lockStore } from '../folder-counters.ts';
import type { Target } from '../object-row.ts';
import { sqlList } from '../sql-list.ts';
import { decodeCriteria, encodeCriteria, type SearchCriteria } from './criteria.ts';
import { refreshSearches } from './refresh.ts';
import { countsChanged, tableChanged } from './results.ts';
import type { Searcher } from './searcher.ts';

/** How long a request that begins a search or asks for its state may search; most searches are done by then. */
const SEARCH_MS = 3_000;
/** Folders named in one statement. */
const FOLDERS = 500;

/**
 * Begins a search: what was found before is forgotten. The caller has checked
 * access. Most searches are complete when this returns; the rest goes on
 * whenever somebody looks.
 */
export async function beginSearch(searcher: Searcher, folder: Target, criteria: SearchCriteria): Promise<void> {
  if (folder.folder?.type !== FOLDER_SEARCH)
    throw new KopanoError(KCERR_NO_SUPPORT, 'only search folders have search criteria');
  const text = encodeCriteria(criteria);
  const { database, store } = searcher;
  const folderId = folder.object.id;
  const targets = await targetsOf(database, criteria.folders);
  const place = { folderId, storeId: store.id, parentId: folder.object.parentId, entryId: folder.object.entryId! };
  await database.transaction(async (transaction) => {
    await lockStore(transaction, store.id);
    await transaction.execute(
      `INSERT INTO search_folder (folder_id, criteria, deep, positions) VALUES (:folderId, :text, :deep, '{}')
       ON DUPLICATE KEY UPDATE criteria = VALUES(criteria), deep = VALUES(deep), stopped = 0, complete = 0,
         version = version + 1, positions = VALUES(positions)`,
      { folderId, text, deep: criteria.recursive ? 1 : 0 },
    );
    for (const table of ['search_target', 'search_scope', 'search_result'])
      await transaction.execute(`DELETE FROM ${table} WHERE folder_id = :folderId`, { folderId });
    await insertTargets(transaction, folderId, targets);
    // Results are right up to the changes of now, as none is looked at yet.
    await transaction.execute(
      `UPDATE search_folder SET positions = COALESCE((
        SELECT JSON_OBJECTAGG(newest.store_id, newest.id) FROM (
          SELECT st.id AS store_id, (SELECT MAX(c.id) FROM \`change\` c WHERE c.store_id = st.id) AS id FROM store st
          WHERE st.id IN (SELECT o.store_id FROM search_target t JOIN object o ON o.id = t.target_id WHERE t.folder_id = :folderId)) newest
       ), '{}') WHERE folder_id = :folderId`,
      { folderId },
    );
    await appendChanges(transaction, [tableChanged(place), countsChanged(place)]);
  });
  await refreshSearches(searcher, [folderId], SEARCH_MS);
}

/** The folders that entry ids name; those that aren't there are passed over. */
async function targetsOf(statements: Statements, entryIds: readonly Buffer[]): Promise<number[]> {
  const found: number[] = [];
  for (let start = 0; start < entryIds.length; start += FOLDERS) {
    const list = sqlList('entry', entryIds.slice(start, start + FOLDERS).map(indexedEntryId));
    const rows = await statements.query<{ id: number }>(
      `SELECT o.id FROM object o JOIN folder f ON f.id = o.id WHERE o.entry_id IN (${list.sql})`,
      list.parameters,
    );
    found.push(...rows.map((row) => row.id));
  }
  return [...new Set(found)];
}

async function insertTargets(transaction: Statements, folderId: number, targets: readonly number[]): Promise<void> {
  for (let start = 0; start < targets.length; start += FOLDERS) {
    const part = targets.slice(start, start + FOLDERS);
    const rows = part.map((_, index) => `(:folderId, :target${index})`);
    await transaction.execute(`INSERT INTO search_target (folder_id, target_id) VALUES ${rows.join(', ')}`, {
      ...sqlList('target', part).parameters,
      folderId,
    });
  }
}

/** Ends a search; what was found stays. One that doesn't run is no error (observed on 11.0.2). */
export async function stopSearch({ database }: Searcher, folderId: number): Promise<void> {
  await database.execute(
    'UPDATE search_folder SET stopped = 1, version = version + 1 WHERE folder_id = :folderId AND stopped = 0',
    { folderId },
  );
}

/** What a search folder looks for, and SEARCH_* flags of how it stands. */
export interface RunningSearch {
  readonly criteria: SearchCriteria;
  readonly state: number;
}

/** The running search of a folder; undefined where there is none, or it was stopped. Searches on if need be. */
export async function runningSearch(searcher: Searcher, folderId: number): Promise<RunningSearch | undefined> {
  const [looked] = await refreshSearches(searcher, [folderId], SEARCH_MS);
  if (!looked || looked.standing.stopped) return undefined;
  const [row] = await searcher.database.query<{ criteria: string }>(
    'SELECT criteria FROM search_folder WHERE folder_id = :folderId',
    { folderId },
  );
  if (!row) return undefined;
  const criteria = decodeCriteria(row.criteria);
  const searching = !looked.standing.complete && !looked.fresh;
  return {
    criteria,
    state: SEARCH_RUNNING | (searching ? SEARCH_REBUILD : 0) | (criteria.recursive ? SEARCH_RECURSIVE : 0),
  };
}
