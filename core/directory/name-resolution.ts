import { EMS_AB_ADDRESS_LOOKUP } from '../mapi/display-types.ts';
import type { Statements } from '../platform/database.ts';
import type { ServerSettings } from '../platform/platform.ts';
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
const LIKE_SPECIALS = /[\\%_]/g;
/** SYSTEM and Everyone are only found by their whole name. */
const EXTERNAL: Criterion = { sql: `pri.id NOT IN (${EVERYONE_ID}, ${SYSTEM_ID})`, parameters: {} };

/**
 * Finds who is meant by what somebody typed: part of a name, login name or
 * address. With EMS_AB_ADDRESS_LOOKUP only whole ones match, and users go before
 * groups, companies and contacts (observed on 11.0.2).
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
  const matches = exact
    ? { sql: 'pri.name = :text OR pri.full_name = :text OR pri.email = :text', parameters: { text } }
    : {
        sql: 'pri.name LIKE :pattern OR pri.full_name LIKE :pattern OR pri.email LIKE :pattern',
        parameters: { pattern: `%${text.replace(LIKE_SPECIALS, '\\$&')}%` },
      };
  const found = await select(statements, [matches, visible, EXTERNAL]);
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

async function select(statements: Statements, criteria: readonly Criterion[]): Promise<Principal[]> {
  const rows = await statements.query(
    `SELECT ${PRINCIPAL_COLUMNS} FROM ${PRINCIPAL_TABLES} WHERE ${conjunction(criteria)} ORDER BY pri.id LIMIT ${MAX_MATCHES}`,
    parametersOf(criteria),
  );
  return rows.map(readPrincipal);
}
