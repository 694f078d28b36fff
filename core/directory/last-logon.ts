import type { SqlParameters, Statements } from '../platform/database.ts';

/**
 * When somebody logged on and off last, of sessions that are gone. Written when a session
 * ends, so that a logon costs nothing for it: until then, its own row tells.
 */
export const LAST_LOGON_SCHEMA: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS last_logon (
    principal_id INT UNSIGNED NOT NULL,
    logon DATETIME(3) NOT NULL,
    logoff DATETIME(3) NOT NULL,
    since DATETIME(3) NOT NULL,
    PRIMARY KEY (principal_id)
  ) ENGINE=InnoDB`,
];

/** Milliseconds since 1970. */
export interface LastLogon {
  readonly logon: number;
  /** Undefined for somebody whose first session goes on. */
  readonly logoff: number | undefined;
}

/**
 * Keeps what sessions tell that are about to be removed. Answers whether there was anything to keep.
 *
 * @param condition picks the sessions `ses`
 * @param ended SQL of the time at which they ended
 */
export async function keepLastLogon(
  statements: Statements,
  condition: string,
  ended: string,
  parameters: SqlParameters,
): Promise<boolean> {
  const { updated } = await statements.execute(
    `INSERT INTO last_logon (principal_id, logon, logoff, since)
     SELECT ses.principal_id, MAX(ses.started), MAX(${ended}), MAX(${ended}) FROM session ses WHERE ${condition} GROUP BY ses.principal_id
     ON DUPLICATE KEY UPDATE logon = GREATEST(logon, VALUES(logon)), logoff = GREATEST(logoff, VALUES(logoff))`,
    parameters,
  );
  return updated > 0;
}

/** Rows of one statement, far below the 1 MiB of a response. */
const PAGE_ROWS = 5_000;
const ISO = '%Y-%m-%dT%H:%i:%s.%fZ';

/**
 * The original writes these times to stores only now and then, so that a mailbox that was just made shows none (observed on
 * 11.0.2); here, one shows them from a quarter of an hour after its owner's first session on.
 */
const SETTLED_MS = 900_000;

/** What stores and statistics show, of everybody or of one principal; who shows nothing is not there. `now` in ms since 1970. */
export function shownLogons(
  statements: Statements,
  now: number,
  principalId?: number,
): Promise<Map<number, LastLogon>> {
  const settled = new Date(now - SETTLED_MS).toISOString().replace('T', ' ').replace('Z', '');
  const isSettled = 'principal_id IN (SELECT l.principal_id FROM last_logon l WHERE l.since < :settled)';
  if (principalId === undefined) return lastLogons(statements, { sql: isSettled, parameters: { settled } });
  const sql = `principal_id = :principalId AND ${isSettled}`;
  return lastLogons(statements, { sql, parameters: { settled, principalId } });
}

/** When everybody logged on and off last, or those only that a condition picks; who never did is not there. */
export async function lastLogons(
  statements: Statements,
  condition?: { readonly sql: string; readonly parameters: SqlParameters },
): Promise<Map<number, LastLogon>> {
  const found = new Map<number, LastLogon>();
  const only = `principal_id > :last${condition ? ` AND ${condition.sql}` : ''}`;
  for (let last = 0; ; ) {
    const rows = await statements.query<{ principal_id: number; logon: string; logoff: string | null }>(
      `SELECT principal_id, DATE_FORMAT(MAX(logon), '${ISO}') AS logon, DATE_FORMAT(MAX(logoff), '${ISO}') AS logoff FROM (
         SELECT principal_id, started AS logon, NULL AS logoff FROM session WHERE ${only}
         UNION ALL SELECT principal_id, logon, logoff FROM last_logon WHERE ${only}
       ) known GROUP BY principal_id ORDER BY principal_id LIMIT ${PAGE_ROWS}`,
      { last, ...condition?.parameters },
    );
    for (const { principal_id, logon, logoff } of rows)
      found.set(principal_id, { logon: Date.parse(logon), logoff: logoff === null ? undefined : Date.parse(logoff) });
    if (rows.length < PAGE_ROWS) return found;
    last = rows.at(-1)!.principal_id;
  }
}
