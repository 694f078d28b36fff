import { fnevObjectCopied, fnevObjectMoved, ICS_FOLDER_CHANGE } from '../mapi/change-types.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_COLLISION, KCERR_FOLDER_CYCLE, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import { FOLDER_GENERIC, MAPI_FOLDER, MAPI_MESSAGE } from '../mapi/object-types.ts';
import { PR_DISPLAY_NAME } from '../mapi/tags.ts';
import type { Statements } from '../platform/database.ts';
import { allows, grantsOn } from './access.ts';
import type { Actor } from './actor.ts';
import { appendChanges, type Change, countersChanged, nextChangeKeys } from './changes.ts';
import { copyMessages } from './copy.ts';
import { lockStoreAndFolder } from './folder-counters.ts';
import { createFolders, FOLDER_NAME_LENGTH } from './folders.ts';
import { lockObjects } from './locked-objects.ts';
import { draftOf } from './merge.ts';
import type { Target } from './object-row.ts';
import { packProperties } from './property-document.ts';
import { serverGuid } from './server-guid.ts';
import { findTarget, type LoadedTarget } from './target.ts';

/** Folders are not nested deeper. */
const MAX_DEPTH = 64;
/** Messages looked up at once. */
const PAGE = 1000;

/** Throws KCERR_FOLDER_CYCLE if a folder would come to lie in itself. */
async function refuseCycle(statements: Statements, folder: Target, destination: Target): Promise<void> {
  const [row] = await statements.query(
    `WITH RECURSIVE up (id, parent_id, depth) AS (
      SELECT id, parent_id, 0 FROM object WHERE id = :destination
      UNION ALL
      SELECT o.id, o.parent_id, up.depth + 1 FROM object o JOIN up ON o.id = up.parent_id WHERE up.depth < ${MAX_DEPTH}
    ) SELECT id FROM up WHERE id = :folder`,
    { destination: destination.object.id, folder: folder.object.id },
  );
  if (row) throw new KopanoError(KCERR_FOLDER_CYCLE, 'the folder would lie in itself');
}

async function refuseTakenName(statements: Statements, parentId: number, name: string): Promise<void> {
  const [taken] = await statements.query(
    'SELECT id FROM folder WHERE parent_id = :parentId AND deleted = 0 AND name = :name LIMIT 1',
    { parentId, name: name.slice(0, FOLDER_NAME_LENGTH) },
  );
  if (taken) throw new KopanoError(KCERR_COLLISION, 'a folder of this name exists here');
}

/** What is moved or copied, and where. The caller has checked access; both lie in one store. */
export interface FolderJourney {
  readonly folder: LoadedTarget;
  readonly destination: LoadedTarget;
  /** Absent: it keeps its name. */
  readonly name?: string;
  readonly syncId: number;
}

