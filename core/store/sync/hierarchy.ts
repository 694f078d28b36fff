import { GROUPS_OF_PRINCIPAL } from '../../directory/membership.ts';
import { EVERYONE_ID } from '../../directory/well-known.ts';
import { ICS_FOLDER_NEW } from '../../mapi/change-types.ts';
import { KopanoError } from '../../mapi/error.ts';
import { KCERR_NO_SUPPORT } from '../../mapi/error-codes.ts';
import { FOLDER_GENERIC } from '../../mapi/object-types.ts';
import { ACCESS_TYPE_GRANT, ecRightsFolderVisible } from '../../mapi/rights.ts';
import { SYNC_CATCHUP, SYNC_NO_SOFT_DELETIONS } from '../../mapi/sync-flags.ts';
import type { SqlParameters } from '../../platform/database.ts';
import type { Grants } from '../access.ts';
import type { Actor } from '../actor.ts';
import type { Target } from '../object-row.ts';
import { FOLDER_CHANGES, LastChanges, newestInStore, readChanges, settledPosition } from './change-log.ts';
import type { IcsChange, IcsChanges } from './ics-change.ts';

/** What a client asks about folders. */
export interface HierarchyRequest {
  readonly syncId: number;
  /** Where the client is; 0: it has nothing. */
  readonly changeId: number;
  /** Where the client said that it is, the last time it was done. */
  readonly saidId: number;
  /** SYNC_* (core/mapi/sync-flags.ts). */
  readonly flags: number;
}

/** Changes of the folders of all stores, for an administrator's client. */
export async function foldersEverywhere(actor: Actor, request: HierarchyRequest): Promise<IcsChanges> {
  if (request.changeId === 0) {
    if ((request.flags & SYNC_CATCHUP) === 0)
      throw new KopanoError(KCERR_NO_SUPPORT, 'nobody wants all folders of all stores');
    return { changes: [], maxChangeId: await settledPosition(actor.database) };
  }
  const newest = await settledPosition(actor.database);
  const last = new LastChanges();
  const range = { folder: null, types: FOLDER_CHANGES, after: request.changeId, upTo: newest };
  for await (const page of readChanges(actor.database, range))
    last.add(page.filter((change) => change.syncId !== request.syncId));
  return answer(
    request,
    newest,
    last.list().map((change) => ({
      changeId: change.id,
      sourceKey: change.sourceKey,
      parentSourceKey: change.folderSourceKey,
      type: change.type,
      flags: change.flags,
    })),
  );
}

/**
 * Changes of the folders below one, as far down as the caller sees them. Below
 * what is deleted for good there is nothing to tell; the client deletes all of it.
 */
export async function changesOfFolders(
  actor: Actor,
  root: Target,
  grants: Grants,
  request: HierarchyRequest,
): Promise<IcsChanges> {
  if (request.changeId > 0) {
    const changes = await changedBelow(actor, root, grants, request);
    const newest = changes.length > 0 ? Number.POSITIVE_INFINITY : await newestInStore(actor.database, root.store.id);
    return answer(request, newest, changes);
  }
  // Read before the folders: what is created meanwhile may be told twice, but never missed.
  const newest = await newestInStore(actor.database, root.store.id);
  if (request.flags & SYNC_CATCHUP) return { changes: [], maxChangeId: newest };
  return { changes: await foldersBelow(actor, root, grants, request, newest), maxChangeId: newest };
}

/**
 * The client is where the last of what it is told is, or stays where it said it
 * was (observed on 11.0.2); but not in the future, from where a server that was
 * restored from a backup could tell it nothing.
 */
function answer({ changeId, saidId }: HierarchyRequest, newest: number, changes: readonly IcsChange[]): IcsChanges {
  const here = Math.min(Math.max(changeId, saidId), newest);
  return { changes, maxChangeId: changes.reduce((most, change) => Math.max(most, change.changeId), here) };
}

/** Folders of one statement. */
const PAGE_ROWS = 2_500;
/** What source keys may take of the 1 MiB of a response. */
const PAGE_KEY_BYTES = 350_000;
/** Folders are not nested deeper. */
const MOST_LEVELS = 256;

/**
 * The visible folders below a root as the common table `tree (id, parent_id,
 * depth, rights, owner_id)`, the root among them. Rights come from the nearest
 * folder upwards that has some for the caller.
 */
function treeSql(actor: Actor, root: Target, grants: Grants, withDeleted: boolean): Tree {
  const existing = withDeleted ? '' : 'AND f.deleted = 0';
  const below = `f.type = ${FOLDER_GENERIC} ${existing} AND tree.depth < ${MOST_LEVELS}`;
  if (grants.full)
    return {
      sql: `WITH RECURSIVE tree (id, parent_id, depth) AS (
        SELECT CAST(:rootId AS UNSIGNED), 0, 0
        UNION ALL
        SELECT f.id, f.parent_id, tree.depth + 1 FROM tree JOIN folder f ON f.parent_id = tree.id WHERE ${below}
      )`,
      visible: 'TRUE',
      parameters: { rootId: root.object.id },
    };
  const visible = `(tree.rights & ${ecRightsFolderVisible} <> 0 OR tree.owner_id = :principalId)`;
  const { principalId, companyId } = actor.identity;
  return {
    sql: `WITH RECURSIVE granted (object_id, rights) AS (
        SELECT acl.object_id, BIT_OR(acl.rights) FROM acl
        WHERE acl.type = ${ACCESS_TYPE_GRANT}
          AND (acl.principal_id IN (:principalId, :companyId, ${EVERYONE_ID}) OR acl.principal_id IN (${GROUPS_OF_PRINCIPAL}))
        GROUP BY acl.object_id
      ), tree (id, parent_id, depth, rights, owner_id) AS (
        SELECT CAST(:rootId AS UNSIGNED), 0, 0, CAST(:rights AS UNSIGNED), CAST(:rootOwnerId AS UNSIGNED)
        UNION ALL
        SELECT f.id, f.parent_id, tree.depth + 1, COALESCE(granted.rights, tree.rights), o.owner_id
        FROM tree JOIN folder f ON f.parent_id = tree.id JOIN object o ON o.id = f.id
          LEFT JOIN granted ON granted.object_id = f.id
        WHERE ${below} AND ${visible}
      )`,
    visible,
    parameters: {
      rootId: root.object.id,
      rootOwnerId: root.object.ownerId,
      rights: grants.rights,
      principalId,
      companyId,
    },
  };
}

