import { FOLDER_SEARCH, MAPI_FOLDER, MAPI_MESSAGE } from '../mapi/object-types.ts';
import type { SqlRow, Statements } from '../platform/database.ts';
import { existingIds } from './existing-ids.ts';
import { sqlList } from './sql-list.ts';

/** A folder or message that a deletion reaches. */
export interface Doomed {
  readonly id: number;
  readonly storeId: number;
  readonly parentId: number;
  /** MAPI_FOLDER or MAPI_MESSAGE. */
  readonly kind: number;
  readonly associated: boolean;
  /** It was soft-deleted itself before. */
  readonly wasDeleted: boolean;
  /** It, or a folder above it, was soft-deleted before: its size counts no more. */
  readonly wasGone: boolean;
  readonly ownerId: number;
  readonly messageFlags: number;
  readonly size: number;
  readonly entryId: Buffer | null;
  readonly sourceKey: Buffer | null;
  readonly folderSourceKey: Buffer | null;
  readonly folderEntryId: Buffer | null;
  /** The folder that its folder is in; 0 for what lies in a store. */
  readonly folderParentId: number;
  /** Named by the caller (or directly in the folder that is emptied), not merely below. */
  readonly isRoot: boolean;
  readonly depth: number;
  readonly isSearchFolder: boolean;
}

/** Where a deletion begins. */
export type Roots =
  /** The objects themselves. */
  | { readonly ids: readonly number[] }
  | { readonly entryIds: readonly Buffer[] }
  /** What lies in a folder; `associated` tells whether associated messages too. */
  | { readonly in: number; readonly associated: boolean };

/** Rows of a page; about 250 bytes each, of the 1 MiB of a response. */
const PAGE_ROWS = 2000;
/** Folders are not nested deeper. */
const MAX_DEPTH = 100;
/** Roots named in one statement. */
const ROOTS_PER_STATEMENT = 500;

/** Lists what a deletion reaches: folders and the messages in them, parents before children. */
export async function listDoomed(statements: Statements, roots: Roots, hard: boolean): Promise<Doomed[]> {
  const found = new Map<number, Doomed>();
  const named = 'entryIds' in roots ? { entryIds: await existingIds(statements, roots.entryIds) } : roots;
  for (const part of partsOf(named)) {
    const { sql, parameters } = anchor(part);
    for (let last = 0; ; ) {
      const page = await statements.query(
        `WITH RECURSIVE doomed (id, gone, depth) AS (
          SELECT o.id, GREATEST(o.deleted, COALESCE(hf.gone, 0)), 0 FROM object o LEFT JOIN folder hf ON hf.id = o.parent_id
            WHERE ${sql} AND o.kind IN (${MAPI_FOLDER}, ${MAPI_MESSAGE})
            ${hard ? '' : 'AND o.deleted = 0'}
          UNION ALL
          SELECT c.id, GREATEST(c.deleted, d.gone), d.depth + 1 FROM doomed d
            JOIN folder f ON f.id = d.id JOIN object c ON c.parent_id = f.id
            WHERE d.depth < ${MAX_DEPTH} ${hard ? '' : 'AND c.deleted = 0'}
        )
        SELECT o.id, o.store_id, o.parent_id, o.kind, o.associated, o.deleted, d.gone, d.depth, o.owner_id, o.message_flags,
          o.size, o.entry_id, o.source_key, p.source_key AS folder_source_key, p.entry_id AS folder_entry_id,
          p.parent_id AS folder_parent_id, f.type AS folder_type
        FROM doomed d JOIN object o ON o.id = d.id LEFT JOIN object p ON p.id = o.parent_id LEFT JOIN folder f ON f.id = o.id
        WHERE o.id > :last ORDER BY o.id LIMIT ${PAGE_ROWS}`,
        { ...parameters, last },
      );
      for (const row of page) add(found, row);
      if (page.length < PAGE_ROWS) break;
      last = page.at(-1)!.id as number;
    }
  }
  return [...found.values()].sort((x, y) => x.depth - y.depth || x.id - y.id);
}

function partsOf(roots: Roots): Roots[] {
  if ('in' in roots) return [roots];
  const slice = <T>(list: readonly T[]): T[][] => {
    const parts: T[][] = [];
    for (let i = 0; i < list.length; i += ROOTS_PER_STATEMENT) parts.push(list.slice(i, i + ROOTS_PER_STATEMENT));
    return parts;
  };
  return 'ids' in roots
    ? slice(roots.ids).map((ids) => ({ ids }))
    : slice(roots.entryIds).map((entryIds) => ({ entryIds }));
}

function anchor(roots: Roots): { sql: string; parameters: Record<string, string | number | Uint8Array> } {
  if ('in' in roots)
    return {
      sql: `o.parent_id = :folderId${roots.associated ? '' : ' AND o.associated = 0'}`,
      parameters: { folderId: roots.in },
    };
  const list = 'ids' in roots ? sqlList('root', roots.ids) : sqlList('root', roots.entryIds);
  return {
    sql: `o.${'ids' in roots ? 'id' : 'entry_id'} IN (${list.sql})`,
    parameters: list.parameters as Record<string, string | number | Uint8Array>,
  };
}

function add(found: Map<number, Doomed>, row: SqlRow): void {
  const id = row.id as number;
  const known = found.get(id);
  const depth = row.depth as number;
  if (known && known.depth <= depth) return;
  found.set(id, {
    id,
    storeId: row.store_id as number,
    parentId: row.parent_id as number,
    kind: row.kind as number,
    associated: row.associated !== 0,
    wasDeleted: Number(row.deleted) !== 0,
    wasGone: Number(row.gone) !== 0,
    ownerId: row.owner_id as number,
    messageFlags: row.message_flags as number,
    size: row.size as number,
    entryId: row.entry_id as Buffer | null,
    sourceKey: row.source_key as Buffer | null,
    folderSourceKey: row.folder_source_key as Buffer | null,
    folderEntryId: row.folder_entry_id as Buffer | null,
    folderParentId: (row.folder_parent_id as number | null) ?? 0,
    isRoot: depth === 0,
    depth,
    isSearchFolder: row.folder_type === FOLDER_SEARCH,
  });
}
