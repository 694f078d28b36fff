import type { SqlValue, Statements } from '../platform/database.ts';
import type { ServerSettings } from '../platform/platform.ts';
import { hasLogin } from './login-name.ts';
import { ACTIVE_USER, isMailUser, NONACTIVE_CONTACT, OBJECTTYPE_MAILUSER } from './object-class.ts';
import { listPrincipals, type Principal } from './principal.ts';

/** Addresses looked up by one statement. */
const ADDRESSES_PER_STATEMENT = 500;

/** The form under which mail addresses are compared: the domain has no case (RFC 5321 2.4), and nobody minds the local part's. */
export const foldAddress = (address: string): string => address.trim().toLowerCase();

/** Whether a principal has a mailbox that mail can be put into. */
export const hasMailbox = (principal: Principal): boolean =>
  isMailUser(principal.class) && principal.class !== NONACTIVE_CONTACT;

/** Finds whose primary address each of some addresses is; by folded address. A statement for 500 addresses. */
export async function findByMailAddress(
  statements: Statements,
  addresses: readonly string[],
): Promise<Map<string, Principal>> {
  const wanted = new Set(addresses.map(foldAddress).filter((address) => address !== ''));
  const list = [...wanted];
  const found = new Map<string, Principal>();
  for (let start = 0; start < list.length; start += ADDRESSES_PER_STATEMENT) {
    const parameters: Record<string, SqlValue> = {};
    const names = list.slice(start, start + ADDRESSES_PER_STATEMENT).map((address, index) => {
      parameters[`address${index}`] = address;
      return `:address${index}`;
    });
    const rows = await listPrincipals(statements, [{ sql: `pri.email IN (${names.join(', ')})`, parameters }]);
    for (const principal of rows.sort(byPreference)) {
      // The index also finds what differs in accents only.
      const address = foldAddress(principal.email);
      if (wanted.has(address) && !found.has(address)) found.set(address, principal);
    }
  }
  return found;
}

/**
 * Finds whose further address (alias) or login name an address is: for
 * recipients whom {@link findByMailAddress} doesn't find. Reads all principals, so not for the
 * addresses of strangers.
 */
export async function findByAliasOrLogin(
  statements: Statements,
  address: string,
  settings: Pick<ServerSettings, 'hosted'>,
): Promise<Principal | undefined> {
  const wanted = foldAddress(address);
  const login = hasLogin(wanted, OBJECTTYPE_MAILUSER, settings);
  const rows = await listPrincipals(statements, [
    {
      sql: `LOCATE(:alias, LOWER(pri.details)) > 0 OR (${login.sql})`,
      parameters: { ...login.parameters, alias: JSON.stringify(wanted) },
    },
  ]);
  const isAlias = (principal: Principal): boolean =>
    (principal.details.aliases ?? []).some((alias) => foldAddress(alias) === wanted);
  const candidates = rows.sort(byPreference);
  return (
    candidates.find(isAlias) ??
    candidates.find((principal) => foldAddress(principal.name) === wanted || settings.hosted)
  );
}

/** Users who can log on come first, then the older ones: an address may be had twice. */
const byPreference = (a: Principal, b: Principal): number =>
  Number(b.class === ACTIVE_USER) - Number(a.class === ACTIVE_USER) || a.id - b.id;
