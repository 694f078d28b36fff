import { ADMIN_LEVEL_NONE, ADMIN_LEVEL_SYSADMIN, type Identity } from '../../directory/identity.ts';
import { loginName } from '../../directory/login-name.ts';
import {
  PRINCIPAL_COLUMNS,
  PRINCIPAL_TABLES,
  type Principal,
  principalEntryId,
  readPrincipal,
} from '../../directory/principal.ts';
import { effectiveQuota, orSiteQuota } from '../../directory/quota.ts';
import { SYSTEM_ID } from '../../directory/well-known.ts';
import { OPENSTORE_OVERRIDE_HOME_MDB, withEntryIdFlags } from '../../mapi/entry-id.ts';
import { MAPI_STORE, STORE_PRIVATE, STORE_PUBLIC } from '../../mapi/object-types.ts';
import * as tags from '../../mapi/tags.ts';
import type { SqlParameters, SqlRow } from '../../platform/database.ts';
import type { ServerSettings } from '../../platform/platform.ts';
import { type RawStoreRow, readStoreRow, STORE_COLUMNS } from '../object-row.ts';
import { unpackProperties } from '../property-document.ts';
import { fileTimeFromBytes } from '../row-properties.ts';
import { serverGuid } from '../server-guid.ts';
import { storeProperties } from '../store-properties.ts';
import type { MemoryRow } from './memory-source.ts';
import { propertiesOf, propertyRow } from './property-row.ts';
import type { TableReader } from './table-sources.ts';

/** Stores of one statement: a response has room for 1 MiB, and their small documents are far below 2 KB. */
const PAGE_ROWS = 200;

/** All stores, or in hosted mode those of the caller's company (without it, everybody sees all: observed on 11.0.2). */
export async function mailboxRows({ platform, database, identity }: TableReader): Promise<MemoryRow[]> {
  const guid = await serverGuid(platform.database);
  const restricted = platform.settings.hosted && identity.adminLevel < ADMIN_LEVEL_SYSADMIN;
  const rows = await readPaged(
    { database },
    `SELECT ${STORE_COLUMNS}, o.entry_id AS x_entry_id, o.props AS x_props, st.id AS x_id, ${PRINCIPAL_COLUMNS},
      JSON_EXTRACT(pco.details, '$.userQuota') AS x_company_quota
    FROM store st JOIN object o ON o.id = st.id LEFT JOIN (${PRINCIPAL_TABLES}) ON pri.id = st.owner_id
    WHERE st.id > :last AND st.deleted = 0 ${restricted ? 'AND st.company_id = :companyId' : ''} ORDER BY st.id LIMIT ${PAGE_ROWS}`,
    restricted ? { companyId: identity.companyId } : {},
  );
  return rows.map((row) => {
    const store = readStoreRow(row as unknown as RawStoreRow);
    const owner = ownerOf(row);
    const properties = unpackProperties(row.x_props as string).values;
    const entryId = withEntryIdFlags(row.x_entry_id as Buffer, OPENSTORE_OVERRIDE_HOME_MDB);
    const ofCompany = typeof row.x_company_quota === 'string' ? JSON.parse(row.x_company_quota) : undefined;
    const quota = orSiteQuota(effectiveQuota(owner?.details.quota, ofCompany), false, platform.settings);
    for (const { tag, value } of storeProperties(store, owner, identity, guid, true, quota)) properties.set(tag, value);
    for (const tag of [tags.PR_ENTRYID, tags.PR_STORE_ENTRYID, tags.PR_RECORD_KEY, tags.PR_LONGTERM_ENTRYID_FROM_TABLE])
      properties.set(tag, entryId);
    properties.set(tags.PR_STORE_RECORD_KEY, store.guid);
    if (owner) {
      // Here public stores have owners, too (observed on 11.0.2).
      properties.set(tags.PR_MAILBOX_OWNER_NAME, owner.fullName);
      properties.set(tags.PR_MAILBOX_OWNER_ENTRYID, principalEntryId(owner));
    }
    properties.set(tags.PR_EC_STORETYPE, store.type);
    properties.set(tags.PR_EC_HIERARCHYID, store.id);
    properties.set(tags.PR_OBJECT_TYPE, MAPI_STORE);
    return propertyRow(store.id, properties);
  });
}

