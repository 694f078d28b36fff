import { createHmac, randomBytes } from 'node:crypto';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_LOGON_FAILED } from '../mapi/error-codes.ts';
import type { SqlRow, Statements } from '../platform/database.ts';
import type { Platform, ServerSettings } from '../platform/platform.ts';
import { ADMIN_LEVEL_NONE, ADMIN_LEVEL_SYSADMIN } from './identity.ts';
import { checkDirectoryPassword } from './ldap/password-check.ts';
import { foldName, hasLogin } from './login-name.ts';
import {
  countFailure,
  forgetFailures,
  IS_SUBJECT,
  readFailures,
  THROTTLE_COLUMNS,
  THROTTLE_TABLE,
  takeTry,
  throttleSubject,
} from './logon-throttle.ts';
import { ACTIVE_USER, NONACTIVE_CONTACT, OBJECTTYPE_MAILUSER } from './object-class.ts';
import { checkPassword, hashPassword } from './password.ts';
import {
  findPrincipal,
  PRINCIPAL_COLUMNS,
  PRINCIPAL_TABLES,
  type Principal,
  readPrincipal,
  updatePassword,
} from './principal.ts';
import { SYSTEM_ID } from './well-known.ts';

/** What a client says who it is. */
export interface Credentials {
  readonly login: string;
  readonly password: string;
  /** Acts as this user; empty: as itself. */
  readonly impersonate: string;
  /** Network address that it comes from. */
  readonly address: string;
  /** What program it says it is. */
  readonly client: string;
  /** The way in vouches for the caller: an empty password is enough, for SYSTEM any. */
  readonly trusted: boolean;
}

/** Who logged on. */
export interface Authenticated {
  /** Whose rights the session has. */
  readonly principal: Principal;
  /** Who gave the password, if somebody else; 0: nobody else. */
  readonly impersonatorId: number;
}

/** SYSTEM's name, folded: the same in every installation, hosted or not. */
const SYSTEM_LOGIN = foldName('SYSTEM');

type Settings = Pick<ServerSettings, 'hosted'>;

/** What a logon needs of the world. */
export type LogonPlatform = Pick<Platform, 'settings' | 'clock' | 'log' | 'directory'>;

/**
 * Finds out who logs on. Throws KCERR_LOGON_FAILED for every reason, after the
 * same time whether the user exists or not. SYSTEM has no password: it logs on
 * only where the way in is trusted. Whatever comes out, the log says who came from
 * where; names that nobody has are left out, for people type passwords there.
 */
export async function authenticate(
  platform: LogonPlatform,
  statements: Statements,
  credentials: Credentials,
): Promise<Authenticated> {
  const audit = {
    audit: 'logon',
    address: credentials.address,
    trusted: credentials.trusted,
    client: credentials.client.slice(0, LONGEST_CLIENT),
  };
  try {
    const authenticated = await whoLogsOn(platform, statements, credentials);
    const { principal, impersonatorId } = authenticated;
    platform.log.info(
      { ...audit, outcome: 'accepted', user: principal.name, principal: principal.id, impersonator: impersonatorId },
      'logon',
    );
    return authenticated;
  } catch (error) {
    if (!(error instanceof LogonRefusal)) throw error;
    const { reason, principal } = error;
    const who = principal && { user: principal.name, principal: principal.id };
    platform.log.info({ ...audit, outcome: 'refused', reason, ...who }, 'logon');
    throw error;
  }
}

const LONGEST_CLIENT = 100;

/** Why somebody doesn't come in; clients are only told that. */
class LogonRefusal extends KopanoError {
  readonly reason: string;
  readonly principal: Principal | undefined;

  constructor(reason: string, principal?: Principal) {
    super(KCERR_LOGON_FAILED, `logon refused: ${reason}`);
    this.reason = reason;
    this.principal = principal;
  }
}

async function whoLogsOn(
  platform: LogonPlatform,
  statements: Statements,
  credentials: Credentials,
): Promise<Authenticated> {
  const { settings } = platform;
  const vouchedFor = credentials.trusted ? await trustedCaller(statements, settings, credentials) : undefined;
  const caller = vouchedFor ?? (await callerWithPassword(platform, statements, credentials));
  if (credentials.impersonate === '') return { principal: caller, impersonatorId: 0 };
  const principal = await userOf(statements, settings, credentials.impersonate);
  if (!principal || !mayImpersonate(caller, principal, settings, credentials.trusted))
    throw new LogonRefusal('may not act for the other user', caller);
  return { principal, impersonatorId: caller.id };
}

/**
 * Whom the way in vouches for. A password that is given is checked as elsewhere, except for SYSTEM, which has none:
 * kopano-dagent, kopano-spooler and kopano-admin send its name as its password (observed on 11.0.2).
 */
