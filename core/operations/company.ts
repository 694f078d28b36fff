import { requireSystemAdministrator } from '../directory/administration.ts';
import { CONTAINER_COMPANY, isOfTypeSql, OBJECTTYPE_CONTAINER } from '../directory/object-class.ts';
import {
  type Criterion,
  deletePrincipal,
  findPrincipal,
  insertPrincipal,
  listPrincipals,
  type Principal,
  type PrincipalDraft,
  principalEntryId,
  updatePrincipal,
} from '../directory/principal.ts';
import { withPropertyMap } from '../directory/property-map.ts';
import {
  addRelation,
  isChildOf,
  RELATION_COMPANY_ADMIN,
  RELATION_COMPANY_VIEW,
  type Relation,
  removeRelation,
} from '../directory/relation.ts';
import { SYSTEM_ID } from '../directory/well-known.ts';
import { NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_NO_SUPPORT, KCERR_NONE, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import type { Answer, Arguments, Draft, Wire } from '../soap/index.ts';
import type { Context, Operations } from './context.ts';
import { unlessDirectory, unlessFromDirectory } from './directory-managed.ts';
import {
  companyAnswer,
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
import { requireCompanyId, resolveLogin } from './user.ts';

const IS_COMPANY: Criterion = { sql: isOfTypeSql('pri.class', OBJECTTYPE_CONTAINER), parameters: {} };

/** Without hosted mode there are no companies; throws KCERR_NO_SUPPORT. */
function requireHosted({ platform }: Context): void {
  if (!platform.settings.hosted) throw new KopanoError(KCERR_NO_SUPPORT, 'there are no companies');
}

/** Only administrators of the system make and delete companies. */
async function createCompany(context: Context, args: Arguments<'createCompany'>): Promise<Answer<'createCompany'>> {
  requireHosted(context);
  requireSystemAdministrator(context.session.identity);
  const sent = required(args.lpsCompany, 'lpsCompany');
  const name = required(sent.lpszCompanyname, 'lpszCompanyname');
  if (name === '') throw new KopanoError(KCERR_INVALID_PARAMETER, 'a company needs a name');
  const draft: PrincipalDraft = {
    class: CONTAINER_COMPANY,
    companyId: 0,
    name,
    fullName: name,
    email: '',
    adminLevel: 0,
    hidden: false,
    details: {},
  };
  const created = await context.database.transaction((statements) =>
    insertPrincipal(statements, withSent(draft, sent, SYSTEM_ID), null),
  );
  return { ulCompanyId: created.id, sCompanyId: principalEntryId(created) };
}

/** A company with what a client sent; 0 leaves its administrator. */
function withSent(before: PrincipalDraft, sent: Wire<'company'>, administratorId: number): PrincipalDraft {
  const name = sent.lpszCompanyname || before.name;
  return {
    ...before,
    name,
    fullName: name,
    hidden: sent.ulIsABHidden === UNCHANGED ? before.hidden : sent.ulIsABHidden !== 0,
    details: {
      ...withPropertyMap(before.details, propertyMapFromWire(sent)),
      ...(administratorId !== 0 && { administratorId }),
    },
  };
}

async function setCompany(context: Context, args: Arguments<'setCompany'>): Promise<Answer<'setCompany'>> {
  requireHosted(context);
  const sent = required(args.lpsCompany, 'lpsCompany');
  const reference = requireReference(sent.ulCompanyId, sent.sCompanyId);
  const administrator = referenceOf(sent.ulAdministrator, sent.sAdministrator);
  await context.database.transaction(async (statements) => {
    const before = requireCompany(await requireAdministered(context, reference, statements, true));
    const administratorId = administrator ? (await requirePrincipal(context, administrator, statements)).id : 0;
    await updatePrincipal(statements, before.id, withSent(before, sent, administratorId));
  });
  return { result: KCERR_NONE };
}

function requireCompany(principal: Principal): Principal {
  if (principal.class !== CONTAINER_COMPANY) throw new KopanoError(KCERR_NOT_FOUND, 'not a company');
  return principal;
}

/** Everybody in the company goes with it. */
async function deleteCompany(context: Context, args: Arguments<'deleteCompany'>): Promise<Answer<'deleteCompany'>> {
  requireHosted(context);
  requireSystemAdministrator(context.session.identity);
  const reference = requireReference(args.ulCompanyId, args.sCompanyId);
  await context.database.transaction(async (statements) => {
    const company = requireCompany(requireExternal(await requirePrincipal(context, reference, statements, true)));
    await deletePrincipal(statements, company.id);
  });
  return { result: KCERR_NONE };
}

async function getCompany(context: Context, args: Arguments<'getCompany'>): Promise<Answer<'getCompany'>> {
  requireHosted(context);
  const id = await requireCompanyId(context, args.ulCompanyId, args.sCompanyId);
  const company = requireCompany(await requirePrincipal(context, { id, externalId: NO_EXTERNAL_ID }));
  const [answer] = await answersOf(context, [company]);
  return { lpsCompany: answer };
}

/** The companies on the wire, each with the entry id of its administrator. */
async function answersOf(context: Context, companies: readonly Principal[]): Promise<Draft<'company'>[]> {
  const entryIds = new Map<number, Buffer>();
  for (const { details } of companies) {
    const id = details.administratorId ?? SYSTEM_ID;
    if (entryIds.has(id)) continue;
    // A deleted administrator leaves the company to SYSTEM.
    const found = await findPrincipal(context.database, [
      { sql: `pri.id IN (:administratorId, ${SYSTEM_ID})`, parameters: { administratorId: id } },
      {
        sql: `pri.id = :administratorId OR NOT EXISTS (SELECT 1 FROM principal a WHERE a.id = :administratorId)`,
        parameters: {},
      },
    ]);
    if (found) entryIds.set(id, principalEntryId(found));
  }
  return companies.map((company) =>
    companyAnswer(context, company, entryIds.get(company.details.administratorId ?? SYSTEM_ID) ?? NO_EXTERNAL_ID),
  );
}

async function resolveCompanyname(
  context: Context,
  args: Arguments<'resolveCompanyname'>,
): Promise<Answer<'resolveCompanyname'>> {
  requireHosted(context);
  const name = required(args.lpszCompanyname, 'lpszCompanyname');
  if (name === '') return { ulCompanyId: 0 };
  const company = await resolveLogin(context, name, OBJECTTYPE_CONTAINER);
  return { ulCompanyId: company.id, sCompanyId: principalEntryId(company) };
}

async function getCompanyList(context: Context): Promise<Answer<'getCompanyList'>> {
  requireHosted(context);
  const companies = await listPrincipals(context.database, [IS_COMPANY, visibleTo(context)]);
  return { sCompanyArray: await answersOf(context, companies) };
}

// ---------------------------------------------------------------------------
// Who sees and administers a company from outside

/** The "set" company may look at the other one. */
async function viewRelation(context: Context, args: Arguments<'addCompanyToRemoteViewList'>): Promise<Relation> {
  requireHosted(context);
  const viewed = await requireAdministered(context, requireReference(args.ulCompanyId, args.sCompanyId));
  const viewer = await requirePrincipal(context, requireReference(args.ulSetCompanyId, args.sSetCompanyId));
  return { type: RELATION_COMPANY_VIEW, parentId: requireCompany(viewed).id, childId: requireCompany(viewer).id };
}

async function addCompanyToRemoteViewList(
  context: Context,
  args: Arguments<'addCompanyToRemoteViewList'>,
): Promise<Answer<'addCompanyToRemoteViewList'>> {
  const relation = await viewRelation(context, args);
  await context.database.transaction((statements) => addRelation(statements, relation));
  return { result: KCERR_NONE };
}

async function delCompanyFromRemoteViewList(
  context: Context,
  args: Arguments<'delCompanyFromRemoteViewList'>,
): Promise<Answer<'delCompanyFromRemoteViewList'>> {
  const relation = await viewRelation(context, args);
  await context.database.transaction((statements) => removeRelation(statements, relation));
  return { result: KCERR_NONE };
}

async function getRemoteViewList(
  context: Context,
  args: Arguments<'getRemoteViewList'>,
): Promise<Answer<'getRemoteViewList'>> {
  requireHosted(context);
  const companyId = await requireCompanyId(context, args.ulCompanyId, args.sCompanyId);
  const viewers = await listPrincipals(context.database, [
    IS_COMPANY,
    isChildOf(RELATION_COMPANY_VIEW, companyId),
    visibleTo(context),
  ]);
  return { sCompanyArray: await answersOf(context, viewers) };
}

async function adminRelation(context: Context, args: Arguments<'addUserToRemoteAdminList'>): Promise<Relation> {
  requireHosted(context);
  const company = await requireAdministered(context, requireReference(args.ulCompanyId, args.sCompanyId));
  const user = requireExternal(await requirePrincipal(context, requireReference(args.ulUserId, args.sUserId)));
  return { type: RELATION_COMPANY_ADMIN, parentId: requireCompany(company).id, childId: user.id };
}

async function addUserToRemoteAdminList(
  context: Context,
  args: Arguments<'addUserToRemoteAdminList'>,
): Promise<Answer<'addUserToRemoteAdminList'>> {
  const relation = await adminRelation(context, args);
  await context.database.transaction((statements) => addRelation(statements, relation));
  return { result: KCERR_NONE };
}

async function delUserFromRemoteAdminList(
  context: Context,
  args: Arguments<'delUserFromRemoteAdminList'>,
): Promise<Answer<'delUserFromRemoteAdminList'>> {
  const relation = await adminRelation(context, args);
  await context.database.transaction((statements) => removeRelation(statements, relation));
  return { result: KCERR_NONE };
}

async function getRemoteAdminList(
  context: Context,
  args: Arguments<'getRemoteAdminList'>,
): Promise<Answer<'getRemoteAdminList'>> {
  requireHosted(context);
  const companyId = await requireCompanyId(context, args.ulCompanyId, args.sCompanyId);
  const administrators = await listPrincipals(context.database, [
    isChildOf(RELATION_COMPANY_ADMIN, companyId),
    visibleTo(context),
  ]);
  return { sUserArray: administrators.map((administrator) => userAnswer(context, administrator)) };
}

export const company = {
  createCompany: unlessDirectory<'createCompany'>(createCompany),
  setCompany: unlessFromDirectory<'setCompany'>(
    ({ lpsCompany }) => lpsCompany && [lpsCompany.ulCompanyId, lpsCompany.sCompanyId],
    setCompany,
  ),
  deleteCompany: unlessFromDirectory<'deleteCompany'>(
    ({ ulCompanyId, sCompanyId }) => [ulCompanyId, sCompanyId],
    deleteCompany,
  ),
  getCompany,
  resolveCompanyname,
  getCompanyList,
  addCompanyToRemoteViewList: unlessFromDirectory<'addCompanyToRemoteViewList'>(
    ({ ulCompanyId, sCompanyId }) => [ulCompanyId, sCompanyId],
    addCompanyToRemoteViewList,
  ),
  delCompanyFromRemoteViewList: unlessFromDirectory<'delCompanyFromRemoteViewList'>(
    ({ ulCompanyId, sCompanyId }) => [ulCompanyId, sCompanyId],
    delCompanyFromRemoteViewList,
  ),
  getRemoteViewList,
  addUserToRemoteAdminList: unlessFromDirectory<'addUserToRemoteAdminList'>(
    ({ ulCompanyId, sCompanyId }) => [ulCompanyId, sCompanyId],
    addUserToRemoteAdminList,
  ),
  delUserFromRemoteAdminList: unlessFromDirectory<'delUserFromRemoteAdminList'>(
    ({ ulCompanyId, sCompanyId }) => [ulCompanyId, sCompanyId],
    delUserFromRemoteAdminList,
  ),
  getRemoteAdminList,
} satisfies Partial<Operations>;
