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
  readonly folderId: number | null;
  readonly types: readonly number[];
  /** Changes after this one. */
  readonly after: number;
  /** Up to this one. */
  readonly upTo: number;
}

/** Changes of one statement. */
const PAGE_ROWS = 5_000;
/** What the source keys of one statement may take of the 1 MiB of a response, as base64 a third more. */
const PAGE_KEY_BYTES = 350_000;

/** The changes of a range in the order of their numbers, page by page. */
export async function* readChanges(statements: Statements, range: ChangeRange): AsyncGenerator<LoggedChange[]> {
  const { sql, parameters } = pageOf(range);
  for (let after = range.after; after < range.upTo; ) {
    const rows = await statements.query<LogRow>(
      `SELECT page.id, page.ics_type, page.ics_flags, page.source_key, page.folder_source_key, page.associated,
         page.sync_id, page.candidates
       FROM (
        SELECT c.id, c.ics_type, c.ics_flags, c.source_key, c.folder_source_key, c.associated, c.sync_id,
          SUM(LENGTH(c.source_key) + LENGTH(c.folder_source_key)) OVER (ORDER BY c.id) AS bytes,
          COUNT(*) OVER () AS candidates
        FROM (${sql}) ids JOIN \`change\` c ON c.id = ids.id
       ) page WHERE page.bytes <= ${PAGE_KEY_BYTES} OR page.bytes IS NULL ORDER BY page.id`,
      { ...parameters, after, upTo: range.upTo },
    );
    yield rows.flatMap(readRow);
    const last = rows.at(-1);
    if (!last || (rows.length === last.candidates && rows.length < PAGE_ROWS)) return;
    after = last.id;
  }
}

/** The numbers of a page: an index names them without a look at other changes of the folder. */
function pageOf({ folderId, types }: ChangeRange): { sql: string; parameters: SqlParameters } {
  const last = `ORDER BY id LIMIT ${PAGE_ROWS}`;
  if (folderId === null)
    return {
      sql: `SELECT id FROM \`change\` WHERE id > :after AND id <= :upTo AND ics_type IN (${types.join(', ')}) ${last}`,
      parameters: {},
    };
  const ofType = types.map(
    (type) =>
      `(SELECT id FROM \`change\` WHERE folder_id = :folderId AND ics_type = ${type} AND id > :after AND id <= :upTo ${last})`,
  );
  return { sql: `${ofType.join(' UNION ALL ')} ${last}`, parameters: { folderId } };
}

interface LogRow {
  readonly id: number;
  readonly ics_type: number;
  readonly ics_flags: number;
  readonly source_key: Buffer | null;
  readonly folder_source_key: Buffer | null;
  readonly associated: number;
  readonly sync_id: number;
  readonly candidates: number;
}

/** Nobody can be told of a change without keys. */
function readRow(row: LogRow): LoggedChange[] {
  if (!row.source_key || !row.folder_source_key) return [];
  return [
    {
      id: row.id,
      type: row.ics_type,
      flags: row.ics_flags,
      sourceKey: row.source_key,
      folderSourceKey: row.folder_source_key,
      associated: row.associated !== 0,
      syncId: row.sync_id,
    },
  ];
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
