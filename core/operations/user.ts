import { requireAdministrator } from '../directory/administration.ts';
import { ADMIN_LEVEL_SYSADMIN } from '../directory/identity.ts';
import { hasLogin, requireLoginParts } from '../directory/login-name.ts';
import {
  ACTIVE_USER,
  isDistributionList,
  isMailUser,
  isObjectClass,
  isOfTypeSql,
  NONACTIVE_CONTACT,
  OBJECTTYPE_CONTAINER,
  OBJECTTYPE_MAILUSER,
} from '../directory/object-class.ts';
import { hashPassword } from '../directory/password.ts';
import {
  deletePrincipal,
  findPrincipal,
  insertPrincipal,
  listPrincipals,
  type Principal,
  type PrincipalDraft,
  principalEntryId,
  updatePassword,
  updatePrincipal,
} from '../directory/principal.ts';
import { withPropertyMap } from '../directory/property-map.ts';
import { addRelation, isChildOf, RELATION_USER_SENDAS, type Relation, removeRelation } from '../directory/relation.ts';
import { isOfCompany } from '../directory/visibility.ts';
import { KopanoError } from '../mapi/error.ts';
import {
  KCERR_COLLISION,
  KCERR_INVALID_PARAMETER,
  KCERR_NO_ACCESS,
  KCERR_NO_SUPPORT,
  KCERR_NONE,
  KCERR_NOT_FOUND,
  KCERR_PLUGIN_ERROR,
} from '../mapi/error-codes.ts';
import type { Statements } from '../platform/database.ts';
import type { Answer, Arguments, Wire } from '../soap/index.ts';
import type { Context, Operations } from './context.ts';
import { unlessDirectory, unlessFromDirectory } from './directory-managed.ts';
import {
  administered,
  propertyMapFromWire,
  referenceOf,
  requireAdministered,
  requireExternal,
  requirePrincipal,
  requireReference,
  UNCHANGED,
  userAnswer,
  visibleTo,
} from './principals.ts';
import { required } from './target.ts';

/** The company in a new login name, as its number: 0 without hosted mode. */
export async function companyOf(context: Context, company: string): Promise<number> {
  const { settings } = context.platform;
  if (!settings.hosted) return 0;
  const found = await findPrincipal(context.database, [
    hasLogin(company, OBJECTTYPE_CONTAINER, settings),
    visibleTo(context),
  ]);
  if (!found) throw new KopanoError(KCERR_NOT_FOUND, 'there is no such company');
  return found.id;
}

async function createUser(context: Context, args: Arguments<'createUser'>): Promise<Answer<'createUser'>> {
  const { database, session, platform } = context;
  const sent = required(args.lpsUser, 'lpsUser');
  const login = required(sent.lpszUsername, 'lpszUsername');
  const { name, company } =
    sent.ulObjClass === NONACTIVE_CONTACT ? { name: login, company: '' } : requireLoginParts(login, platform.settings);
  const companyId = await companyOf(context, company);
  const draft = withSent(
    {
      class: ACTIVE_USER,
      companyId,
      name,
      fullName: required(sent.lpszFullName, 'lpszFullName'),
      email: required(sent.lpszMailAddress, 'lpszMailAddress'),
      adminLevel: 0,
      hidden: false,
      details: {},
    },
    { ...sent, lpszUsername: name },
  );
  await requireAdministrator(database, session.identity, draft, platform.settings.hosted);
  const password = sent.lpszPassword ? await hashPassword(sent.lpszPassword) : null;
  const created = await database.transaction((statements) => insertPrincipal(statements, draft, password));
  return { ulUserId: created.id, sUserId: principalEntryId(created) };
}

/** A user with what a client sent; missing and empty texts and {@link UNCHANGED} numbers stay as they are. */
function withSent(before: PrincipalDraft, sent: Wire<'user'>): PrincipalDraft {
  const number = (value: number, otherwise: number): number => (value === UNCHANGED ? otherwise : value);
  const objectClass = number(sent.ulObjClass, before.class) || before.class;
  if (!isObjectClass(objectClass) || !isMailUser(objectClass))
    throw new KopanoError(KCERR_INVALID_PARAMETER, 'not a class of users');
  const capacity = number(sent.ulCapacity, before.details.capacity ?? 0);
  const { capacity: _before, ...details } = withPropertyMap(before.details, propertyMapFromWire(sent));
  return {
    ...before,
    class: objectClass,
    name: sent.lpszUsername || before.name,
    fullName: sent.lpszFullName || before.fullName,
    email: sent.lpszMailAddress || before.email,
    adminLevel: Math.min(number(sent.ulIsAdmin, before.adminLevel), ADMIN_LEVEL_SYSADMIN),
    hidden: number(sent.ulIsABHidden, before.hidden ? 1 : 0) !== 0,
    details: { ...details, ...(capacity > 0 && { capacity }) },
  };
}

