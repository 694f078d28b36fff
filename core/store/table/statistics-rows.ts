import { release, type as systemName } from 'node:os';
import { ADMIN_LEVEL_SYSADMIN } from '../../directory/identity.ts';
import { shownLogons } from '../../directory/last-logon.ts';
import { loginName } from '../../directory/login-name.ts';
import {
  ACTIVE_USER,
  CONTAINER_COMPANY,
  isOfTypeSql,
  NONACTIVE_CONTACT,
  NONACTIVE_EQUIPMENT,
  NONACTIVE_ROOM,
  NONACTIVE_USER,
  OBJECTTYPE_MAILUSER,
} from '../../directory/object-class.ts';
import {
  listPrincipals,
  PRINCIPAL_COLUMNS,
  PRINCIPAL_TABLES,
  type Principal,
  readPrincipal,
} from '../../directory/principal.ts';
import type { QuotaSettings } from '../../directory/principal-details.ts';
import { effectiveQuota, hasQuota, orSiteQuota } from '../../directory/quota.ts';
import { isOfCompany } from '../../directory/visibility.ts';
import { SYSTEM_ID } from '../../directory/well-known.ts';
import { KopanoError } from '../../mapi/error.ts';
import { KCERR_NOT_FOUND } from '../../mapi/error-codes.ts';
import { fileTimeFromClock } from '../../mapi/file-time.ts';
import type { Properties } from '../../mapi/property.ts';
import * as tags from '../../mapi/tags.ts';
import type { SqlRow } from '../../platform/database.ts';
import { unpackProperties } from '../property-document.ts';
import { LAST_NOTICE } from '../quota-notices.ts';
import { serverGuid } from '../server-guid.ts';
import { logonProperties } from '../store-properties.ts';
import type { MemoryRow } from './memory-source.ts';
import { propertiesOf, propertyRow } from './property-row.ts';
import type { TableReader } from './table-sources.ts';

const BYTES_PER_KB = 1024n;
/** Sessions and stores of one statement, well below the 1 MiB of a response. */
const PAGE_ROWS = 200;

/** Users by class, under the names that `kopano-admin --user-count` looks for. */
const USER_COUNTS: readonly (readonly [description: string, name: string, objectClass: number])[] = [
  ['Number of active users', 'active', ACTIVE_USER],
  ['Number of mailboxes that nobody logs on to', 'na_user', NONACTIVE_USER],
  ['Number of rooms', 'room', NONACTIVE_ROOM],
  ['Number of equipment', 'equipment', NONACTIVE_EQUIPMENT],
  ['Number of contacts', 'contact', NONACTIVE_CONTACT],
];

const sumOf = (counts: Readonly<Record<string, number>> | undefined, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + (counts?.[name] ?? 0), 0);

/** What is counted of the whole site, and of the function that answers. */
export async function systemRows({ platform, database }: TableReader): Promise<MemoryRow[]> {
  const [counts] = await database.query<Record<string, number>>(
    `SELECT (SELECT COUNT(*) FROM session) AS sessions, (SELECT COUNT(*) FROM open_table) AS tables_open,
      (SELECT COUNT(*) FROM store) AS stores, (SELECT COUNT(*) FROM outgoing) AS outgoing,
      (SELECT COUNT(*) FROM subscription) AS subscriptions,
      (SELECT CAST(next AS SIGNED) - 1 FROM sequence WHERE name = 'object') AS max_objectid,
      ${USER_COUNTS.map(([, name, objectClass]) => `(SELECT COUNT(*) FROM principal pri WHERE pri.class = ${objectClass} AND pri.id <> ${SYSTEM_ID}) AS ${name}`).join(', ')}`,
  );
  const memory = process.memoryUsage();
  const list: [string, string, string | number | undefined][] = [
    ['sessions', 'Number of sessions', counts?.sessions],
    ['tables_open', 'Number of open tables', counts?.tables_open],
    ['subscriptions', 'Number of subscriptions to notifications', counts?.subscriptions],
    ['stores', 'Number of stores', counts?.stores],
    ['outgoing', 'Number of messages waiting to be sent', counts?.outgoing],
    ['usercnt_nonactive', 'Number of all non-active users', sumOf(counts, ['na_user', 'room', 'equipment'])],
    ...USER_COUNTS.map(
      ([description, name]) => [`usercnt_${name}`, description, counts?.[name]] as [string, string, number | undefined],
    ),
    ['server_name', 'Name of the server', platform.settings.serverName],
    ['server_guid', 'GUID of the server', (await serverGuid(platform.database)).toString('hex')],
    ['server_start_date', 'Time when the answering function was started', startOfFunction(platform.clock.now())],
    ['userplugin', 'Where users come from', platform.directory ? 'ldap' : 'db'],
    ['attachment_storage', 'Where large values lie', 's3'],
    ['max_objectid', 'Highest object number that a function may use', counts?.max_objectid],
    ['function_memory', 'Memory of the answering function, in bytes', memory.rss],
    ['function_heap', 'Heap of the answering function in use, in bytes', memory.heapUsed],
    ['function_uptime', 'Age of the answering function, in seconds', Math.floor(process.uptime())],
    ['runtime', 'Version of the runtime', process.version],
    ['utsname', 'Platform', `${systemName()} ${process.arch} ${release()}`],
  ];
  return list.map(([name, description, value], id) =>
    propertyRow(
      id,
      propertiesOf([
        [tags.PR_DISPLAY_NAME, name],
        [tags.PR_EC_STATS_SYSTEM_DESCRIPTION, description],
        [tags.PR_EC_STATS_SYSTEM_VALUE, String(value ?? 0)],
      ]),
    ),
  );
}