interface Tree {
  readonly sql: string;
  /** Condition on the rows of `tree`. */
  readonly visible: string;
  readonly parameters: SqlParameters;
}

const withDeleted = (flags: number): boolean => (flags & SYNC_NO_SOFT_DELETIONS) === 0;

/** The folders that there are, parents first. */
async function foldersBelow(
  actor: Actor,
  root: Target,
  grants: Grants,
  { flags }: HierarchyRequest,
  newest: number,
): Promise<IcsChange[]> {
  const tree = treeSql(actor, root, grants, withDeleted(flags));
  const changes: IcsChange[] = [];
  for (let depth = 0, last = 0; ; ) {
    const rows = await actor.database.query<{
      id: number;
      depth: number;
      source_key: Buffer | null;
      parent_source_key: Buffer | null;
      candidates: number;
    }>(
      `${tree.sql}
      SELECT page.id, page.depth, page.source_key, page.parent_source_key, page.candidates FROM (
        SELECT tree.id, tree.depth, o.source_key, p.source_key AS parent_source_key,
          SUM(LENGTH(o.source_key) + LENGTH(p.source_key)) OVER (ORDER BY tree.depth, tree.id) AS bytes,
          COUNT(*) OVER () AS candidates
        FROM tree JOIN object o ON o.id = tree.id JOIN object p ON p.id = tree.parent_id
        WHERE tree.depth > 0 AND ${tree.visible} AND (tree.depth > :depth OR (tree.depth = :depth AND tree.id > :last))
        ORDER BY tree.depth, tree.id LIMIT ${PAGE_ROWS}
      ) page WHERE page.bytes <= ${PAGE_KEY_BYTES} OR page.bytes IS NULL ORDER BY page.depth, page.id`,
      { ...tree.parameters, depth, last },
    );
    for (const { source_key, parent_source_key } of rows)
      if (source_key && parent_source_key)
        changes.push({
          changeId: newest,
          sourceKey: source_key,
          parentSourceKey: parent_source_key,
          type: ICS_FOLDER_NEW,
          flags: 0,
        });
    const end = rows.at(-1);
    if (!end || rows.length === end.candidates) return changes;
    depth = end.depth;
    last = end.id;
  }
}

/** What others changed of the folders in the visible ones since. */
async function changedBelow(
  actor: Actor,
  root: Target,
  grants: Grants,
  { syncId, changeId, flags }: HierarchyRequest,
): Promise<IcsChange[]> {
  const tree = treeSql(actor, root, grants, withDeleted(flags));
  const last = new LastChanges();
  for (let after = changeId; ; ) {
    const rows = await actor.database.query<{
      id: number;
      ics_type: number;
      ics_flags: number;
      source_key: Buffer | null;
      folder_source_key: Buffer | null;
      candidates: number;
    }>(
      `${tree.sql}
      SELECT page.id, page.ics_type, page.ics_flags, page.source_key, page.folder_source_key, page.candidates FROM (
        SELECT c.id, c.ics_type, c.ics_flags, c.source_key, c.folder_source_key,
          SUM(LENGTH(c.source_key) + LENGTH(c.folder_source_key)) OVER (ORDER BY c.id) AS bytes,
          COUNT(*) OVER () AS candidates
        FROM tree JOIN \`change\` c ON c.folder_id = tree.id AND c.ics_type IN (${FOLDER_CHANGES.join(', ')})
        WHERE c.id > :after AND c.sync_id <> :syncId AND ${tree.visible} ORDER BY c.id LIMIT ${PAGE_ROWS}
      ) page WHERE page.bytes <= ${PAGE_KEY_BYTES} OR page.bytes IS NULL ORDER BY page.id`,
      { ...tree.parameters, after, syncId },
    );
    last.add(
      rows.flatMap((row) =>
        row.source_key && row.folder_source_key
          ? [
              {
                id: row.id,
                type: row.ics_type,
                flags: row.ics_flags,
                sourceKey: row.source_key,
                folderSourceKey: row.folder_source_key,
                associated: false,
                syncId: 0,
              },
            ]
          : [],
      ),
    );
    const end = rows.at(-1);
    if (!end || rows.length === end.candidates)
      return last.list().map((change) => ({
        changeId: change.id,
        sourceKey: change.sourceKey,
        parentSourceKey: change.folderSourceKey,
        type: change.type,
        flags: change.flags,
      }));
    after = end.id;
  }
}
