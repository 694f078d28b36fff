import { changeKeyOf, withChangeKey } from '../mapi/change-key.ts';
import { fnevObjectModified, ICS_MESSAGE_CHANGE } from '../mapi/change-types.ts';
import { MAPI_FOLDER, MAPI_MESSAGE } from '../mapi/object-types.ts';
import { hintChange } from '../platform/change-hints.ts';
import type { SqlValue, Statements } from '../platform/database.ts';
import type { ParentRow } from './object-row.ts';
import type { LoadedTarget } from './target.ts';

/**
 * A change to be appended: what incremental sync and notifications will read.
 * Writers lock their store's row first (see {@link lockStore}), so that ids of
 * one store appear in the order of commit and no reader passes one by.
 */
export interface Change {
  readonly storeId: number;
  /** The folder the object is in, for folders their parent; 0 for a store. */
  readonly folderId: number;
  readonly objectId: number;
  /** MAPI_STORE, MAPI_FOLDER or MAPI_MESSAGE. */
  readonly kind: number;
  /** fnevObject* (core/mapi/change-types.ts); 0 for a change only sync sees. */
  readonly event: number;
  /** Only counters of the folder changed. */
  readonly counter?: boolean;
  readonly associated?: boolean;
  /** ICS_*; 0 for what sync doesn't see. */
  readonly icsType?: number;
  readonly icsFlags?: number;
  readonly sourceKey?: Buffer | null;
  readonly folderSourceKey?: Buffer | null;
  /** The sync that brought the change; it is not told of it again. */
  readonly syncId?: number;
  readonly entryId?: Buffer | null;
  readonly oldFolderId?: number;
  readonly oldEntryId?: Buffer | null;
}

const COLUMNS = [
  'store_id',
  'folder_id',
  'object_id',
  'kind',
  'event',
  'counter',
  'associated',
  'ics_type',
  'ics_flags',
  'source_key',
  'folder_source_key',
  'sync_id',
  'entry_id',
  'old_folder_id',
  'old_entry_id',
] as const;

const valuesOf = (change: Change): SqlValue[] => [
  change.storeId,
  change.folderId,
  change.objectId,
  change.kind,
  change.event,
  change.counter ? 1 : 0,
  change.associated ? 1 : 0,
  change.icsType ?? 0,
  change.icsFlags ?? 0,
  change.sourceKey ?? null,
  change.folderSourceKey ?? null,
  change.syncId ?? 0,
  change.entryId ?? null,
  change.oldFolderId ?? 0,
  change.oldEntryId ?? null,
];

/** A folder as the change of it names it. */
type ChangedFolder = Pick<ParentRow, 'id' | 'parentId' | 'entryId'>;

/** That the counters of a folder changed, told to those who watch it. */
export const countersChanged = (storeId: number, { id, parentId, entryId }: ChangedFolder): Change => ({
  storeId,
  folderId: parentId,
  objectId: id,
  kind: MAPI_FOLDER,
  event: fnevObjectModified,
  counter: true,
  entryId,
});

/** That a message changed where it is. */
export const messageChanged = (
  { store, object, parent }: Pick<LoadedTarget, 'store' | 'object' | 'parent'>,
  syncId = 0,
): Change => ({
  storeId: store.id,
  folderId: object.parentId,
  objectId: object.id,
  kind: MAPI_MESSAGE,
  event: fnevObjectModified,
  associated: object.associated,
  icsType: ICS_MESSAGE_CHANGE,
  sourceKey: object.sourceKey,
  folderSourceKey: parent?.sourceKey ?? null,
  syncId,
  entryId: object.entryId,
});

/** Rows in one statement; each binds 15 parameters. */
const ROWS_PER_STATEMENT = 500;

/**
 * Appends changes, in one statement for up to 500, and answers the id of each.
 * Ids of one multi-row insert are consecutive (InnoDB, simple inserts).
 */
export async function appendChanges(statements: Statements, changes: readonly Change[]): Promise<number[]> {
  const ids: number[] = [];
  for (let start = 0; start < changes.length; start += ROWS_PER_STATEMENT) {
    const part = changes.slice(start, start + ROWS_PER_STATEMENT);
    const parameters: Record<string, SqlValue> = {};
    const rows = part.map((change, row) => {
      const names = valuesOf(change).map((value, column) => {
        const name = `v${row}_${column}`;
        parameters[name] = value;
        return `:${name}`;
      });
      return `(${names.join(', ')}, UTC_TIMESTAMP(3))`;
    });
    const { generatedId } = await statements.execute(
      `INSERT INTO \`change\` (${COLUMNS.join(', ')}, at) VALUES ${rows.join(', ')}`,
      parameters,
    );
    for (let i = 0; i < part.length; i++) ids.push(generatedId + i);
  }
  const storeIds = [...new Set(changes.map(({ storeId }) => storeId))];
  statements.afterCommit(() => hintChange(storeIds));
  return ids;
}

/**
 * PR_EC_IMAP_ID of a message that comes to a folder with this change. IMAP
 * clients, and the gateway's own look for news, ask for messages with a number
 * above the highest they know (RFC 3501, 2.3.1.1: strictly ascending), so it
 * must ascend in the order of commit, whichever function writes; the changes of
 * a store do.
 */
export const imapIdOf = (changeId: number): number => changeId;

/** The change keys of an object after a change. */
export interface ChangeKeys {
  readonly changeKey: Buffer;
  /** What is kept in the row. */
  readonly predecessors: Buffer;
  /** What the client is told. */
  readonly toldPredecessors: Buffer;
}

/**
 * Keys for a change made here. Observed on 11.0.2: the list that is kept is the
 * bare new change key, the list that is told is what was kept with the new key
 * appended; clients rely on neither being more.
 */
export function nextChangeKeys(
  serverGuid: Buffer,
  changeId: number,
  before: { readonly changeKey: Buffer | null; readonly predecessors: Buffer | null },
): ChangeKeys {
  const changeKey = changeKeyOf(serverGuid, changeId);
  const list =
    before.predecessors ?? (before.changeKey ? withChangeKey(Buffer.alloc(0), before.changeKey) : Buffer.alloc(0));
  return { changeKey, predecessors: changeKey, toldPredecessors: withChangeKey(list, changeKey) };
}
