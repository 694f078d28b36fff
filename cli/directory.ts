import { KCERR_NOT_FOUND } from '../core/mapi/error-codes.ts';
import type { Wire } from '../core/soap/index.ts';
import { isRefused } from './connection/refused-error.ts';
import type { Session } from './connection/session.ts';
import { CommandError } from './errors.ts';

/** A user as the server tells it. */
export type User = Wire<'user'>;

/** Admin levels (observed on 11.0.2): of the own company, of everything. */
export const ADMIN_NONE = 0;
export const ADMIN_COMPANY = 1;
export const ADMIN_SYSTEM = 2;

/** The users whom the session may see. */
export async function listUsers(session: Session): Promise<User[]> {
  const { sUserArray } = await session.call('getUserList', { ulCompanyId: 0 });
  return sUserArray.sort((a, b) => (a.lpszUsername ?? '').localeCompare(b.lpszUsername ?? ''));
}

/** A user by login name, or undefined. */
export async function findUser(session: Session, name: string): Promise<User | undefined> {
  try {
    const { ulUserId, sUserId } = await session.call('resolveUsername', { lpszUsername: name });
    return (await session.call('getUser', { ulUserId, sUserId })).lpsUser;
  } catch (error) {
    if (isRefused(error, KCERR_NOT_FOUND)) return undefined;
    throw error;
  }
}

/** A user by login name; says so if there is none. */
export async function requireUser(session: Session, name: string): Promise<User> {
  const user = await findUser(session, name);
  if (!user) throw new CommandError(`There is no user '${name}'.`, { hint: 'kgc user list' });
  return user;
}

/** How the user is an administrator, in words; empty for others. */
export const adminText = ({ ulIsAdmin }: User): string =>
  ulIsAdmin >= ADMIN_SYSTEM ? 'system' : ulIsAdmin === ADMIN_COMPANY ? 'yes' : '';
