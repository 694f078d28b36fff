import { objectTypeOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_NOT_INITIALIZED } from '../mapi/error-codes.ts';
import { RECURSIVE_SEARCH, STOP_SEARCH } from '../mapi/search-flags.ts';
import type { Draft } from '../soap/index.ts';
import { restrictionFromWire } from '../soap/wire-restriction.ts';
import { beginSearch, runningSearch, stopSearch } from '../store/search/search-folders.ts';
import type { Searcher } from '../store/search/searcher.ts';
import type { LoadedTarget, TargetName } from '../store/target.ts';
import { type Context, type Operations, onTarget } from './context.ts';
import { requireNeed, requireTarget } from './target.ts';

const byEntryId = (args: { readonly sEntryId: Buffer }): TargetName | undefined =>
  objectTypeOf(args.sEntryId) === undefined ? undefined : { entryId: args.sEntryId };

const searcherOf = ({ platform, database }: Context, { store }: LoadedTarget): Searcher => ({
  platform,
  database,
  store,
});

/** Begins the search of a search folder anew, or stops it. */
const tableSetSearchCriteria = onTarget<'tableSetSearchCriteria'>(
  byEntryId,
  async (context, { lpRestrict, lpFolders, ulFlags }) => {
    const stops = (ulFlags & STOP_SEARCH) !== 0;
    if (!stops && (!lpRestrict || !lpFolders))
      throw new KopanoError(KCERR_INVALID_PARAMETER, 'a search needs a restriction and folders');
    const folder = requireTarget(context);
    await requireNeed(context, folder, 'edit');
    const searcher = searcherOf(context, folder);
    if (!stops && lpRestrict && lpFolders)
      await beginSearch(searcher, folder, {
        restriction: restrictionFromWire(lpRestrict),
        folders: lpFolders,
        recursive: (ulFlags & RECURSIVE_SEARCH) !== 0,
        told: lpRestrict,
      });
    else await stopSearch(searcher, folder.object.id);
    return {};
  },
);

/** What a search folder looks for, and how far the search is; a client that waits for its end asks again and again. */
const tableGetSearchCriteria = onTarget<'tableGetSearchCriteria'>(byEntryId, async (context) => {
  const folder = requireTarget(context);
  await requireNeed(context, folder, 'read');
  const search = await runningSearch(searcherOf(context, folder), folder.object.id);
  if (!search) throw new KopanoError(KCERR_NOT_INITIALIZED, 'the folder has no running search');
  return {
    lpRestrict: search.criteria.told as Draft<'restrictTable'>,
    lpFolderIDs: [...search.criteria.folders],
    ulFlags: search.state,
  };
});

/** Search folders: what they look for. */
export const search = { tableSetSearchCriteria, tableGetSearchCriteria } satisfies Partial<Operations>;
