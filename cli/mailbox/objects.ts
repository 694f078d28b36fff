/** Objects of a store, loaded and saved. */
import { KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import { MAPI_MESSAGE } from '../../core/mapi/object-types.ts';
import type { Properties, PropertyTag } from '../../core/mapi/property.ts';
import { PR_PARENT_ENTRYID } from '../../core/mapi/tags.ts';
import type { Draft, Wire } from '../../core/soap/index.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { bytesOf, readProperties } from '../wire-properties.ts';

/** Flag of loadObject: texts in Unicode. */
const MAPI_UNICODE = 0x80000000;

/** An object with its properties, and its recipients and attachments. */
export interface LoadedObject {
  readonly entryId: Buffer;
  readonly properties: Properties;
  readonly saved: Wire<'saveObject'>;
}

export async function loadObject(session: Session, entryId: Buffer): Promise<LoadedObject> {
  const { sSaveObject } = await session.call('loadObject', { sEntryId: entryId, ulFlags: MAPI_UNICODE });
  return { entryId, properties: readProperties(sSaveObject.modProps), saved: sSaveObject };
}

/** Whether an object is there. */
export async function exists(session: Session, entryId: Buffer): Promise<boolean> {
  try {
    await session.call('checkExistObject', { sEntryId: entryId, ulFlags: 0 });
    return true;
  } catch (error) {
    if (isRefused(error, KCERR_NOT_FOUND)) return false;
    throw error;
  }
}

/** Sets and removes properties of a folder or store; the store is the parent of all of them (observed on 11.0.2). */
export async function saveProperties(
  session: Session,
  entryId: Buffer,
  storeId: Buffer | undefined,
  modProps: readonly Draft<'propVal'>[],
  delProps: readonly PropertyTag[] = [],
): Promise<void> {
  const { ulServerId, ulObjType } = (await loadObject(session, entryId)).saved;
  await session.call('saveObject', {
    ...(storeId && { sParentEntryId: storeId }),
    sEntryId: entryId,
    lpsSaveObj: { modProps, delProps, ulServerId, ulObjType },
  });
}

/** Writes a message under an entry id of the caller's choice. */
export async function saveNewMessage(
  session: Session,
  folderId: Buffer,
  entryId: Buffer,
  modProps: readonly Draft<'propVal'>[],
  flags: number,
): Promise<void> {
  await session.call('saveObject', {
    sParentEntryId: folderId,
    sEntryId: entryId,
    lpsSaveObj: { modProps, ulObjType: MAPI_MESSAGE },
    ulFlags: flags,
  });
}

/** Sets and removes properties of a message that is there. */
export async function saveMessageProperties(
  session: Session,
  entryId: Buffer,
  modProps: readonly Draft<'propVal'>[],
  delProps: readonly PropertyTag[] = [],
): Promise<void> {
  const { saved, properties } = await loadObject(session, entryId);
  await session.call('saveObject', {
    sParentEntryId: bytesOf(properties, PR_PARENT_ENTRYID) ?? Buffer.alloc(0),
    sEntryId: entryId,
    lpsSaveObj: { modProps, delProps, ulServerId: saved.ulServerId, ulObjType: MAPI_MESSAGE },
  });
}
