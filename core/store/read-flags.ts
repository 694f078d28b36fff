import { fnevObjectModified, ICS_MESSAGE_FLAG } from '../mapi/change-types.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_NO_ACCESS, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import { MSGFLAG_NRN_PENDING, MSGFLAG_READ, MSGFLAG_RN_PENDING } from '../mapi/message-flags.ts';
import { MAPI_MESSAGE } from '../mapi/object-types.ts';
import type { SqlRow } from '../platform/database.ts';
import { grantsOn, mayReadMessages } from './access.ts';
import type { Actor } from './actor.ts';
import { appendChanges, type Change, countersChanged, nextChangeKeys } from './changes.ts';
import { existingIds } from './existing-ids.ts';
import { lockStoreAndFolder } from './folder-counters.ts';
import { lockObjects } from './locked-objects.ts';
import type { Target } from './object-row.ts';
import { serverGuid } from './server-guid.ts';
import { sqlList } from './sql-list.ts';
import { findTarget } from './target.ts';

/** Flags of setReadFlags (MS-OXCMSG 2.2.3.10; mapidefs of the clients). */
export const SUPPRESS_RECEIPT = 0x01;
export const CLEAR_READ_FLAG = 0x04;
export const GENERATE_RECEIPT_ONLY = 0x10;
export const CLEAR_RN_PENDING = 0x20;
export const CLEAR_NRN_PENDING = 0x40;

/** Messages of one transaction. */
const BATCH = 500;

/** The messages: those named, or all of a folder. */
export type ReadFlagScope = { readonly entryIds: readonly Buffer[] } | { readonly folderId: number };

interface Row {
  readonly id: number;
  readonly folderId: number;
  readonly storeId: number;
  readonly flags: number;
  readonly entryId: Buffer | null;
  readonly sourceKey: Buffer | null;
  readonly changeKey: Buffer | null;
  readonly predecessors: Buffer | null;
}

/** Bits that a call sets and clears. */
function masks(flags: number): { set: number; clear: number } {
  let clear = 0;
  if (flags & (CLEAR_NRN_PENDING | SUPPRESS_RECEIPT)) clear |= MSGFLAG_NRN_PENDING;
  if (flags & (CLEAR_RN_PENDING | SUPPRESS_RECEIPT)) clear |= MSGFLAG_RN_PENDING;
  if (flags & CLEAR_READ_FLAG) return { set: 0, clear: clear | MSGFLAG_READ };
  return { set: MSGFLAG_READ, clear };
}

/** Marks messages read or unread; those that are so already stay untouched. */
export async function setReadFlags(actor: Actor, scope: ReadFlagScope, flags: number, syncId: number): Promise<void> {
  if (flags & GENERATE_RECEIPT_ONLY) return;
  const { set, clear } = masks(flags);
  const rows = await messagesToChange(actor, scope, set, clear);
  const folders = new Map<number, Target>();
  for (const folderId of new Set(rows.map((row) => row.folderId))) {
    const folder = await findTarget(actor.database, { id: folderId });
    if (!folder) throw new KopanoError(KCERR_NOT_FOUND, 'the folder does not exist');
    const grants = await grantsOn(actor.database, actor.identity, folder, actor.platform.settings.hosted);
    if (!mayReadMessages(grants, folder)) throw new KopanoError(KCERR_NO_ACCESS, 'needs the right to read');
    folders.set(folderId, folder);
  }
  for (const [folderId, inFolder] of Map.groupBy(rows, (row) => row.folderId))
    for (let start = 0; start < inFolder.length; start += BATCH)
      await changeBatch(actor, folders.get(folderId)!, inFolder.slice(start, start + BATCH), set, clear, syncId);
}

