import { sourceKeyOf } from '../mapi/change-key.ts';
import { fnevObjectCreated, ICS_MESSAGE_NEW } from '../mapi/change-types.ts';
import { indexedEntryId, isValidNewEntryId } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_COLLISION, KCERR_INVALID_ENTRYID, KCERR_INVALID_TYPE } from '../mapi/error-codes.ts';
import { MSGFLAG_READ } from '../mapi/message-flags.ts';
import { MAPI_FOLDER, MAPI_MESSAGE } from '../mapi/object-types.ts';
import {
  PR_CHANGE_KEY,
  PR_PARENT_SOURCE_KEY,
  PR_PREDECESSOR_CHANGE_LIST,
  PR_RECORD_KEY,
  PR_SOURCE_KEY,
} from '../mapi/tags.ts';
import { DuplicateKeyError, type Statements } from '../platform/database.ts';
import { ownerOfNew } from './access.ts';
import type { Actor } from './actor.ts';
import { appendChanges, type Change, countersChanged, imapIdOf, nextChangeKeys } from './changes.ts';
import { lockStoreAndTarget } from './folder-counters.ts';
import { numbersOf } from './numbers.ts';
import { insertBlobUses, insertObjects } from './object-insert.ts';
import type { Target } from './object-row.ts';
import { bytesFromFileTime } from './row-properties.ts';
import { beginSave, planNew, type Save, storeBlobs } from './save-plan.ts';
import type { SavedObject, SaveTree } from './save-tree.ts';

export interface NewMessageOptions {
  /** Composed by the client. */
  readonly entryId: Buffer;
  readonly associated: boolean;
  readonly syncId: number;
  /** Further changes to be told, with the number of the new message: new mail. */
  readonly alsoTell?: (objectId: number) => Change[];
}

/**
 * Saves a new message in a folder. The caller has checked access and quota.
 * Statements: begin, lock and count, changes, rows, commit; one more when
 * values went to blobs.
 */
export async function saveNewMessage(
  actor: Actor,
  folder: Target,
  tree: SaveTree,
  options: NewMessageOptions,
): Promise<SavedObject> {
  const prepared = await prepareNewMessage(actor, folder, tree, options);
  const { ownKey, entryId } = prepared;
  const write = (sourceKey: Buffer): Promise<SavedObject> =>
    actor.database.transaction((transaction) => writeNewMessage(transaction, prepared, sourceKey));
  try {
    return await write(ownKey ?? prepared.generatedKey);
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
    await releaseStaleKeys(actor, entryId, ownKey);
    // A key that a living object holds is not taken from it: the message gets a new one (observed on 11.0.2).
    return await write((await isTaken(actor, ownKey)) ? prepared.generatedKey : (ownKey ?? prepared.generatedKey));
  }
}

/** A new message with its numbers taken and its blobs stored: all that is left is to write its rows. */
export interface PreparedMessage {
  readonly folder: Target;
  readonly save: Save;
  readonly planned: ReturnType<typeof planNew>;
  readonly options: NewMessageOptions;
  readonly entryId: Buffer;
  /** Source key that the message brought along. */
  readonly ownKey: Buffer | undefined;
  readonly generatedKey: Buffer;
}

/** What of saving a new message comes before its transaction. Throws for what is no new message in a folder. */
export async function prepareNewMessage(
  actor: Actor,
  folder: Target,
  tree: SaveTree,
  options: NewMessageOptions,
): Promise<PreparedMessage> {
  if (folder.object.kind !== MAPI_FOLDER || tree.kind !== MAPI_MESSAGE)
    throw new KopanoError(KCERR_INVALID_TYPE, 'only messages are saved into folders');
  if (!isValidNewEntryId(options.entryId, MAPI_MESSAGE))
    throw new KopanoError(KCERR_INVALID_ENTRYID, 'not the entry id of a new message');
  const entryId = indexedEntryId(options.entryId);
  const { platform, identity } = actor;
  const numbers = numbersOf(platform.database);
  const save = await beginSave(actor, tree, {
    storeId: folder.store.id,
    ownerId: ownerOfNew(identity, folder, platform.settings.hosted),
    syncId: options.syncId,
  });
  const generatedKey = sourceKeyOf(save.serverGuid, await numbers.one('source key'));
  const planned = planNew(save, tree, {
    parentId: folder.object.id,
    associated: options.associated,
    entryId,
    sourceKey: generatedKey,
    inFolder: true,
    levels: 1 + platform.settings.embeddedMessageLimit,
  });
  await storeBlobs(save);
  const ownKey = planned.columns.get(PR_SOURCE_KEY) as Buffer | undefined;
  return { folder, save, planned, options, entryId, ownKey, generatedKey };
}

