import type { Identity } from '../directory/identity.ts';
import type { LastLogon } from '../directory/last-logon.ts';
import { CONTAINER_COMPANY } from '../directory/object-class.ts';
import { findPrincipal, type Principal, principalEntryId } from '../directory/principal.ts';
import { EVERYONE_ID, SYSTEM_ID } from '../directory/well-known.ts';
import { fileTimeFromClock } from '../mapi/file-time.ts';
import { STORE_ARCHIVE, STORE_PRIVATE } from '../mapi/object-types.ts';
import type { Properties, Property } from '../mapi/property.ts';
import {
  PR_DISPLAY_NAME,
  PR_LAST_LOGOFF_TIME,
  PR_LAST_LOGON_TIME,
  PR_MAILBOX_OWNER_ENTRYID,
  PR_MAILBOX_OWNER_NAME,
  PR_MAPPING_SIGNATURE,
  PR_MESSAGE_SIZE_EXTENDED,
  PR_QUOTA_RECEIVE_THRESHOLD,
  PR_QUOTA_SEND_THRESHOLD,
  PR_QUOTA_WARNING_THRESHOLD,
  PR_SORT_LOCALE_ID,
  PR_USER_ENTRYID,
  PR_USER_NAME,
} from '../mapi/tags.ts';
import type { Statements } from '../platform/database.ts';
import type { QuotaLimits } from '../platform/platform.ts';
import type { StoreRow } from './object-row.ts';

/** Locale that stores sort by unless they say otherwise: English, United States. */
const DEFAULT_SORT_LOCALE = 1033;
const BYTES_PER_KB = 1024;

/** Whether a store is a public one: it belongs to Everyone or to a company. */
const isPublic = (store: StoreRow, owner: Principal | undefined): boolean =>
  store.ownerId === EVERYONE_ID || owner?.class === CONTAINER_COMPANY;

export const findOwner = (statements: Statements, store: StoreRow): Promise<Principal | undefined> =>
  findPrincipal(statements, [{ sql: 'pri.id = :ownerId', parameters: { ownerId: store.ownerId } }]);

/** What a store is called (observed on 11.0.2, original default format). */
export function storeName(store: StoreRow, owner: Principal | undefined): string {
  if (store.ownerId === 0) return 'Orphaned store';
  if (isPublic(store, owner)) return 'Public Folders';
  if (!owner) return 'Inbox for a removed user';
  if (store.type === STORE_PRIVATE) return `Inbox - ${owner.fullName}`;
  return `${store.type === STORE_ARCHIVE ? 'Archive' : 'Public Store'} - ${owner.fullName}`;
}

/** When the owner of a store logged on and off last, in whole seconds. */
export function logonProperties(last: LastLogon | undefined): Properties {
  const properties: Properties = new Map();
  if (last) properties.set(PR_LAST_LOGON_TIME, fileTimeFromClock(last.logon));
  if (last?.logoff !== undefined) properties.set(PR_LAST_LOGOFF_TIME, fileTimeFromClock(last.logoff));
  return properties;
}

/** Properties of a store that follow from whose it is and who asks; `quota` is what applies to it after all. */
export function storeProperties(
  store: StoreRow,
  owner: Principal | undefined,
  identity: Identity,
  server: Buffer,
  keepsLocale: boolean,
  quota: QuotaLimits,
): Property[] {
  const properties: Property[] = [];
  if (store.ownerId !== SYSTEM_ID) properties.push({ tag: PR_MESSAGE_SIZE_EXTENDED, value: BigInt(store.size) });
  properties.push({ tag: PR_USER_NAME, value: identity.name }, { tag: PR_USER_ENTRYID, value: identity.entryId });
  if (owner && !isPublic(store, owner) && owner.id !== SYSTEM_ID) {
    const { warn, soft, hard } = quota;
    properties.push(
      { tag: PR_QUOTA_WARNING_THRESHOLD, value: Math.floor(warn / BYTES_PER_KB) },
      { tag: PR_QUOTA_SEND_THRESHOLD, value: Math.floor(soft / BYTES_PER_KB) },
      { tag: PR_QUOTA_RECEIVE_THRESHOLD, value: Math.floor(hard / BYTES_PER_KB) },
    );
  }
  if (owner && !isPublic(store, owner))
    properties.push(
      { tag: PR_MAILBOX_OWNER_NAME, value: owner.fullName },
      { tag: PR_MAILBOX_OWNER_ENTRYID, value: principalEntryId(owner) },
    );
  properties.push(
    { tag: PR_DISPLAY_NAME, value: storeName(store, owner) },
    { tag: PR_MAPPING_SIGNATURE, value: server },
  );
  if (!keepsLocale) properties.push({ tag: PR_SORT_LOCALE_ID, value: DEFAULT_SORT_LOCALE });
  return properties;
}
