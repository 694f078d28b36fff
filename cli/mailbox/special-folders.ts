import { KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import { decodePersistData } from '../../core/mapi/persist-data.ts';
import type { Properties } from '../../core/mapi/property.ts';
import {
  ADDITIONAL_REN_ENTRY_IDS,
  INBOX_ENTRY_IDS,
  PERSISTED_FOLDERS,
  PRIVATE_LAYOUT,
} from '../../core/mapi/store-layout.ts';
import { PR_ADDITIONAL_REN_ENTRYIDS, PR_FREEBUSY_ENTRYIDS, PR_IPM_OL2007_ENTRYIDS } from '../../core/mapi/tags.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { CommandError } from '../errors.ts';
import { bytesOf } from '../wire-properties.ts';
import type { BareStore } from './furnish.ts';
import { loadObject } from './objects.ts';

/** The special folders of a mailbox by their keys in the layout, whatever they are called. */
export type SpecialFolders = ReadonlyMap<string, Buffer>;

/** Where clients keep free/busy settings (MS-OXODLGT 2.2.2.1). */
export interface FreeBusyPlaces {
  /** Hidden in the calendar; older clients look there. */
  readonly inCalendar: Buffer | undefined;
  /** With the delegates and how meeting requests are answered. */
  readonly message: Buffer;
  readonly folder: Buffer | undefined;
}

/** Finds the special folders as clients do: by what store, inbox and root name. */
export async function readSpecialFolders(session: Session, store: BareStore): Promise<SpecialFolders> {
  const found = new Map<string, Buffer>();
  const { properties: ofStore } = await loadObject(session, store.storeId);
  for (const [tag, key] of PRIVATE_LAYOUT.entryIds) keep(found, key, bytesOf(ofStore, tag));
  const inbox = await findInbox(session, store);
  if (!inbox) return found;
  found.set('inbox', inbox);
  const { properties } = await loadObject(session, inbox);
  for (const [tag, key] of INBOX_ENTRY_IDS) keep(found, key, bytesOf(properties, tag));
  for (const [index, key] of ADDITIONAL_REN_ENTRY_IDS.entries())
    if (key !== undefined) keep(found, key, listOf(properties, PR_ADDITIONAL_REN_ENTRYIDS)[index]);
  const persisted = bytesOf(properties, PR_IPM_OL2007_ENTRYIDS);
  for (const { persistId, entryId } of persisted ? decodePersistData(persisted) : []) {
    const [, key] = PERSISTED_FOLDERS.find(([id]) => id === persistId) ?? [];
    if (key !== undefined) keep(found, key, entryId);
  }
  return found;
}

function keep(found: Map<string, Buffer>, key: string, entryId: Buffer | undefined): void {
  if (entryId && entryId.length > 0) found.set(key, entryId);
}

const listOf = (properties: Properties, tag: number): readonly Buffer[] => {
  const value = properties.get(tag);
  return Array.isArray(value) ? value.filter((each) => Buffer.isBuffer(each)) : [];
};

/** Where mail arrives. */
async function findInbox(session: Session, { storeId }: BareStore): Promise<Buffer | undefined> {
  try {
    const { sReceiveFolder } = await session.call('getReceiveFolder', { sStoreId: storeId, lpszMessageClass: 'IPM' });
    return sReceiveFolder.sEntryId;
  } catch (error) {
    if (isRefused(error, KCERR_NOT_FOUND)) return undefined;
    throw error;
  }
}

/** A special folder; says so if the mailbox has none. */
export function requireSpecial(folders: SpecialFolders, key: string): Buffer {
  const found = folders.get(key);
  if (!found)
    throw new CommandError(`The mailbox has no ${key}: it is not complete.`, { hint: 'kgc store create USER' });
  return found;
}

/** Where the free/busy settings of a mailbox are. */
export async function requireFreeBusy(session: Session, store: BareStore): Promise<FreeBusyPlaces> {
  const { properties } = await loadObject(session, store.rootId);
  const [inCalendar, message, , folder] = listOf(properties, PR_FREEBUSY_ENTRYIDS);
  if (!message?.length)
    throw new CommandError('The mailbox has no free/busy settings: it is not complete.', {
      hint: 'kgc store create USER',
    });
  const given = (entryId: Buffer | undefined): Buffer | undefined => (entryId?.length ? entryId : undefined);
  return { inCalendar: given(inCalendar), message, folder: given(folder) };
}
