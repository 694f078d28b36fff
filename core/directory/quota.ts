import { NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_NO_SUPPORT } from '../mapi/error-codes.ts';
import type { Statements } from '../platform/database.ts';
import type { QuotaLimits, ServerSettings } from '../platform/platform.ts';
import { CONTAINER_COMPANY, isMailUser, NONACTIVE_CONTACT } from './object-class.ts';
import { findPrincipal, isInternal, isReferenced, type Principal } from './principal.ts';
import type { QuotaSettings } from './principal-details.ts';

/** Quota as clients see it. */
export interface Quota extends QuotaSettings {
  /** These are the defaults for the users of a company. */
  readonly isUserDefault: boolean;
}

/** Where the size of a mailbox stands; numbers of the wire. */
export const QUOTA_OK = 0;
export const QUOTA_WARN = 1;
export const QUOTA_SOFTLIMIT = 2;
export const QUOTA_HARDLIMIT = 3;

/** What a principal has whose quota was never set: it asks the next level. */
const UNSET: QuotaSettings = { useDefault: true, warn: 0, soft: 0, hard: 0 };

/** The settings that give a site's own limits. */
export type QuotaDefaults = Pick<ServerSettings, 'userQuota' | 'companyQuota'>;

/** What applies where nobody has set anything: what the operator gives, or no limits. */
const siteQuota = (limits: QuotaLimits | undefined): QuotaSettings => ({ ...UNSET, ...limits });

/**
 * The quota that applies to a user or company: its own, its company's for users,
 * or the site's. With `userDefault` what a company gives its users. Throws
 * KCERR_INVALID_PARAMETER for SYSTEM and Everyone, KCERR_NO_SUPPORT for user
 * defaults of what is no company.
 */
export async function quotaOf(
  statements: Statements,
  principal: Principal,
  userDefault: boolean,
  settings: QuotaDefaults & Pick<ServerSettings, 'hosted'>,
): Promise<Quota> {
  if (isInternal(principal.id)) throw new KopanoError(KCERR_INVALID_PARAMETER, 'the internal principals have no quota');
  const company = principal.class === CONTAINER_COMPANY;
  if (company ? !settings.hosted : userDefault)
    throw new KopanoError(KCERR_NO_SUPPORT, 'only companies have defaults for users');
  if (!hasQuota(principal)) return { ...UNSET, useDefault: false, isUserDefault: false };

  const own = (userDefault ? principal.details.userQuota : principal.details.quota) ?? UNSET;
  if (!own.useDefault) return { ...own, isUserDefault: userDefault };
  if (!company && principal.companyId !== 0) {
    const reference = { id: principal.companyId, externalId: NO_EXTERNAL_ID };
    const inherited = (await findPrincipal(statements, [isReferenced(reference)]))?.details.userQuota;
    if (inherited && !inherited.useDefault) return { ...inherited, isUserDefault: true };
  }
  const site = company && !userDefault ? settings.companyQuota : settings.userQuota;
  return { ...siteQuota(site), isUserDefault: false };
}

/** What applies to a mailbox: its own quota or its company's default; where it asks for a default still, the site's. */
export function effectiveQuota(own: QuotaSettings | undefined, ofCompany: QuotaSettings | undefined): QuotaSettings {
  return [own, ofCompany].find((settings) => settings && !settings.useDefault) ?? UNSET;
}

/** What applies to a store after all: what was set for it, or the limits of the site for stores of its kind. */
export const orSiteQuota = (quota: QuotaSettings, isPublic: boolean, settings: QuotaDefaults): QuotaSettings =>
  quota.useDefault ? siteQuota(isPublic ? settings.companyQuota : settings.userQuota) : quota;

/** Whether principals of this class have a store that can fill up. */
export const hasQuota = (principal: Principal): boolean =>
  (isMailUser(principal.class) && principal.class !== NONACTIVE_CONTACT) || principal.class === CONTAINER_COMPANY;

/** Where a size stands; a limit of 0 is none. */
export function quotaStatus(quota: QuotaSettings, size: number): number {
  const reached = (limit: number): boolean => limit > 0 && size >= limit;
  if (reached(quota.hard)) return QUOTA_HARDLIMIT;
  if (reached(quota.soft)) return QUOTA_SOFTLIMIT;
  return reached(quota.warn) ? QUOTA_WARN : QUOTA_OK;
}
