import type { Identity } from '../../directory/identity.ts';
import { GROUPS_OF_PRINCIPAL } from '../../directory/membership.ts';
import { EVERYONE_ID } from '../../directory/well-known.ts';
import { STORE_ARCHIVE } from '../../mapi/object-types.ts';
import { ACCESS_TYPE_GRANT, ecRightsAll, ecRightsReadAny } from '../../mapi/rights.ts';
import type { Database } from '../../platform/database.ts';
import type { Platform } from '../../platform/platform.ts';
import { hasFullAccess, MAX_DEPTH } from '../access.ts';
import { type RawStoreRow, readStoreRow, STORE_COLUMNS } from '../object-row.ts';

/** Folders of one statement; about 200 bytes each, of the 1 MiB of a response. */
const PAGE_ROWS = 2_000;

type Row = RawStoreRow & {
  readonly id: number;
  readonly owner_id: number;
  readonly rights: number | null;
};

/**
 * The folders that a search folder looks into and the caller may read, with
 * what else he may do there. A search finds for everyone only what he could
 * read himself, whoever began it.
 */
export async function readableScope(
  { platform, database, identity }: { platform: Platform; database: Database; identity: Identity },
  folderId: number,
): Promise<Map<number, number>> {
  const readable = new Map<number, number>();
  const { principalId, companyId } = identity;
  for (let last = 0; ; ) {
    const rows = await database.query<Row>(
      `WITH RECURSIVE scope AS (
        SELECT sc.scope_id AS id FROM search_scope sc WHERE sc.folder_id = :folderId AND sc.scope_id > :last
        ORDER BY sc.scope_id LIMIT ${PAGE_ROWS}
      ), up (scope_id, id, parent_id, depth) AS (
        SELECT scope.id, o.id, o.parent_id, 0 FROM scope JOIN object o ON o.id = scope.id
        UNION ALL
        SELECT up.scope_id, o.id, o.parent_id, up.depth + 1 FROM up JOIN object o ON o.id = up.parent_id
        WHERE up.depth < ${MAX_DEPTH}
      ), granted AS (
        SELECT up.scope_id, BIT_OR(acl.rights) AS rights,
          ROW_NUMBER() OVER (PARTITION BY up.scope_id ORDER BY up.depth) AS distance
        FROM up JOIN acl ON acl.object_id = up.id
        WHERE acl.type = ${ACCESS_TYPE_GRANT} AND (acl.principal_id IN (:principalId, :companyId, ${EVERYONE_ID})
          OR acl.principal_id IN (${GROUPS_OF_PRINCIPAL}))
        GROUP BY up.scope_id, up.depth
      )
      SELECT scope.id, o.owner_id, CAST(granted.rights AS SIGNED) AS rights, ${STORE_COLUMNS}
      FROM scope JOIN object o ON o.id = scope.id JOIN store st ON st.id = o.store_id
        LEFT JOIN granted ON granted.scope_id = scope.id AND granted.distance = 1
      ORDER BY scope.id`,
      { folderId, last, principalId, companyId },
    );
    for (const row of rows) {
      const store = readStoreRow(row);
      const rights = Number(row.rights ?? 0);
      if (hasFullAccess(identity, store, platform.settings.hosted)) readable.set(row.id, ecRightsAll);
      else if (
        (rights & ecRightsReadAny) !== 0 ||
        row.owner_id === principalId ||
        row.id === store.rootId ||
        (store.type === STORE_ARCHIVE && store.ownerId === principalId)
      )
        readable.set(row.id, rights | ecRightsReadAny);
    }
    if (rows.length < PAGE_ROWS) return readable;
    last = rows.at(-1)!.id;
  }
}
