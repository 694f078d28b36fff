import { FOLDER_SEARCH } from '../../mapi/object-types.ts';
import type { Grants } from '../access.ts';
import type { StoreRow, Target } from '../object-row.ts';
import { sourceOf } from '../table/message-keys.ts';
import type { TableReader } from '../table/table-sources.ts';
import { foundMessages } from './found-messages.ts';
import { refreshSearches } from './refresh.ts';
import type { SearchCounts, Standing } from './standing.ts';
import { visibleResults } from './visible-results.ts';

/** How long a request that shows counts may search; then it shows those of what was found so far. */
const SEARCH_MS = 3_000;

/**
 * Folders with the counts of the search folders among them, for whoever looks:
 * PR_CONTENT_COUNT and PR_CONTENT_UNREAD. All of one store. Costs nothing where
 * there are no search folders, one statement more where nothing changed since
 * they were last counted.
 */
export async function withSearchCounts<T extends Target>(
  reader: TableReader,
  store: StoreRow,
  folders: readonly { readonly target: T; readonly grants: Grants }[],
): Promise<T[]> {
  const searches = new Map(
    folders
      .filter(({ target }) => target.folder?.type === FOLDER_SEARCH)
      .map(({ target, grants }) => [target.object.id, grants]),
  );
  if (searches.size === 0) return folders.map(({ target }) => target);
  const counts = new Map<number, SearchCounts>();
  for (const { standing } of await refreshSearches({ ...reader, store }, [...searches.keys()], SEARCH_MS))
    counts.set(standing.folderId, await countsOf(reader, standing, searches.get(standing.folderId)?.full === true));
  return folders.map(({ target }) => {
    if (target.folder?.type !== FOLDER_SEARCH) return target;
    const { content, unread } = counts.get(target.object.id) ?? { content: 0, unread: 0 };
    return { ...target, folder: { ...target.folder, contentCount: content, unreadCount: unread } };
  });
}

/** What the caller may see of a search folder's results. */
async function countsOf(reader: TableReader, standing: Standing, isFull: boolean): Promise<SearchCounts> {
  const { folderId, counts, version } = standing;
  const place = await visibleResults(reader, standing, isFull);
  if (!place.rights && counts) return counts;
  const found = foundMessages(folderId, place);
  const [row] = await reader.database.query<{ readonly content: number; readonly unread: number | null }>(
    `SELECT COUNT(*) AS content, CAST(SUM(o.unread) AS SIGNED) AS unread FROM ${sourceOf(found)} WHERE ${found.sql}`,
    found.parameters,
  );
  const counted = { content: row?.content ?? 0, unread: row?.unread ?? 0 };
  if (!place.rights)
    await reader.database.execute(
      `UPDATE search_folder SET content_count = :content, unread_count = :unread, counted_version = version
       WHERE folder_id = :folderId AND version = :version`,
      { ...counted, folderId, version },
    );
  return counted;
}
