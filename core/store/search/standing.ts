import type { Statements } from '../../platform/database.ts';
import { sqlList } from '../sql-list.ts';

/** A store with folders that are searched. */
export interface SearchedStore {
  readonly storeId: number;
  /** Number of its newest change. */
  readonly newest: number;
}

/** How far a search folder's results are known, and what there is now. */
export interface Standing {
  readonly folderId: number;
  readonly storeId: number;
  readonly parentId: number;
  readonly entryId: Buffer;
  readonly version: number;
  /** Results stay as they are. */
  readonly stopped: boolean;
  /** All folders that were there when the search began have been looked through. */
  readonly complete: boolean;
  /** By store: the change up to which results are right. */
  readonly positions: ReadonlyMap<number, number>;
  readonly stores: readonly SearchedStore[];
  /** Folders came or went since they were last listed. */
  readonly scopeChanged: boolean;
  /** Folders still to be looked through. */
  readonly unbuilt: number;
}

interface Row {
  readonly folder_id: number;
  readonly own_store_id: number;
  readonly parent_id: number;
  readonly entry_id: Buffer;
  readonly version: number;
  readonly stopped: number;
  readonly complete: number;
  readonly positions: string;
  readonly store_id: number | null;
  readonly folders: number | null;
  readonly missing: number | null;
  readonly unbuilt: number | null;
  readonly scope: number;
  readonly newest: number | null;
}

/**
 * The folders that are searched, as they are now: `live (folder_id, id,
 * store_id)`. Deleted ones and what is below them don't count.
 */
export const liveFolders = (searches: string): string => `live (folder_id, id, store_id, deep) AS (
    SELECT s.folder_id, f.id, f.store_id, s.deep FROM search_folder s
      JOIN search_target t ON t.folder_id = s.folder_id JOIN folder f ON f.id = t.target_id
      WHERE s.folder_id IN (${searches}) AND f.gone = 0
    UNION
    SELECT l.folder_id, f.id, f.store_id, l.deep FROM live l JOIN folder f ON f.parent_id = l.id
      WHERE l.deep = 1 AND f.gone = 0
  )`;

/** How search folders stand, in one statement; those without criteria are left out. */
export async function readStandings(statements: Statements, folderIds: readonly number[]): Promise<Standing[]> {
  if (folderIds.length === 0) return [];
  const list = sqlList('search', folderIds);
  const rows = await statements.query<Row>(
    `WITH RECURSIVE ${liveFolders(list.sql)}, stood AS (
      SELECT l.folder_id, l.store_id, COUNT(*) AS folders, CAST(SUM(sc.scope_id IS NULL) AS SIGNED) AS missing,
        CAST(SUM(COALESCE(sc.built, 1) = 0) AS SIGNED) AS unbuilt
      FROM live l LEFT JOIN search_scope sc ON sc.folder_id = l.folder_id AND sc.scope_id = l.id
      GROUP BY l.folder_id, l.store_id
    )
    SELECT s.folder_id, o.store_id AS own_store_id, o.parent_id, o.entry_id, s.version, s.stopped, s.complete, s.positions,
      stood.store_id, stood.folders, stood.missing, stood.unbuilt,
      (SELECT COUNT(*) FROM search_scope n WHERE n.folder_id = s.folder_id) AS scope,
      (SELECT MAX(c.id) FROM \`change\` c WHERE c.store_id = stood.store_id) AS newest
    FROM search_folder s JOIN object o ON o.id = s.folder_id LEFT JOIN stood ON stood.folder_id = s.folder_id
    WHERE s.folder_id IN (${list.sql})`,
    list.parameters,
  );
  return [...Map.groupBy(rows, (row) => row.folder_id).values()].map(readStanding);
}

function readStanding(rows: readonly Row[]): Standing {
  const row = rows[0]!;
  const stores = rows.filter((each) => each.store_id !== null);
  const sum = (name: 'folders' | 'missing' | 'unbuilt'): number =>
    stores.reduce((total, each) => total + Number(each[name] ?? 0), 0);
  return {
    folderId: row.folder_id,
    storeId: row.own_store_id,
    parentId: row.parent_id,
    entryId: row.entry_id,
    version: row.version,
    stopped: row.stopped !== 0,
    complete: row.complete !== 0,
    positions: new Map(
      Object.entries(JSON.parse(row.positions) as Record<string, number>).map(([id, at]) => [Number(id), at]),
    ),
    stores: stores.map((each) => ({ storeId: each.store_id!, newest: Number(each.newest ?? 0) })),
    scopeChanged: sum('missing') > 0 || sum('folders') !== row.scope,
    unbuilt: sum('unbuilt'),
  };
}

/** Whether the results are what a search now would find. */
export const isFresh = ({ stopped, complete, scopeChanged, unbuilt, stores, positions }: Standing): boolean =>
  stopped ||
  (complete &&
    !scopeChanged &&
    unbuilt === 0 &&
    stores.every(({ storeId, newest }) => (positions.get(storeId) ?? 0) >= newest));