/** Moves a folder with all in it; a soft-deleted one is restored by that. */
export async function moveFolder(actor: Actor, journey: FolderJourney): Promise<void> {
  const { folder, destination, syncId } = journey;
  const oldParent = await findTarget(actor.database, { id: folder.object.parentId });
  if (!oldParent) throw new KopanoError(KCERR_NOT_FOUND, 'the folder lies nowhere');
  if (!folder.object.deleted && oldParent.object.id === destination.object.id) return;
  await refuseCycle(actor.database, folder, destination);
  const name = journey.name ?? folder.folder?.name ?? '';
  if (syncId === 0) await refuseTakenName(actor.database, destination.object.id, name);

  const guid = await serverGuid(actor.platform.database);
  const draft = await draftOf(actor.platform, folder.documents.props, folder.documents.overflow);
  draft.values.set(PR_DISPLAY_NAME, name);
  const packed = packProperties(
    draft.values,
    new Map([...draft.large].filter(([, large]) => large.blob !== undefined)),
  );
  for (const blob of packed.blobs.values()) await actor.platform.blobs.put(blob);
  const storeId = folder.store.id;

  await actor.database.transaction(async (transaction) => {
    const now = await lockObjects(transaction, storeId, [folder.object.id, destination.object.id]);
    const current = now.get(folder.object.id);
    if (current?.parentId !== oldParent.object.id || !now.has(destination.object.id))
      throw new KopanoError(KCERR_NOT_FOUND, 'a folder went elsewhere meanwhile');
    // Somebody else may have moved the destination into the folder since the first look.
    await refuseCycle(transaction, folder, destination);
    await lockStoreAndFolder(transaction, {
      storeId,
      size: folder.folder?.gone ? await sizeOf(transaction, folder.object.id) : 0,
      folderId: oldParent.object.id,
      counters: current.deleted ? { deletedFolders: -1 } : { folders: -1 },
    });
    await lockStoreAndFolder(transaction, {
      storeId,
      size: 0,
      folderId: destination.object.id,
      counters: { folders: 1 },
    });
    const changed = (parent: Target): Change => ({
      storeId,
      folderId: parent.object.id,
      objectId: folder.object.id,
      kind: MAPI_FOLDER,
      event: 0,
      icsType: ICS_FOLDER_CHANGE,
      sourceKey: folder.object.sourceKey,
      folderSourceKey: parent.object.sourceKey,
      syncId,
    });
    const [, changeId] = await appendChanges(transaction, [
      changed(oldParent),
      {
        ...changed(destination),
        event: fnevObjectMoved,
        entryId: folder.object.entryId,
        oldFolderId: oldParent.object.id,
      },
      countersChanged(oldParent.store.id, oldParent.object),
      countersChanged(destination.store.id, destination.object),
    ]);
    const keys = nextChangeKeys(guid, changeId!, folder.object);
    await transaction.execute(
      `UPDATE object SET parent_id = :parentId, deleted = 0, deleted_on = NULL, version = version + 1, props = :props,
         overflow = :overflow, change_key = :changeKey, predecessors = :predecessors WHERE id = :id`,
      {
        id: folder.object.id,
        parentId: destination.object.id,
        props: packed.props,
        overflow: packed.overflow,
        changeKey: keys.changeKey,
        predecessors: keys.predecessors,
      },
    );
    if (folder.folder?.gone) await revive(transaction, folder.object.id);
    await transaction.execute(
      'UPDATE folder SET parent_id = :parentId, deleted = 0, gone = 0, name = :name WHERE id = :id',
      {
        id: folder.object.id,
        parentId: destination.object.id,
        name: name.slice(0, FOLDER_NAME_LENGTH),
      },
    );
  });
}

/** Marks the folders below one that is restored as there again, but for those deleted themselves. */
async function revive(transaction: Statements, folderId: number): Promise<void> {
  const rows = await transaction.query<{ id: number }>(
    `WITH RECURSIVE tree (id) AS (
      SELECT id FROM folder WHERE parent_id = :folderId AND deleted = 0
      UNION ALL
      SELECT f.id FROM folder f JOIN tree t ON f.parent_id = t.id WHERE f.deleted = 0
    ) SELECT id FROM tree`,
    { folderId },
  );
  await transaction.batch('UPDATE folder SET gone = 0 WHERE id = :id', rows);
}

/** Bytes of the messages in a folder and the folders below it. */
async function sizeOf(statements: Statements, folderId: number): Promise<number> {
  const [row] = await statements.query<{ bytes: number | null }>(
    `WITH RECURSIVE tree (id) AS (
      SELECT id FROM folder WHERE id = :folderId
      UNION ALL
      SELECT f.id FROM folder f JOIN tree t ON f.parent_id = t.id WHERE f.deleted = 0
    ) SELECT CAST(SUM(o.size) AS SIGNED) AS bytes FROM object o JOIN tree t ON t.id = o.parent_id
      WHERE o.kind = ${MAPI_MESSAGE} AND o.deleted = 0`,
    { folderId },
  );
  return Number(row?.bytes ?? 0);
}

