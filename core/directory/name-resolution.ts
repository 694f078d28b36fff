import { EMS_AB_ADDRESS_LOOKUP } from '../mapi/display-types.ts';
import type { Statements } from '../platform/database.ts';
import type { ServerSettings } from '../platform/platform.ts';
import { likeLiterally } from '../platform/sql-text.ts';
import { foldAddress } from './alias.ts';
import { foldName, hasLogin } from './login-name.ts';
import { NONACTIVE_CONTACT, OBJECTTYPE_DISTLIST, OBJECTTYPE_MAILUSER, objectTypeOf } from './object-class.ts';
import {
  type Criterion,
  conjunction,
  findPrincipal,
  PRINCIPAL_COLUMNS,
  PRINCIPAL_TABLES,
  type Principal,
  parametersOf,
  readPrincipal,
} from './principal.ts';
import { isVisible, type Viewer } from './visibility.ts';
import { EVERYONE_ID, SYSTEM_ID } from './well-known.ts';

/** What a name stands for: nothing, one, or too many to choose from. */
export type Resolution = { readonly found: 'none' | 'many' } | { readonly found: 'one'; readonly principal: Principal };

/** Matches beyond these don't change the answer. */
const MAX_MATCHES = 20;
/** SYSTEM and Everyone are only found by their whole name. */
const EXTERNAL: Criterion = { sql: `pri.id NOT IN (${EVERYONE_ID}, ${SYSTEM_ID})`, parameters: {} };

/**
 * Finds who is meant by what somebody typed: part of a name, login name or
 * address, or how a further address begins. With EMS_AB_ADDRESS_LOOKUP only whole
 * ones match, and users go before groups, companies and contacts (observed on
 * 11.0.2; further addresses are found as its LDAP plugin finds them).
 */
export async function resolveName(
  statements: Statements,
  viewer: Viewer,
  settings: Pick<ServerSettings, 'hosted'>,
  text: string,
  flags: number,
): Promise<Resolution> {
  const visible = isVisible(viewer, settings.hosted);
  for (const [name, type] of [
    ['system', OBJECTTYPE_MAILUSER],
    ['everyone', OBJECTTYPE_DISTLIST],
  ] as const) {
    if (foldName(text) !== name) continue;
    const principal = await findPrincipal(statements, [hasLogin(text, type, settings)]);
    const shown = principal && (!principal.hidden || viewer.adminLevel > 0);
    return shown ? { found: 'one', principal } : { found: 'none' };
  }
  if (text === '') return { found: 'none' };

  const exact = (flags & EMS_AB_ADDRESS_LOOKUP) !== 0;
  const named = exact
    ? { sql: 'pri.name = :text OR pri.full_name = :text OR pri.email = :text', parameters: { text } }
    : {
        sql: 'pri.name LIKE :pattern OR pri.full_name LIKE :pattern OR pri.email LIKE :pattern',
        parameters: { pattern: `%${likeLiterally(text)}%` },
      };
  const address = foldAddress(text);
  const aliased = exact
    ? { sql: 'a.address = :address', parameters: { address } }
    : { sql: 'a.address LIKE :address', parameters: { address: `${likeLiterally(address)}%` } };
  const found = await select(statements, named, aliased, [visible, EXTERNAL]);
  if (found.length <= 1) return one(found);
  if (!exact) return { found: 'many' };
  const first = Math.min(...found.map(rank));
  return one(found.filter((principal) => rank(principal) === first));
}

const one = (found: readonly Principal[]): Resolution => {
  const [principal] = found;
  if (!principal) return { found: 'none' };
  return found.length === 1 ? { found: 'one', principal } : { found: 'many' };
};

/** Contacts come last, though they are users by type. */
const rank = (principal: Principal): number =>
  principal.class === NONACTIVE_CONTACT ? Number.MAX_SAFE_INTEGER : objectTypeOf(principal.class);

/** Those who match by name or address, or by a further address; one statement, each half along its own index. */
async function select(
  statements: Statements,
  named: Criterion,
  aliased: Criterion,
  others: readonly Criterion[],
): Promise<Principal[]> {
  const half = (from: string, by: Criterion): string =>
    `(SELECT pri.id FROM ${from} WHERE ${conjunction([by, ...others])} ORDER BY pri.id LIMIT ${MAX_MATCHES})`;
  const rows = await statements.query(
    `SELECT ${PRINCIPAL_COLUMNS} FROM (
      ${half('principal pri', named)} UNION ${half('mail_alias a JOIN principal pri ON pri.id = a.principal_id', aliased)}
    ) chosen JOIN (${PRINCIPAL_TABLES}) ON pri.id = chosen.id ORDER BY pri.id LIMIT ${MAX_MATCHES}`,
    parametersOf([named, aliased, ...others]),
  );
  return rows.map(readPrincipal);
}
