import { type AddressBookReader, addressBookEntry, withSendAs } from '../directory/address-book.ts';
import { requireAdministrator } from '../directory/administration.ts';
import { resolveName } from '../directory/name-resolution.ts';
import { OBJECTTYPE_CONTAINER, OBJECTTYPE_MAILUSER } from '../directory/object-class.ts';
import { findPrincipal, isReferenced, type Principal, principalEntryId } from '../directory/principal.ts';
import { decodeAddressBookEntryId, NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import { MAPI_AMBIGUOUS, MAPI_RESOLVED, MAPI_UNRESOLVED } from '../mapi/display-types.ts';
import { OPENSTORE_OVERRIDE_HOME_MDB, withEntryIdFlags } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import { MAPI_ABCONT, STORE_PRIVATE, STORE_PUBLIC } from '../mapi/object-types.ts';
import {
  errorTag,
  type Property,
  propertyId,
  propertyType,
  type ReadonlyProperties,
  unicodeTag,
  withType,
} from '../mapi/property.ts';
import { PT_ERROR, PT_MV_BINARY, PT_STRING8, PT_UNICODE } from '../mapi/property-types.ts';
import {
  PR_AB_PROVIDER_ID,
  PR_ACCOUNT,
  PR_ADDRTYPE,
  PR_ASSISTANT,
  PR_CONTAINER_FLAGS,
  PR_DEPTH,
  PR_DISPLAY_NAME,
  PR_DISPLAY_TYPE,
  PR_DISPLAY_TYPE_EX,
  PR_EC_ADMINISTRATOR,
  PR_EC_ARCHIVE_COUPLINGS,
  PR_EC_ARCHIVE_SERVERS,
  PR_EC_COMPANY_NAME,
  PR_EC_DISABLED_FEATURES,
  PR_EC_ENABLED_FEATURES,
  PR_EC_HOMESERVER_NAME,
  PR_EC_NONACTIVE,
  PR_EC_SENDAS_USER_ENTRYIDS,
  PR_EMAIL_ADDRESS,
  PR_EMS_AB_CONTAINERID,
  PR_EMS_AB_DISPLAY_NAME_PRINTABLE,
  PR_EMS_AB_HIERARCHY_PATH,
  PR_EMS_AB_HOME_MDB,
  PR_EMS_AB_HOME_MTA,
  PR_EMS_AB_IS_MASTER,
  PR_EMS_AB_IS_MEMBER_OF_DL,
  PR_EMS_AB_PARENT_ENTRYID,
  PR_EMS_AB_PROXY_ADDRESSES,
  PR_EMS_AB_ROOM_CAPACITY,
  PR_EMS_AB_ROOM_DESCRIPTION,
  PR_EMS_AB_X509_CERT,
  PR_ENTRYID,
  PR_INSTANCE_KEY,
  PR_MESSAGE_CLASS,
  PR_NORMALIZED_SUBJECT,
  PR_OBJECT_TYPE,
  PR_PARENT_ENTRYID,
  PR_RECORD_KEY,
  PR_SEARCH_KEY,
  PR_SEND_INTERNET_ENCODING,
  PR_SEND_RICH_INFO,
  PR_SMTP_ADDRESS,
  PR_TRANSMITABLE_DISPLAY_NAME,
} from '../mapi/tags.ts';
import type { Answer, Arguments, Wire } from '../soap/index.ts';
import { toWire } from '../soap/wire-properties.ts';
import { ensureMailbox } from '../store/lazy-mailbox.ts';
import { type FoundStore, findStore, type StoreName, storeTypeMask } from '../store/store-lookup.ts';
import type { Context, Operations } from './context.ts';
import { requirePrincipal } from './principals.ts';
import { required, serverPath } from './target.ts';
import { resolveLogin } from './user.ts';

/** What readABProps tells of users and groups, in this order (observed on 11.0.2); further properties follow. */
const ENTRY_TAGS: readonly number[] = [
  PR_ENTRYID,
  PR_CONTAINER_FLAGS,
  PR_DEPTH,
  PR_EMS_AB_CONTAINERID,
  PR_DISPLAY_NAME,
  PR_EMS_AB_IS_MASTER,
  PR_EMS_AB_PARENT_ENTRYID,
  PR_EMAIL_ADDRESS,
  PR_OBJECT_TYPE,
  PR_DISPLAY_TYPE,
  PR_SEARCH_KEY,
  PR_PARENT_ENTRYID,
  PR_ADDRTYPE,
  PR_RECORD_KEY,
  PR_ACCOUNT,
  PR_SMTP_ADDRESS,
  PR_TRANSMITABLE_DISPLAY_NAME,
  PR_EMS_AB_HOME_MDB,
  PR_EMS_AB_HOME_MTA,
  PR_EMS_AB_PROXY_ADDRESSES,
  PR_EC_ADMINISTRATOR,
  PR_EC_NONACTIVE,
  PR_EC_COMPANY_NAME,
  PR_EMS_AB_X509_CERT,
  PR_AB_PROVIDER_ID,
  PR_EMS_AB_HIERARCHY_PATH,
  PR_EC_SENDAS_USER_ENTRYIDS,
  PR_EC_HOMESERVER_NAME,
  PR_DISPLAY_TYPE_EX,
  withType(PR_EMS_AB_IS_MEMBER_OF_DL, PT_MV_BINARY),
  PR_EC_ENABLED_FEATURES,
  PR_EC_DISABLED_FEATURES,
  PR_EC_ARCHIVE_SERVERS,
  PR_EC_ARCHIVE_COUPLINGS,
  PR_EMS_AB_ROOM_CAPACITY,
  PR_EMS_AB_ROOM_DESCRIPTION,
  PR_ASSISTANT,
];

/** The same of containers. */
const CONTAINER_TAGS: readonly number[] = [
  PR_ENTRYID,
  PR_CONTAINER_FLAGS,
  PR_DEPTH,
  PR_EMS_AB_CONTAINERID,
  PR_DISPLAY_NAME,
  PR_EMS_AB_IS_MASTER,
  PR_EMS_AB_PARENT_ENTRYID,
  PR_OBJECT_TYPE,
  PR_DISPLAY_TYPE,
  PR_SEARCH_KEY,
  PR_RECORD_KEY,
  PR_PARENT_ENTRYID,
  PR_AB_PROVIDER_ID,
  PR_EMS_AB_HIERARCHY_PATH,
  PR_ACCOUNT,
  PR_EC_HOMESERVER_NAME,
  PR_EC_COMPANY_NAME,
];

const readerOf = ({ database, session, platform }: Context): AddressBookReader => ({
  statements: database,
  viewer: session.identity,
  settings: platform.settings,
});

/** The property under the tag that was asked for, or an error in its place. */
function propertyOf(properties: ReadonlyProperties, tag: number): Property {
  const value = properties.get(unicodeTag(tag));
  return value === undefined ? { tag: errorTag(tag), value: KCERR_NOT_FOUND } : { tag, value };
}

/** All that the address book knows of an entry or a container. */
async function readABProps(context: Context, args: Arguments<'readABProps'>): Promise<Answer<'readABProps'>> {
  const entry = decodeAddressBookEntryId(args.sEntryId);
  const found = await addressBookEntry(readerOf(context), entry);
  const usual = entry.objectType === MAPI_ABCONT ? CONTAINER_TAGS : ENTRY_TAGS;
  const properties = [...usual, ...furtherTags(found, entry.objectType)].map((tag) => propertyOf(found, tag));
  return {
    aPropTag: properties.map(({ tag }) => tag).filter((tag) => propertyType(tag) !== PT_ERROR),
    aPropVal: properties.map(toWire),
  };
}

/** What rows of tables have besides: it names rows, repeats another property, or says how to write mail. */
const TABLE_TAGS: ReadonlySet<number> = new Set([
  PR_INSTANCE_KEY,
  PR_NORMALIZED_SUBJECT,
  PR_MESSAGE_CLASS,
  PR_EMS_AB_DISPLAY_NAME_PRINTABLE,
  PR_SEND_INTERNET_ENCODING,
  PR_SEND_RICH_INFO,
]);

/** What an administrator gave an entry besides. */
const furtherTags = (properties: ReadonlyProperties, objectType: number): number[] =>
  objectType === MAPI_ABCONT
    ? []
    : [...properties.keys()].filter((tag) => !ENTRY_TAGS.includes(tag) && !TABLE_TAGS.has(tag));

/** Finds who is meant by the names in PR_DISPLAY_NAME of rows that aren't resolved yet. */
async function abResolveNames(context: Context, args: Arguments<'abResolveNames'>): Promise<Answer<'abResolveNames'>> {
  const tags = required(args.lpaPropTag, 'lpaPropTag');
  const rows = required(args.lpsRowSet, 'lpsRowSet');
  const flags = required(args.lpaFlags, 'lpaFlags');
  const resolved: Wire<'propVal'>[][] = [];
  const aFlags: number[] = [];
  for (const [i, row] of rows.entries()) {
    const before = flags[i] ?? MAPI_UNRESOLVED;
    const { flag, principal } =
      before === MAPI_RESOLVED ? { flag: before } : await resolveRow(context, row, args.ulFlags, before);
    aFlags.push(flag);
    resolved.push(principal ? merge(row, await propertiesOf(context, principal, tags)) : []);
  }
  return { sRowSet: resolved, aFlags };
}

async function resolveRow(
  context: Context,
  row: readonly Wire<'propVal'>[],
  flags: number,
  before: number,
): Promise<{ flag: number; principal?: Principal }> {
  const name = row.find(isDisplayName)?.Value;
  if (name?.name !== 'lpszA') return { flag: before };
  const { database, session, platform } = context;
  const resolution = await resolveName(database, session.identity, platform.settings, name.value, flags);
  if (resolution.found === 'one') return { flag: MAPI_RESOLVED, principal: resolution.principal };
  return { flag: resolution.found === 'many' ? MAPI_AMBIGUOUS : MAPI_UNRESOLVED };
}

const isDisplayName = ({ ulPropTag }: Wire<'propVal'>): boolean =>
  propertyId(ulPropTag) === propertyId(PR_DISPLAY_NAME) &&
  (propertyType(ulPropTag) === PT_STRING8 || propertyType(ulPropTag) === PT_UNICODE);

async function propertiesOf(context: Context, principal: Principal, tags: readonly number[]) {
  const [properties] = await withSendAs(readerOf(context), [principal]);
  return tags.map((tag) => toWire(propertyOf(properties!, tag)) as Wire<'propVal'>);
}

/** The client's properties, replaced where the address book knows better, then what else was asked for. */
function merge(row: readonly Wire<'propVal'>[], found: readonly Wire<'propVal'>[]): Wire<'propVal'>[] {
  const byTag = new Map(found.map((property) => [property.ulPropTag, property]));
  const sent = new Set(row.map(({ ulPropTag }) => ulPropTag));
  return [
    ...row.map((property) => byTag.get(property.ulPropTag) ?? property),
    ...found.filter(({ ulPropTag }) => !sent.has(ulPropTag)),
  ];
}

// ---------------------------------------------------------------------------
// Stores by their owners

/** Private and public ones, unless the client asks for others (observed on 11.0.2). */
const USUAL_STORES = storeTypeMask(STORE_PRIVATE) | storeTypeMask(STORE_PUBLIC);

async function requireStore(context: Context, name: StoreName): Promise<FoundStore> {
  const found = await findStore(context.database, name);
  if (!found) throw new KopanoError(KCERR_NOT_FOUND, 'there is no such store');
  return found;
}

/** The store of an owner; one who comes from a directory gets a mailbox the first time that it is asked for. */
async function requireOwnersStore(context: Context, owner: Principal, typeMask: number): Promise<FoundStore> {
  const name = { ownerId: owner.id, typeMask };
  const found = await findStore(context.database, name);
  if (found) return found;
  if (typeMask & storeTypeMask(STORE_PRIVATE)) await ensureMailbox(context.platform, owner);
  return requireStore(context, name);
}

/** Finds a user's store, in hosted mode a company's too. Who may look at the owner may know of the store. */
async function resolveUserStore(
  context: Context,
  args: Arguments<'resolveUserStore'>,
): Promise<Answer<'resolveUserStore'>> {
  const owner = await ownerOf(context, required(args.szUserName, 'szUserName'));
  const { store, entryId } = await requireOwnersStore(context, owner, args.ulStoreTypeMask || USUAL_STORES);
  return {
    ulUserId: owner.id,
    sUserId: principalEntryId(owner),
    sStoreId: withEntryIdFlags(entryId, args.ulFlags & OPENSTORE_OVERRIDE_HOME_MDB),
    guid: store.guid,
    lpszServerPath: serverPath(context),
  };
}

async function ownerOf(context: Context, name: string): Promise<Principal> {
  try {
    return await resolveLogin(context, name, OBJECTTYPE_MAILUSER);
  } catch (error) {
    const missing = error instanceof KopanoError && error.code === KCERR_NOT_FOUND;
    if (!missing || !context.platform.settings.hosted) throw error;
    return resolveLogin(context, name, OBJECTTYPE_CONTAINER);
  }
}

/** Finds a store by its GUID; one without owner only for administrators. */
async function resolveStore(context: Context, args: Arguments<'resolveStore'>): Promise<Answer<'resolveStore'>> {
  if (args.sStoreGuid.length === 0) throw new KopanoError(KCERR_INVALID_PARAMETER, 'sStoreGuid is missing');
  const { database, session, platform } = context;
  const { store, entryId } = await requireStore(context, { guid: args.sStoreGuid });
  const reference = { id: store.ownerId, externalId: NO_EXTERNAL_ID };
  const owner = store.ownerId === 0 ? undefined : await findPrincipal(database, [isReferenced(reference)]);
  const answer = {
    sStoreId: withEntryIdFlags(entryId, OPENSTORE_OVERRIDE_HOME_MDB),
    guid: store.guid,
  };
  if (!owner) {
    const orphan = { companyId: store.companyId, adminLevel: 0 };
    await requireAdministrator(database, session.identity, orphan, platform.settings.hosted);
    return answer;
  }
  await requirePrincipal(context, reference);
  return { ...answer, ulUserId: owner.id, sUserId: principalEntryId(owner) };
}

export const addressbook = {
  readABProps,
  abResolveNames,
  resolveUserStore,
  resolveStore,
} satisfies Partial<Operations>;
