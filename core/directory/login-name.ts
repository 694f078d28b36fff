import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER } from '../mapi/error-codes.ts';
import type { ServerSettings } from '../platform/platform.ts';
import {
  CONTAINER_COMPANY,
  isDistributionList,
  isMailUser,
  isOfTypeSql,
  NONACTIVE_CONTACT,
  objectTypeOf,
} from './object-class.ts';
import type { Criterion, Principal } from './principal.ts';
import { EVERYONE_ID, SYSTEM_ID } from './well-known.ts';

/** In hosted mode names are unique in their company, and clients write `user@company`. */
const SEPARATOR = '@';

/** Names without company. */
const INTERNAL_NAMES: ReadonlySet<string> = new Set(['system', 'everyone']);

/** Names that differ only in case are the same name. */
export const foldName = (name: string): string => name.normalize('NFC').toLowerCase();

/** What may exist once: a name among the principals of its type and company. */
export const nameKey = (objectClass: number, companyId: number, name: string): string =>
  `${objectTypeOf(objectClass)}:${companyId}:${foldName(name)}`;

/** A login name's parts; without hosted mode the company is always empty. */
export function splitLogin(
  login: string,
  { hosted }: Pick<ServerSettings, 'hosted'>,
): { name: string; company: string } {
  const at = hosted ? login.lastIndexOf(SEPARATOR) : -1;
  return at < 0 ? { name: login, company: '' } : { name: login.slice(0, at), company: login.slice(at + 1) };
}

/**
 * The name of a new or changed user or group, and in hosted mode its company.
 * Throws KCERR_INVALID_PARAMETER for a name that lacks a part.
 */
export function requireLoginParts(
  login: string,
  settings: Pick<ServerSettings, 'hosted'>,
): { name: string; company: string } {
  const parts = splitLogin(login, settings);
  if (parts.name === '' || (settings.hosted && parts.company === ''))
    throw new KopanoError(KCERR_INVALID_PARAMETER, 'a name needs its company: user@company');
  return parts;
}

/** The name of a principal as clients see and type it. */
export function loginName(principal: Principal, { hosted }: Pick<ServerSettings, 'hosted'>): string {
  const { id, name, companyName } = principal;
  const belongs =
    isDistributionList(principal.class) || (isMailUser(principal.class) && principal.class !== NONACTIVE_CONTACT);
  const plain = !hosted || !belongs || id === SYSTEM_ID || id === EVERYONE_ID || companyName === '';
  return plain ? name : `${name}${SEPARATOR}${companyName}`;
}

/**
 * Condition that picks the principal of a type with a login name; company names
 * are looked up with the type OBJECTTYPE_CONTAINER.
 */
export function hasLogin(login: string, type: number, settings: Pick<ServerSettings, 'hosted'>): Criterion {
  const { name, company } = splitLogin(login, settings);
  if (!settings.hosted || type === objectTypeOf(CONTAINER_COMPANY) || INTERNAL_NAMES.has(foldName(login)))
    return { sql: 'pri.name_key = :nameKey', parameters: { nameKey: `${type}:0:${foldName(login)}` } };
  // Without a company the name must be the only one of its kind.
  const ofType = isOfTypeSql('pri.class', type);
  if (company === '')
    return {
      sql: `pri.name = :name AND ${ofType} AND NOT EXISTS (SELECT 1 FROM principal same
        WHERE same.name = pri.name AND ${isOfTypeSql('same.class', type)} AND same.id <> pri.id)`,
      parameters: { name },
    };
  return {
    sql: `${ofType} AND pri.name_key = CONCAT('${type}:', (SELECT company.id FROM principal company
      WHERE company.name_key = :companyKey), ':', :foldedName)`,
    parameters: {
      companyKey: nameKey(CONTAINER_COMPANY, 0, company),
      foldedName: foldName(name),
    },
  };
}
