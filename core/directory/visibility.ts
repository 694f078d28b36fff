import { ADMIN_LEVEL_SYSADMIN, type Identity } from './identity.ts';
import type { Criterion } from './principal.ts';
import { RELATION_COMPANY_VIEW } from './relation.ts';
import { EVERYONE_ID, SYSTEM_ID } from './well-known.ts';

const EVERYTHING: Criterion = { sql: '1 = 1', parameters: {} };

/** Who asks, and whether there are companies at all. */
export type Viewer = Pick<Identity, 'principalId' | 'companyId' | 'adminLevel'>;

/**
 * Condition: the principal is of a company that the viewer may look at, its own
 * or one that allows it. Without hosted mode, and for system administrators,
 * everything is visible.
 */
export function isVisible(viewer: Viewer, hosted: boolean): Criterion {
  if (!hosted || viewer.adminLevel >= ADMIN_LEVEL_SYSADMIN) return EVERYTHING;
  return {
    sql: `pri.id IN (${EVERYONE_ID}, ${SYSTEM_ID}, :viewerId, :viewerCompanyId) OR pri.company_id = :viewerCompanyId
      OR COALESCE(NULLIF(pri.company_id, 0), pri.id) IN (
        SELECT parent_id FROM relation WHERE type = ${RELATION_COMPANY_VIEW} AND child_id = :viewerCompanyId)`,
    parameters: { viewerId: viewer.principalId, viewerCompanyId: viewer.companyId },
  };
}

/** Condition: shown in the address book; only administrators see what is hidden (observed on 11.0.2). */
export const isListed = (viewer: Viewer): Criterion =>
  viewer.adminLevel > 0 ? EVERYTHING : { sql: 'pri.hidden = 0', parameters: {} };

/**
 * Condition: belongs to a company (the company itself too); SYSTEM and Everyone
 * belong to all. Without hosted mode there is only one company, number 0.
 */
export const isOfCompany = (companyId: number, hosted: boolean): Criterion =>
  hosted
    ? {
        sql: `pri.company_id = :companyId OR pri.id IN (:companyId, ${EVERYONE_ID}, ${SYSTEM_ID})`,
        parameters: { companyId },
      }
    : EVERYTHING;
