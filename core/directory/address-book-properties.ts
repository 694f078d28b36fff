import { ADDRESS_BOOK_PROVIDER } from '../mapi/address-book-entry-id.ts';
import {
  DT_AGENT,
  DT_DISTLIST,
  DT_EQUIPMENT,
  DT_MAILUSER,
  DT_ORGANIZATION,
  DT_REMOTE_MAILUSER,
  DT_ROOM,
  DT_SEC_DISTLIST,
  DTE_FLAG_ACL_CAPABLE,
} from '../mapi/display-types.ts';
import { MAPI_DISTLIST, MAPI_MAILUSER } from '../mapi/object-types.ts';
import { type Properties, type PropertyTag, propertyType, unicodeTag } from '../mapi/property.ts';
import { PT_BINARY, PT_MV_BINARY, PT_MV_UNICODE, PT_UNICODE } from '../mapi/property-types.ts';
import {
  PR_AB_PROVIDER_ID,
  PR_ACCOUNT,
  PR_ADDRTYPE,
  PR_DISPLAY_NAME,
  PR_DISPLAY_TYPE,
  PR_DISPLAY_TYPE_EX,
  PR_EC_ADMINISTRATOR,
  PR_EC_COMPANY_NAME,
  PR_EC_DISABLED_FEATURES,
  PR_EC_ENABLED_FEATURES,
  PR_EC_HOMESERVER_NAME,
  PR_EC_NONACTIVE,
  PR_EC_SENDAS_USER_ENTRYIDS,
  PR_EMAIL_ADDRESS,
  PR_EMS_AB_DISPLAY_NAME_PRINTABLE,
  PR_EMS_AB_HOME_MDB,
  PR_EMS_AB_PROXY_ADDRESSES,
  PR_EMS_AB_ROOM_CAPACITY,
  PR_EMS_AB_ROOM_DESCRIPTION,
  PR_ENTRYID,
  PR_INSTANCE_KEY,
  PR_MESSAGE_CLASS,
  PR_NORMALIZED_SUBJECT,
  PR_OBJECT_TYPE,
  PR_RECORD_KEY,
  PR_SEARCH_KEY,
  PR_SEND_INTERNET_ENCODING,
  PR_SEND_RICH_INFO,
  PR_SMTP_ADDRESS,
  PR_TRANSMITABLE_DISPLAY_NAME,
} from '../mapi/tags.ts';
import type { ServerSettings } from '../platform/platform.ts';
import { loginName } from './login-name.ts';
import {
  ACTIVE_USER,
  CONTAINER_COMPANY,
  DISTLIST_DYNAMIC,
  DISTLIST_SECURITY,
  isMailUser,
  NONACTIVE_CONTACT,
  NONACTIVE_EQUIPMENT,
  NONACTIVE_ROOM,
} from './object-class.ts';
import { isInternal, type Principal, principalEntryId } from './principal.ts';
import { tagOfKey } from './principal-details.ts';
import { featuresOf } from './property-map.ts';
import { SYSTEM_ID } from './well-known.ts';

/** Address type of those who have a mailbox here. */
const ADDRESS_TYPE = 'ZARAFA';

/** What the address book knows of a user, group or company, in the shape of a row (observed on 11.0.2). */
export function principalProperties(
  principal: Principal,
  settings: ServerSettings,
  sendAs: readonly Buffer[] = [],
): Properties {
  const properties = furtherProperties(principal);
  const set = (tag: PropertyTag, value: Parameters<Properties['set']>[1]): void => {
    properties.set(tag, value);
  };
  set(PR_ENTRYID, principalEntryId(principal));
  set(PR_AB_PROVIDER_ID, ADDRESS_BOOK_PROVIDER);
  set(PR_RECORD_KEY, numbers(principal.id));
  set(PR_INSTANCE_KEY, numbers(principal.id, 0));
  for (const tag of [PR_DISPLAY_NAME, PR_NORMALIZED_SUBJECT, PR_TRANSMITABLE_DISPLAY_NAME])
    set(tag, principal.fullName);
  set(PR_ADDRTYPE, ADDRESS_TYPE);
  set(PR_EC_COMPANY_NAME, principal.companyName);
  set(PR_EMS_AB_PROXY_ADDRESSES, proxyAddresses(principal));
  if (sendAs.length) set(PR_EC_SENDAS_USER_ENTRYIDS, [...sendAs]);
  // The database directory of the original knows no servers: only SYSTEM has one.
  if (principal.id === SYSTEM_ID) set(PR_EC_HOMESERVER_NAME, settings.serverName);
  for (const [tag, value] of isMailUser(principal.class)
    ? userProperties(principal, settings)
    : groupProperties(principal, settings))
    set(tag, value);
  return properties;
}

