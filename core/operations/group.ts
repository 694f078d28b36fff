import { requireAdministrator } from '../directory/administration.ts';
import { hasLogin, requireLoginParts } from '../directory/login-name.ts';
import { DISTLIST_SECURITY, isDistributionList, isOfTypeSql, OBJECTTYPE_DISTLIST } from '../directory/object-class.ts';
import {
  type Criterion,
  deletePrincipal,
  insertPrincipal,
  listPrincipals,
  type PrincipalDraft,
  principalEntryId,
  updatePrincipal,
} from '../directory/principal.ts';
import { withPropertyMap } from '../directory/property-map.ts';
import {
  addRelation,
  isChildOf,
  isParentOf,
  RELATION_GROUP_MEMBER,
  type Relation,
  removeRelation,
} from '../directory/relation.ts';
import { isOfCompany } from '../directory/visibility.ts';
import { EVERYONE_ID, SYSTEM_ID } from '../directory/well-known.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_NO_SUPPORT, KCERR_NONE, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import type { Answer, Arguments, Wire } from '../soap/index.ts';
import type { Context, Operations } from './context.ts';
import { unlessDirectory, unlessFromDirectory } from './directory-managed.ts';
import {
  groupAnswer,
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
import { companyOf, requireCompanyId, resolveLogin } from './user.ts';

const IS_GROUP: Criterion = { sql: isOfTypeSql('pri.class', OBJECTTYPE_DISTLIST), parameters: {} };

/** Creates a group that gets mail and rights. */
async function createGroup(context: Context, args: Arguments<'createGroup'>): Promise<Answer<'createGroup'>> {
  const { database, session, platform } = context;
  const sent = required(args.lpsGroup, 'lpsGroup');
  required(sent.lpszFullname, 'lpszFullname');
  const { name, company } = requireLoginParts(required(sent.lpszGroupname, 'lpszGroupname'), platform.settings);
  const draft = withSent(
    {
      class: DISTLIST_SECURITY,
      companyId: await companyOf(context, company),
      name,
      fullName: name,
      email: '',
      adminLevel: 0,
      hidden: false,
      details: {},
    },
    sent,
    name,
  );
  await requireAdministrator(database, session.identity, draft, platform.settings.hosted);
  const created = await database.transaction((statements) => insertPrincipal(statements, draft, null));
  return { ulGroupId: created.id, sGroupId: principalEntryId(created) };
}

/** A group's full name is its name (observed on 11.0.2). */
const withSent = (before: PrincipalDraft, sent: Wire<'group'>, name: string): PrincipalDraft => ({
  ...before,
  name,
  fullName: name,
  email: sent.lpszFullEmail || before.email,
  hidden: sent.ulIsABHidden === UNCHANGED ? before.hidden : sent.ulIsABHidden !== 0,
  details: withPropertyMap(before.details, propertyMapFromWire(sent)),
});

async function setGroup(context: Context, args: Arguments<'setGroup'>): Promise<Answer<'setGroup'>> {
  const sent = required(args.lpsGroup, 'lpsGroup');
  const reference = requireReference(sent.ulGroupId, sent.sGroupId);
  const { settings } = context.platform;
  await context.database.transaction(async (statements) => {
    const before = requireExternal(await requireAdministered(context, reference, statements, true));
    if (!isDistributionList(before.class)) throw new KopanoError(KCERR_NOT_FOUND, 'not a group');
    const parts = sent.lpszGroupname ? requireLoginParts(sent.lpszGroupname, settings) : undefined;
    if (parts && settings.hosted && (await companyOf(context, parts.company)) !== before.companyId)
      throw new KopanoError(KCERR_NO_SUPPORT, 'groups do not move to another company');
    await updatePrincipal(statements, before.id, withSent(before, sent, parts?.name ?? before.name));
  });
  return { result: KCERR_NONE };
}

async function getGroup(context: Context, args: Arguments<'getGroup'>): Promise<Answer<'getGroup'>> {
  const group = await requirePrincipal(context, requireReference(args.ulGroupId, args.sGroupId));
  if (!isDistributionList(group.class)) throw new KopanoError(KCERR_NOT_FOUND, 'not a group');
  return { lpsGroup: groupAnswer(context, group) };
}

async function getGroupList(context: Context, args: Arguments<'getGroupList'>): Promise<Answer<'getGroupList'>> {
  const companyId = await requireCompanyId(context, args.ulCompanyId, args.sCompanyId);
  const groups = await listPrincipals(context.database, [
    IS_GROUP,
    isOfCompany(companyId, context.platform.settings.hosted),
  ]);
  return { sGroupArray: groups.map((group) => groupAnswer(context, group)) };
}

async function groupDelete(context: Context, args: Arguments<'groupDelete'>): Promise<Answer<'groupDelete'>> {
  const reference = requireReference(args.ulGroupId, args.sGroupId);
  await context.database.transaction(async (statements) => {
    const group = requireExternal(await requireAdministered(context, reference, statements, true));
    if (!isDistributionList(group.class)) throw new KopanoError(KCERR_NOT_FOUND, 'not a group');
    await deletePrincipal(statements, group.id);
  });
  return { result: KCERR_NONE };
}

async function resolveGroupname(
  context: Context,
  args: Arguments<'resolveGroupname'>,
): Promise<Answer<'resolveGroupname'>> {
  const group = await resolveLogin(context, required(args.lpszGroupname, 'lpszGroupname'), OBJECTTYPE_DISTLIST);
  return { ulGroupId: group.id, sGroupId: principalEntryId(group) };
}

async function addGroupUser(context: Context, args: Arguments<'addGroupUser'>): Promise<Answer<'addGroupUser'>> {
  const relation = await membership(context, args);
  await context.database.transaction((statements) => addRelation(statements, relation));
  return { result: KCERR_NONE };
}

async function deleteGroupUser(
  context: Context,
  args: Arguments<'deleteGroupUser'>,
): Promise<Answer<'deleteGroupUser'>> {
  const relation = await membership(context, args);
  await context.database.transaction((statements) => removeRelation(statements, relation));
  return { result: KCERR_NONE };
}

async function membership(context: Context, args: Arguments<'addGroupUser'>): Promise<Relation> {
  const reference = requireReference(args.ulGroupId, args.sGroupId);
  const group = requireExternal(await requireAdministered(context, reference));
  const member = requireExternal(await requirePrincipal(context, requireReference(args.ulUserId, args.sUserId)));
  if (!isDistributionList(group.class) || group.id === member.id)
    throw new KopanoError(KCERR_INVALID_PARAMETER, 'not a group, or a group in itself');
  return { type: RELATION_GROUP_MEMBER, parentId: group.id, childId: member.id };
}

/** Members come as users, groups among them too; everybody is in Everyone, itself and SYSTEM too (observed on 11.0.2). */
async function getUserListOfGroup(
  context: Context,
  args: Arguments<'getUserListOfGroup'>,
): Promise<Answer<'getUserListOfGroup'>> {
  const group = await requirePrincipal(context, requireReference(args.ulGroupId, args.sGroupId));
  const members = await listPrincipals(context.database, [
    ...(group.id === EVERYONE_ID ? [] : [isChildOf(RELATION_GROUP_MEMBER, group.id)]),
    visibleTo(context),
  ]);
  return { sUserArray: members.map((member) => userAnswer(context, member)) };
}

/** The groups of a user, Everyone always among them. */
async function getGroupListOfUser(
  context: Context,
  args: Arguments<'getGroupListOfUser'>,
): Promise<Answer<'getGroupListOfUser'>> {
  const user = await requirePrincipal(context, referenceOf(args.ulUserId, args.sUserId));
  if (user.id !== SYSTEM_ID) requireExternal(user);
  const everyone = hasLogin('Everyone', OBJECTTYPE_DISTLIST, context.platform.settings);
  const member = isParentOf(RELATION_GROUP_MEMBER, user.id);
  const groups = await listPrincipals(context.database, [
    {
      sql: `${everyone.sql} OR ${member.sql}`,
      parameters: { ...everyone.parameters, ...member.parameters },
    },
    visibleTo(context),
  ]);
  return { sGroupArray: groups.map((group) => groupAnswer(context, group)) };
}

export const group = {
  createGroup: unlessDirectory<'createGroup'>(createGroup),
  setGroup: unlessFromDirectory<'setGroup'>(
    ({ lpsGroup }) => lpsGroup && [lpsGroup.ulGroupId, lpsGroup.sGroupId],
    setGroup,
  ),
  getGroup,
  getGroupList,
  groupDelete: unlessFromDirectory<'groupDelete'>(({ ulGroupId, sGroupId }) => [ulGroupId, sGroupId], groupDelete),
  resolveGroupname,
  addGroupUser: unlessFromDirectory<'addGroupUser'>(({ ulGroupId, sGroupId }) => [ulGroupId, sGroupId], addGroupUser),
  deleteGroupUser: unlessFromDirectory<'deleteGroupUser'>(
    ({ ulGroupId, sGroupId }) => [ulGroupId, sGroupId],
    deleteGroupUser,
  ),
  getUserListOfGroup,
  getGroupListOfUser,
} satisfies Partial<Operations>;