/** Administrators change everything; everybody may change the own password, and what else is sent is passed over. */
async function setUser(context: Context, args: Arguments<'setUser'>): Promise<Answer<'setUser'>> {
  const sent = required(args.lpsUser, 'lpsUser');
  const reference = requireReference(sent.ulUserId, sent.sUserId);
  await context.database.transaction(async (statements) => {
    const before = await requirePrincipal(context, reference, statements, true);
    if (!(await administers(context, before, statements))) {
      if (before.id !== context.session.identity.principalId)
        throw new KopanoError(KCERR_NO_ACCESS, 'needs to administer the user');
      if (sent.lpszPassword) await updatePassword(statements, before.id, await hashPassword(sent.lpszPassword));
      return;
    }
    requireExternal(before);
    if (!isMailUser(before.class)) throw new KopanoError(KCERR_NOT_FOUND, 'not a user');
    const after = withSent(before, await withCompany(context, before, sent));
    // Nobody raises somebody above himself.
    await requireAdministrator(statements, context.session.identity, after, context.platform.settings.hosted);
    await updatePrincipal(
      statements,
      before.id,
      after.companyId === before.companyId ? after : { ...after, companyId: before.companyId },
      sent.lpszPassword ? await hashPassword(sent.lpszPassword) : undefined,
    );
  });
  return { result: KCERR_NONE };
}

/** In hosted mode a login name says its company, which can't change this way. */
async function withCompany(context: Context, before: Principal, sent: Wire<'user'>): Promise<Wire<'user'>> {
  if (!sent.lpszUsername || !context.platform.settings.hosted || before.class === NONACTIVE_CONTACT) return sent;
  const { name, company } = requireLoginParts(sent.lpszUsername, context.platform.settings);
  if ((await companyOf(context, company)) !== before.companyId)
    throw new KopanoError(KCERR_NO_SUPPORT, 'users do not move to another company');
  return { ...sent, lpszUsername: name };
}

async function administers(context: Context, principal: Principal, statements: Statements): Promise<boolean> {
  try {
    const { hosted } = context.platform.settings;
    await requireAdministrator(statements, context.session.identity, administered(principal), hosted);
    return true;
  } catch (error) {
    if (error instanceof KopanoError && error.code === KCERR_NO_ACCESS) return false;
    throw error;
  }
}

/** Without a name: the caller. A group is no user, and is answered as an empty one (observed on 11.0.2). */
async function getUser(context: Context, args: Arguments<'getUser'>): Promise<Answer<'getUser'>> {
  const principal = await requirePrincipal(context, referenceOf(args.ulUserId, args.sUserId));
  if (!isMailUser(principal.class)) return { er: KCERR_NOT_FOUND, lpsUser: {} };
  return { lpsUser: userAnswer(context, principal) };
}

async function deleteUser(context: Context, args: Arguments<'deleteUser'>): Promise<Answer<'deleteUser'>> {
  const reference = requireReference(args.ulUserId, args.sUserId);
  await context.database.transaction(async (statements) => {
    const user = requireExternal(await requireAdministered(context, reference, statements, true));
    if (!isMailUser(user.class)) throw new KopanoError(KCERR_NOT_FOUND, 'not a user');
    await deletePrincipal(statements, user.id);
  });
  return { result: KCERR_NONE };
}

/** The users of a company, the caller's without a name; contacts are in the address book only. */
async function getUserList(context: Context, args: Arguments<'getUserList'>): Promise<Answer<'getUserList'>> {
  const companyId = await requireCompanyId(context, args.ulCompanyId, args.sCompanyId);
  const users = await listPrincipals(context.database, [
    { sql: `${isOfTypeSql('pri.class', OBJECTTYPE_MAILUSER)} AND pri.class <> ${NONACTIVE_CONTACT}`, parameters: {} },
    isOfCompany(companyId, context.platform.settings.hosted),
  ]);
  return { sUserArray: users.map((user) => userAnswer(context, user)) };
}

