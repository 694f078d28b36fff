import { createHash } from 'node:crypto';
import { SYSTEM } from '../directory/system-identity.ts';
import { fnevNewMail } from '../mapi/change-types.ts';
import { entryIdOf, GUID_BYTES } from '../mapi/entry-id.ts';
import type { ObjectTree } from '../mapi/object-tree.ts';
import { MAPI_MESSAGE } from '../mapi/object-types.ts';
import type { Platform } from '../platform/platform.ts';
import type { Target } from './object-row.ts';
import { saveNewMessage } from './save-new.ts';
import type { SaveTree } from './save-tree.ts';
import { findTarget } from './target.ts';

/**
 * Puts a message of the server's own into a folder, once for each id: the entry id is
 * made of it, and of one entry id there is one message.
 */
export async function placeOnce(
  platform: Platform,
  folder: Target,
  tree: ObjectTree,
  { id, isNewMail }: { readonly id: string; readonly isNewMail: boolean },
): Promise<void> {
  const { database } = platform;
  const guid = createHash('sha256').update(id).digest().subarray(0, GUID_BYTES);
  const entryId = entryIdOf(folder.store.guid, MAPI_MESSAGE, guid);
  if (await findTarget(database, { entryId })) return;
  const news = (objectId: number) => ({
    storeId: folder.store.id,
    folderId: folder.object.id,
    objectId,
    kind: MAPI_MESSAGE,
    event: fnevNewMail,
    entryId,
  });
  await saveNewMessage({ platform, database, identity: SYSTEM }, folder, saveTree(tree), {
    entryId,
    associated: false,
    syncId: 0,
    ...(isNewMail && { alsoTell: (objectId) => [news(objectId)] }),
  });
}

const saveTree = (tree: ObjectTree): SaveTree => ({
  clientId: 0,
  id: 0,
  kind: tree.kind,
  deleted: false,
  removed: [],
  properties: [...tree.properties].map(([tag, value]) => ({ tag, value })),
  children: tree.children.map(saveTree),
});