const ownerOf = (row: SqlRow): Principal | undefined => (row.pri_id === null ? undefined : readPrincipal(row));

async function readPaged(
  { database }: Pick<TableReader, 'database'>,
  sql: string,
  parameters: SqlParameters,
): Promise<SqlRow[]> {
  const rows: SqlRow[] = [];
  for (let last = 0; ; ) {
    const page = await database.query(sql, { ...parameters, last });
    rows.push(...page);
    if (page.length < PAGE_ROWS) return rows;
    last = page.at(-1)!.x_id as number;
  }
}

/** Whether somebody administers the users of a company. */
const administersCompany = (identity: Identity, companyId: number, { hosted }: ServerSettings): boolean =>
  identity.principalId === SYSTEM_ID ||
  (identity.adminLevel !== ADMIN_LEVEL_NONE &&
    (!hosted || identity.adminLevel >= ADMIN_LEVEL_SYSADMIN || identity.companyId === companyId));

/**
 * Who has which store: a row for each principal with and without a private
 * store, the same for public stores, and one for each other store. This is how
 * administrators find stores without owners and owners without stores. Removed
 * stores are gone for all (as on 11.0.2, which forgets them at once).
 */
export async function userStoreRows({ platform, database, identity }: TableReader): Promise<MemoryRow[]> {
  const { settings } = platform;
  if (identity.adminLevel === ADMIN_LEVEL_NONE && identity.principalId !== SYSTEM_ID) return [];
  const joined = `store st JOIN object o ON o.id = st.id`;
  const columns = `${STORE_COLUMNS}, st.owner_name AS x_owner_name, o.entry_id AS x_entry_id, o.modified AS x_modified, ${PRINCIPAL_COLUMNS}`;
  const ofPrincipals = (type: number): string =>
    `SELECT pri.id AS x_id, ${columns} FROM ${PRINCIPAL_TABLES} LEFT JOIN (${joined}) ON st.owner_id = pri.id AND st.type = ${type} AND st.deleted = 0
    WHERE pri.id > :last AND pri.id <> ${SYSTEM_ID} ORDER BY pri.id LIMIT ${PAGE_ROWS}`;
  const others = `SELECT st.id AS x_id, ${columns} FROM ${joined} LEFT JOIN (${PRINCIPAL_TABLES}) ON pri.id = st.owner_id
    WHERE st.id > :last AND st.deleted = 0 AND (st.owner_id IS NULL OR st.owner_id <> ${SYSTEM_ID})
      AND (pri.id IS NULL OR st.type NOT IN (${STORE_PRIVATE}, ${STORE_PUBLIC})) ORDER BY st.id LIMIT ${PAGE_ROWS}`;
  const found: { row: SqlRow; type: number }[] = [];
  for (const type of [STORE_PRIVATE, STORE_PUBLIC])
    for (const row of await readPaged({ database }, ofPrincipals(type), {})) found.push({ row, type });
  for (const row of await readPaged({ database }, others, {})) found.push({ row, type: row.st_type as number });

  const rows: MemoryRow[] = [];
  for (const { row, type } of found) {
    const owner = ownerOf(row);
    const store = row.st_id === null ? undefined : readStoreRow(row as unknown as RawStoreRow);
    const companyId = store?.companyId || (owner?.companyId ?? 0);
    if (!administersCompany(identity, companyId, settings)) continue;
    rows.push(
      propertyRow(
        rows.length,
        propertiesOf([
          [tags.PR_EC_USERNAME, owner && loginName(owner, settings)],
          [tags.PR_DISPLAY_NAME, (row.x_owner_name as string | null) || undefined],
          [tags.PR_EC_STOREGUID, store?.guid],
          [tags.PR_EC_STORETYPE, type],
          [tags.PR_EC_COMPANYID, companyId || undefined],
          [tags.PR_EC_COMPANY_NAME, owner?.companyName || undefined],
          [tags.PR_STORE_ENTRYID, row.x_entry_id as Buffer | null],
          [tags.PR_LAST_MODIFICATION_TIME, row.x_modified ? fileTimeFromBytes(row.x_modified as Buffer) : undefined],
          [tags.PR_MESSAGE_SIZE_EXTENDED, BigInt(store?.size ?? 0)],
          [tags.PR_OBJECT_TYPE, owner?.class ?? 0],
        ]),
      ),
    );
  }
  return rows;
}
