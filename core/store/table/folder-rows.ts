import type { Identity } from '../../directory/identity.ts';
import { GROUPS_OF_PRINCIPAL } from '../../directory/membership.ts';
import { EVERYONE_ID } from '../../directory/well-known.ts';
import { MAPI_FOLDER } from '../../mapi/object-types.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import { ACCESS_TYPE_GRANT } from '../../mapi/rights.ts';
import type { Statements } from '../../platform/database.ts';
import { allows, type Grants } from '../access.ts';
import { withSearchCounts } from '../search/search-counts.ts';
import { serverGuid } from '../server-guid.ts';
import { type LoadedTarget, readTarget, SURROUNDINGS, TARGET_COLUMNS } from '../target.ts';
import { ALWAYS_COLUMNS } from './default-columns.ts';
import type { MemoryRow } from './memory-source.ts';
import type { StorePlace } from './store-place.ts';
import { StoreRow } from './store-row.ts';
import type { TableReader } from './table-sources.ts';

/** Levels of folders that a table of all of them goes down (observed limit of 11.0.2). */
const MOST_LEVELS = 256;
/** Documents of one statement; in JSON they may grow to twice their size. */
const PAGE_BYTES = 350_000;
/** Columns of a row besides. */
const ROW_BYTES = 1_500;

/** A folder with its documents, and how deep below the table's folder it is. */
interface DeepFolder {
  readonly target: LoadedTarget;
  readonly depth: number;
  readonly storeEntryId: Buffer | null;
}

/** The folders below one, as rows: its children, or with `deep` everything below it. */
export async function folderRows(reader: TableReader, place: StorePlace, deep: boolean): Promise<MemoryRow[]> {
  const { platform, database, identity } = reader;
  const folders = await readFolders(database, place, deep);
  const grants = place.grants.full ? undefined : await readGrants(database, identity, place, folders);
  const guid = await serverGuid(platform.database);
  const names = new Map(folders.map(({ target }) => [target.object.id, target.folder?.name ?? '']));
  const visible = folders.flatMap((folder) => {
    const { target } = folder;
    const own = grants?.get(target.object.id) ?? place.grants;
    const granted: Grants = own.full ? own : { ...own, creator: target.object.ownerId === identity.principalId };
    return allows(granted, target, 'see folder') ? [{ ...folder, grants: granted }] : [];
  });
  const counted = await withSearchCounts(reader, place.store, visible);
  return visible.map(({ depth, storeEntryId, grants: granted }, index) => {
    const target = counted[index]!;
    const row = new StoreRow(
      { ...place, grants: granted, principalId: identity.principalId },
      {
        key: { values: [], id: target.object.id, order: 0 },
        target,
        documents: target.documents,
        extras: { depth, serverGuid: guid, storeEntryId, parentName: names.get(target.object.parentId) ?? null },
      },
    );
    return {
      id: target.object.id,
      value: (tag) => row.value(tag),
      whole: (tag) => row.whole(tag),
      tags: () => row.tags(),
    };
  });
}

/** The folders in ascending order of their numbers, in pages below the limit of a response. */
async function readFolders(statements: Statements, place: StorePlace, deep: boolean): Promise<DeepFolder[]> {
  const deleted = Number(place.deleted);
  const deeper = `UNION ALL
    SELECT o.id, tree.depth + 1 FROM object o JOIN tree ON o.parent_id = tree.id
    WHERE o.kind = ${MAPI_FOLDER} AND o.deleted = ${deleted} AND tree.depth < ${MOST_LEVELS}`;
  const sql = `WITH RECURSIVE tree (id, depth) AS (
      SELECT o.id, 1 FROM object o WHERE o.parent_id = :folderId AND o.kind = ${MAPI_FOLDER} AND o.deleted = ${deleted}
      ${deep ? deeper : ''}
    ), sized AS (
      SELECT o.id, tree.depth, SUM(LENGTH(o.props) + COALESCE(LENGTH(o.overflow), 0) + ${ROW_BYTES}) OVER (ORDER BY o.id) AS running,
        ROW_NUMBER() OVER (ORDER BY o.id) AS position, COUNT(*) OVER () AS total
      FROM tree JOIN object o ON o.id = tree.id WHERE o.id > :last
    )
    SELECT ${TARGET_COLUMNS}, sized.depth AS x_depth, sized.position < sized.total AS x_more,
      (SELECT s.entry_id FROM object s WHERE s.id = o.store_id) AS x_store_entry_id
    FROM sized JOIN object o ON o.id = sized.id ${SURROUNDINGS}
    WHERE sized.running <= ${PAGE_BYTES} OR sized.position = 1 ORDER BY o.id`;
  const folders: DeepFolder[] = [];
  for (let last = 0; ; ) {
    const rows = await statements.query(sql, { folderId: place.folder.id, last });
    for (const row of rows) {
      const target = readTarget(row);
      if (target)
        folders.push({ target, depth: row.x_depth as number, storeEntryId: row.x_store_entry_id as Buffer | null });
    }
    const end = rows.at(-1);
    if (!end?.x_more) return folders;
    last = end.o_id as number;
  }
}

/** What somebody else than the owner may do in each folder: the nearest list of rights counts. */
async function readGrants(
  statements: Statements,
  identity: Identity,
  place: StorePlace,
  folders: readonly DeepFolder[],
): Promise<Map<number, Grants>> {
  const rows = await statements.query<{ object_id: number; rights: number }>(
    `SELECT acl.object_id, CAST(BIT_OR(acl.rights) AS SIGNED) AS rights FROM acl JOIN object o ON o.id = acl.object_id
    WHERE o.store_id = :storeId AND acl.type = ${ACCESS_TYPE_GRANT}
      AND (acl.principal_id IN (:principalId, :companyId, ${EVERYONE_ID}) OR acl.principal_id IN (${GROUPS_OF_PRINCIPAL}))
    GROUP BY acl.object_id`,
    { storeId: place.store.id, principalId: identity.principalId, companyId: identity.companyId },
  );
  const own = new Map(rows.map((row) => [row.object_id, row.rights]));
  const parents = new Map(folders.map(({ target }) => [target.object.id, target.object.parentId]));
  const rightsOf = (id: number): number => {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const rights = own.get(at);
      if (rights !== undefined) return rights;
    }
    return place.grants.rights;
  };
  return new Map([...parents.keys()].map((id) => [id, { full: false, creator: false, rights: rightsOf(id) }]));
}

/** What a table of folders names when asked for all columns. */
export const folderColumns = (rows: readonly MemoryRow[]): readonly PropertyTag[] => [
  ...new Set([...ALWAYS_COLUMNS, ...rows.flatMap((row) => [...row.tags()])]),
];
