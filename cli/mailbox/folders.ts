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
import { folderNames, type NamedFolder } from './languages.ts';
import { loadObject } from './objects.ts';
import { readSpecialFolders } from './special-folders.ts';
import { readTable } from './table.ts';

/** Flag of tableOpen: all levels below. */
const CONVENIENT_DEPTH = 0x01;

export interface Folder {
  readonly entryId: Buffer;
  readonly name: string;
  /** Names from the top, parted by slashes; a slash in a name is written `\/`. */
  readonly path: string;
  /** 0 at the top. */
  readonly depth: number;
  readonly messages: number;
  readonly unread: number;
  readonly containerClass: string;
}

/** Stands for what all folders are in. */
export const TOP = '/';

/** The folders that people see, or all of them, each after its parent, in alphabetical order. */
export async function listFolders(session: Session, store: BareStore, all: boolean): Promise<Folder[]> {
  return foldersBelow(session, all ? store.rootId : await topOf(session, store), all);
}

/** The folders below one, on all levels; their paths start there. */
export async function foldersBelow(session: Session, top: Buffer, all: boolean): Promise<Folder[]> {
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
        const own = { ...folder, path: path + escapedName(folder.name), depth };
        return [own, ...below(folder.entryId, `${own.path}/`, depth + 1)];
      });
  return below(top, '', 0);
}

const escapedName = (name: string): string => name.replace(/[\\/]/g, '\\$&');

/** The names in a path; slashes at its ends mean nothing. */
export const namesInPath = (path: string): string[] =>
  (path.match(/(?:[^\\/]|\\.)+/g) ?? []).map((name) => name.replace(/\\(.)/g, '$1'));

/** The folder under which people's folders are; the root of a store that has none. */
export async function topOf(session: Session, { storeId, rootId }: BareStore): Promise<Buffer> {
  return bytesOf((await loadObject(session, storeId)).properties, PR_IPM_SUBTREE_ENTRYID) ?? rootId;
}

/** A folder by its path, whatever its case; special ones under their English names too. */
export async function findFolder(session: Session, store: BareStore, path: string): Promise<Folder | undefined> {
  const names = namesInPath(path).map((name) => name.toLowerCase());
  const folders = await listFolders(session, store, false);
  const named = (wanted: readonly string[]): Folder | undefined =>
    folders.find((folder) => {
      const own = namesInPath(folder.path);
      return own.length === wanted.length && own.every((name, index) => name.toLowerCase() === wanted[index]);
    });
  const found = named(names);
  if (found || names.length === 0) return found;
  const special = await findSpecial(session, store, names[0]!);
  const first = special && folders.find(({ entryId }) => entryId.equals(special));
  return first && named([...namesInPath(first.path).map((name) => name.toLowerCase()), ...names.slice(1)]);
}

const ENGLISH: ReadonlyMap<string, NamedFolder> = new Map(
  [...folderNames('en')].map(([key, name]) => [name.toLowerCase(), key]),
);

/** The default folder that has this name in English. */
async function findSpecial(session: Session, store: BareStore, name: string): Promise<Buffer | undefined> {
  const key = ENGLISH.get(name);
  return key && (await readSpecialFolders(session, store)).get(key);
}

/** A folder by its path; says so if there is none. */
export async function requireFolder(session: Session, store: BareStore, path: string): Promise<Folder> {
  const found = await findFolder(session, store, path);
  if (!found) throw new CommandError(`There is no folder '${path}'.`, { hint: 'kgc folder list' });
  return found;
}

/** A folder by its path, or the top for `/`. */
export async function requireParent(session: Session, store: BareStore, path: string): Promise<Buffer> {
  return namesInPath(path).length === 0 ? topOf(session, store) : (await requireFolder(session, store, path)).entryId;
}
