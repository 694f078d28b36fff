import { type AddressBookEntryId, NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_INVALID_TYPE, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import { MAPI_ABCONT, MAPI_DISTLIST, MAPI_MAILUSER } from '../mapi/object-types.ts';
import type { Properties } from '../mapi/property.ts';
import { PR_ACCOUNT, PR_DEPTH, PR_DISPLAY_NAME, PR_EMS_AB_HIERARCHY_PATH, PR_SMTP_ADDRESS } from '../mapi/tags.ts';
import type { Statements } from '../platform/database.ts';
import type { ServerSettings } from '../platform/platform.ts';
import {
  ADDRESS_BOOK,
  companyContainerProperties,
  containerProperties,
  GLOBAL_ADDRESS_BOOK,
  GLOBAL_ADDRESS_LISTS,
  isFixedContainer,
  pathNameOf,
} from './address-book-containers.ts';
import { principalProperties } from './address-book-properties.ts';
import { ADMIN_LEVEL_SYSADMIN } from './identity.ts';
import {
  CONTAINER_COMPANY,
  isDistributionList,
  isOfTypeSql,
  NONACTIVE_CONTACT,
  OBJECTTYPE_CONTAINER,
} from './object-class.ts';
import {
  type Criterion,
  findPrincipal,
  isReferenced,
  listPrincipals,
  type Principal,
  principalEntryId,
} from './principal.ts';
import { isChildOf, RELATION_GROUP_MEMBER, RELATION_USER_SENDAS } from './relation.ts';
import { isListed, isOfCompany, isVisible, type Viewer } from './visibility.ts';
import { EVERYONE_ID, SYSTEM_ID } from './well-known.ts';

/** Who reads the address book of which site. */
export interface AddressBookReader {
  readonly statements: Statements;
  readonly viewer: Viewer;
  readonly settings: ServerSettings;
}

/** A table of the address book, as a client opens it. */
export interface AddressBookTable {
  /** Container, group or company that the table is of. */
  readonly container: AddressBookEntryId;
  /** MAPI_ABCONT: the containers below; MAPI_MAILUSER or MAPI_DISTLIST: who is in it. */
  readonly objectType: number;
  /** Containers of all levels, with their depth (CONVENIENT_DEPTH). */
  readonly allLevels: boolean;
}

/** Tags that PR_ANR in a restriction stands for, of those that rows here have: one of them begins so. */
export const AMBIGUOUS_NAME_TAGS: readonly number[] = [PR_DISPLAY_NAME, PR_SMTP_ADDRESS, PR_ACCOUNT];

/**
 * All rows of a table with all their properties (tags Unicode-normalised), in
 * the order in which a table without sort order has them; entries that don't
 * meet `narrowing` are left out. Throws what opening the table answers:
 * KCERR_NOT_FOUND, KCERR_INVALID_PARAMETER, KCERR_INVALID_TYPE.
 */
export async function addressBookRows(
  reader: AddressBookReader,
  table: AddressBookTable,
  narrowing?: Criterion,
): Promise<Properties[]> {
  switch (table.objectType) {
    case MAPI_ABCONT:
      return containerRows(reader, table);
    case MAPI_MAILUSER:
    case MAPI_DISTLIST:
      return withSendAs(reader, await contents(reader, table.container, narrowing ? [narrowing] : []));
    default:
      throw new KopanoError(KCERR_INVALID_TYPE, `address book tables have no rows of type ${table.objectType}`);
  }
}

/** Properties of an entry of the address book or of a container; throws KCERR_NOT_FOUND. */
export async function addressBookEntry(reader: AddressBookReader, entry: AddressBookEntryId): Promise<Properties> {
  if (entry.objectType === MAPI_ABCONT && isFixed(entry)) return containerProperties(entry.id)!;
  if (entry.objectType !== MAPI_ABCONT && entry.objectType !== MAPI_MAILUSER && entry.objectType !== MAPI_DISTLIST)
    throw new KopanoError(KCERR_INVALID_PARAMETER, `the address book has no entries of type ${entry.objectType}`);
  const principal = await requireVisible(reader, entry);
  if (entry.objectType === MAPI_ABCONT) return companyContainerProperties(principal);
  const [properties] = await withSendAs(reader, [principal]);
  return properties!;
}

/** The principal of an entry id, if the reader may see it; throws KCERR_NOT_FOUND. */
async function requireVisible({ statements, viewer, settings }: AddressBookReader, entry: AddressBookEntryId) {
  const principal = await findPrincipal(statements, [isReferenced(entry), isVisible(viewer, settings.hosted)]);
  if (!principal) throw new KopanoError(KCERR_NOT_FOUND, 'there is no such principal');
  return principal;
}

const isFixed = (entry: AddressBookEntryId): boolean => entry.externalId.length === 0 && isFixedContainer(entry.id);

// ---------------------------------------------------------------------------
// Containers

async function containerRows(
  reader: AddressBookReader,
  { container, allLevels }: AddressBookTable,
): Promise<Properties[]> {
  if (container.objectType !== MAPI_ABCONT)
    throw new KopanoError(KCERR_INVALID_PARAMETER, 'only containers have containers below');
  if (!isFixed(container)) await requireVisible(reader, container);
  if (!allLevels) return (await containersBelow(reader, container)).map(({ properties }) => properties);
  return levels(reader, container, 0, '');
}

interface ContainerBelow {
  readonly entry: AddressBookEntryId;
  readonly properties: Properties;
}

async function containersBelow(
  reader: AddressBookReader,
  { id, externalId }: AddressBookEntryId,
): Promise<ContainerBelow[]> {
  if (externalId.length) return [];
  if (id === ADDRESS_BOOK)
    return [GLOBAL_ADDRESS_BOOK, GLOBAL_ADDRESS_LISTS].map((below) => ({
      entry: { objectType: MAPI_ABCONT, id: below, externalId: NO_EXTERNAL_ID },
      properties: containerProperties(below)!,
    }));
  if (id === GLOBAL_ADDRESS_LISTS && reader.viewer.principalId === SYSTEM_ID)
    throw new KopanoError(KCERR_INVALID_PARAMETER, 'SYSTEM has no address lists');
  if (id !== GLOBAL_ADDRESS_BOOK) return [];
  return (await companies(reader)).map((company) => ({
    entry: { objectType: MAPI_ABCONT, id: company.id, externalId: company.externalId },
    properties: companyContainerProperties(company),
  }));
}

/** Companies that show as containers: one's own alone is the global address book already (observed on 11.0.2). */
async function companies({ statements, viewer, settings }: AddressBookReader): Promise<Principal[]> {
  if (!settings.hosted) return [];
  const visible = await listPrincipals(statements, [
    { sql: isOfTypeSql('pri.class', OBJECTTYPE_CONTAINER), parameters: {} },
    isVisible(viewer, true),
    isListed(viewer),
  ]);
  return visible.length === 1 && viewer.adminLevel < ADMIN_LEVEL_SYSADMIN ? [] : visible;
}

/** All containers below, level by level as the original lists them, each with depth and path. */
async function levels(
  reader: AddressBookReader,
  container: AddressBookEntryId,
  depth: number,
  path: string,
): Promise<Properties[]> {
  let found: ContainerBelow[];
  try {
    found = await containersBelow(reader, container);
  } catch (error) {
    // What can't be opened by itself is left out of the whole.
    if (error instanceof KopanoError) return [];
    throw error;
  }
  const rows: Properties[] = [];
  const deeper: Promise<Properties[]>[] = [];
  for (const { entry, properties } of found) {
    const name = isFixed(entry) ? pathNameOf(entry.id) : undefined;
    const own = `${path}/${name ?? (properties.get(PR_DISPLAY_NAME) as string)}`;
    rows.push(properties.set(PR_DEPTH, depth).set(PR_EMS_AB_HIERARCHY_PATH, own));
    deeper.push(levels(reader, entry, depth + 1, own));
  }
  return [...rows, ...(await Promise.all(deeper)).flat()];
}

/** Whether a table is of everybody there is: the entries of the global address book. */
export const isEverybody = ({ container, objectType }: AddressBookTable): boolean =>
  (objectType === MAPI_MAILUSER || objectType === MAPI_DISTLIST) &&
  container.objectType === MAPI_ABCONT &&
  isFixed(container) &&
  container.id === GLOBAL_ADDRESS_BOOK;

// ---------------------------------------------------------------------------
// Contents

async function contents(
  reader: AddressBookReader,
  container: AddressBookEntryId,
  narrowing: readonly Criterion[],
): Promise<Principal[]> {
  const { statements, viewer, settings } = reader;
  const visible = [isVisible(viewer, settings.hosted), ...narrowing];
  const shown = [...visible, isListed(viewer)];
  if (container.objectType === MAPI_ABCONT && isFixed(container)) {
    if (container.id !== GLOBAL_ADDRESS_BOOK)
      throw new KopanoError(KCERR_INVALID_PARAMETER, 'the container has no entries');
    return listPrincipals(statements, [isOfCompany(viewer.companyId, settings.hosted), ...shown]);
  }
  const parent = await requireVisible(reader, container);
  if (parent.class === CONTAINER_COMPANY) {
    // As a distribution list a company has no contacts, as a container it has.
    const filters = container.objectType === MAPI_DISTLIST ? [WITHOUT_CONTACTS] : [];
    return listPrincipals(statements, [isOfCompany(parent.id, true), WITHOUT_INTERNAL, ...filters, ...shown]);
  }
  if (!isDistributionList(parent.class)) throw new KopanoError(KCERR_INVALID_PARAMETER, 'the entry has no entries');
  if (parent.id === EVERYONE_ID) return listPrincipals(statements, [WITHOUT_INTERNAL, WITHOUT_CONTACTS, ...visible]);
  return listPrincipals(statements, [isChildOf(RELATION_GROUP_MEMBER, parent.id), WITHOUT_INTERNAL, ...visible]);
}

const WITHOUT_INTERNAL: Criterion = { sql: `pri.id NOT IN (${EVERYONE_ID}, ${SYSTEM_ID})`, parameters: {} };
const WITHOUT_CONTACTS: Criterion = { sql: `pri.class <> ${NONACTIVE_CONTACT}`, parameters: {} };

/** Principals that a statement names one by one. */
const MOST_NAMED = 1_000;

/** The rows of principals, each with who may send in its name: one more statement for all of them. */
export async function withSendAs(
  { statements, settings }: Pick<AddressBookReader, 'statements' | 'settings'>,
  principals: readonly Principal[],
): Promise<Properties[]> {
  if (principals.length === 0) return [];
  const senders = new Map<number, Buffer[]>();
  // The principals of a page are asked for; for a long list, all there are of this rare relation.
  const page = principals.length <= MOST_NAMED;
  const only = page
    ? `AND r.parent_id IN (SELECT j.id FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id INT UNSIGNED PATH '$')) j)`
    : '';
  const rows = await statements.query<{ parent_id: number; id: number; class: number; external_id: Buffer }>(
    `SELECT r.parent_id, c.id, c.class, c.external_id FROM relation r JOIN principal c ON c.id = r.child_id
     WHERE r.type = ${RELATION_USER_SENDAS} ${only} ORDER BY r.parent_id, r.child_id LIMIT 5000`,
    page ? { ids: JSON.stringify(principals.map(({ id }) => id)) } : {},
  );
  for (const { parent_id, id, class: objectClass, external_id } of rows) {
    const entryId = principalEntryId({ id, class: objectClass, externalId: external_id });
    senders.set(parent_id, [...(senders.get(parent_id) ?? []), entryId]);
  }
  return principals.map((principal) => principalProperties(principal, settings, senders.get(principal.id)));
}
