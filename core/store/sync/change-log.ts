import {
  ICS_FOLDER_CHANGE,
  ICS_FOLDER_HARD_DELETE,
  ICS_FOLDER_NEW,
  ICS_FOLDER_SOFT_DELETE,
  ICS_MESSAGE_CHANGE,
  ICS_MESSAGE_FLAG,
  ICS_MESSAGE_HARD_DELETE,
  ICS_MESSAGE_NEW,
  ICS_MESSAGE_SOFT_DELETE,
} from '../../mapi/change-types.ts';
import type { SqlParameters, Statements } from '../../platform/database.ts';
import { keysOfRows, packedKey, packedRow, unpackedKey } from './packed-row.ts';

/*
 * The change log as incremental sync reads it.
 *
 * Writers lock their store's row before they number a change and keep it until
 * they commit, so of one store no change appears below one that has been read.
 * Over several stores that does not hold: a writer in one store may commit
 * number 7 after another has shown number 8. Who reads all of them waits for
 * the writers that are at work (see settledPosition), and only then believes
 * that there is nothing more below the newest number it saw before.
 */

/** Changes of messages that a client is told of. */
export const MESSAGE_CHANGES: readonly number[] = [
  ICS_MESSAGE_NEW,
  ICS_MESSAGE_CHANGE,
  ICS_MESSAGE_FLAG,
  ICS_MESSAGE_SOFT_DELETE,
  ICS_MESSAGE_HARD_DELETE,
];

export const FOLDER_CHANGES: readonly number[] = [
  ICS_FOLDER_NEW,
  ICS_FOLDER_CHANGE,
  ICS_FOLDER_SOFT_DELETE,
  ICS_FOLDER_HARD_DELETE,
];

/** A number that was taken to tell two states of a sync apart; nobody is told of it. */
export const ICS_MARK = 0x0100;

/** A change as it was logged. */
export interface LoggedChange {
  readonly id: number;
  /** ICS_*. */
  readonly type: number;
  readonly flags: number;
  readonly sourceKey: Buffer;
  readonly folderSourceKey: Buffer;
  readonly associated: boolean;
  /** The sync that brought it; 0: none. */
  readonly syncId: number;
}

/** Where changes are read: in one folder, or everywhere (null). */
export interface ChangeRange {
  readonly folder: { readonly id: number; readonly sourceKey: Buffer | null } | null;
  readonly types: readonly number[];
  /** Changes after this one. */
  readonly after: number;
  /** Up to this one. */
  readonly upTo: number;
}

/** Changes of one statement. */
const PAGE_ROWS = 5_000;
/** Fewer where each comes with the key of its folder. */
const PAGE_ROWS_EVERYWHERE = 2_500;

/** The changes of a range in the order of their numbers, page by page. */
export async function* readChanges(statements: Statements, range: ChangeRange): AsyncGenerator<LoggedChange[]> {
  const { folder, upTo } = range;
  const most = folder ? PAGE_ROWS : PAGE_ROWS_EVERYWHERE;
  const page = pageOf(range, most);
  const keys = folder ? ['c.source_key'] : ['c.source_key', 'c.folder_source_key'];
  const packed = packedRow('c.id', 'c.ics_type', 'c.ics_flags', 'c.associated', 'c.sync_id', ...keys.map(packedKey));
  for (let after = range.after; after < upTo; ) {
    const rows = await statements.query<{ packed: string }>(
      `SELECT ${packed} AS packed FROM (${page.sql}) ids JOIN \`change\` c ON c.id = ids.id ORDER BY c.id`,
      { ...page.parameters, after, upTo },
    );
    const read = rows.map((row) => readPacked(row.packed, folder?.sourceKey ?? undefined));
    yield await withLongKeys(statements, read);
    if (rows.length < most) return;
    after = read.at(-1)!.id;
  }
}

