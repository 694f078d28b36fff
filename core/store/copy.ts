import { sourceKeyOf } from '../mapi/change-key.ts';
import { fnevObjectCopied, ICS_MESSAGE_NEW } from '../mapi/change-types.ts';
import { entryIdOf } from '../mapi/entry-id.ts';
import { fileTimeFromClock } from '../mapi/file-time.ts';
import { MSGFLAG_READ } from '../mapi/message-flags.ts';
import { MAPI_FOLDER, MAPI_MESSAGE } from '../mapi/object-types.ts';
import { allows, grantsOn } from './access.ts';
import type { Actor } from './actor.ts';
import { appendChanges, countersChanged, imapIdOf, nextChangeKeys } from './changes.ts';
import { existingIds } from './existing-ids.ts';
import { lockStoreAndTarget } from './folder-counters.ts';
import { readDescendants } from './load.ts';
import { draftOf } from './merge.ts';
import { numbersOf } from './numbers.ts';
import { insertBlobUses, insertObjects, type NewObject, sortColumns } from './object-insert.ts';
import { type ObjectRow, type RawDocuments, type RawObjectRow, readObjectRow, type Target } from './object-row.ts';
import { unpackProperties } from './property-document.ts';
import { bytesFromFileTime } from './row-properties.ts';
import { serverGuid } from './server-guid.ts';
import { findTarget, type LoadedTarget } from './target.ts';

/**
 * Copies messages with all below them into a folder, of whatever store. The
 * caller has checked that he may create there. Answers whether all were copied:
 * what is unknown, deleted or not the caller's to read is left out.
 */
export async function copyMessages(
  actor: Actor,
  entryIds: readonly Buffer[],
  destination: Target,
  syncId: number,
): Promise<boolean> {
  const there = await existingIds(actor.database, entryIds);
  let complete = there.length === entryIds.length;
  for (const entryId of there) {
    const message = await findTarget(actor.database, { entryId });
    if (message && (await isCopyable(actor, message))) await copyMessage(actor, message, destination, syncId);
    else complete = false;
  }
  return complete;
}

async function isCopyable(actor: Actor, message: LoadedTarget): Promise<boolean> {
  if (message.object.kind !== MAPI_MESSAGE || message.parent?.kind !== MAPI_FOLDER || message.object.deleted)
    return false;
  const grants = await grantsOn(actor.database, actor.identity, message, actor.platform.settings.hosted);
  return allows(grants, message, 'read');
}

type Row = RawObjectRow & RawDocuments;

async function copyMessage(actor: Actor, message: LoadedTarget, destination: Target, syncId: number): Promise<void> {
  const { platform, database } = actor;
  const numbers = numbersOf(platform.database);
  const below = await readDescendants(database, message.object.id);
  const guid = await serverGuid(platform.database);
  const ids = await numbers.take('object', 1 + below.length);
  const sourceKey = sourceKeyOf(guid, await numbers.one('source key'));
  const entryId = entryIdOf(destination.store.guid, MAPI_MESSAGE);
  const newIds = new Map<number, number>([[message.object.id, ids[0]!]]);
  for (const [index, row] of below.entries()) newIds.set(row.o_id, ids[index + 1]!);

  const top: NewObject = {
    ...copyOf(message.object, message.documents.props, message.documents.overflow, destination, actor),
    id: ids[0]!,
    parentId: destination.object.id,
    entryId,
    sourceKey,
    sort: sortColumns(await draftOf(platform, message.documents.props, message.documents.overflow)),
  };
  const children = below.map(
    (row: Row): NewObject => ({
      ...copyOf(readObjectRow(row), row.o_props, row.o_overflow, destination, actor),
      id: newIds.get(row.o_id)!,
      parentId: newIds.get(row.o_parent_id)!,
    }),
  );
  const { associated, messageFlags, size } = message.object;
  const unread = !associated && (messageFlags & MSGFLAG_READ) === 0;

  await database.transaction(async (transaction) => {
    await lockStoreAndTarget(transaction, {
      storeId: destination.store.id,
      size,
      sizeInFolder: true,
      folderId: destination.object.id,
      counters: associated ? { associated: 1 } : { content: 1, unread: unread ? 1 : 0 },
      commitTime: bytesFromFileTime(fileTimeFromClock(platform.clock.now())),
    });
    const [, changeId] = await appendChanges(transaction, [
      countersChanged(destination.store.id, destination.object),
      {
        storeId: destination.store.id,
        folderId: destination.object.id,
        objectId: top.id,
        kind: MAPI_MESSAGE,
        event: fnevObjectCopied,
        associated,
        icsType: ICS_MESSAGE_NEW,
        sourceKey,
        folderSourceKey: destination.object.sourceKey,
        syncId,
        entryId,
        oldFolderId: message.object.parentId,
        oldEntryId: message.object.entryId,
      },
    ]);
    const keys = nextChangeKeys(guid, changeId!, { changeKey: null, predecessors: null });
    await insertObjects(transaction, [
      { ...top, imapId: imapIdOf(changeId!), changeKey: keys.changeKey, predecessors: keys.predecessors },
      ...children,
    ]);
    await insertBlobUses(
      transaction,
      [top, ...children].map((row) => ({ objectId: row.id, names: blobNames(row.props) })),
    );
  });
}

const copyOf = (
  object: ObjectRow,
  props: string,
  overflow: string | null,
  destination: Target,
  actor: Actor,
): Omit<NewObject, 'id' | 'parentId'> => ({
  storeId: destination.store.id,
  kind: object.kind,
  associated: object.associated,
  ownerId: actor.identity.principalId,
  entryId: null,
  sourceKey: null,
  changeKey: null,
  predecessors: null,
  instanceId: object.instanceId,
  messageFlags: object.messageFlags,
  messageStatus: object.messageStatus,
  size: object.size,
  imapId: 0,
  hasAttach: object.hasAttach,
  props,
  overflow,
  sort: undefined,
});

/** Names of the blobs that a property document refers to. */
function blobNames(props: string): string[] {
  const { large, rest } = unpackProperties(props);
  const names = [...large.values()].flatMap(({ blob }) => (blob === undefined ? [] : [blob]));
  return rest === undefined ? names : [...names, rest];
}
