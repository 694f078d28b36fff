import { ADDRESS_BOOK_PROVIDER, encodeAddressBookEntryId, NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import {
  AB_RECIPIENTS,
  AB_SUBCONTAINERS,
  AB_UNICODE_OK,
  AB_UNMODIFIABLE,
  DT_GLOBAL,
  DT_NOT_SPECIFIC,
  DT_ORGANIZATION,
} from '../mapi/display-types.ts';
import { MAPI_ABCONT } from '../mapi/object-types.ts';
import type { Properties, PropertyTag, PropertyValue } from '../mapi/property.ts';
import {
  PR_AB_PROVIDER_ID,
  PR_ACCOUNT,
  PR_CONTAINER_CLASS,
  PR_CONTAINER_FLAGS,
  PR_DISPLAY_NAME,
  PR_DISPLAY_TYPE,
  PR_EC_COMPANY_NAME,
  PR_EMS_AB_CONTAINERID,
  PR_EMS_AB_IS_MASTER,
  PR_EMS_AB_PARENT_ENTRYID,
  PR_ENTRYID,
  PR_INSTANCE_KEY,
  PR_NORMALIZED_SUBJECT,
  PR_OBJECT_TYPE,
  PR_PARENT_ENTRYID,
  PR_RECORD_KEY,
  PR_SEARCH_KEY,
  PR_TRANSMITABLE_DISPLAY_NAME,
} from '../mapi/tags.ts';
import { numbers } from './address-book-properties.ts';
import { type Principal, principalEntryId } from './principal.ts';

/** Fixed containers; their numbers mean other things than those of principals (observed on 11.0.2). */
export const ADDRESS_BOOK = 0;
export const GLOBAL_ADDRESS_BOOK = 1;
export const GLOBAL_ADDRESS_LISTS = 2;

interface Container {
  readonly name: string;
  /** How it is called in PR_EMS_AB_HIERARCHY_PATH, where it isn't by its name (observed on 11.0.2 in the order of tables). */
  readonly pathName?: string;
  /** PR_EMS_AB_CONTAINERID; the address book itself has none. */
  readonly containerId?: number;
  readonly displayType: number;
  readonly flags: number;
}

const FLAGS = AB_RECIPIENTS | AB_UNMODIFIABLE | AB_UNICODE_OK;
/** The number that Exchange gives all address lists. */
const ADDRESS_LISTS_CONTAINER_ID = 7000;

const CONTAINERS: ReadonlyMap<number, Container> = new Map([
  [ADDRESS_BOOK, { name: 'Kopano Address Book', displayType: DT_GLOBAL, flags: FLAGS | AB_SUBCONTAINERS }],
  [GLOBAL_ADDRESS_BOOK, { name: 'Global Address Book', containerId: 0, displayType: DT_NOT_SPECIFIC, flags: FLAGS }],
  [
    GLOBAL_ADDRESS_LISTS,
    {
      name: 'All Address Lists',
      pathName: 'Global Address Lists',
      containerId: ADDRESS_LISTS_CONTAINER_ID,
      displayType: DT_NOT_SPECIFIC,
      flags: FLAGS,
    },
  ],
]);

/** What a container is called in PR_EMS_AB_HIERARCHY_PATH, if not by its name. */
export const pathNameOf = (id: number): string | undefined => CONTAINERS.get(id)?.pathName;

export const isFixedContainer = (id: number): boolean => CONTAINERS.has(id);

const containerEntryId = (id: number): Buffer =>
  encodeAddressBookEntryId({ objectType: MAPI_ABCONT, id, externalId: NO_EXTERNAL_ID });

/** The entry id of the container with everybody in it. */
export const GLOBAL_ADDRESS_BOOK_ENTRY_ID: Buffer = containerEntryId(GLOBAL_ADDRESS_BOOK);

/** Properties of a fixed container; undefined for any other number. */
export function containerProperties(id: number): Properties | undefined {
  const container = CONTAINERS.get(id);
  if (!container) return undefined;
  const entryId = containerEntryId(id);
  const properties: Properties = new Map<PropertyTag, PropertyValue>([
    [PR_ENTRYID, entryId],
    [PR_SEARCH_KEY, entryId],
    [PR_RECORD_KEY, entryId],
    [PR_INSTANCE_KEY, numbers(id, id)],
    [PR_OBJECT_TYPE, MAPI_ABCONT],
    [PR_DISPLAY_TYPE, container.displayType],
    [PR_CONTAINER_FLAGS, container.flags],
    [PR_CONTAINER_CLASS, 'IPM.Contact'],
    [PR_AB_PROVIDER_ID, ADDRESS_BOOK_PROVIDER],
    [PR_EMS_AB_IS_MASTER, id === ADDRESS_BOOK],
  ]);
  for (const tag of NAME_TAGS) properties.set(tag, container.name);
  if (container.containerId !== undefined) properties.set(PR_EMS_AB_CONTAINERID, container.containerId);
  if (id !== ADDRESS_BOOK)
    for (const tag of [PR_PARENT_ENTRYID, PR_EMS_AB_PARENT_ENTRYID])
      properties.set(tag, containerEntryId(ADDRESS_BOOK));
  return properties;
}

const NAME_TAGS = [PR_DISPLAY_NAME, PR_NORMALIZED_SUBJECT, PR_TRANSMITABLE_DISPLAY_NAME, PR_ACCOUNT];

/** Properties of a company as a container below the global address book. */
export function companyContainerProperties(company: Principal): Properties {
  const properties: Properties = new Map<PropertyTag, PropertyValue>([
    [PR_ENTRYID, principalEntryId(company)],
    [PR_RECORD_KEY, numbers(company.id)],
    [PR_INSTANCE_KEY, numbers(company.id, 0)],
    [PR_OBJECT_TYPE, MAPI_ABCONT],
    [PR_DISPLAY_TYPE, DT_ORGANIZATION],
    [PR_CONTAINER_FLAGS, FLAGS],
    [PR_CONTAINER_CLASS, 'IPM.Contact'],
    [PR_AB_PROVIDER_ID, ADDRESS_BOOK_PROVIDER],
    [PR_EMS_AB_IS_MASTER, false],
    [PR_EMS_AB_CONTAINERID, company.id],
    [PR_PARENT_ENTRYID, GLOBAL_ADDRESS_BOOK_ENTRY_ID],
    [PR_EMS_AB_PARENT_ENTRYID, GLOBAL_ADDRESS_BOOK_ENTRY_ID],
    [PR_EC_COMPANY_NAME, company.fullName],
  ]);
  for (const tag of NAME_TAGS) properties.set(tag, company.fullName);
  return properties;
}
