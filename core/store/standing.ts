import type { QuotaSettings } from '../directory/principal-details.ts';
import { orSiteQuota, QUOTA_HARDLIMIT, QUOTA_OK, type QuotaDefaults, quotaStatus } from '../directory/quota.ts';
import { STORE_PRIVATE, STORE_PUBLIC } from '../mapi/object-types.ts';
import type { LoadedTarget } from './target.ts';

/** The quota of a target's store, from whichever level it comes. */
export const quotaOfTarget = ({ quota, store }: LoadedTarget, defaults: QuotaDefaults): QuotaSettings =>
  orSiteQuota(quota, store.type === STORE_PUBLIC, defaults);

/**
 * Where the size of a target's store stands: QUOTA_OK, QUOTA_WARN, QUOTA_SOFTLIMIT or QUOTA_HARDLIMIT. Public and archive
 * stores are never full (observed on 11.0.2).
 */
export const standingOf = (target: LoadedTarget, defaults: QuotaDefaults): number =>
  target.store.type === STORE_PRIVATE ? quotaStatus(quotaOfTarget(target, defaults), target.store.size) : QUOTA_OK;

/** Whether a target's store is over its hard quota, so that nothing more is put into it. */
export const isFull = (target: LoadedTarget, defaults: QuotaDefaults): boolean =>
  standingOf(target, defaults) === QUOTA_HARDLIMIT;
