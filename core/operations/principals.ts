import { type Administered, requireAdministrator } from '../directory/administration.ts';
import { loginName } from '../directory/login-name.ts';
import { CONTAINER_COMPANY } from '../directory/object-class.ts';
import {
  type Criterion,
  findPrincipal,
  isInternal,
  isReferenced,
  type Principal,
  type PrincipalReference,
  principalEntryId,
} from '../directory/principal.ts';
import { type PropertyMap, propertyMapOf } from '../directory/property-map.ts';
import { isVisible } from '../directory/visibility.ts';
import { SYSTEM_ID } from '../directory/well-known.ts';
import { decodeAddressBookEntryId, NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import { KOPANO_CAP_EXTENDED_ANON } from '../mapi/capabilities.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import type { Statements } from '../platform/database.ts';
import type { Draft, Wire } from '../soap/index.ts';
import type { Context } from './context.ts';

/** In numbers of a principal: leave it as it is. */
export const UNCHANGED = 0xffffffff;

/**
 * The principal that a request names by number or, which goes before, by entry
 * id; undefined for neither, where most requests mean the caller.
 */
export function referenceOf(id: number, entryId: Buffer): PrincipalReference | undefined {
  if (entryId.length > 0) return decodeAddressBookEntryId(entryId);
  return id === 0 ? undefined : { id, externalId: NO_EXTERNAL_ID };
}

/** The same where the caller can't be meant; throws KCERR_INVALID_PARAMETER. */
export function requireReference(id: number, entryId: Buffer): PrincipalReference {
  const reference = referenceOf(id, entryId);
  if (!reference) throw new KopanoError(KCERR_INVALID_PARAMETER, 'nobody is named');
  return reference;
}

const ownReference = ({ session }: Context): PrincipalReference => ({
  id: session.identity.principalId,
  externalId: NO_EXTERNAL_ID,
});

/** What the caller may look at. */
export const visibleTo = ({ session, platform }: Context): Criterion =>
  isVisible(session.identity, platform.settings.hosted);

/** The principal that is named, or the caller, if the caller may look at it; throws KCERR_NOT_FOUND. */
export async function requirePrincipal(
  context: Context,
  reference: PrincipalReference | undefined,
  statements: Statements = context.database,
  lock = false,
): Promise<Principal> {
  const criteria = [isReferenced(reference ?? ownReference(context)), visibleTo(context)];
  const principal = await findPrincipal(statements, criteria, lock);
  if (!principal) throw new KopanoError(KCERR_NOT_FOUND, 'there is no such principal');
  return principal;
}

/** Of whom one must be administrator to change a principal: a company stands for itself. */
export const administered = (principal: Principal): Administered => ({
  companyId: principal.class === CONTAINER_COMPANY ? principal.id : principal.companyId,
  adminLevel: principal.adminLevel,
});

/** The named principal, if the caller administers it; throws KCERR_NOT_FOUND, KCERR_NO_ACCESS. */
export async function requireAdministered(
  context: Context,
  reference: PrincipalReference,
  statements: Statements = context.database,
  lock = false,
): Promise<Principal> {
  const principal = await requirePrincipal(context, reference, statements, lock);
  await requireAdministrator(
    statements,
    context.session.identity,
    administered(principal),
    context.platform.settings.hosted,
  );
  return principal;
}

/** SYSTEM and Everyone are as they are; throws KCERR_INVALID_PARAMETER. */
export function requireExternal(principal: Principal): Principal {
  if (isInternal(principal.id)) throw new KopanoError(KCERR_INVALID_PARAMETER, `${principal.name} can't be changed`);
  return principal;
}

// ---------------------------------------------------------------------------
// Wire forms

/** A user on the wire; groups in lists of users come in this form too (observed on 11.0.2). */
export function userAnswer(context: Context, principal: Principal): Draft<'user'> {
  return {
    ulUserId: principal.id,
    lpszUsername: loginName(principal, context.platform.settings),
    lpszPassword: '',
    lpszMailAddress: principal.email,
    lpszFullName: principal.fullName,
    lpszServername: serverNameOf(context, principal),
    ulIsNonActive: 0,
    ulIsAdmin: principal.adminLevel,
    ulIsABHidden: principal.hidden ? 1 : 0,
    ulCapacity: principal.details.capacity ?? 0,
    ulObjClass: principal.class,
    ...propertyMapAnswer(context, principal),
    sUserId: principalEntryId(principal),
  };
}

export function groupAnswer(context: Context, principal: Principal): Draft<'group'> {
  return {
    ulGroupId: principal.id,
    sGroupId: principalEntryId(principal),
    lpszGroupname: loginName(principal, context.platform.settings),
    lpszFullname: principal.fullName,
    lpszFullEmail: principal.email,
    ulIsABHidden: principal.hidden ? 1 : 0,
    ...propertyMapAnswer(context, principal),
  };
}

/** @param administrator entry id of the company's administrator */
export function companyAnswer(context: Context, principal: Principal, administrator: Buffer): Draft<'company'> {
  return {
    ulCompanyId: principal.id,
    ulAdministrator: principal.details.administratorId ?? SYSTEM_ID,
    sCompanyId: principalEntryId(principal),
    sAdministrator: administrator,
    lpszCompanyname: principal.fullName,
    lpszServername: serverNameOf(context, principal),
    ulIsABHidden: principal.hidden ? 1 : 0,
    ...propertyMapAnswer(context, principal),
  };
}

/** Only SYSTEM has a server in a directory that knows of none (observed on 11.0.2). */
const serverNameOf = ({ platform }: Context, principal: Principal): string =>
  principal.id === SYSTEM_ID ? platform.settings.serverName : '';

type PropertyMapDraft = Pick<Draft<'user'>, 'lpsPropmap' | 'lpsMVPropmap'>;

function propertyMapAnswer({ session }: Context, principal: Principal): PropertyMapDraft {
  const { properties, lists } = propertyMapOf(principal, (session.capabilities & KOPANO_CAP_EXTENDED_ANON) !== 0);
  return {
    ...(properties.size > 0 && {
      lpsPropmap: [...properties].map(([ulPropId, lpszValue]) => ({ ulPropId, lpszValue })),
    }),
    ...(lists.size > 0 && { lpsMVPropmap: [...lists].map(([ulPropId, sValues]) => ({ ulPropId, sValues })) }),
  };
}

/** The further properties that a client sent. */
export function propertyMapFromWire(sent: Pick<Wire<'user'>, 'lpsPropmap' | 'lpsMVPropmap'>): PropertyMap {
  return {
    properties: new Map((sent.lpsPropmap ?? []).map(({ ulPropId, lpszValue }) => [ulPropId, lpszValue ?? ''])),
    lists: new Map((sent.lpsMVPropmap ?? []).map(({ ulPropId, sValues }) => [ulPropId, sValues])),
  };
}
