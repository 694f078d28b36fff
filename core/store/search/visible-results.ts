import type { SearchPlace } from '../table/store-place.ts';
import type { TableReader } from '../table/table-sources.ts';
import { readableScope } from './readable-scope.ts';
import { isDense, type Standing } from './standing.ts';

/** What of a search folder's results the caller may see; `isFull`: everything in the store of the search folder. */
export async function visibleResults(reader: TableReader, standing: Standing, isFull: boolean): Promise<SearchPlace> {
  const { folderId, storeId, stores, stopped } = standing;
  const dense = isDense(standing);
  // What a stopped search found may be of stores that are searched no more.
  const isOwn = !stopped && stores.every((store) => store.storeId === storeId);
  if (isFull && isOwn) return { dense };
  return {
    dense,
    rights: await readableScope(reader, folderId),
    ...(isFull && { ownStoreId: storeId }),
  };
}