/** Copies a folder with its messages, and with its subfolders if asked. Answers whether all was copied. */
export async function copyFolder(actor: Actor, journey: FolderJourney, withSubfolders: boolean): Promise<boolean> {
  const { folder, destination, syncId } = journey;
  await refuseCycle(actor.database, folder, destination);
  const name = journey.name ?? folder.folder?.name ?? '';
  if (syncId === 0) await refuseTakenName(actor.database, destination.object.id, name);
  const [entryId] = await createFolders(
    actor,
    destination,
    [{ name, type: FOLDER_GENERIC, openIfExists: false, syncId }],
    { mayCreate: true },
  );
  const copy = entryId && (await findTarget(actor.database, { entryId }));
  if (!copy) throw new KopanoError(KCERR_NOT_FOUND, 'the copy is gone already');
  await copyProperties(actor, folder, destination, copy, syncId);

  let complete = true;
  for (let last = 0; ; ) {
    const rows = await actor.database.query<{ id: number; entry_id: Buffer }>(
      `SELECT id, entry_id FROM object WHERE parent_id = :folderId AND kind = ${MAPI_MESSAGE} AND associated = 0
         AND deleted = 0 AND id > :last ORDER BY id LIMIT ${PAGE}`,
      { folderId: folder.object.id, last },
    );
    const all = await copyMessages(
      actor,
      rows.map((row) => row.entry_id),
      copy,
      syncId,
    );
    complete &&= all;
    if (rows.length < PAGE) break;
    last = rows.at(-1)!.id;
  }
  if (!withSubfolders) return complete;
  const subfolders = await actor.database.query<{ id: number }>(
    'SELECT id FROM folder WHERE parent_id = :folderId AND deleted = 0 ORDER BY id',
    { folderId: folder.object.id },
  );
  for (const { id } of subfolders) {
    const subfolder = await findTarget(actor.database, { id });
    if (!subfolder) continue;
    if (!(await mayRead(actor, subfolder))) {
      complete = false;
      continue;
    }
    const all = await copyFolder(actor, { folder: subfolder, destination: copy, syncId }, true);
    complete &&= all;
  }
  return complete;
}

/** A folder below may have rights of its own. */
async function mayRead(actor: Actor, folder: Target): Promise<boolean> {
  const grants = await grantsOn(actor.database, actor.identity, folder, actor.platform.settings.hosted);
  return allows(grants, folder, 'see folder') && allows(grants, folder, 'read');
}

/** Gives a new folder the properties of another, but for its name. */
async function copyProperties(
  actor: Actor,
  folder: LoadedTarget,
  parent: Target,
  copy: LoadedTarget,
  syncId: number,
): Promise<void> {
  const draft = await draftOf(actor.platform, folder.documents.props, folder.documents.overflow);
  const own = await draftOf(actor.platform, copy.documents.props, copy.documents.overflow);
  draft.values.set(PR_DISPLAY_NAME, own.values.get(PR_DISPLAY_NAME)!);
  const packed = packProperties(
    draft.values,
    new Map([...draft.large].filter(([, large]) => large.blob !== undefined)),
  );
  for (const blob of packed.blobs.values()) await actor.platform.blobs.put(blob);
  const guid = await serverGuid(actor.platform.database);
  await actor.database.transaction(async (transaction) => {
    await lockStoreAndFolder(transaction, {
      storeId: copy.store.id,
      size: 0,
      folderId: parent.object.id,
      counters: {},
    });
    const [changeId] = await appendChanges(transaction, [
      {
        storeId: copy.store.id,
        folderId: parent.object.id,
        objectId: copy.object.id,
        kind: MAPI_FOLDER,
        event: fnevObjectCopied,
        icsType: ICS_FOLDER_CHANGE,
        sourceKey: copy.object.sourceKey,
        folderSourceKey: parent.object.sourceKey,
        syncId,
        entryId: copy.object.entryId,
        oldFolderId: folder.object.parentId,
        oldEntryId: folder.object.entryId,
      },
    ]);
    const keys = nextChangeKeys(guid, changeId!, copy.object);
    await transaction.execute(
      `UPDATE object SET props = :props, overflow = :overflow, version = version + 1, change_key = :changeKey,
         predecessors = :predecessors WHERE id = :id`,
      {
        id: copy.object.id,
        props: packed.props,
        overflow: packed.overflow,
        changeKey: keys.changeKey,
        predecessors: keys.predecessors,
      },
    );
  });
}
