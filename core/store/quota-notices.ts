import { isOfTypeSql, NONACTIVE_CONTACT, OBJECTTYPE_MAILUSER } from '../directory/object-class.ts';
import { PRINCIPAL_COLUMNS, PRINCIPAL_TABLES, type Principal, readPrincipal } from '../directory/principal.ts';
import { QUOTA_HARDLIMIT, QUOTA_OK, QUOTA_SOFTLIMIT, QUOTA_WARN } from '../directory/quota.ts';
import { SYSTEM_ID } from '../directory/well-known.ts';
import { STORE_PRIVATE, STORE_PUBLIC } from '../mapi/object-types.ts';
import type { SqlRow, Statements } from '../platform/database.ts';
import type { QuotaLimits } from '../platform/platform.ts';

/**
 * When somebody was told last that a store is over a level of its quota. number
 * counts the notices; the next one's names the mail that tells of it, so that
 * mail is the same however often it is made.
 */
export const QUOTA_NOTICE_SCHEMA: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS quota_notice (
    store_id INT UNSIGNED NOT NULL,
    level TINYINT UNSIGNED NOT NULL,
    number INT UNSIGNED NOT NULL,
    at DATETIME(3) NOT NULL,
    PRIMARY KEY (store_id, level)
  ) ENGINE=InnoDB`,
];

/** Select item for the store `st`: when its people were told last, in ISO 8601; null if never. */
export const LAST_NOTICE = `(SELECT DATE_FORMAT(MAX(qn.at), '%Y-%m-%dT%H:%i:%s.%fZ') FROM quota_notice qn WHERE qn.store_id = st.id)`;

/** Whose stores are looked at: the mailboxes of people, or the public stores of companies. */
export type QuotaSubject = 'users' | 'companies';

/** A store that is over a limit of its quota, and whose people are to be told so now. */
export interface FullStore {
  readonly id: number;
  readonly guid: Buffer;
  /** Bytes. */
  readonly size: number;
  /** User or company. */
  readonly owner: Principal;
  /** QUOTA_WARN, QUOTA_SOFTLIMIT or QUOTA_HARDLIMIT. */
  readonly level: number;
  /** What applies to it, from whichever level it comes. */
  readonly limits: QuotaLimits;
  /** Number of the notice that is due. */
  readonly notice: number;
}

/** Stores of one statement: their owners' documents stay well below the 1 MiB of a response. */
const PAGE_ROWS = 30;

/** The limit that applies: the owner's own, for mailboxes the company's default, or the site's. */
function limitSql(subject: QuotaSubject, name: keyof QuotaLimits): string {
  const at = (document: string, quota: string): string =>
    `WHEN JSON_UNQUOTE(JSON_EXTRACT(${document}, '$.${quota}.useDefault')) = 'false'
     THEN CAST(JSON_UNQUOTE(JSON_EXTRACT(${document}, '$.${quota}.${name}')) AS UNSIGNED)`;
  const ofCompany = subject === 'users' ? at('pco.details', 'userQuota') : '';
  return `CASE ${at('pri.details', 'quota')} ${ofCompany} ELSE :${name} END`;
}

const SUBJECTS: Readonly<Record<QuotaSubject, { readonly type: number; readonly owners: string }>> = {
  users: {
    type: STORE_PRIVATE,
    owners: `${isOfTypeSql('pri.class', OBJECTTYPE_MAILUSER)} AND pri.class <> ${NONACTIVE_CONTACT} AND pri.id <> ${SYSTEM_ID}`,
  },
  companies: {
    type: STORE_PUBLIC,
    owners: `NOT ${isOfTypeSql('pri.class', OBJECTTYPE_MAILUSER)} AND pri.id > ${SYSTEM_ID}`,
  },
};

/**
 * The stores over a limit whose last notice of the level they are at is older
 * than `since` (ms since 1970), or that had none; a statement for each page, so one where nobody is over.
 */
export async function* fullStores(
  statements: Statements,
  subject: QuotaSubject,
  site: QuotaLimits,
  since: number,
): AsyncGenerator<FullStore[]> {
  const { type, owners } = SUBJECTS[subject];
  for (let after = 0; ; ) {
    const page = await statements.query(
      `SELECT due.*, ${PRINCIPAL_COLUMNS} FROM (
        SELECT stand.*, COALESCE(n.number, 0) AS number FROM (
          SELECT limited.*, CASE WHEN hard > 0 AND size >= hard THEN ${QUOTA_HARDLIMIT}
            WHEN soft > 0 AND size >= soft THEN ${QUOTA_SOFTLIMIT}
            WHEN warn > 0 AND size >= warn THEN ${QUOTA_WARN} ELSE ${QUOTA_OK} END AS level
          FROM (
            SELECT st.id, st.guid, st.size, st.owner_id, ${limitSql(subject, 'warn')} AS warn,
              ${limitSql(subject, 'soft')} AS soft, ${limitSql(subject, 'hard')} AS hard
            FROM store st JOIN (${PRINCIPAL_TABLES}) ON pri.id = st.owner_id
            WHERE st.id > :after AND st.type = ${type} AND st.deleted = 0 AND st.size > 0 AND ${owners}
          ) limited
        ) stand LEFT JOIN quota_notice n ON n.store_id = stand.id AND n.level = stand.level
        WHERE stand.level > ${QUOTA_OK} AND (n.at IS NULL OR n.at <= :since)
        ORDER BY stand.id LIMIT ${PAGE_ROWS}
      ) due JOIN (${PRINCIPAL_TABLES}) ON pri.id = due.owner_id ORDER BY due.id`,
      { after, since: dateTime(since), warn: site.warn, soft: site.soft, hard: site.hard },
    );
    if (page.length > 0) yield page.map(readFullStore);
    if (page.length < PAGE_ROWS) return;
    after = Number(page.at(-1)!.id);
  }
}

const readFullStore = (row: SqlRow): FullStore => ({
  id: Number(row.id),
  guid: row.guid as Buffer,
  size: Number(row.size),
  owner: readPrincipal(row),
  level: Number(row.level),
  limits: { warn: Number(row.warn), soft: Number(row.soft), hard: Number(row.hard) },
  notice: Number(row.number) + 1,
});

/** Notes that the people of these stores were told; `now` in ms since 1970. Safe to repeat. */
export async function recordNotices(statements: Statements, stores: readonly FullStore[], now: number): Promise<void> {
  if (stores.length === 0) return;
  const parameters: Record<string, string | number> = { now: dateTime(now) };
  const rows = stores.map(({ id, level, notice }, index) => {
    Object.assign(parameters, { [`id${index}`]: id, [`level${index}`]: level, [`number${index}`]: notice });
    return `(:id${index}, :level${index}, :number${index}, :now)`;
  });
  // Somebody else may have told the same at the same time: it is one notice, told at the later of both times.
  await statements.execute(
    `INSERT INTO quota_notice (store_id, level, number, at) VALUES ${rows.join(', ')}
     ON DUPLICATE KEY UPDATE number = GREATEST(number, VALUES(number)), at = GREATEST(at, VALUES(at))`,
    parameters,
  );
}

/** DATETIME(3) in UTC of milliseconds since 1970. */
const dateTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '');
