import { SYSTEM } from '../directory/system-identity.ts';
import { EVERYONE_ID } from '../directory/well-known.ts';
import { sourceKeyOf } from '../mapi/change-key.ts';
import { fnevObjectCreated, ICS_FOLDER_NEW, ICS_MESSAGE_NEW } from '../mapi/change-types.ts';
import { entryIdOf, newGuid } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_COLLISION } from '../mapi/error-codes.ts';
import { fileTimeFromClock } from '../mapi/file-time.ts';
import { freeBusyEntryIds, freeBusyMessage, freeBusyMessageId } from '../mapi/free-busy-messages.ts';
import { FOLDER_GENERIC, MAPI_FOLDER, MAPI_MESSAGE, MAPI_STORE, STORE_PRIVATE } from '../mapi/object-types.ts';
import type { Properties } from '../mapi/property.ts';
import { ACCESS_TYPE_DENIED, ACCESS_TYPE_GRANT, deniedRights } from '../mapi/rights.ts';
import { ALL_FOLDERS_VALID, type FolderRow, linkedFolders, PRIVATE_LAYOUT } from '../mapi/store-layout.ts';
import {
  PR_ATTR_HIDDEN,
  PR_COMMENT,
  PR_CONTAINER_CLASS,
  PR_CREATION_TIME,
  PR_DISPLAY_NAME,
  PR_FREEBUSY_ENTRYIDS,
  PR_LAST_MODIFICATION_TIME,
  PR_VALID_FOLDER_MASK,
} from '../mapi/tags.ts';
import { DuplicateKeyError, type Statements } from '../platform/database.ts';
import type { Platform } from '../platform/platform.ts';
import { insertAcl } from './acl.ts';
import type { Actor } from './actor.ts';
import { appendChanges, type Change, imapIdOf, nextChangeKeys } from './changes.ts';
import { lockStoreAndFolder } from './folder-counters.ts';
import { insertFolderRows } from './folders.ts';
import { numbersOf } from './numbers.ts';
import { insertObjects, type NewObject, newContainer } from './object-insert.ts';
import { packProperties } from './property-document.ts';
import { insertReceiveFolders } from './receive-folders.ts';
import { beginSave, planNew, type Save } from './save-plan.ts';
import { serverGuid } from './server-guid.ts';
import { insertStore } from './stores.ts';

/** Whose mailbox it is to be. */
export interface MailboxOwner {
  readonly id: number;
  readonly name: string;
  readonly companyId: number;
}

/**
 * Makes a user's store as the genuine client leaves it: folders, special-folder
 * properties, receive folders, rights, free/busy messages. All of it is one
 * transaction, so nobody ever sees a part; KCERR_COLLISION where the owner has a
 * store already, also when somebody else makes it at this moment. About 15 statements.
 */
export async function createMailbox(platform: Platform, owner: MailboxOwner): Promise<void> {
  const plan = await planMailbox(platform, owner);
  try {
    await platform.database.transaction((transaction) => write(platform, transaction, plan));
  } catch (error) {
    if (error instanceof DuplicateKeyError)
      throw new KopanoError(KCERR_COLLISION, 'the owner has a store', { cause: error });
    throw error;
  }
}

/** A folder with its numbers; the root comes first. */
interface PlannedFolder {
  readonly row: FolderRow;
  readonly id: number;
  readonly entryId: Buffer;
  readonly sourceKey: Buffer;
}

interface Plan {
  readonly owner: MailboxOwner;
  readonly storeId: number;
  readonly storeEntryId: Buffer;
  readonly serverGuid: Buffer;
  readonly root: PlannedFolder;
  /** By their keys in the layout, the root too. */
  readonly folders: ReadonlyMap<string, PlannedFolder>;
  readonly entryIds: ReadonlyMap<string, Buffer>;
  readonly messages: readonly { readonly folder: PlannedFolder; readonly save: Save }[];
}

async function planMailbox(platform: Platform, owner: MailboxOwner): Promise<Plan> {
  const numbers = numbersOf(platform.database);
  const guid = newGuid();
  const server = await serverGuid(platform.database);
  const rows = [{ key: 'root', parent: '', name: '' }, ...PRIVATE_LAYOUT.folders];
  const [storeId, ...ids] = (await numbers.take('object', 1 + rows.length)) as [number, ...number[]];
  const sourceKeys = await numbers.take('source key', rows.length);
  const folders = new Map<string, PlannedFolder>();
  for (const [index, row] of rows.entries())
    folders.set(row.key, {
      row,
      id: ids[index]!,
      entryId: entryIdOf(guid, MAPI_FOLDER),
      sourceKey: sourceKeyOf(server, sourceKeys[index]!),
    });
  const actor: Actor = { platform, database: platform.database, identity: SYSTEM };
  const messages = [];
  for (const [key, kind] of [
    ['freeBusy', 'own folder'],
    ['calendar', 'calendar'],
  ] as const) {
    const folder = folders.get(key)!;
    messages.push({ folder, save: await planMessage(actor, storeId, owner.id, folder, freeBusyMessage(kind), kind) });
  }
  return {
    owner,
    storeId,
    storeEntryId: entryIdOf(guid, MAPI_STORE),
    serverGuid: server,
    root: folders.get('root')!,
    folders,
    entryIds: new Map([...folders].map(([key, { entryId }]) => [key, entryId])),
    messages,
  };
}

