import {
  fnevObjectCopied,
  fnevObjectCreated,
  fnevObjectDeleted,
  fnevObjectMoved,
  fnevTableModified,
} from '../../mapi/change-types.ts';
import { MAPI_FOLDER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Statements } from '../../platform/database.ts';
import type { StorePlace } from '../table/store-place.ts';

/** What changes say of the rows of a table. */
export interface Affected {
  /** So much changed that single rows aren't told. */
  readonly everything: boolean;
  /** By object: whether it was in the folder before, where the changes tell. */
  readonly objects: ReadonlyMap<number, boolean | undefined>;
}

/** A stretch of the change log. */
export interface Stretch {
  readonly storeId: number;
  readonly after: number;
  readonly upTo: number;
}

/** From so many objects moved, changed or deleted on, a table is told that it changed as a whole (observed on 11.0.2). */
export const TABLE_CHANGE_THRESHOLD = 10;
/** New messages mostly come one by one; of so many at once, a client had better read anew. */
const MOST_OBJECTS = 50;
const MOST_CHANGES = 500;

const EVERYTHING: Affected = { everything: true, objects: new Map() };

interface Row {
  readonly object_id: number;
  readonly kind: number;
  readonly event: number;
  readonly folder_id: number;
  readonly old_folder_id: number;
}

const COLUMNS = 'c.object_id, c.kind, c.event, c.folder_id, c.old_folder_id';
const RANGE = 'c.store_id = :storeId AND c.id > :after AND c.id <= :upTo';

/** What happened to the messages of a folder. */
export async function affectedMessages(statements: Statements, stretch: Stretch, place: StorePlace): Promise<Affected> {
  const folderId = place.folder.id;
  const rows = await statements.query<Row>(
    `SELECT ${COLUMNS} FROM \`change\` c WHERE ${RANGE} AND c.kind = ${MAPI_MESSAGE} AND c.event NOT IN (0, ${fnevTableModified})
       AND c.associated = ${Number(place.associated)} AND :folderId IN (c.folder_id, c.old_folder_id)
     ORDER BY c.id LIMIT ${MOST_CHANGES}`,
    { ...stretch, folderId },
  );
  return summary(rows, ({ event, folder_id, old_folder_id }) => {
    if (place.deleted) return event === fnevObjectMoved && old_folder_id === folderId ? true : undefined;
    if (event === fnevObjectCreated || event === fnevObjectCopied) return false;
    if (event !== fnevObjectMoved) return true;
    // Within one folder a message moves by being restored.
    return old_folder_id === folderId && folder_id !== folderId;
  });
}

/**
 * What happened to the results of a search folder, and to its messages
 * wherever they are: those that are no results are among them.
 */
export async function affectedResults(statements: Statements, stretch: Stretch, folderId: number): Promise<Affected> {
  const rows = await statements.query<Row>(
    `SELECT ${COLUMNS} FROM \`change\` c WHERE ${RANGE} AND (
        (c.event = ${fnevTableModified} AND c.kind = ${MAPI_MESSAGE} AND :folderId IN (c.folder_id, c.old_folder_id))
        OR (c.event = ${fnevTableModified} AND c.kind = ${MAPI_FOLDER} AND c.object_id = :folderId)
        OR (c.event NOT IN (0, ${fnevTableModified}) AND c.kind = ${MAPI_MESSAGE} AND c.associated = 0 AND EXISTS
          (SELECT 1 FROM search_result r WHERE r.folder_id = :folderId AND r.object_id = c.object_id)))
     ORDER BY c.id LIMIT ${MOST_CHANGES}`,
    { ...stretch, folderId },
  );
  if (rows.some((row) => row.kind === MAPI_FOLDER)) return EVERYTHING;
  // Only what happened to the results tells whether a message was one before.
  const told = rows.toSorted((one, other) => Number(isOfResults(other)) - Number(isOfResults(one)));
  return summary(told, (row) => (isOfResults(row) ? row.old_folder_id === folderId : true));
}

const isOfResults = ({ event }: Row): boolean => event === fnevTableModified;

function summary(rows: readonly Row[], wasThere: (row: Row) => boolean | undefined): Affected {
  if (rows.length >= MOST_CHANGES) return EVERYTHING;
  const objects = new Map<number, boolean | undefined>();
  const touched = new Set<number>();
  for (const row of rows) {
    if (!objects.has(row.object_id)) objects.set(row.object_id, wasThere(row));
    if (row.event === fnevObjectMoved || row.event === fnevObjectDeleted) touched.add(row.object_id);
    else if (objects.get(row.object_id) !== false) touched.add(row.object_id);
  }
  return touched.size >= TABLE_CHANGE_THRESHOLD || objects.size > MOST_OBJECTS
    ? EVERYTHING
    : { everything: false, objects };
}

/** Folders that changed in a store, if only in their counters. */
export async function affectedFolders(statements: Statements, stretch: Stretch): Promise<Set<number>> {
  const rows = await statements.query<{ object_id: number }>(
    `SELECT DISTINCT c.object_id FROM \`change\` c WHERE ${RANGE} AND c.kind = ${MAPI_FOLDER}
       AND c.event NOT IN (0, ${fnevTableModified})`,
    { ...stretch },
  );
  return new Set(rows.map((row) => row.object_id));
}

/** Messages that changed in a store, or in any (0). */
export async function changedMessages(statements: Statements, { storeId, after, upTo }: Stretch): Promise<Set<number>> {
  const rows = await statements.query<{ object_id: number }>(
    `SELECT DISTINCT c.object_id FROM \`change\` c
     WHERE ${storeId === 0 ? '' : 'c.store_id = :storeId AND '}c.id > :after AND c.id <= :upTo AND c.kind = ${MAPI_MESSAGE}
       AND c.event NOT IN (0, ${fnevTableModified}) ORDER BY c.object_id LIMIT 10000`,
    { ...(storeId === 0 ? {} : { storeId }), after, upTo },
  );
  return new Set(rows.map((row) => row.object_id));
}
