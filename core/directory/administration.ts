import { KopanoError } from '../mapi/error.ts';
import { KCERR_NO_ACCESS } from '../mapi/error-codes.ts';
import type { Statements } from '../platform/database.ts';
import { ADMIN_LEVEL_NONE, ADMIN_LEVEL_SYSADMIN, type Identity } from './identity.ts';
import { RELATION_COMPANY_ADMIN, RELATION_COMPANY_VIEW } from './relation.ts';

/** Who is administered: somebody of a company, or a company by its own id; 0 without hosted mode. */
export interface Administered {
  readonly companyId: number;
  /** Nobody administers those above himself. */
  readonly adminLevel: number;
}

/**
 * Throws KCERR_NO_ACCESS unless the caller administers the principal. Without
 * hosted mode every administrator does; with it, administrators of the system,
 * of the same company, and those that the company names. Only the last costs a
 * statement.
 */
export async function requireAdministrator(
  statements: Statements,
  identity: Identity,
  { companyId, adminLevel }: Administered,
  hosted: boolean,
): Promise<void> {
  const administers =
    adminLevel <= Math.max(identity.adminLevel, ADMIN_LEVEL_NONE) &&
    (await administersCompany(statements, identity, companyId, hosted));
  if (!administers) throw new KopanoError(KCERR_NO_ACCESS, 'needs to administer the principal');
}

async function administersCompany(
  statements: Statements,
  identity: Identity,
  companyId: number,
  hosted: boolean,
): Promise<boolean> {
  if (identity.adminLevel >= ADMIN_LEVEL_SYSADMIN) return true;
  if (!hosted || (companyId !== 0 && identity.companyId === companyId)) return identity.adminLevel > ADMIN_LEVEL_NONE;
  // A remote administrator must see the company too (observed on 11.0.2).
  const [row] = await statements.query(
    `SELECT a.child_id FROM relation a
     JOIN relation v ON v.type = ${RELATION_COMPANY_VIEW} AND v.parent_id = a.parent_id AND v.child_id = :ownCompanyId
     WHERE a.type = ${RELATION_COMPANY_ADMIN} AND a.parent_id = :companyId AND a.child_id = :principalId`,
    { companyId, principalId: identity.principalId, ownCompanyId: identity.companyId },
  );
  return row !== undefined;
}

/** Throws KCERR_NO_ACCESS unless the caller administers the whole system. */
export function requireSystemAdministrator(identity: Identity): void {
  if (identity.adminLevel < ADMIN_LEVEL_SYSADMIN)
    throw new KopanoError(KCERR_NO_ACCESS, 'needs to administer the system');
}
