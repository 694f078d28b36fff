import { createHmac, randomBytes } from 'node:crypto';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_LOGON_FAILED } from '../mapi/error-codes.ts';
import type { Statements } from '../platform/database.ts';
import type { ServerSettings } from '../platform/platform.ts';
import { ADMIN_LEVEL_NONE, ADMIN_LEVEL_SYSADMIN } from './identity.ts';
import { hasLogin } from './login-name.ts';
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
  /** The way in vouches for the caller: an empty password is enough, for SYSTEM too. */
  readonly trusted: boolean;
}

/** Who logged on. */
export interface Authenticated {
  /** Whose rights the session has. */
  readonly principal: Principal;
  /** Who gave the password, if somebody else; 0: nobody else. */
  readonly impersonatorId: number;
}

type Settings = Pick<ServerSettings, 'hosted'>;

/**
 * Finds out who logs on. Throws KCERR_LOGON_FAILED for every reason, after the
 * same time whether the user exists or not. SYSTEM has no password: it logs on
 * only where the way in is trusted.
 */
export async function authenticate(
  statements: Statements,
  settings: Settings,
  credentials: Credentials,
): Promise<Authenticated> {
  const caller =
    credentials.trusted && credentials.password === '' ? await trustedCaller() : await callerWithPassword();
  if (credentials.impersonate === '') return { principal: caller, impersonatorId: 0 };
  const principal = await userOf(statements, settings, credentials.impersonate);
  if (!principal || !mayImpersonate(caller, principal, settings, credentials.trusted)) throw refusal();
  return { principal, impersonatorId: caller.id };

  async function trustedCaller(): Promise<Principal> {
    const user = await userOf(statements, settings, credentials.login);
    if (!user) throw refusal();
    return user;
  }

  async function callerWithPassword(): Promise<Principal> {
    const login = hasLogin(credentials.login, OBJECTTYPE_MAILUSER, settings);
    const [row] = await statements.query<{ pri_password: string | null }>(
      `SELECT ${PRINCIPAL_COLUMNS}, pri.password AS pri_password FROM ${PRINCIPAL_TABLES}
       WHERE ${login.sql} AND pri.class = ${ACTIVE_USER} AND pri.id <> ${SYSTEM_ID}`,
      login.parameters,
    );
    const stored = row?.pri_password;
    if (stored && remembers(stored, credentials.password)) return readPrincipal({ ...row });
    const { matches, outdated } = await checkPassword(credentials.password, stored);
    if (!row || !stored || !matches) throw refusal();
    const user = readPrincipal({ ...row });
    if (outdated) await updatePassword(statements, user.id, await hashPassword(credentials.password));
    else remember(stored, credentials.password);
    return user;
  }
}

const refusal = (): KopanoError => new KopanoError(KCERR_LOGON_FAILED, 'name or password is wrong');

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