function userProperties(principal: Principal, settings: ServerSettings): Properties {
  const name = principal.class === NONACTIVE_CONTACT ? principal.fullName : loginName(principal, settings);
  const properties: Properties = new Map<PropertyTag, Buffer | string | number | boolean>([
    [PR_OBJECT_TYPE, MAPI_MAILUSER],
    [PR_DISPLAY_TYPE, principal.class === NONACTIVE_CONTACT ? DT_REMOTE_MAILUSER : DT_MAILUSER],
    [PR_DISPLAY_TYPE_EX, USER_DISPLAY_TYPES.get(principal.class) ?? DT_MAILUSER],
    [PR_ACCOUNT, name],
    [PR_EMAIL_ADDRESS, name],
    [PR_SMTP_ADDRESS, principal.email],
    [PR_SEARCH_KEY, searchKey(principal.email)],
    [PR_EMS_AB_DISPLAY_NAME_PRINTABLE, principal.fullName],
    [PR_MESSAGE_CLASS, 'IPM.Contact'],
    [PR_EC_NONACTIVE, principal.class !== ACTIVE_USER],
    [PR_EC_ADMINISTRATOR, principal.adminLevel],
    [PR_EMS_AB_ROOM_CAPACITY, principal.details.capacity ?? 0],
    [PR_EMS_AB_HOME_MDB, homeDatabase(settings.serverName)],
    [PR_SEND_INTERNET_ENCODING, 0],
    [PR_SEND_RICH_INFO, true],
  ]);
  const description = roomDescription(principal);
  if (description) properties.set(PR_EMS_AB_ROOM_DESCRIPTION, description);
  if (!isInternal(principal.id)) {
    const { enabled, disabled } = featuresOf(principal);
    if (enabled.length) properties.set(PR_EC_ENABLED_FEATURES, [...enabled]);
    if (disabled.length) properties.set(PR_EC_DISABLED_FEATURES, [...disabled]);
  }
  return properties;
}

function groupProperties(principal: Principal, settings: ServerSettings): Properties {
  const name = loginName(principal, settings);
  const properties: Properties = new Map<PropertyTag, Buffer | string | number>([
    [PR_OBJECT_TYPE, MAPI_DISTLIST],
    [PR_DISPLAY_TYPE, principal.class === CONTAINER_COMPANY ? DT_ORGANIZATION : DT_DISTLIST],
    [PR_DISPLAY_TYPE_EX, GROUP_DISPLAY_TYPES.get(principal.class) ?? DT_DISTLIST],
    [PR_ACCOUNT, name],
    [PR_EMAIL_ADDRESS, name],
    [PR_SEARCH_KEY, searchKey(principal.fullName)],
    [PR_MESSAGE_CLASS, 'IPM.DistList'],
  ]);
  if (principal.email) properties.set(PR_SMTP_ADDRESS, principal.email);
  return properties;
}

/** Texts that are made up for a row, whatever is kept of the principal. */
export const COMPUTED_TEXTS: ReadonlySet<PropertyTag> = new Set([
  PR_ADDRTYPE,
  PR_EC_COMPANY_NAME,
  PR_EC_HOMESERVER_NAME,
  PR_EMS_AB_HOME_MDB,
  PR_EMS_AB_ROOM_DESCRIPTION,
  PR_MESSAGE_CLASS,
]);

const USER_DISPLAY_TYPES: ReadonlyMap<number, number> = new Map([
  [ACTIVE_USER, DT_MAILUSER | DTE_FLAG_ACL_CAPABLE],
  [NONACTIVE_ROOM, DT_ROOM],
  [NONACTIVE_EQUIPMENT, DT_EQUIPMENT],
  [NONACTIVE_CONTACT, DT_REMOTE_MAILUSER],
]);

const GROUP_DISPLAY_TYPES: ReadonlyMap<number, number> = new Map([
  [DISTLIST_SECURITY, DT_SEC_DISTLIST | DTE_FLAG_ACL_CAPABLE],
  [DISTLIST_DYNAMIC, DT_AGENT],
  [CONTAINER_COMPANY, DT_ORGANIZATION | DTE_FLAG_ACL_CAPABLE],
]);

/** Rooms and equipment always describe themselves. */
function roomDescription(principal: Principal): string | undefined {
  if (principal.class === NONACTIVE_ROOM) return 'Room';
  return principal.class === NONACTIVE_EQUIPMENT ? 'Equipment' : undefined;
}

/** The primary address in capitals, then the others. */
const proxyAddresses = ({ email, details }: Principal): string[] => [
  ...(email ? [`SMTP:${email}`] : []),
  ...(details.aliases ?? []).map((alias) => `smtp:${alias}`),
];

/** The name of a mailbox server, as Exchange clients want it. */
const homeDatabase = (server: string): string =>
  `/o=Domain/ou=Location/cn=Configuration/cn=Servers/cn=${server}/cn=Microsoft Private MDB`;

const searchKey = (address: string): Buffer => Buffer.from(`${ADDRESS_TYPE}:${address.toUpperCase()}\0`);

/** Little-endian 32-bit numbers, as keys hold them. */
export function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * Uint32Array.BYTES_PER_ELEMENT);
  values.forEach((value, i) => {
    bytes.writeUInt32LE(value, i * Uint32Array.BYTES_PER_ELEMENT);
  });
  return bytes;
}

/** Properties that an administrator gave the principal by tag; what is known otherwise replaces them. */
function furtherProperties({ details }: Principal): Properties {
  const properties: Properties = new Map();
  for (const [key, value] of Object.entries(details.properties ?? {})) {
    const tag = unicodeTag(tagOfKey(key));
    if (propertyType(tag) === PT_UNICODE) properties.set(tag, value);
    if (propertyType(tag) === PT_BINARY) properties.set(tag, Buffer.from(value, 'base64'));
  }
  for (const [key, values] of Object.entries(details.lists ?? {})) {
    const tag = unicodeTag(tagOfKey(key));
    if (values.length === 0 || tag === PR_EC_ENABLED_FEATURES || tag === PR_EC_DISABLED_FEATURES) continue;
    if (propertyType(tag) === PT_MV_UNICODE) properties.set(tag, [...values]);
    if (propertyType(tag) === PT_MV_BINARY)
      properties.set(
        tag,
        values.map((value) => Buffer.from(value, 'base64')),
      );
  }
  return properties;
}