/** Writes a prepared message in a transaction. Throws DuplicateKeyError if its entry id or source key is taken. */
export async function writeNewMessage(
  transaction: Statements,
  { folder, save, planned, options, generatedKey, ownKey }: PreparedMessage,
  sourceKey: Buffer = ownKey ?? generatedKey,
): Promise<SavedObject> {
  const top = save.inserts[planned.row]!;
  const unread = !options.associated && (top.messageFlags & MSGFLAG_READ) === 0;
  const sentKey = planned.columns.get(PR_CHANGE_KEY) as Buffer | undefined;
  const sentList = planned.columns.get(PR_PREDECESSOR_CHANGE_LIST) as Buffer | undefined;

  await lockStoreAndTarget(transaction, {
    storeId: folder.store.id,
    size: planned.size,
    sizeInFolder: true,
    folderId: folder.object.id,
    counters: options.associated ? { associated: 1 } : { content: 1, unread: unread ? 1 : 0 },
    commitTime: bytesFromFileTime(save.now),
  });
  const [changeId] = await appendChanges(transaction, [
    {
      storeId: folder.store.id,
      folderId: folder.object.id,
      objectId: top.id,
      kind: MAPI_MESSAGE,
      event: fnevObjectCreated,
      associated: options.associated,
      icsType: ICS_MESSAGE_NEW,
      sourceKey,
      folderSourceKey: folder.object.sourceKey,
      syncId: options.syncId,
      entryId: top.entryId,
    },
    countersChanged(folder.store.id, folder.object),
    ...(options.alsoTell?.(top.id) ?? []),
  ]);
  const generated =
    options.syncId === 0 || !sentKey
      ? nextChangeKeys(save.serverGuid, changeId!, { changeKey: sentKey ?? null, predecessors: sentList ?? null })
      : undefined;
  await insertObjects(
    transaction,
    save.inserts.map((row) =>
      row === top
        ? {
            ...row,
            sourceKey,
            imapId: imapIdOf(changeId!),
            changeKey: generated?.changeKey ?? sentKey ?? null,
            predecessors: generated?.predecessors ?? sentList ?? null,
          }
        : row,
    ),
  );
  await insertBlobUses(transaction, save.uses);

  const properties = [...planned.saved.properties];
  properties.push({ tag: PR_RECORD_KEY, value: top.entryId! }, { tag: PR_SOURCE_KEY, value: sourceKey });
  if (folder.object.sourceKey) properties.push({ tag: PR_PARENT_SOURCE_KEY, value: folder.object.sourceKey });
  if (generated)
    properties.push(
      { tag: PR_CHANGE_KEY, value: generated.changeKey },
      { tag: PR_PREDECESSOR_CHANGE_LIST, value: generated.toldPredecessors },
    );
  return { ...planned.saved, properties };
}

/** Frees the ids of soft-deleted objects, which clients may use again. */
async function releaseStaleKeys(actor: Actor, entryId: Buffer, sourceKey: Buffer | undefined): Promise<void> {
  await actor.database.execute('UPDATE object SET entry_id = NULL WHERE entry_id = :entryId AND deleted = 1', {
    entryId,
  });
  if (sourceKey)
    await actor.database.execute('UPDATE object SET source_key = NULL WHERE source_key = :sourceKey AND deleted = 1', {
      sourceKey,
    });
  const [taken] = await actor.database.query('SELECT id FROM object WHERE entry_id = :entryId', { entryId });
  if (taken) throw new KopanoError(KCERR_COLLISION, 'an object with this entry id exists');
}

async function isTaken(actor: Actor, sourceKey: Buffer | undefined): Promise<boolean> {
  if (!sourceKey) return false;
  const [taken] = await actor.database.query('SELECT id FROM object WHERE source_key = :sourceKey', { sourceKey });
  return taken !== undefined;
}
