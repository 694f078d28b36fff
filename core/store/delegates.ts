import { STORE_PRIVATE } from '../mapi/object-types.ts';
import type { PropertyTag } from '../mapi/property.ts';
import { PR_FREEBUSY_ENTRYIDS, PR_SCHDINFO_DELEGATE_ENTRYIDS } from '../mapi/tags.ts';
import type { Statements } from '../platform/database.ts';
import type { Platform } from '../platform/platform.ts';
import { allValues } from './message-tree.ts';
import { findStore, storeTypeMask } from './store-lookup.ts';
import { findTarget } from './target.ts';

/** Which of the entry ids in PR_FREEBUSY_ENTRYIDS is the message with the delegates (MS-OXODLGT 2.2.2: LocalFreebusy). */
const LOCAL_FREEBUSY = 1;

/**
 * Entry ids of the address book of those whom the owner of a mailbox has made
 * delegates; none without a mailbox. Three statements.
 */
export async function delegatesOf(platform: Platform, statements: Statements, ownerId: number): Promise<Buffer[]> {
  const store = await findStore(statements, { ownerId, typeMask: storeTypeMask(STORE_PRIVATE) });
  if (!store) return [];
  const list = async (name: Parameters<typeof findTarget>[1], tag: PropertyTag): Promise<Buffer[]> => {
    const target = await findTarget(statements, name);
    if (!target || target.object.deleted || target.store.id !== store.store.id) return [];
    const values = await allValues(platform, target.documents.props, target.documents.overflow);
    const value = values.get(tag);
    return Array.isArray(value) ? value.filter((item) => Buffer.isBuffer(item)) : [];
  };
  const freeBusy = (await list({ id: store.store.rootId }, PR_FREEBUSY_ENTRYIDS))[LOCAL_FREEBUSY];
  return freeBusy && freeBusy.length >= 44 ? list({ entryId: freeBusy }, PR_SCHDINFO_DELEGATE_ENTRYIDS) : [];
}
