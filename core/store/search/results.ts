import { fnevObjectModified, fnevSearchComplete, fnevTableModified } from '../../mapi/change-types.ts';
import { MAPI_FOLDER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Statements } from '../../platform/database.ts';
import type { Change } from '../changes.ts';
import { sqlList } from '../sql-list.ts';
import type { Standing } from './standing.ts';

/** Rows of one statement. */
const ROWS = 1_000;

const parts = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / ROWS) }, (_, part) => list.slice(part * ROWS, (part + 1) * ROWS));

/** Which of some messages are among the results of a search folder. */
export async function resultsAmong(
  statements: Statements,
  folderId: number,
  ids: readonly number[],
): Promise<Set<number>> {
  const found = new Set<number>();
  for (const part of parts(ids)) {
    const list = sqlList('id', part);
    const rows = await statements.query<{ object_id: number }>(
      `SELECT object_id FROM search_result WHERE folder_id = :folderId AND object_id IN (${list.sql})`,
      { ...list.parameters, folderId },
    );
    for (const row of rows) found.add(row.object_id);
  }
  return found;
}

/** Answers how many of them were no results before. */
export async function addResults(statements: Statements, folderId: number, ids: readonly number[]): Promise<number> {
  let added = 0;
  for (const part of parts(ids)) {
    const list = sqlList('id', part);
    const rows = part.map((_, index) => `(:folderId, :id${index})`);
    const { updated } = await statements.execute(
      `INSERT IGNORE INTO search_result (folder_id, object_id) VALUES ${rows.join(', ')}`,
      { ...list.parameters, folderId },
    );
    added += updated;
  }
  return added;
}

export async function removeResults(statements: Statements, folderId: number, ids: readonly number[]): Promise<void> {
  for (const part of parts(ids)) {
    const list = sqlList('id', part);
    await statements.execute(`DELETE FROM search_result WHERE folder_id = :folderId AND object_id IN (${list.sql})`, {
      ...list.parameters,
      folderId,
    });
  }
}

/*
 * What listeners are told. Changes of results are events of tables
 * (fnevTableModified), which no listener to objects sees: the folder that the
 * message entered or left is told as with a move.
 */

type Place = Pick<Standing, 'folderId' | 'storeId' | 'parentId' | 'entryId'>;

/** That a message is among the results now, or isn't any more. */
export const resultChanged = ({ folderId, storeId }: Place, objectId: number, isResult: boolean): Change => ({
  storeId,
  folderId: isResult ? folderId : 0,
  oldFolderId: isResult ? 0 : folderId,
  objectId,
  kind: MAPI_MESSAGE,
  event: fnevTableModified,
});

const folderChanged = ({ folderId, storeId, parentId, entryId }: Place, event: number): Change => ({
  storeId,
  folderId: parentId,
  objectId: folderId,
  kind: MAPI_FOLDER,
  event,
  entryId,
});

/** That more rows changed than is worth to be told one by one. */
export const tableChanged = (place: Place): Change => folderChanged(place, fnevTableModified);

/** That the counts of the search folder changed; told to who ignores those of other folders, too (observed on 11.0.2). */
export const countsChanged = (place: Place): Change => folderChanged(place, fnevObjectModified);

/** That all messages have been looked at; of the folder alone is told (observed on 11.0.2). */
export const searchCompleted = (place: Place): Change => ({ ...folderChanged(place, fnevSearchComplete), folderId: 0 });
