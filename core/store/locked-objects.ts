import type { Statements } from '../platform/database.ts';
import { sqlList } from './sql-list.ts';

/** What may have changed of an object between its being listed and its being changed. */
export interface LockedObject {
  readonly parentId: number;
  readonly deleted: boolean;
  /** It, or a folder above it, is soft-deleted: its size doesn't count. */
  readonly gone: boolean;
  readonly messageFlags: number;
  readonly size: number;
  readonly entryId: Buffer | null;
  readonly changeKey: Buffer | null;
  readonly predecessors: Buffer | null;
}

/**
 * First statement of a transaction that changes objects listed before it: locks
 * the store's row, as all writers do, and reads the objects as they are from
 * now on until the end. What is missing in the answer is gone for good.
 */
export async function lockObjects(
  statements: Statements,
  storeId: number,
  ids: readonly number[],
): Promise<ReadonlyMap<number, LockedObject>> {
  const list = sqlList('id', ids);
  const rows = await statements.query<{
    id: number;
    parent_id: number;
    deleted: number;
    gone: number | null;
    message_flags: number;
    size: number;
    entry_id: Buffer | null;
    change_key: Buffer | null;
    predecessors: Buffer | null;
  }>(
    // STRAIGHT_JOIN: the store's row first, so that writers wait there and nowhere else.
    `SELECT o.id, o.parent_id, o.deleted, f.gone, o.message_flags, o.size, o.entry_id, o.change_key, o.predecessors
     FROM store st STRAIGHT_JOIN object o LEFT JOIN folder f ON f.id = o.parent_id
     WHERE st.id = :storeId AND o.id IN (${list.sql}) ORDER BY o.id FOR UPDATE`,
    { ...list.parameters, storeId },
  );
  return new Map(
    rows.map((row) => [
      row.id,
      {
        parentId: row.parent_id,
        deleted: Number(row.deleted) !== 0,
        gone: Number(row.deleted) !== 0 || Number(row.gone ?? 0) !== 0,
        messageFlags: row.message_flags,
        size: row.size,
        entryId: row.entry_id,
        changeKey: row.change_key,
        predecessors: row.predecessors,
      },
    ]),
  );
}

/** Whether two ids that may be missing are the same. */
export const sameId = (one: Buffer | null, other: Buffer | null): boolean =>
  one === null || other === null ? one === other : one.equals(other);