/** In the words of the original, in UTC: `Thu Nov 26 05:40:00 2026`. */
function startOfFunction(now: number): string {
  const [day, date, month, year, time] = new Date(now - process.uptime() * 1000).toUTCString().split(/,? /);
  return `${day} ${month} ${date} ${time} ${year}`;
}

/** The sessions there are. A function knows nothing of others' processor times: they are 0. */
export async function sessionRows({ platform, database }: TableReader): Promise<MemoryRow[]> {
  const rows: MemoryRow[] = [];
  for (let last: Buffer = Buffer.alloc(8); ; ) {
    const page = await database.query(
      `SELECT ses.id AS x_id, ses.session_group AS x_group, ses.address AS x_address, ses.capabilities AS x_capabilities,
        TIMESTAMPDIFF(SECOND, ses.seen, UTC_TIMESTAMP(3)) AS x_idle, ses.client_version AS x_version, ses.client_app AS x_app,
        ses.client_app_version AS x_app_version, ses.client_app_misc AS x_misc, ${PRINCIPAL_COLUMNS}
      FROM session ses JOIN (${PRINCIPAL_TABLES}) ON pri.id = ses.principal_id
      WHERE ses.id > :last ORDER BY ses.id LIMIT ${PAGE_ROWS}`,
      { last },
    );
    for (const row of page) rows.push(propertyRow(rows.length, sessionProperties(row, platform.settings)));
    if (page.length < PAGE_ROWS) return rows;
    last = page.at(-1)!.x_id as Buffer;
  }
}

const sessionProperties = (row: SqlRow, settings: TableReader['platform']['settings']): Properties =>
  propertiesOf([
    [tags.PR_EC_STATS_SESSION_ID, (row.x_id as Buffer).readBigInt64BE()],
    [tags.PR_EC_STATS_SESSION_GROUP_ID, (row.x_group as Buffer).readBigInt64BE()],
    [tags.PR_EC_STATS_SESSION_IPADDRESS, row.x_address as string],
    [tags.PR_EC_STATS_SESSION_IDLETIME, Math.max(0, row.x_idle as number)],
    [tags.PR_EC_STATS_SESSION_CAPABILITY, row.x_capabilities as number],
    [tags.PR_EC_STATS_SESSION_LOCKED, false],
    [tags.PR_EC_USERNAME, loginName(readPrincipal(row), settings)],
    [tags.PR_EC_STATS_SESSION_BUSYSTATES, []],
    [tags.PR_EC_STATS_SESSION_PROCSTATES, []],
    [tags.PR_EC_STATS_SESSION_CPU_USER, 0],
    [tags.PR_EC_STATS_SESSION_CPU_SYSTEM, 0],
    [tags.PR_EC_STATS_SESSION_CPU_REAL, 0],
    [tags.PR_EC_STATS_SESSION_CLIENT_VERSION, row.x_version as string],
    [tags.PR_EC_STATS_SESSION_CLIENT_APPLICATION, row.x_app as string],
    [tags.PR_EC_STATS_SESSION_REQUESTS, 0],
    [tags.PR_EC_STATS_SESSION_PROXY, ''],
    [tags.PR_EC_STATS_SESSION_CLIENT_APPLICATION_VERSION, row.x_app_version as string],
    [tags.PR_EC_STATS_SESSION_CLIENT_APPLICATION_MISC, row.x_misc as string],
  ]);

/** What a store keeps of its owner's habits, and how large it is. */
interface StoreFacts {
  readonly size: number;
  readonly properties: Properties;
  /** When somebody was told last that it is full; a FILETIME. */
  readonly quotaMail: bigint | undefined;
}

/** The stores of principals, private ones before others. */
async function storeFacts({ database }: TableReader): Promise<Map<number, StoreFacts>> {
  const facts = new Map<number, StoreFacts>();
  for (let last = 0; ; ) {
    const page = await database.query<{
      id: number;
      owner_id: number;
      size: number;
      props: string;
      told: string | null;
    }>(
      `SELECT st.id, st.owner_id, st.size, o.props, ${LAST_NOTICE} AS told FROM store st JOIN object o ON o.id = st.id
      WHERE st.id > :last AND st.owner_id IS NOT NULL ORDER BY st.id LIMIT ${PAGE_ROWS}`,
      { last },
    );
    for (const row of page) {
      if (!facts.has(row.owner_id))
        facts.set(row.owner_id, {
          size: row.size,
          properties: unpackProperties(row.props).values,
          quotaMail: row.told === null ? undefined : fileTimeFromClock(Date.parse(row.told)),
        });
    }
    if (page.length < PAGE_ROWS) return facts;
    last = page.at(-1)!.id;
  }
}