/** Number of the company that a list is asked of; the caller's own without a name. */
export async function requireCompanyId(context: Context, id: number, entryId: Buffer): Promise<number> {
  const reference = referenceOf(id, entryId);
  return reference ? (await requirePrincipal(context, reference)).id : context.session.identity.companyId;
}

async function resolveUsername(
  context: Context,
  args: Arguments<'resolveUsername'>,
): Promise<Answer<'resolveUsername'>> {
  const user = await resolveLogin(context, required(args.lpszUsername, 'lpszUsername'), OBJECTTYPE_MAILUSER);
  return { ulUserId: user.id, sUserId: principalEntryId(user) };
}

/** The principal of a type with a login name, if the caller may look at it; throws KCERR_NOT_FOUND. */
export async function resolveLogin(context: Context, login: string, type: number): Promise<Principal> {
  const criteria = [hasLogin(login, type, context.platform.settings), visibleTo(context)];
  const principal = await findPrincipal(context.database, criteria);
  if (!principal) throw new KopanoError(KCERR_NOT_FOUND, 'there is no such name');
  return principal;
}

async function getSendAsList(context: Context, args: Arguments<'getSendAsList'>): Promise<Answer<'getSendAsList'>> {
  const user = await requirePrincipal(context, referenceOf(args.ulUserId, args.sUserId));
  const senders = await listPrincipals(context.database, [
    isChildOf(RELATION_USER_SENDAS, user.id),
    visibleTo(context),
  ]);
  return { sUserArray: senders.map((sender) => userAnswer(context, sender)) };
}

async function addSendAsUser(context: Context, args: Arguments<'addSendAsUser'>): Promise<Answer<'addSendAsUser'>> {
  const relation = await sendAsRelation(context, args);
  await context.database.transaction((statements) => addRelation(statements, relation));
  return { result: KCERR_NONE };
}

async function delSendAsUser(context: Context, args: Arguments<'delSendAsUser'>): Promise<Answer<'delSendAsUser'>> {
  const relation = await sendAsRelation(context, args);
  await context.database.transaction((statements) => removeRelation(statements, relation));
  return { result: KCERR_NONE };
}

/** Only administrators say who sends in whose name, not the user. */
async function sendAsRelation(context: Context, args: Arguments<'addSendAsUser'>): Promise<Relation> {
  const user = await requirePrincipal(context, requireReference(args.ulUserId, args.sUserId));
  const sender = await requirePrincipal(context, requireReference(args.ulSenderId, args.sSenderId));
  if (user.id === sender.id) throw new KopanoError(KCERR_COLLISION, 'everybody sends in the own name');
  if (!(await administers(context, user, context.database)))
    throw new KopanoError(KCERR_NO_ACCESS, 'needs to administer the user');
  requireExternal(user);
  requireExternal(sender);
  if (sender.class !== ACTIVE_USER && !isDistributionList(sender.class))
    throw new KopanoError(KCERR_PLUGIN_ERROR, 'only active users and groups send mail');
  return { type: RELATION_USER_SENDAS, parentId: user.id, childId: sender.id };
}

/** Only the offline server of old had it. */
function removeAllObjects(): never {
  throw new KopanoError(KCERR_NO_SUPPORT, 'users are deleted one by one');
}

export const user = {
  createUser: unlessDirectory<'createUser'>(createUser),
  setUser: unlessFromDirectory<'setUser'>(({ lpsUser }) => lpsUser && [lpsUser.ulUserId, lpsUser.sUserId], setUser),
  getUser,
  deleteUser: unlessFromDirectory<'deleteUser'>(({ ulUserId, sUserId }) => [ulUserId, sUserId], deleteUser),
  getUserList,
  resolveUsername,
  getSendAsList,
  addSendAsUser: unlessFromDirectory<'addSendAsUser'>(({ ulUserId, sUserId }) => [ulUserId, sUserId], addSendAsUser),
  delSendAsUser: unlessFromDirectory<'delSendAsUser'>(({ ulUserId, sUserId }) => [ulUserId, sUserId], delSendAsUser),
  removeAllObjects,
} satisfies Partial<Operations>;
