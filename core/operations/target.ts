import { ADMIN_LEVEL_SYSADMIN } from '../directory/identity.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_NOT_FOUND, KCERR_STORE_FULL } from '../mapi/error-codes.ts';
import { type Grants, type Need, requireAccess } from '../store/access.ts';
import { isFull } from '../store/standing.ts';
import type { LoadedTarget } from '../store/target.ts';
import type { Context } from './context.ts';

/** The object that the operation named; KCERR_NOT_FOUND where there is none. */
export function requireTarget({ target }: Context): LoadedTarget {
  if (!target) throw new KopanoError(KCERR_NOT_FOUND, 'the object does not exist');
  return target;
}

/** Throws unless the session may; answers what else it may. */
export const requireNeed = (context: Context, target: LoadedTarget, need: Need): Promise<Grants> =>
  requireAccess(context.database, context.session.identity, target, need, context.platform.settings.hosted);

/** Quotas are not for system administrators, whoever's store it is (observed on 11.0.2): so backups can be restored. */
export const isBoundByQuota = ({ session }: Pick<Context, 'session'>): boolean =>
  session.identity.adminLevel < ADMIN_LEVEL_SYSADMIN;

/** Throws KCERR_STORE_FULL where a store is over its hard quota; nothing more is written to it then. */
export function requireRoom(context: Context, target: LoadedTarget): void {
  if (isBoundByQuota(context) && isFull(target, context.platform.settings))
    throw new KopanoError(KCERR_STORE_FULL, 'the store is over its hard quota');
}

/** An optional argument that this operation can't do without. */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new KopanoError(KCERR_INVALID_PARAMETER, `${name} is missing`);
  return value;
}

/** What lies in a store that names its server (observed on 11.0.2: always a pseudo URL). */
export const serverPath = ({ platform }: Pick<Context, 'platform'>): string =>
  `pseudo://${platform.settings.serverName}`;