async function messagesToChange(actor: Actor, scope: ReadFlagScope, set: number, clear: number): Promise<Row[]> {
  const differs = '((o.message_flags & :clear) <> 0 OR (o.message_flags & :set) <> :set)';
  const columns = `o.id, o.parent_id, o.store_id, o.message_flags, o.entry_id, o.source_key, o.change_key, o.predecessors`;
  const only = `o.kind = ${MAPI_MESSAGE} AND o.associated = 0 AND o.deleted = 0 AND ${differs}`;
  if ('entryIds' in scope) {
    if (scope.entryIds.length > 100_000) throw new KopanoError(KCERR_INVALID_PARAMETER, 'too many messages at once');
    const rows: Row[] = [];
    const existing = await existingIds(actor.database, scope.entryIds);
    for (let start = 0; start < existing.length; start += BATCH) {
      const list = sqlList('entry', existing.slice(start, start + BATCH));
      const page = await actor.database.query(
        `SELECT ${columns} FROM object o JOIN folder f ON f.id = o.parent_id WHERE o.entry_id IN (${list.sql}) AND ${only}`,
        { ...list.parameters, set, clear },
      );
      rows.push(...page.map(readRow));
    }
    return rows;
  }
  const rows: Row[] = [];
  for (let last = 0; ; last = rows.at(-1)!.id) {
    const page = await actor.database.query(
      `SELECT ${columns} FROM object o WHERE o.parent_id = :folderId AND o.id > :last AND ${only} ORDER BY o.id LIMIT 1500`,
      { folderId: scope.folderId, last, set, clear },
    );
    rows.push(...page.map(readRow));
    if (page.length < 1500) return rows;
  }
}

const readRow = (row: SqlRow): Row => ({
  id: row.id as number,
  folderId: row.parent_id as number,
  storeId: row.store_id as number,
  flags: row.message_flags as number,
  entryId: row.entry_id as Buffer | null,
  sourceKey: row.source_key as Buffer | null,
  changeKey: row.change_key as Buffer | null,
  predecessors: row.predecessors as Buffer | null,
});

async function changeBatch(
  actor: Actor,
  folder: Target,
  rows: readonly Row[],
  set: number,
  clear: number,
  syncId: number,
): Promise<void> {
  const guid = await serverGuid(actor.platform.database);
  const { storeId, folderId } = rows[0]!;
  await actor.database.transaction(async (transaction) => {
    const now = await lockObjects(
      transaction,
      storeId,
      rows.map((row) => row.id),
    );
    // What left the folder meanwhile, or has these flags by now, stays as it is.
    const changed = rows.flatMap((row) => {
      const current = now.get(row.id);
      if (!current || current.deleted || current.parentId !== folderId) return [];
      const { messageFlags: flags, changeKey, predecessors } = current;
      return (flags & clear) !== 0 || (flags & set) !== set ? [{ ...row, flags, changeKey, predecessors }] : [];
    });
    if (changed.length === 0) return;
    const unread = changed.reduce((sum, row) => {
      const before = (row.flags & MSGFLAG_READ) !== 0;
      if (set & MSGFLAG_READ && !before) return sum - 1;
      return clear & MSGFLAG_READ && before ? sum + 1 : sum;
    }, 0);
    await lockStoreAndFolder(transaction, { storeId, size: 0, folderId, counters: { unread } });
    const changeIds = await appendChanges(transaction, [
      ...changed.map(
        (row): Change => ({
          storeId,
          folderId,
          objectId: row.id,
          kind: MAPI_MESSAGE,
          event: fnevObjectModified,
          icsType: (set | clear) & MSGFLAG_READ ? ICS_MESSAGE_FLAG : 0,
          icsFlags: set & MSGFLAG_READ,
          sourceKey: row.sourceKey,
          folderSourceKey: folder.object.sourceKey,
          syncId,
          entryId: row.entryId,
        }),
      ),
      countersChanged(storeId, folder.object),
    ]);
    await transaction.batch(
      `UPDATE object SET message_flags = (message_flags & ~:clear) | :set, change_key = :changeKey, predecessors = :predecessors,
         version = version + 1 WHERE id = :id`,
      changed.map((row, index) => {
        const keys =
          syncId === 0
            ? nextChangeKeys(guid, changeIds[index]!, row)
            : { changeKey: row.changeKey, predecessors: row.predecessors };
        return { id: row.id, set, clear, changeKey: keys.changeKey, predecessors: keys.predecessors };
      }),
    );
  });
}
