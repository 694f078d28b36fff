import { KopanoError } from '../mapi/error.ts';
import { KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import type { SqlValue, Statements } from '../platform/database.ts';

/** Differences to a folder's counters. */
export interface CounterChanges {
  readonly content?: number;
  readonly unread?: number;
  readonly associated?: number;
  readonly deleted?: number;
  readonly deletedAssociated?: number;
  readonly folders?: number;
  readonly deletedFolders?: number;
}

const COLUMNS: Readonly<Record<keyof CounterChanges, string>> = {
  content: 'content_count',
  unread: 'unread_count',
  associated: 'associated_count',
  deleted: 'deleted_count',
  deletedAssociated: 'deleted_associated_count',
  folders: 'folder_count',
  deletedFolders: 'deleted_folder_count',
};

/** What a transaction does to the store and one folder besides the objects themselves. */
export interface StoreAndFolderChange {
  readonly storeId: number;
  /** Bytes the store grows by. */
  readonly size: number;
  /** The bytes are in the folder and count only if that isn't soft-deleted. */
  readonly sizeInFolder?: boolean;
  readonly folderId: number;
  readonly counters: CounterChanges;
  /** PR_LOCAL_COMMIT_TIME_MAX to be set, as 8 bytes. */
  readonly commitTime?: Buffer;
}

/**
 * First statement of every writing transaction: locks the store's row, which
 * puts writers of one store in line (so changes are numbered in the order they
 * are committed, and nothing deadlocks), and adjusts size and counters. Answers
 * whether anything changed: where counters change and nothing does, the folder is gone.
 */
export async function lockStoreAndFolder(statements: Statements, change: StoreAndFolderChange): Promise<boolean> {
  const parameters: Record<string, SqlValue> = {
    storeId: change.storeId,
    folderId: change.folderId,
    size: change.size,
  };
  const sets = [`st.size = st.size + ${change.sizeInFolder ? 'IF(f.gone = 0, :size, 0)' : ':size'}`];
  for (const [name, column] of Object.entries(COLUMNS)) {
    const difference = change.counters[name as keyof CounterChanges];
    if (!difference) continue;
    sets.push(`f.${column} = f.${column} + :${name}`);
    parameters[name] = difference;
  }
  if (change.commitTime) {
    sets.push('f.commit_time = :commitTime');
    parameters.commitTime = change.commitTime;
  }
  const { updated } = await statements.execute(
    `UPDATE store st STRAIGHT_JOIN folder f ON f.id = :folderId SET ${sets.join(', ')} WHERE st.id = :storeId`,
    parameters,
  );
  return updated > 0;
}

/** The same for what is put into a folder; throws KCERR_NOT_FOUND if that went meanwhile. */
export async function lockStoreAndTarget(statements: Statements, change: StoreAndFolderChange): Promise<void> {
  if (!(await lockStoreAndFolder(statements, change))) throw new KopanoError(KCERR_NOT_FOUND, 'the folder is gone');
}

/** The same without a folder. */
export async function lockStore(statements: Statements, storeId: number, size = 0): Promise<void> {
  await statements.execute('UPDATE store SET size = size + :size WHERE id = :storeId', { storeId, size });
}
