import { randomBytes } from 'node:crypto';
import type { SqlParameters, SqlRow, Statements } from '../platform/database.ts';
import type { Identity, Session } from './identity.ts';
import { keepLastLogon } from './last-logon.ts';
import { loginName } from './login-name.ts';
import { PRINCIPAL_COLUMNS, PRINCIPAL_TABLES, principalEntryId, readPrincipal } from './principal.ts';

/** A session is told to be in use at most this often, in ms: a statement that few calls pay. */
export const TOUCH_INTERVAL = 60_000;
/** A client that is silent for 5 minutes (original default) has ended; up to the touch interval later. */
export const SESSION_LIFETIME = 300_000 + TOUCH_INTERVAL;

const ID_BYTES = 8;
const LONGEST_TEXT = 255;
const LONGEST_ADDRESS = 64;

const idBytes = (id: bigint): Buffer => {
  const bytes = Buffer.alloc(ID_BYTES);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, id));
  return bytes;
};

/** DATETIME(3) in UTC of milliseconds since 1970. */
const dateTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '');

/** What a logon says about its session. */
export interface SessionDraft {
  readonly principalId: number;
  readonly impersonatorId: number;
  readonly group: bigint;
  readonly capabilities: number;
  readonly trusted: boolean;
  readonly address: string;
  readonly clientVersion: string;
  readonly clientApp: string;
  readonly clientAppVersion: string;
  readonly clientAppMisc: string;
}

/** Starts a session and answers its id, which nobody can guess. */
export async function startSession(statements: Statements, draft: SessionDraft, now: number): Promise<bigint> {
  const id = randomBytes(ID_BYTES);
  await statements.execute(
    `INSERT INTO session (id, session_group, principal_id, impersonator_id, capabilities, client_version, client_app,
       client_app_version, client_app_misc, address, trusted, started, seen)
     VALUES (:id, :group, :principalId, :impersonatorId, :capabilities, :clientVersion, :clientApp,
       :clientAppVersion, :clientAppMisc, :address, :trusted, :now, :now)`,
    {
      id,
      group: idBytes(draft.group),
      principalId: draft.principalId,
      impersonatorId: draft.impersonatorId,
      capabilities: draft.capabilities,
      clientVersion: draft.clientVersion.slice(0, LONGEST_TEXT),
      clientApp: draft.clientApp.slice(0, LONGEST_TEXT),
      clientAppVersion: draft.clientAppVersion.slice(0, LONGEST_TEXT),
      clientAppMisc: draft.clientAppMisc.slice(0, LONGEST_TEXT),
      address: draft.address.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_ADDRESS),
      trusted: draft.trusted ? 1 : 0,
      now: dateTime(now),
    },
  );
  return id.readBigUInt64BE();
}

/** Pieces of a statement that checks a session, for the caller to join with what else it needs. */
export interface SessionQuery {
  /** Labels all begin with `ses_` or `pri_`. */
  readonly select: string;
  /** Aliases are `ses`, `pri` and `pco`; joins may be appended. */
  readonly from: string;
  readonly where: string;
  readonly parameters: SqlParameters;
  /** The session of the selected row; no row: the session doesn't exist or has ended. */
  read(row: SqlRow): Session;
  /** Prolongs the session if the row says that it is time to. */
  touch(statements: Statements, row: SqlRow): Promise<void>;
}

/** The session with an id, unless it has ended by `now` (ms since 1970). */
export function sessionQuery(sessionId: bigint, now: number): SessionQuery {
  const id = idBytes(sessionId);
  const live = liveSession(sessionId, now);
  return {
    select: `ses.id AS ses_id, ses.session_group AS ses_group, ses.capabilities AS ses_capabilities,
      ses.trusted AS ses_trusted, ses.seen <= :sessionStale AS ses_stale, ${PRINCIPAL_COLUMNS}`,
    from: `session ses JOIN (${PRINCIPAL_TABLES}) ON pri.id = ses.principal_id`,
    where: live.sql,
    parameters: { ...live.parameters, sessionStale: dateTime(now - TOUCH_INTERVAL) },
    read: readSession,
    async touch(statements, row) {
      if (Number(row.ses_stale) === 0) return;
      await statements.execute('UPDATE session SET seen = :now WHERE id = :id AND seen < :now', {
        id,
        now: dateTime(now),
      });
    },
  };
}

