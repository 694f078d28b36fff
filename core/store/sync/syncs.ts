import { KopanoError } from '../../mapi/error.ts';
import { KCERR_COLLISION, KCERR_NOT_FOUND } from '../../mapi/error-codes.ts';
import type { Statements } from '../../platform/database.ts';
import { sqlList } from '../sql-list.ts';
import { newestInFolderSql } from './change-log.ts';

/** A client's sync of a folder's messages, of the folders below it, or of everything. */
export interface Sync {
  readonly id: number;
  /** Empty: of all stores. */
  readonly folderSourceKey: Buffer;
  /** ICS_SYNC_CONTENTS or ICS_SYNC_HIERARCHY. */
  readonly type: number;
  /** The change up to which the client said it has been told; 1 at first. */
  readonly changeId: number;
}

/** A sync with what is known of its folder. */
export interface FoundSync extends Sync {
  /** The newest change in the folder that sync sees; 0 without any, or without a folder. */
  readonly newest: number;
}

/** What a new sync is said to know (observed on 11.0.2). */
const FIRST_CHANGE_ID = 1;

/** Begins a sync; answers its number. */
export async function beginSync(
  statements: Statements,
  sync: { readonly principalId: number; readonly folderSourceKey: Buffer; readonly type: number },
): Promise<number> {
  const { generatedId } = await statements.execute(
    `INSERT INTO sync (principal_id, folder_source_key, ics_type, change_id, at)
     VALUES (:principalId, :folderSourceKey, :type, ${FIRST_CHANGE_ID}, UTC_TIMESTAMP(3))`,
    sync,
  );
  return generatedId;
}

/**
 * Notes how far a client is. Throws KCERR_NOT_FOUND for an unknown sync or that of
 * another principal, KCERR_COLLISION for one of something else.
 */
export async function advanceSync(
  statements: Statements,
  { id, principalId, folderSourceKey, type, changeId }: Sync & { readonly principalId: number },
): Promise<void> {
  const { updated } = await statements.execute(
    `UPDATE sync SET change_id = :changeId, at = UTC_TIMESTAMP(3)
     WHERE id = :id AND principal_id = :principalId AND folder_source_key = :folderSourceKey AND ics_type = :type`,
    { id, principalId, folderSourceKey, type, changeId },
  );
  // A row that already is as it should be may count as not updated.
  if (updated > 0) return;
  const [row] = await statements.query<{ folder_source_key: Buffer; ics_type: number }>(
    'SELECT folder_source_key, ics_type FROM sync WHERE id = :id AND principal_id = :principalId',
    { id, principalId },
  );
  if (!row) throw new KopanoError(KCERR_NOT_FOUND, 'there is no such sync');
  if (!row.folder_source_key.equals(folderSourceKey) || row.ics_type !== type)
    throw new KopanoError(KCERR_COLLISION, 'the sync is of something else');
}

/** A sync with the newest change of its folder, read together so that they fit each other. */
export async function findSync(statements: Statements, id: number): Promise<FoundSync | undefined> {
  const [row] = await statements.query<{
    folder_source_key: Buffer;
    ics_type: number;
    change_id: number;
    newest: number | null;
  }>(
    `SELECT s.folder_source_key, s.ics_type, s.change_id, ${newestInFolderSql(FOLDER_OF_SYNC)} AS newest
     FROM sync s WHERE s.id = :id`,
    { id },
  );
  if (!row) return undefined;
  return {
    id,
    folderSourceKey: row.folder_source_key,
    type: row.ics_type,
    changeId: row.change_id,
    newest: row.newest ?? 0,
  };
}

/** Number of the folder of the sync :id. */
const FOLDER_OF_SYNC =
  '(SELECT o.id FROM object o WHERE o.source_key = (SELECT f.folder_source_key FROM sync f WHERE f.id = :id))';

/** How far syncs are; unknown ones and those of other principals are left out. */
export async function syncStates(
  statements: Statements,
  principalId: number,
  ids: readonly number[],
): Promise<{ readonly syncId: number; readonly changeId: number }[]> {
  const states: { syncId: number; changeId: number }[] = [];
  const wanted = [...new Set(ids)];
  for (let start = 0; start < wanted.length; start += IDS_PER_STATEMENT) {
    const list = sqlList('id', wanted.slice(start, start + IDS_PER_STATEMENT));
    const rows = await statements.query<{ id: number; change_id: number }>(
      `SELECT id, change_id FROM sync WHERE id IN (${list.sql}) AND principal_id = :principalId ORDER BY id`,
      { ...list.parameters, principalId },
    );
    for (const row of rows) states.push({ syncId: row.id, changeId: row.change_id });
  }
  return states;
}

const IDS_PER_STATEMENT = 1_000;
