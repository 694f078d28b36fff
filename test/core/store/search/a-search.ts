import {
  FOLDER_SEARCH,
  MAPI_ATTACH,
  MAPI_DISTLIST,
  MAPI_MAILUSER,
  MAPI_MESSAGE,
} from '../../../../core/mapi/object-types.ts';
import type { PropertyTag } from '../../../../core/mapi/property.ts';
import { FL_IGNORECASE, FL_SUBSTRING, type Restriction } from '../../../../core/mapi/restriction.ts';
import { meets, type RestrictionSubject } from '../../../../core/mapi/restriction-evaluator.ts';
import type { Actor } from '../../../../core/store/actor.ts';
import { createFolders } from '../../../../core/store/folders.ts';
import { type LoadedObject, loadObject } from '../../../../core/store/load.ts';
import { beginSearch } from '../../../../core/store/search/search-folders.ts';
import type { Searcher } from '../../../../core/store/search/searcher.ts';
import { openTable, TABLETYPE_MS } from '../../../../core/store/table/opening.ts';
import { Table } from '../../../../core/store/table/table.ts';
import { rowsOf } from '../../../../core/store/table/table-sources.ts';
import { findTarget } from '../../../../core/store/target.ts';
import { open } from '../a-server.ts';

/** What a test searches for. */
export interface Wanted {
  readonly restriction: Restriction;
  readonly folders: readonly Buffer[];
  readonly recursive?: boolean;
}

/** A text contained in a property, whatever its case. */
export const contains = (tag: PropertyTag, text: string): Restriction => ({
  kind: 'content',
  tag,
  fuzzyLevel: FL_SUBSTRING | FL_IGNORECASE,
  value: { tag, value: text },
});

export async function searcherOf(actor: Actor, folder: Buffer): Promise<Searcher> {
  const { store } = await open(actor, folder);
  return { platform: actor.platform, database: actor.database, store };
}

/** Creates a search folder, and begins to search if it is told what for. */
export async function searchFolderIn(actor: Actor, parent: Buffer, name: string, wanted?: Wanted): Promise<Buffer> {
  const [entryId] = await createFolders(
    actor,
    await open(actor, parent),
    [{ name, type: FOLDER_SEARCH, openIfExists: false, syncId: 0 }],
    { mayCreate: true },
  );
  if (wanted) await search(actor, entryId!, wanted);
  return entryId!;
}

export async function search(actor: Actor, folder: Buffer, { restriction, folders, recursive }: Wanted): Promise<void> {
  await beginSearch(await searcherOf(actor, folder), await open(actor, folder), {
    restriction,
    folders,
    recursive: recursive ?? false,
    told: restriction,
  });
}

/** The open table of a folder's messages. */
export async function contentsOf(actor: Actor, folder: Buffer): Promise<Table> {
  const { platform, database, identity } = actor;
  const reader = { platform, database, identity };
  const state = await openTable(reader, {
    tableType: TABLETYPE_MS,
    objectType: MAPI_MESSAGE,
    flags: 0,
    entryId: folder,
    target: await open(actor, folder),
  });
  return new Table(state, (current) => rowsOf(reader, current));
}

/** The numbers of the messages that a folder lists, ascending. */
export async function foundIn(actor: Actor, folder: Buffer): Promise<number[]> {
  const table = await contentsOf(actor, folder);
  const rows = rowsOf(actor, table.state);
  const { rows: found } = await rows.read('start', 100_000);
  return found.map(({ key }) => key.id).sort((one, other) => one - other);
}

const subjectOf = (object: LoadedObject): RestrictionSubject => {
  const values = new Map(object.properties.map(({ tag, value }) => [tag, value]));
  const ofKind = (...kinds: number[]) => object.children.filter(({ kind }) => kinds.includes(kind)).map(subjectOf);
  return {
    value: (tag) => values.get(tag),
    recipients: ofKind(MAPI_MAILUSER, MAPI_DISTLIST),
    attachments: ofKind(MAPI_ATTACH),
  };
};

/** The same by reading every message of the folders and judging it by itself. */
export async function judgedIn(actor: Actor, { restriction, folders, recursive }: Wanted): Promise<number[]> {
  const { platform } = actor;
  const database = platform.database;
  const found: number[] = [];
  const seen = new Set<number>();
  const visit = async (folderId: number): Promise<void> => {
    if (seen.has(folderId)) return;
    seen.add(folderId);
    const children = await database.query<{ id: number; kind: number }>(
      'SELECT id, kind FROM object WHERE parent_id = :folderId AND deleted = 0 AND associated = 0',
      { folderId },
    );
    for (const { id, kind } of children) {
      if (kind !== MAPI_MESSAGE) {
        if (recursive) await visit(id);
        continue;
      }
      const target = await findTarget(database, { id });
      if (!target) continue;
      const loaded = await loadObject(platform, database, target, { toTop: [], toEmbedded: [] });
      if (meets(restriction, subjectOf(loaded))) found.push(id);
    }
  };
  for (const entryId of folders) {
    const target = await findTarget(database, { entryId });
    if (target && !target.object.deleted && !target.folder?.gone) await visit(target.object.id);
  }
  return found.sort((one, other) => one - other);
}