/** Condition that picks a session `ses` that has not ended. */
export const liveSession = (
  sessionId: bigint,
  now: number,
): { readonly sql: string; readonly parameters: SqlParameters } => ({
  sql: 'ses.id = :sessionId AND ses.seen > :sessionExpired',
  parameters: { sessionId: idBytes(sessionId), sessionExpired: dateTime(now - SESSION_LIFETIME) },
});

/** A session of a trusted door is taken at trusted doors only. */
const mayBeAt = (trusted: boolean): string => (trusted ? 'TRUE' : 'ses.trusted = 0');

/** Condition that picks a session `ses` that has been told to be in use of late, at the doors where it may be. */
export function freshSession(
  sessionId: bigint,
  now: number,
  trusted: boolean,
): { readonly sql: string; readonly parameters: SqlParameters } {
  return {
    sql: `ses.id = :sessionId AND ses.seen > :sessionStale AND ${mayBeAt(trusted)}`,
    parameters: { sessionId: idBytes(sessionId), sessionStale: dateTime(now - TOUCH_INTERVAL) },
  };
}

interface SessionRow {
  readonly ses_id: Buffer;
  readonly ses_group: Buffer;
  readonly ses_capabilities: number;
  readonly ses_trusted: number;
}

function readSession(selected: SqlRow): Session {
  const row = selected as unknown as SessionRow;
  return {
    id: row.ses_id.readBigUInt64BE(),
    group: row.ses_group.readBigUInt64BE(),
    identity: readIdentity(selected),
    capabilities: row.ses_capabilities,
    trusted: row.ses_trusted !== 0,
  };
}

function readIdentity(row: SqlRow): Identity {
  const principal = readPrincipal(row);
  return {
    principalId: principal.id,
    // Only in hosted mode has a principal a company, and its name with it.
    name: loginName(principal, { hosted: principal.companyName !== '' }),
    fullName: principal.fullName,
    adminLevel: principal.adminLevel,
    companyId: principal.companyId,
    entryId: principalEntryId(principal),
  };
}

/**
 * Keeps what a session tells that its client is about to end. Answers false where there is no such session, or it may
 * not be at this door.
 */
export async function noteLogoff(
  statements: Statements,
  { id, trusted, now }: { readonly id: bigint; readonly trusted: boolean; readonly now: number },
): Promise<boolean> {
  const live = liveSession(id, now);
  return keepLastLogon(statements, `${live.sql} AND ${mayBeAt(trusted)}`, ':now', {
    ...live.parameters,
    now: dateTime(now),
  });
}

/** Ends all sessions of some principals, also those in which others act for them. */
export async function endSessionsOf(statements: Statements, principalIds: readonly number[]): Promise<void> {
  const ids = `SELECT j.id FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id INT UNSIGNED PATH '$')) j`;
  await statements.execute(`DELETE FROM session WHERE principal_id IN (${ids}) OR impersonator_id IN (${ids})`, {
    ids: JSON.stringify(principalIds),
  });
}

/** Removes the sessions of clients that are gone without logging off; for housekeeping. Answers how many. */
export async function sweepSessions(statements: Statements, now: number): Promise<number> {
  const expired = { expired: dateTime(now - SESSION_LIFETIME) };
  await keepLastLogon(statements, 'ses.seen <= :expired', 'ses.seen', expired);
  const { updated } = await statements.execute('DELETE FROM session WHERE seen <= :expired', expired);
  return updated;
}
