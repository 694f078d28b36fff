import { KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import type { Draft, Wire } from '../../core/soap/index.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { CommandError } from '../errors.ts';
import { type Company, findCompanies } from './companies.ts';

/** A user as the server tells it. */
export type User = Wire<'user'>;

/** Admin levels (observed on 11.0.2): of the own company, of everything. */
export const ADMIN_NONE = 0;
export const ADMIN_COMPANY = 1;
export const ADMIN_SYSTEM = 2;

/** Classes of users on the wire (observed on 11.0.2). */
export const ACTIVE_USER = 0x10001;
export const NONACTIVE_USER = 0x10002;
export const NONACTIVE_ROOM = 0x10003;
export const NONACTIVE_EQUIPMENT = 0x10004;

/** In numbers that are sent: leave it as it is (observed on 11.0.2). */
const UNCHANGED = 0xffffffff;

/** What a class of users is called. */
const KINDS: Readonly<Record<number, string>> = {
  [ACTIVE_USER]: 'user',
  [NONACTIVE_USER]: 'shared',
  [NONACTIVE_ROOM]: 'room',
  [NONACTIVE_EQUIPMENT]: 'equipment',
};

/** The class of users of a kind: `user`, `shared`, `room`, `equipment`. */
export const classOfKind = (kind: string): number | undefined => {
  const found = Object.entries(KINDS).find(([, name]) => name === kind);
  return found && Number(found[0]);
};

export const USER_KINDS: readonly string[] = Object.values(KINDS);
export const kindOf = ({ ulObjClass }: User): string => KINDS[ulObjClass] ?? 'contact';

/** The users whom the session may see: all of them, or those of a company. */
export async function listUsers(session: Session, company?: Company): Promise<User[]> {
  const companies = company ? [company] : await findCompanies(session);
  const users = new Map<number, User>();
  // Without companies one list has all; SYSTEM stands in the list of each company.
  for (const { ulCompanyId, sCompanyId } of companies?.length ? companies : [{ ulCompanyId: 0, sCompanyId: NOBODY }]) {
    const { sUserArray } = await session.call('getUserList', { ulCompanyId, sCompanyId });
    for (const user of sUserArray) users.set(user.ulUserId, user);
  }
  return [...users.values()].sort((a, b) => (a.lpszUsername ?? '').localeCompare(b.lpszUsername ?? ''));
}

const NOBODY = Buffer.alloc(0);

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
  if (user) return user;
  // In hosted mode a name alone is found only where it is the only one.
  const hosted = !name.includes('@') && ((await findCompanies(session))?.length ?? 0) > 0;
  throw new CommandError(`There is no user '${name}'.`, {
    hint: hosted ? `kgc user list; with companies, a user is named ${name}@company` : 'kgc user list',
  });
}

/** What may be changed of a user; what is missing stays as it is. */
export interface UserChanges {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  readonly email?: string | undefined;
  readonly fullName?: string | undefined;
  readonly adminLevel?: number | undefined;
  readonly hidden?: boolean | undefined;
  readonly objectClass?: number | undefined;
  /** Seats of a room, pieces of an equipment. */
  readonly capacity?: number | undefined;
  /** Further properties by tag. */
  readonly properties?: ReadonlyMap<number, string>;
  readonly lists?: ReadonlyMap<number, readonly string[]>;
}

/** Changes a user. */
export async function updateUser(session: Session, user: User, changes: UserChanges): Promise<void> {
  const { name, password, email, fullName, adminLevel, hidden, objectClass, capacity } = changes;
  await session.call('setUser', {
    lpsUser: {
      ulUserId: user.ulUserId,
      sUserId: user.sUserId,
      ...(name !== undefined && { lpszUsername: name }),
      ...(password !== undefined && { lpszPassword: password }),
      ...(email !== undefined && { lpszMailAddress: email }),
      ...(fullName !== undefined && { lpszFullName: fullName }),
      ulIsNonActive: UNCHANGED,
      ulIsAdmin: adminLevel ?? UNCHANGED,
      ulIsABHidden: hidden === undefined ? UNCHANGED : Number(hidden),
      ulCapacity: capacity ?? UNCHANGED,
      ulObjClass: objectClass ?? UNCHANGED,
      ...propertyMapDraft(changes),
    },
  });
}

/** Further properties as they are sent. */
export const propertyMapDraft = ({
  properties,
  lists,
}: Pick<UserChanges, 'properties' | 'lists'>): Pick<Draft<'user'>, 'lpsPropmap' | 'lpsMVPropmap'> => ({
  ...(properties && {
    lpsPropmap: [...properties].map(([ulPropId, lpszValue]) => ({ ulPropId, lpszValue })),
  }),
  ...(lists && {
    lpsMVPropmap: [...lists].map(([ulPropId, sValues]) => ({ ulPropId, sValues: [...sValues] })),
  }),
});

/** A further property of a user, group or company, whatever its string type. */
export const mappedText = ({ lpsPropmap }: Pick<User, 'lpsPropmap'>, tag: number): string | undefined =>
  lpsPropmap?.find(({ ulPropId }) => ulPropId >>> 16 === tag >>> 16)?.lpszValue;
export const mappedList = ({ lpsMVPropmap }: Pick<User, 'lpsMVPropmap'>, tag: number): readonly string[] =>
  lpsMVPropmap?.find(({ ulPropId }) => ulPropId >>> 16 === tag >>> 16)?.sValues ?? [];

/** How the user is an administrator, in words; empty for others. */
export const adminText = ({ ulIsAdmin }: User): string =>
  ulIsAdmin >= ADMIN_SYSTEM ? 'system' : ulIsAdmin === ADMIN_COMPANY ? 'yes' : '';

/** The internal administrator's entry, which is no person. */
export const SYSTEM_ID = 2;
export const isSystem = ({ ulUserId }: User): boolean => ulUserId === SYSTEM_ID;

/** The user as machines read it. */
export function userJson(user: User) {
  return {
    name: user.lpszUsername ?? '',
    fullName: user.lpszFullName ?? '',
    email: user.lpszMailAddress ?? '',
    adminLevel: user.ulIsAdmin,
    active: user.ulObjClass === ACTIVE_USER,
    hidden: user.ulIsABHidden !== 0,
    id: user.ulUserId,
    kind: kindOf(user),
  };
}