async function trustedCaller(
  statements: Statements,
  settings: Settings,
  { login, password }: Credentials,
): Promise<Principal | undefined> {
  // Saves a statement for all who come with a password.
  if (password !== '' && foldName(login) !== SYSTEM_LOGIN) return undefined;
  const user = await userOf(statements, settings, login);
  if (password !== '') return user?.id === SYSTEM_ID ? user : undefined;
  if (!user) throw new LogonRefusal('unknown user');
  return user;
}

/** One statement finds the user, where the directory has it, and the wrong tries before. */
async function callerWithPassword(
  platform: LogonPlatform,
  statements: Statements,
  credentials: Credentials,
): Promise<Principal> {
  const { settings, clock } = platform;
  const login = hasLogin(credentials.login, OBJECTTYPE_MAILUSER, settings);
  const subject = throttleSubject(credentials.login, credentials.address);
  const [row] = await statements.query(
    `SELECT ${PRINCIPAL_COLUMNS}, pri.password AS pri_password, den.dn AS den_dn, ${THROTTLE_COLUMNS}
     FROM (SELECT 1 AS one) anybody LEFT JOIN ${THROTTLE_TABLE} ON ${IS_SUBJECT}
     LEFT JOIN (${PRINCIPAL_TABLES} LEFT JOIN directory_entry den ON den.principal_id = pri.id)
       ON ${login.sql} AND pri.class = ${ACTIVE_USER} AND pri.id <> ${SYSTEM_ID} LIMIT 1`,
    { ...login.parameters, subject },
  );
  const now = clock.now();
  const user = row && row.pri_id !== null ? readPrincipal(row) : undefined;
  const failures = readFailures(row ?? {}, subject, now);
  if (failures.waits || !(await takeTry(statements, failures, now)))
    throw new LogonRefusal('too many wrong tries', user);
  const right =
    platform.directory && (!user || row?.den_dn !== null)
      ? await isRightInDirectory(platform, row, user, credentials.password)
      : await isRightHere(statements, row, user, credentials.password);
  if (!user || !right) {
    await countFailure(statements, failures, now);
    throw new LogonRefusal(user ? 'wrong password' : 'unknown user', user);
  }
  await forgetFailures(statements, failures);
  return user;
}

/** The password is the directory's matter; if it can't be asked nobody comes in, and nobody is to blame for it. */
async function isRightInDirectory(
  { directory, log }: LogonPlatform,
  row: SqlRow | undefined,
  user: Principal | undefined,
  password: string,
): Promise<boolean> {
  try {
    const asked = user && { dn: String(row!.den_dn), id: user.externalId };
    return await checkDirectoryPassword(directory!, asked, password);
  } catch (error) {
    log.error({ error }, 'the directory can not be asked for passwords');
    throw new LogonRefusal('the directory is unavailable', user);
  }
}

async function isRightHere(
  statements: Statements,
  row: SqlRow | undefined,
  user: Principal | undefined,
  password: string,
): Promise<boolean> {
  // One who comes from a directory that isn't there any more has no password.
  const stored = user && row?.den_dn === null ? (row.pri_password as string | null) : null;
  if (stored && remembers(stored, password)) return true;
  const { matches, outdated } = await checkPassword(password, stored);
  if (!user || !stored || !matches) return false;
  if (outdated) await updatePassword(statements, user.id, await hashPassword(password));
  else remember(stored, password);
  return true;
}

const userOf = (statements: Statements, settings: Settings, login: string): Promise<Principal | undefined> =>
  findPrincipal(statements, [
    hasLogin(login, OBJECTTYPE_MAILUSER, settings),
    { sql: `pri.class <> ${NONACTIVE_CONTACT}`, parameters: {} },
  ]);

/** Administrators act for those of their company who aren't above them; for SYSTEM only where the way in is trusted. */
function mayImpersonate(caller: Principal, principal: Principal, { hosted }: Settings, trusted: boolean): boolean {
  if (caller.adminLevel === ADMIN_LEVEL_NONE || principal.adminLevel > caller.adminLevel) return false;
  if (principal.id === SYSTEM_ID && !trusted) return false;
  return !hosted || caller.adminLevel >= ADMIN_LEVEL_SYSADMIN || caller.companyId === principal.companyId;
}

/*
 * Clients log on again and again; the costly check is remembered. What is
 * remembered is a fact that never changes, that this password matches this
 * stored hash (which is read from the database every time), and only as a keyed
 * digest whose key lives and dies with the process.
 */
const MEMORY_KEY = randomBytes(32);
const MAX_REMEMBERED = 1000;
const remembered = new Set<string>();

const digest = (stored: string, password: string): string =>
  createHmac('sha256', MEMORY_KEY).update(stored).update('\0').update(password.normalize('NFC')).digest('base64');

const remembers = (stored: string, password: string): boolean => remembered.has(digest(stored, password));

function remember(stored: string, password: string): void {
  const [oldest] = remembered;
  if (remembered.size >= MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  remembered.add(digest(stored, password));
}