async function planMessage(
  actor: Actor,
  storeId: number,
  ownerId: number,
  folder: PlannedFolder,
  properties: Properties,
  kind: 'own folder' | 'calendar',
): Promise<Save> {
  const tree = {
    clientId: 0,
    id: 0,
    kind: MAPI_MESSAGE,
    deleted: false,
    removed: [],
    properties: [...properties].map(([tag, value]) => ({ tag, value })),
    children: [],
  };
  const numbers = numbersOf(actor.platform.database);
  const save = await beginSave(actor, tree, { storeId, ownerId, syncId: 0 });
  planNew(save, tree, {
    parentId: folder.id,
    associated: kind === 'calendar',
    entryId: freeBusyMessageId(folder.entryId),
    sourceKey: sourceKeyOf(save.serverGuid, await numbers.one('source key')),
    inFolder: true,
    levels: 1,
  });
  return save;
}

async function write(platform: Platform, transaction: Statements, plan: Plan): Promise<void> {
  const { owner, storeId, root, folders, entryIds, messages } = plan;
  const now = fileTimeFromClock(platform.clock.now());
  const links: Properties = new Map([
    ...linkedFolders(entryIds),
    [PR_FREEBUSY_ENTRYIDS, freeBusyEntryIds(entryIds.get('calendar')!, entryIds.get('freeBusy')!)],
  ]);
  await insertStore(
    platform,
    transaction,
    {
      type: STORE_PRIVATE,
      ownerId: owner.id,
      ownerName: owner.name,
      companyId: owner.companyId,
      storeEntryId: plan.storeEntryId,
      rootEntryId: root.entryId,
    },
    storeId,
    root.id,
    root.sourceKey,
    {
      ofStore: new Map<number, number | Buffer>([
        [PR_VALID_FOLDER_MASK, ALL_FOLDERS_VALID],
        ...PRIVATE_LAYOUT.entryIds.map(([tag, key]) => [tag, entryIds.get(key)!] as const),
      ]),
      ofRoot: links,
    },
  );
  const made = [...folders.values()].filter((folder) => folder !== root);
  const rows = messages.map(({ folder, save }) => ({ folder, row: save.inserts[0]! }));
  const changeIds = await appendChanges(transaction, [
    ...made.map(({ row, id, entryId, sourceKey }): Change => {
      const parent = folders.get(row.parent)!;
      return {
        storeId,
        folderId: parent.id,
        objectId: id,
        kind: MAPI_FOLDER,
        event: fnevObjectCreated,
        icsType: ICS_FOLDER_NEW,
        sourceKey,
        folderSourceKey: parent.sourceKey,
        entryId,
      };
    }),
    ...rows.map(
      ({ folder, row }): Change => ({
        storeId,
        folderId: folder.id,
        objectId: row.id,
        kind: MAPI_MESSAGE,
        event: fnevObjectCreated,
        associated: row.associated,
        icsType: ICS_MESSAGE_NEW,
        sourceKey: row.sourceKey,
        folderSourceKey: folder.sourceKey,
        entryId: row.entryId,
      }),
    ),
  ]);
  const keysOf = (index: number) => {
    const { changeKey, predecessors } = nextChangeKeys(plan.serverGuid, changeIds[index]!, {
      changeKey: null,
      predecessors: null,
    });
    return { changeKey, predecessors };
  };
  await insertObjects(transaction, [
    ...made.map(
      (folder, index): NewObject => ({
        ...folderObject(plan, folder, now, folder.row.key === 'inbox' ? links : new Map()),
        ...keysOf(index),
      }),
    ),
    ...rows.map(
      ({ row }, index): NewObject => ({
        ...row,
        imapId: imapIdOf(changeIds[made.length + index]!),
        ...keysOf(made.length + index),
      }),
    ),
  ]);
  const below = (key: string): number => made.filter(({ row }) => row.parent === key).length;
  await insertFolderRows(
    transaction,
    storeId,
    made.map(({ row, id }) => ({
      id,
      parentId: folders.get(row.parent)!.id,
      type: FOLDER_GENERIC,
      name: row.name,
      folders: below(row.key),
      content: rows.filter(({ folder, row: message }) => folder.id === id && !message.associated).length,
      associated: rows.filter(({ folder, row: message }) => folder.id === id && message.associated).length,
    })),
  );
  await lockStoreAndFolder(transaction, {
    storeId,
    size: rows.reduce((size, { row }) => size + row.size, 0),
    folderId: root.id,
    counters: { folders: below('root') },
  });
  await insertReceiveFolders(
    transaction,
    storeId,
    PRIVATE_LAYOUT.receiveFolders.map(([messageClass, key]) => ({ messageClass, folderId: folders.get(key)!.id })),
  );
  await insertAcl(
    transaction,
    made.flatMap(({ row: { everyone }, id }) =>
      everyone === undefined
        ? []
        : [
            { objectId: id, principalId: EVERYONE_ID, type: ACCESS_TYPE_GRANT, rights: everyone },
            { objectId: id, principalId: EVERYONE_ID, type: ACCESS_TYPE_DENIED, rights: deniedRights(everyone) },
          ],
    ),
  );
}

function folderObject(plan: Plan, { row, id, entryId, sourceKey }: PlannedFolder, now: bigint, more: Properties) {
  const properties: Properties = new Map<number, string | bigint>([
    [PR_DISPLAY_NAME, row.name],
    [PR_LAST_MODIFICATION_TIME, now],
    [PR_CREATION_TIME, now],
  ]);
  if (row.comment !== undefined) properties.set(PR_COMMENT, row.comment);
  if (row.containerClass !== undefined) properties.set(PR_CONTAINER_CLASS, row.containerClass);
  if (row.hidden) properties.set(PR_ATTR_HIDDEN, true);
  for (const [tag, value] of more) properties.set(tag, value);
  const { props, overflow } = packProperties(properties);
  return newContainer({
    id,
    storeId: plan.storeId,
    parentId: plan.folders.get(row.parent)!.id,
    kind: MAPI_FOLDER,
    ownerId: plan.owner.id,
    entryId,
    sourceKey,
    props,
    overflow,
  });
}