/** The numbers of a page: an index names them without a look at other changes of the folder. */
function pageOf({ folder, types }: ChangeRange, most: number): { sql: string; parameters: SqlParameters } {
  const last = `ORDER BY id LIMIT ${most}`;
  if (!folder)
    return {
      sql: `SELECT id FROM \`change\` WHERE id > :after AND id <= :upTo AND ics_type IN (${types.join(', ')}) ${last}`,
      parameters: {},
    };
  const ofType = types.map(
    (type) =>
      `(SELECT id FROM \`change\` WHERE folder_id = :folderId AND ics_type = ${type} AND id > :after AND id <= :upTo ${last})`,
  );
  return { sql: `${ofType.join(' UNION ALL ')} ${last}`, parameters: { folderId: folder.id } };
}

/** A change that may lack the keys that were too long to come along, or that it never had. */
type ReadChange = Omit<LoggedChange, 'sourceKey' | 'folderSourceKey'> & {
  readonly sourceKey: Buffer | undefined;
  readonly folderSourceKey: Buffer | undefined;
};

function readPacked(packed: string, ofFolder: Buffer | undefined): ReadChange {
  const [id, type, flags, associated, syncId, key, folderKey] = packed.split(' ');
  return {
    id: Number(id),
    type: Number(type),
    flags: Number(flags),
    associated: associated !== '0',
    syncId: Number(syncId),
    sourceKey: unpackedKey(key!),
    folderSourceKey: ofFolder ?? (folderKey === undefined ? undefined : unpackedKey(folderKey)),
  };
}

/** Nobody can be told of a change without keys. */
async function withLongKeys(statements: Statements, changes: readonly ReadChange[]): Promise<LoggedChange[]> {
  const lacking = changes
    .filter(({ sourceKey, folderSourceKey }) => !sourceKey || !folderSourceKey)
    .map(({ id }) => id);
  const [own, ofFolders] = await Promise.all(
    ['source_key', 'folder_source_key'].map((column) => keysOfRows(statements, '`change`', column, lacking)),
  );
  return changes.flatMap((change) => {
    const sourceKey = change.sourceKey ?? own?.get(change.id);
    const folderSourceKey = change.folderSourceKey ?? ofFolders?.get(change.id);
    return sourceKey && folderSourceKey ? [{ ...change, sourceKey, folderSourceKey }] : [];
  });
}

/**
 * Of each object and kind of change only the last: a log read long after must
 * not tell each of a thousand edits. In the order of their numbers.
 */
export class LastChanges {
  readonly #last = new Map<string, LoggedChange>();

  add(changes: readonly LoggedChange[]): void {
    for (const change of changes) {
      const key = `${change.type} ${change.folderSourceKey.toString('latin1')} ${change.sourceKey.toString('latin1')}`;
      // Put anew, so that the map stays in the order of the numbers.
      this.#last.delete(key);
      this.#last.set(key, change);
    }
  }

  list(): LoggedChange[] {
    return [...this.#last.values()];
  }
}

/** Selects the number of the newest change that sync sees in a folder (`folder`: SQL of its number); NULL without any. */
export const newestInFolderSql = (folder: string): string =>
  `(SELECT MAX(newest) FROM (${[...MESSAGE_CHANGES, ...FOLDER_CHANGES, ICS_MARK]
    .map((type) => `SELECT MAX(id) AS newest FROM \`change\` WHERE folder_id = ${folder} AND ics_type = ${type}`)
    .join(' UNION ALL ')}) newest_of)`;

/** The newest change of a store. */
export async function newestInStore(statements: Statements, storeId: number): Promise<number> {
  const [row] = await statements.query<{ newest: number | null }>(
    'SELECT MAX(id) AS newest FROM `change` WHERE store_id = :storeId',
    { storeId },
  );
  return row?.newest ?? 0;
}

/**
 * A number below which no further change of any store can appear: two
 * statements. The first one reads the newest number. Whoever took a number up
 * to that one held the lock on a store then; the second one waits for all who
 * hold such a lock, for as long as a transaction takes. It keeps nobody waiting
 * longer than it runs itself. (A column without an index is read, since a scan
 * of an index would not meet the locks.)
 */
export async function settledPosition(statements: Statements): Promise<number> {
  const [row] = await statements.query<{ newest: number | null }>('SELECT MAX(id) AS newest FROM `change`');
  await statements.query('SELECT COUNT(size) AS stores FROM store FORCE INDEX (PRIMARY) LOCK IN SHARE MODE');
  return row?.newest ?? 0;
}
