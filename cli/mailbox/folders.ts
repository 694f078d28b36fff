import { MAPI_FOLDER } from '../../core/mapi/object-types.ts';
import {
  PR_ATTR_HIDDEN,
  PR_CONTAINER_CLASS,
  PR_CONTENT_COUNT,
  PR_CONTENT_UNREAD,
  PR_DISPLAY_NAME,
  PR_ENTRYID,
  PR_IPM_SUBTREE_ENTRYID,
  PR_PARENT_ENTRYID,
} from '../../core/mapi/tags.ts';
import type { Session } from '../connection/session.ts';
import { CommandError } from '../errors.ts';
import { bytesOf, numberOf, textOf } from '../wire-properties.ts';
import type { BareStore } from './furnish.ts';
import { loadObject } from './objects.ts';
import { readTable } from './table.ts';

/** Flag of tableOpen: all levels below. */
const CONVENIENT_DEPTH = 0x01;

export interface Folder {
  readonly entryId: Buffer;
  readonly name: string;
  /** Names from the top, parted by slashes. */
  readonly path: string;
  /** 0 at the top. */
  readonly depth: number;
  readonly messages: number;
  readonly unread: number;
  readonly containerClass: string;
}

/** The folders that people see, or all of them, each after its parent, in alphabetical order. */
export async function listFolders(session: Session, store: BareStore, all: boolean): Promise<Folder[]> {
  const top = all ? store.rootId : await ipmSubtree(session, store);
  const rows = await readTable(session, {
    entryId: top,
    objectType: MAPI_FOLDER,
    flags: CONVENIENT_DEPTH,
    columns: [
      PR_ENTRYID,
      PR_PARENT_ENTRYID,
      PR_DISPLAY_NAME,
      PR_CONTENT_COUNT,
      PR_CONTENT_UNREAD,
      PR_CONTAINER_CLASS,
      PR_ATTR_HIDDEN,
    ],
  });
  const shown = all ? rows : rows.filter((row) => row.get(PR_ATTR_HIDDEN) !== true);
  const children = Map.groupBy(shown, (row) => bytesOf(row, PR_PARENT_ENTRYID)?.toString('hex') ?? '');
  const below = (parent: Buffer, path: string, depth: number): Folder[] =>
    (children.get(parent.toString('hex')) ?? [])
      .map((row) => ({
        entryId: bytesOf(row, PR_ENTRYID)!,
        name: textOf(row, PR_DISPLAY_NAME) ?? '',
        messages: numberOf(row, PR_CONTENT_COUNT) ?? 0,
        unread: numberOf(row, PR_CONTENT_UNREAD) ?? 0,
        containerClass: textOf(row, PR_CONTAINER_CLASS) ?? '',
      }))
      .sort((a, b) => a.name.localeCompare(b.name))
      .flatMap((folder) => {
        const own = { ...folder, path: path + folder.name, depth };
        return [own, ...below(folder.entryId, `${own.path}/`, depth + 1)];
      });
  return below(top, '', 0);
}

/** The folder under which people's folders are; the root of a store that has none. */
async function ipmSubtree(session: Session, { storeId, rootId }: BareStore): Promise<Buffer> {
  return bytesOf((await loadObject(session, storeId)).properties, PR_IPM_SUBTREE_ENTRYID) ?? rootId;
}

/** A folder by its path, whatever its case. */
export async function requireFolder(session: Session, store: BareStore, path: string): Promise<Folder> {
  const wanted = path.toLowerCase();
  const found = (await listFolders(session, store, false)).find((folder) => folder.path.toLowerCase() === wanted);
  if (!found) throw new CommandError(`There is no folder '${path}'.`, { hint: 'kgc folder list' });
  return found;
}