/** The users of the site, or of the caller's company. */
export async function userRows(reader: TableReader): Promise<MemoryRow[]> {
  const { platform, identity } = reader;
  const { hosted } = platform.settings;
  const ofCompany =
    hosted && identity.adminLevel < ADMIN_LEVEL_SYSADMIN ? [isOfCompany(identity.companyId, hosted)] : [];
  const users = await listPrincipals(reader.database, [
    { sql: isOfTypeSql('pri.class', OBJECTTYPE_MAILUSER), parameters: {} },
    ...ofCompany,
  ]);
  const stores = await storeFacts(reader);
  const ofCompanies = await userQuotas(reader);
  const logons = await shownLogons(reader.database, platform.clock.now());
  return users.map((user) => {
    const properties = userProperties(reader, user, stores.get(user.id), ofCompanies.get(user.companyId));
    return propertyRow(user.id, new Map([...properties, ...logonProperties(logons.get(user.id))]));
  });
}

/** What companies give their users, by company. */
async function userQuotas({ database, platform }: TableReader): Promise<Map<number, QuotaSettings>> {
  if (!platform.settings.hosted) return new Map();
  const companies = await listPrincipals(database, [{ sql: `pri.class = ${CONTAINER_COMPANY}`, parameters: {} }]);
  return new Map(companies.flatMap(({ id, details }) => (details.userQuota ? [[id, details.userQuota] as const] : [])));
}

function userProperties(
  { platform }: TableReader,
  user: Principal,
  store: StoreFacts | undefined,
  ofCompany: QuotaSettings | undefined,
): Properties {
  const isInternal = user.externalId.length === 0;
  const quota =
    isInternal || !hasQuota(user)
      ? undefined
      : orSiteQuota(effectiveQuota(user.details.quota, ofCompany), false, platform.settings);
  const kilobytes = (bytes: number): number => Number(BigInt(bytes) / BYTES_PER_KB);
  // SYSTEM's store isn't measured (observed on 11.0.2).
  const size = isInternal ? 0 : (store?.size ?? 0);
  return propertiesOf([
    [tags.PR_EC_COMPANY_NAME, user.companyName || undefined],
    [tags.PR_EC_USERNAME, loginName(user, platform.settings)],
    [tags.PR_DISPLAY_NAME, user.fullName],
    [tags.PR_SMTP_ADDRESS, user.email],
    [tags.PR_EC_NONACTIVE, user.class !== ACTIVE_USER],
    [tags.PR_EC_ADMINISTRATOR, user.adminLevel],
    [tags.PR_MESSAGE_SIZE_EXTENDED, size > 0 ? BigInt(size) : undefined],
    [tags.PR_QUOTA_WARNING_THRESHOLD, quota && kilobytes(quota.warn)],
    [tags.PR_QUOTA_SEND_THRESHOLD, quota && kilobytes(quota.soft)],
    [tags.PR_QUOTA_RECEIVE_THRESHOLD, quota && kilobytes(quota.hard)],
    [tags.PR_EC_QUOTA_MAIL_TIME, store?.quotaMail],
    [tags.PR_EC_OUTOFOFFICE, store?.properties.get(tags.PR_EC_OUTOFOFFICE) ?? false],
    // What a client has written; what is known here comes over it.
    [tags.PR_LAST_LOGON_TIME, store?.properties.get(tags.PR_LAST_LOGON_TIME)],
    [tags.PR_LAST_LOGOFF_TIME, store?.properties.get(tags.PR_LAST_LOGOFF_TIME)],
  ]);
}

/** The companies of a hosted site. */
export async function companyRows(reader: TableReader): Promise<MemoryRow[]> {
  const companies = await listPrincipals(reader.database, [
    { sql: `pri.class = ${CONTAINER_COMPANY}`, parameters: {} },
  ]);
  const stores = await storeFacts(reader);
  return companies.map((company) => {
    const store = stores.get(company.id);
    const quota = orSiteQuota(effectiveQuota(company.details.quota, undefined), true, reader.platform.settings);
    return propertyRow(
      company.id,
      propertiesOf([
        [tags.PR_EC_COMPANY_NAME, company.fullName],
        [tags.PR_MESSAGE_SIZE_EXTENDED, store && store.size > 0 ? BigInt(store.size) : undefined],
        [tags.PR_QUOTA_WARNING_THRESHOLD, Number(BigInt(quota.warn) / BYTES_PER_KB)],
        [tags.PR_QUOTA_SEND_THRESHOLD, Number(BigInt(quota.soft) / BYTES_PER_KB)],
        [tags.PR_QUOTA_RECEIVE_THRESHOLD, Number(BigInt(quota.hard) / BYTES_PER_KB)],
        [tags.PR_EC_QUOTA_MAIL_TIME, store?.quotaMail],
      ]),
    );
  });
}

/** There is but one server, so none are listed (observed on 11.0.2: opening works, reading doesn't). */
export async function serverRows(): Promise<MemoryRow[]> {
  throw new KopanoError(KCERR_NOT_FOUND, 'there is no list of servers');
}
