import { requireAdministrator } from '../directory/administration.ts';
import { CONTAINER_COMPANY, isMailUser, NONACTIVE_CONTACT } from '../directory/object-class.ts';
import {
  findPrincipal,
  isReferenced,
  listPrincipals,
  type Principal,
  updatePrincipal,
} from '../directory/principal.ts';
import type { QuotaSettings } from '../directory/principal-details.ts';
import { hasQuota, quotaOf, quotaStatus } from '../directory/quota.ts';
import {
  addRelation,
  isChildOf,
  RELATION_QUOTA_COMPANY_RECIPIENT,
  RELATION_QUOTA_USER_RECIPIENT,
  type Relation,
  removeRelation,
} from '../directory/relation.ts';
import { SYSTEM_ID } from '../directory/well-known.ts';
import { NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import {
  KCERR_INVALID_PARAMETER,
  KCERR_INVALID_TYPE,
  KCERR_NO_ACCESS,
  KCERR_NONE,
  KCERR_NOT_FOUND,
} from '../mapi/error-codes.ts';
import { STORE_PRIVATE, STORE_PUBLIC } from '../mapi/object-types.ts';
import type { Answer, Arguments } from '../soap/index.ts';
import type { StoreRow } from '../store/object-row.ts';
import { findStore, storeTypeMask } from '../store/store-lookup.ts';
import type { Context, Operations } from './context.ts';
import { unlessFromDirectory } from './directory-managed.ts';
import {
  administered,
  requireAdministered,
  requireExternal,
  requirePrincipal,
  requireReference,
  userAnswer,
  visibleTo,
} from './principals.ts';
import { required } from './target.ts';

/** The named principal, if it is the caller or administered by it. */
async function requireOwnOrAdministered(context: Context, id: number, entryId: Buffer): Promise<Principal> {
  const principal = await requirePrincipal(context, requireReference(id, entryId));
  if (principal.id === context.session.identity.principalId) return principal;
  const { session, platform, database } = context;
  await requireAdministrator(database, session.identity, administered(principal), platform.settings.hosted);
  return principal;
}

async function GetQuota(context: Context, args: Arguments<'GetQuota'>): Promise<Answer<'GetQuota'>> {
  const principal = await requireOwnOrAdministered(context, args.ulUserid, args.sUserId);
  const quota = await quotaOf(context.database, principal, args.bGetUserDefault, context.platform.settings);
  return {
    sQuota: {
      bUseDefaultQuota: quota.useDefault,
      bIsUserDefaultQuota: quota.isUserDefault,
      llWarnSize: BigInt(quota.warn),
      llSoftSize: BigInt(quota.soft),
      llHardSize: BigInt(quota.hard),
    },
  };
}

/** Unlike the original, a user can't set the own quota: nobody would have one. */
async function SetQuota(context: Context, args: Arguments<'SetQuota'>): Promise<Answer<'SetQuota'>> {
  const reference = requireReference(args.ulUserid, args.sUserId);
  const sent = required(args.lpsQuota, 'lpsQuota');
  const quota: QuotaSettings = {
    useDefault: sent.bUseDefaultQuota,
    warn: limit(sent.llWarnSize),
    soft: limit(sent.llSoftSize),
    hard: limit(sent.llHardSize),
  };
  await context.database.transaction(async (statements) => {
    const principal = requireExternal(await requireAdministered(context, reference, statements, true));
    const details = {
      ...principal.details,
      ...(sent.bIsUserDefaultQuota ? { userQuota: quota } : { quota }),
    };
    await updatePrincipal(statements, principal.id, { ...principal, details });
  });
  return { result: KCERR_NONE };
}

/** A size in bytes as a number that is exact. */
function limit(bytes: bigint): number {
  if (bytes < 0n || bytes > BigInt(Number.MAX_SAFE_INTEGER))
    throw new KopanoError(KCERR_INVALID_PARAMETER, 'a quota of that size makes no sense');
  return Number(bytes);
}

/** A quota recipient is named with the class of those whose mail it gets. */
async function recipientRelation(context: Context, args: Arguments<'AddQuotaRecipient'>): Promise<Relation> {
  const company = await requireAdministered(context, requireReference(args.ulCompanyid, args.sCompanyId));
  const recipient = await requirePrincipal(context, requireReference(args.ulRecipientId, args.sRecipientId));
  requireExternal(company);
  requireExternal(recipient);
  return { type: recipientType(args.ulType), parentId: company.id, childId: recipient.id };
}

function recipientType(objectClass: number): number {
  if (isMailUser(objectClass)) return RELATION_QUOTA_USER_RECIPIENT;
  if (objectClass === CONTAINER_COMPANY) return RELATION_QUOTA_COMPANY_RECIPIENT;
  throw new KopanoError(KCERR_INVALID_TYPE, 'only users and companies have quota mail');
}

async function AddQuotaRecipient(
  context: Context,
  args: Arguments<'AddQuotaRecipient'>,
): Promise<Answer<'AddQuotaRecipient'>> {
  const relation = await recipientRelation(context, args);
  await context.database.transaction((statements) => addRelation(statements, relation));
  return { result: KCERR_NONE };
}

async function DeleteQuotaRecipient(
  context: Context,
  args: Arguments<'DeleteQuotaRecipient'>,
): Promise<Answer<'DeleteQuotaRecipient'>> {
  const relation = await recipientRelation(context, args);
  await context.database.transaction((statements) => removeRelation(statements, relation));
  return { result: KCERR_NONE };
}

/** Who is told that a mailbox is full: its owner first, then those that the company names. */
async function GetQuotaRecipients(
  context: Context,
  args: Arguments<'GetQuotaRecipients'>,
): Promise<Answer<'GetQuotaRecipients'>> {
  const principal = await requirePrincipal(context, requireReference(args.ulUserid, args.sUserId));
  const { session, platform, database } = context;
  await requireAdministrator(database, session.identity, administered(principal), platform.settings.hosted);
  requireQuota(principal);
  const company = principal.class === CONTAINER_COMPANY;
  const companyId = company ? principal.id : principal.companyId;
  const type = company ? RELATION_QUOTA_COMPANY_RECIPIENT : RELATION_QUOTA_USER_RECIPIENT;
  const named = companyId === 0 ? [] : await listPrincipals(database, [isChildOf(type, companyId), visibleTo(context)]);
  // A company is no address: its administrator reads for it.
  const main = company ? await administratorOf(context, principal) : principal;
  const all = [...(main ? [main] : []), ...named].filter(
    (recipient) => isMailUser(recipient.class) && recipient.class !== NONACTIVE_CONTACT,
  );
  return { sUserArray: all.map((recipient) => userAnswer(context, recipient)) };
}

const administratorOf = (context: Context, company: Principal): Promise<Principal | undefined> =>
  findPrincipal(context.database, [
    isReferenced({ id: company.details.administratorId ?? SYSTEM_ID, externalId: NO_EXTERNAL_ID }),
  ]);

async function GetQuotaStatus(context: Context, args: Arguments<'GetQuotaStatus'>): Promise<Answer<'GetQuotaStatus'>> {
  const principal = await requirePrincipal(context, requireReference(args.ulUserid, args.sUserId));
  const store = await requireStore(context, principal);
  const { session, platform, database } = context;
  if (principal.id !== session.identity.principalId)
    await requireAdministrator(database, session.identity, administered(principal), platform.settings.hosted);
  requireQuota(principal);
  const quota = await quotaOf(database, principal, false, platform.settings);
  return { llStoreSize: BigInt(store.size), ulQuotaStatus: quotaStatus(quota, store.size) };
}

/** The principal's store, which is a company's public one; throws KCERR_NOT_FOUND. */
async function requireStore(context: Context, principal: Principal): Promise<StoreRow> {
  const type = principal.class === CONTAINER_COMPANY ? STORE_PUBLIC : STORE_PRIVATE;
  const found = await findStore(context.database, { ownerId: principal.id, typeMask: storeTypeMask(type) });
  if (!found) throw new KopanoError(KCERR_NOT_FOUND, 'the principal has no store');
  return found.store;
}

function requireQuota(principal: Principal): void {
  if (!hasQuota(principal)) throw new KopanoError(KCERR_INVALID_TYPE, 'this class of principals has no quota');
  if (principal.id === SYSTEM_ID) throw new KopanoError(KCERR_NO_ACCESS, 'SYSTEM has no quota');
}

export const quota = {
  GetQuota,
  SetQuota: unlessFromDirectory<'SetQuota'>(({ ulUserid, sUserId }) => [ulUserid, sUserId], SetQuota),
  AddQuotaRecipient: unlessFromDirectory<'AddQuotaRecipient'>(
    ({ ulCompanyid, sCompanyId }) => [ulCompanyid, sCompanyId],
    AddQuotaRecipient,
  ),
  DeleteQuotaRecipient: unlessFromDirectory<'DeleteQuotaRecipient'>(
    ({ ulCompanyid, sCompanyId }) => [ulCompanyid, sCompanyId],
    DeleteQuotaRecipient,
  ),
  GetQuotaRecipients,
  GetQuotaStatus,
} satisfies Partial<Operations>;
