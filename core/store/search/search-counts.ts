import { FOLDER_SEARCH } from '../../mapi/object-types.ts';
import type { Statements } from '../../platform/database.ts';
import type { Grants } from '../access.ts';
import type { StoreRow, Target } from '../object-row.ts';
import { sqlList } from '../sql-list.ts';
import type { TableReader } from '../table/table-sources.ts';
import { foundMessages } from './found-messages.ts';
import { readableScope } from './readable-scope.ts';
import { refreshSearches } from './refresh.ts';

/** How long a request that shows counts may search; then it shows those of what was found so far. */
const SEARCH_MS = 3_000;

/** How many messages a search folder lists. */
interface Counts {
  readonly content: number;
  readonly unread: number;
}

/**
 * Folders with the counts of the search folders among them, for whoever looks:
 * PR_CONTENT_COUNT and PR_CONTENT_UNREAD. All of one store. Costs nothing where
 * there are no search folders, and two statements more where their results are
 * up to date.
 */
export async function withSearchCounts<T extends Target>(
  reader: TableReader,
  store: StoreRow,
  folders: readonly { readonly target: T; readonly grants: Grants }[],
): Promise<T[]> {
  const searches = folders.filter(({ target }) => target.folder?.type === FOLDER_SEARCH);
  if (searches.length === 0) return folders.map(({ target }) => target);
  const looked = await refreshSearches(
    { ...reader, store },
    searches.map(({ target }) => target.object.id),
    SEARCH_MS,
  );
  const withResults = new Set(looked.map(({ standing }) => standing.folderId));
  const foreign = new Set(
    looked
      .filter(({ standing }) => standing.stopped || standing.stores.some(({ storeId }) => storeId !== store.id))
      .map(({ standing }) => standing.folderId),
  );
  const counts = await countAll(
    reader.database,
    searches
      .filter(({ target: { object }, grants }) => grants.full && withResults.has(object.id) && !foreign.has(object.id))
      .map(({ target }) => target.object.id),
  );
  for (const { target, grants } of searches) {
    const { id } = target.object;
    const ownStoreId = grants.full ? store.id : undefined;
    if (withResults.has(id) && !counts.has(id)) counts.set(id, await countReadable(reader, id, ownStoreId));
  }
  return folders.map(({ target }) => {
    if (target.folder?.type !== FOLDER_SEARCH) return target;
    const { content, unread } = counts.get(target.object.id) ?? { content: 0, unread: 0 };
    return { ...target, folder: { ...target.folder, contentCount: content, unreadCount: unread } };
  });
}

interface Row {
  readonly folder_id: number;
  readonly content: number;
  readonly unread: number | null;
}

/** What there is, of several search folders at once. */
async function countAll(statements: Statements, folderIds: readonly number[]): Promise<Map<number, Counts>> {
  const counts = new Map<number, Counts>(folderIds.map((id) => [id, { content: 0, unread: 0 }]));
  if (folderIds.length === 0) return counts;
  const list = sqlList('search', folderIds);
  const rows = await statements.query<Row>(
    `SELECT r.folder_id, COUNT(*) AS content, CAST(SUM(o.unread) AS SIGNED) AS unread
     FROM search_result r JOIN object o ON o.id = r.object_id AND o.deleted = 0
       JOIN search_scope sc ON sc.folder_id = r.folder_id AND sc.scope_id = o.parent_id
       JOIN folder sf ON sf.id = sc.scope_id AND sf.gone = 0
     WHERE r.folder_id IN (${list.sql}) GROUP BY r.folder_id`,
    list.parameters,
  );
  for (const row of rows) counts.set(row.folder_id, { content: row.content, unread: row.unread ?? 0 });
  return counts;
}

/** What of it the caller may see. */
async function countReadable(reader: TableReader, folderId: number, ownStoreId: number | undefined): Promise<Counts> {
  const found = foundMessages(folderId, { rights: await readableScope(reader, folderId), ownStoreId });
  const [row] = await reader.database.query<Row>(
    `SELECT COUNT(*) AS content, CAST(SUM(o.unread) AS SIGNED) AS unread FROM object o WHERE ${found.sql}`,
    found.parameters,
  );
  return { content: row?.content ?? 0, unread: row?.unread ?? 0 };
}
