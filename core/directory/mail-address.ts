import type { SqlValue, Statements } from '../platform/database.ts';
import type { ServerSettings } from '../platform/platform.ts';
import { foldAddress } from './alias.ts';
import { foldName, hasLogin } from './login-name.ts';
import { ACTIVE_USER, isMailUser, NONACTIVE_CONTACT, OBJECTTYPE_MAILUSER } from './object-class.ts';
import { findPrincipal, listPrincipals, type Principal } from './principal.ts';

export { foldAddress } from './alias.ts';

/** Addresses looked up by one statement. */
const ADDRESSES_PER_STATEMENT = 400;

/** Whether a principal has a mailbox that mail can be put into. */
export const hasMailbox = (principal: Principal): boolean =>
  isMailUser(principal.class) && principal.class !== NONACTIVE_CONTACT;

/** Who has which of the addresses asked for, by folded address. */
export interface FoundAddresses {
  /** By their own or a further address. */
  readonly named: Map<string, Principal>;
  /** Of those who are to get the mail; also by login name, or by what stands before a plus sign. */
  readonly recipients: Map<string, Principal>;
}

/** What stands after a plus sign in the local part is for its owner to sort by (RFC 5233). */
const SUBADDRESS = /^([^+@]+)\+[^@]*(@[^@]+)$/;
const withoutSubaddress = (address: string): string => address.replace(SUBADDRESS, '$1$2');

/**
 * Finds whose addresses some are: users, groups, companies and contacts by
 * their primary or a further address. Those in `recipients` are found besides by login
 * name and, where nobody has the address itself, by the address without its
 * `+detail`. A statement for 400 addresses; in hosted mode one more for each recipient not found by address.
 */
export async function findByMailAddress(
  statements: Statements,
  asked: { readonly named: readonly string[]; readonly recipients: readonly string[] },
  settings: Pick<ServerSettings, 'hosted'>,
): Promise<FoundAddresses> {
  const recipients = [...new Set(asked.recipients.map(foldAddress))].filter((address) => address !== '');
  const list = [
    ...new Set([...recipients, ...recipients.map(withoutSubaddress), ...asked.named.map(foldAddress)]),
  ].filter((address) => address !== '');
  const candidates: Principal[] = [];
  for (let start = 0; start < list.length; start += ADDRESSES_PER_STATEMENT) {
    const part = list.slice(start, start + ADDRESSES_PER_STATEMENT);
    const logins = settings.hosted ? [] : recipients.slice(start, start + ADDRESSES_PER_STATEMENT);
    candidates.push(...(await withAddresses(statements, part, logins)));
  }
  candidates.sort(byPreference);
  const named = new Map<string, Principal>();
  // Whose own address it is goes before whose further one it is.
  for (const principal of candidates) enter(named, principal.email, principal);
  for (const principal of candidates)
    for (const alias of principal.details.aliases ?? []) enter(named, alias, principal);

  const found = new Map<string, Principal>();
  for (const address of recipients) {
    const principal =
      named.get(address) ??
      (await findByLogin(statements, address, candidates, settings)) ??
      named.get(withoutSubaddress(address));
    if (principal) found.set(address, principal);
  }
  return { named, recipients: found };
}

/** Principals with one of some addresses or login names, and some more. */
function withAddresses(
  statements: Statements,
  addresses: readonly string[],
  logins: readonly string[],
): Promise<Principal[]> {
  const parameters: Record<string, SqlValue> = {};
  const names = addresses.map((address, index) => {
    parameters[`address${index}`] = address;
    return `:address${index}`;
  });
  const keys = logins.map((login, index) => {
    parameters[`login${index}`] = `${OBJECTTYPE_MAILUSER}:0:${foldName(login)}`;
    return `:login${index}`;
  });
  const byLogin = keys.length ? `UNION SELECT id FROM principal WHERE name_key IN (${keys.join(', ')})` : '';
  const sql = `pri.id IN (SELECT hit.id FROM (
    SELECT id FROM principal WHERE email IN (${names.join(', ')})
    UNION SELECT principal_id FROM mail_alias WHERE address IN (${names.join(', ')}) ${byLogin}) hit)`;
  return listPrincipals(statements, [{ sql, parameters }]);
}

async function findByLogin(
  statements: Statements,
  address: string,
  candidates: readonly Principal[],
  settings: Pick<ServerSettings, 'hosted'>,
): Promise<Principal | undefined> {
  if (settings.hosted) return findPrincipal(statements, [hasLogin(address, OBJECTTYPE_MAILUSER, settings)]);
  return candidates.find((principal) => hasMailbox(principal) && foldName(principal.name) === foldName(address));
}

/** The index also finds what differs in accents only; nobody asks for that. */
function enter(found: Map<string, Principal>, address: string, principal: Principal): void {
  const folded = foldAddress(address);
  if (folded !== '' && !found.has(folded)) found.set(folded, principal);
}

/** Users who can log on come first, then the older ones: an address may be had twice. */
const byPreference = (a: Principal, b: Principal): number =>
  Number(b.class === ACTIVE_USER) - Number(a.class === ACTIVE_USER) || a.id - b.id;
