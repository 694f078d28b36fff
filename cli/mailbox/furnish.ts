import { encodeAddressBookEntryId, NO_EXTERNAL_ID } from '../../core/mapi/address-book-entry-id.ts';
import { FOLDER_GENERIC, MAPI_DISTLIST } from '../../core/mapi/object-types.ts';
import { ACCESS_TYPE_GRANT, RIGHT_AUTOUPDATE_DENIED, RIGHT_NEW } from '../../core/mapi/rights.ts';
import { ALL_FOLDERS_VALID, type FolderRow, type StoreLayout } from '../../core/mapi/store-layout.ts';
import { PR_ATTR_HIDDEN, PR_CONTAINER_CLASS, PR_DISPLAY_NAME, PR_VALID_FOLDER_MASK } from '../../core/mapi/tags.ts';
import type { Session } from '../connection/session.ts';
import type { Progress } from '../terminal/progress.ts';
import { wireProperty } from '../wire-properties.ts';

import { saveProperties } from './objects.ts';

/** The group of all users, the same on every server. */
export const EVERYONE = {
  id: 1,
  entryId: encodeAddressBookEntryId({ objectType: MAPI_DISTLIST, id: 1, externalId: NO_EXTERNAL_ID }),
} as const;

/** A store with nothing but its root folder. */
export interface BareStore {
  readonly storeId: Buffer;
  readonly rootId: Buffer;
}

/** Entry ids of folders, by their keys in the layout. */
export type FolderIds = ReadonlyMap<string, Buffer>;

/** Steps of progress that {@link createFolders} takes. */
export const stepsOf = ({ folders, receiveFolders }: StoreLayout): number =>
  batches(folders).length +
  folders.filter(isDescribed).length +
  folders.filter(({ everyone }) => everyone !== undefined).length +
  receiveFolders.length;

/** Makes the folders of a layout with their classes, rights and receive folders; what is there already stays. */
export async function createFolders(
  session: Session,
  { storeId, rootId }: BareStore,
  layout: StoreLayout,
  progress: Progress,
): Promise<FolderIds> {
  const ids = new Map<string, Buffer>([['root', rootId]]);
  for (const rows of batches(layout.folders)) {
    progress.step(rows.map(({ name }) => name).join(', '));
    const created = await createBatch(session, ids.get(rows[0]!.parent)!, rows);
    for (const [index, row] of rows.entries()) ids.set(row.key, created[index]!);
  }
  for (const row of layout.folders) await describe(session, storeId, ids.get(row.key)!, row, progress);
  for (const [messageClass, key] of layout.receiveFolders) {
    progress.step('receive folders');
    await session.call('setReceiveFolder', {
      sStoreId: storeId,
      lpsEntryId: ids.get(key)!,
      ...(messageClass !== '' && { lpszMessageClass: messageClass }),
    });
  }
  return ids;
}

/** Names the special folders in the store, which says that it is complete. */
export async function completeStore(
  session: Session,
  storeId: Buffer,
  layout: StoreLayout,
  ids: FolderIds,
): Promise<void> {
  await saveProperties(session, storeId, undefined, [
    ...(layout.displayName === undefined ? [] : [wireProperty(PR_DISPLAY_NAME, layout.displayName)]),
    wireProperty(PR_VALID_FOLDER_MASK, ALL_FOLDERS_VALID),
    ...layout.entryIds.map(([tag, key]) => wireProperty(tag, ids.get(key)!)),
  ]);
}

/** Runs of folders with the same parent, which are created in one call. */
function batches(rows: readonly FolderRow[]): FolderRow[][] {
  const result: FolderRow[][] = [];
  for (const row of rows) {
    const last = result.at(-1);
    if (last && last[0]!.parent === row.parent) last.push(row);
    else result.push([row]);
  }
  return result;
}

async function createBatch(session: Session, parentId: Buffer, rows: readonly FolderRow[]): Promise<Buffer[]> {
  const { entryids } = await session.call('create-folders', {
    'parent-eid': parentId,
    batch: rows.map(({ name, comment }) => ({ name, comment, 'open-if-exists': true, type: FOLDER_GENERIC })),
  });
  return entryids ?? [];
}

/** Whether a folder has properties that are set after it is made. */
const isDescribed = ({ containerClass, hidden }: FolderRow): boolean => hidden === true || containerClass !== undefined;

async function describe(
  session: Session,
  storeId: Buffer,
  folderId: Buffer,
  row: FolderRow,
  progress: Progress,
): Promise<void> {
  const { containerClass, hidden, everyone } = row;
  const properties = [
    ...(hidden ? [wireProperty(PR_ATTR_HIDDEN, true)] : []),
    ...(containerClass === undefined ? [] : [wireProperty(PR_CONTAINER_CLASS, containerClass)]),
  ];
  if (properties.length > 0) {
    progress.step(row.name);
    await saveProperties(session, folderId, storeId, properties);
  }
  if (everyone !== undefined) {
    progress.step(`rights on ${row.name}`);
    await session.call('setRights', {
      sEntryId: folderId,
      lpsrightsArray: [
        {
          ulUserid: EVERYONE.id,
          sUserId: EVERYONE.entryId,
          ulType: ACCESS_TYPE_GRANT,
          ulRights: everyone,
          ulState: RIGHT_NEW | RIGHT_AUTOUPDATE_DENIED,
        },
      ],
    });
  }
}
