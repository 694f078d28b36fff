import { KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import type { Wire } from '../../core/soap/index.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { CommandError } from '../errors.ts';
import { type Company, findCompanies } from './companies.ts';

/** A group as the server tells it. */
export type Group = Wire<'group'>;

export const groupName = ({ lpszGroupname }: Group): string => lpszGroupname ?? '';

/** The groups whom the session may see: all of them, or those of a company. */
export async function listGroups(session: Session, company?: Company): Promise<Group[]> {
  const companies = company ? [company] : await findCompanies(session);
  const groups = new Map<number, Group>();
  for (const each of companies?.length ? companies : [undefined]) {
    const { sGroupArray } = await session.call('getGroupList', {
      ulCompanyId: each?.ulCompanyId ?? 0,
      ...(each && { sCompanyId: each.sCompanyId }),
    });
    for (const group of sGroupArray) groups.set(group.ulGroupId, group);
  }
  return [...groups.values()].sort((a, b) => groupName(a).localeCompare(groupName(b)));
}

/** A group by name, or undefined. */
export async function findGroup(session: Session, name: string): Promise<Group | undefined> {
  try {
    const { ulGroupId, sGroupId } = await session.call('resolveGroupname', { lpszGroupname: name });
    return (await session.call('getGroup', { ulGroupId, sGroupId })).lpsGroup;
  } catch (error) {
    if (isRefused(error, KCERR_NOT_FOUND)) return undefined;
    throw error;
  }
}

/** A group by name; says so if there is none. */
export async function requireGroup(session: Session, name: string): Promise<Group> {
  const group = await findGroup(session, name);
  if (!group) throw new CommandError(`There is no group '${name}'.`, { hint: 'kgc group list' });
  return group;
}

/** Group of all users, the same on every server. */
const EVERYONE_ID = 1;
export const isEveryone = ({ ulGroupId }: Group): boolean => ulGroupId === EVERYONE_ID;

/** The group as machines read it. */
export const groupJson = (group: Group) => ({
  name: groupName(group),
  email: group.lpszFullEmail ?? '',
  hidden: group.ulIsABHidden !== 0,
  id: group.ulGroupId,
});
