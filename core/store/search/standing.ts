import { fnevTableModified } from '../../mapi/change-types.ts';
import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Statements } from '../../platform/database.ts';
import { sqlList } from '../sql-list.ts';

/** A store with folders that are searched. */
export interface SearchedStore {
  readonly storeId: number;
  /** Number of its newest change. */
  readonly newest: number;
  /** Messages changed since they were last looked at. */
  readonly changed: boolean;
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
  /** Messages in the folders that are searched. */
  readonly messages: number;
  readonly results: number;
  /** How many messages there are for whoever sees all, if they were counted since the results changed. */
  readonly counts: SearchCounts | undefined;
}

export interface SearchCounts {
  readonly content: number;
  readonly unread: number;
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
  readonly changed: number;
  readonly messages: number | null;
  readonly results: number;
  readonly content_count: number;
  readonly unread_count: number;
  readonly is_counted: number;
}

/** What happens to a message; changes `c` of results are none of these. */
export const MESSAGE_CHANGED = `c.kind = ${MAPI_MESSAGE} AND c.associated = 0 AND c.event <> ${fnevTableModified}`;

/** SQL of the change of a store up to which a search folder's results are right. */
export const positionIn = (search: string, storeId: string): string =>
  `CAST(COALESCE(JSON_EXTRACT(${search}.positions, CONCAT('$."', ${storeId}, '"')), 0) AS UNSIGNED)`;

/**
 * The folders that are searched, as they are now: `live (folder_id, id,
 * store_id)`. Deleted ones and what is below them don't count.
 */
export const liveFolders = (searches: string): string => `live (folder_id, id, store_id, deep, messages) AS (
    SELECT s.folder_id, f.id, f.store_id, s.deep, f.content_count FROM search_folder s
      JOIN search_target t ON t.folder_id = s.folder_id JOIN folder f ON f.id = t.target_id
      WHERE s.folder_id IN (${searches}) AND f.gone = 0
    UNION
    SELECT l.folder_id, f.id, f.store_id, l.deep, f.content_count FROM live l JOIN folder f ON f.parent_id = l.id
      WHERE l.deep = 1 AND f.gone = 0
  )`;

/** How search folders stand, in one statement; those without criteria are left out. */
export async function readStandings(statements: Statements, folderIds: readonly number[]): Promise<Standing[]> {
  if (folderIds.length === 0) return [];
  const list = sqlList('search', folderIds);
  const rows = await statements.query<Row>(
    `WITH RECURSIVE ${liveFolders(list.sql)}, stood AS (
      SELECT l.folder_id, l.store_id, COUNT(*) AS folders, CAST(SUM(sc.scope_id IS NULL) AS SIGNED) AS missing,
        CAST(SUM(COALESCE(sc.built, 1) = 0) AS SIGNED) AS unbuilt, CAST(SUM(l.messages) AS SIGNED) AS messages
      FROM live l LEFT JOIN search_scope sc ON sc.folder_id = l.folder_id AND sc.scope_id = l.id
      GROUP BY l.folder_id, l.store_id
    )
    SELECT s.folder_id, o.store_id AS own_store_id, o.parent_id, o.entry_id, s.version, s.stopped, s.complete, s.positions,
      s.content_count, s.unread_count, COALESCE(s.counted_version = s.version, 0) AS is_counted,
      stood.store_id, stood.folders, stood.missing, stood.unbuilt, stood.messages,
      (SELECT COUNT(*) FROM search_result n WHERE n.folder_id = s.folder_id) AS results,
      (SELECT COUNT(*) FROM search_scope n WHERE n.folder_id = s.folder_id) AS scope,
      (SELECT MAX(c.id) FROM \`change\` c WHERE c.store_id = stood.store_id) AS newest,
      EXISTS (SELECT 1 FROM \`change\` c WHERE c.store_id = stood.store_id AND ${MESSAGE_CHANGED}
        AND c.id > ${positionIn('s', 'stood.store_id')}) AS changed
    FROM search_folder s JOIN object o ON o.id = s.folder_id LEFT JOIN stood ON stood.folder_id = s.folder_id
    WHERE s.folder_id IN (${list.sql})`,
    list.parameters,
  );
  return [...Map.groupBy(rows, (row) => row.folder_id).values()].map(readStanding);
}

function readStanding(rows: readonly Row[]): Standing {
  const row = rows[0]!;
  const stores = rows.filter((each) => each.store_id !== null);
  const sum = (name: 'folders' | 'missing' | 'unbuilt' | 'messages'): number =>
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
    stores: stores.map((each) => ({
      storeId: each.store_id!,
      newest: Number(each.newest ?? 0),
      changed: each.changed !== 0,
    })),
    scopeChanged: sum('missing') > 0 || sum('folders') !== row.scope,
    unbuilt: sum('unbuilt'),
    messages: sum('messages'),
    results: row.results,
    counts: row.is_counted === 0 ? undefined : { content: row.content_count, unread: row.unread_count },
  };
}

/** Whether the results are what a search now would find. */
export const isFresh = ({ stopped, complete, scopeChanged, unbuilt, stores }: Standing): boolean =>
  stopped || (complete && !scopeChanged && unbuilt === 0 && !stores.some(({ changed }) => changed));

/** A result that is looked up alone costs as much as so many messages in the order of an index. */
const MESSAGES_PER_RESULT = 100;

/** Whether so much was found that looking through all messages costs less than looking up each result. */
export const isDense = ({ results, messages }: Standing): boolean =>
  results > MESSAGES_PER_RESULT && results * MESSAGES_PER_RESULT > messages;
