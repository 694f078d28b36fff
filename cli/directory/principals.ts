import { KCERR_NO_SUPPORT, KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { CommandError } from '../errors.ts';
import { findCompany } from './companies.ts';
import { findGroup } from './groups.ts';
import { findUser } from './users.ts';

export type PrincipalType = 'user' | 'group' | 'company';

/** Somebody who may have rights. */
export interface Principal {
  readonly type: PrincipalType;
  readonly id: number;
  readonly entryId: Buffer;
  readonly name: string;
}

type Find = (session: Session, name: string) => Promise<Principal | undefined>;

const FINDERS: Readonly<Record<PrincipalType, Find>> = {
  user: async (session, name) => {
    const user = await findUser(session, name);
    return user && { type: 'user', id: user.ulUserId, entryId: user.sUserId, name: user.lpszUsername ?? name };
  },
  group: async (session, name) => {
    const group = await findGroup(session, name);
    return group && { type: 'group', id: group.ulGroupId, entryId: group.sGroupId, name: group.lpszGroupname ?? name };
  },
  company: async (session, name) => {
    const company = await unlessUnsupported(findCompany(session, name));
    return (
      company && {
        type: 'company',
        id: company.ulCompanyId,
        entryId: company.sCompanyId,
        name: company.lpszCompanyname ?? name,
      }
    );
  },
};

/** Somebody by name: a user, else a group, else a company; `group:sales` says which is meant. */
export async function requirePrincipal(session: Session, text: string): Promise<Principal> {
  const [, type, rest] = /^(user|group|company):(.+)$/.exec(text) ?? [];
  const types = type ? [type as PrincipalType] : (Object.keys(FINDERS) as PrincipalType[]);
  const name = rest ?? text;
  for (const each of types) {
    const found = await FINDERS[each](session, name);
    if (found) return found;
  }
  const what = type ?? 'user, group or company';
  throw new CommandError(`There is no ${what} '${name}'.`, { hint: `kgc ${type ?? 'user'} list` });
}

async function unlessUnsupported<T>(finding: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await finding;
  } catch (error) {
    // A server without companies says so in words of its own.
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** Names of principals by their numbers, asked for once each. */
export class PrincipalNames {
  readonly #session: Session;
  readonly #known = new Map<number, Promise<Principal | undefined>>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Who has a number; undefined for somebody who is gone. */
  of(id: number, entryId: Buffer): Promise<Principal | undefined> {
    let found = this.#known.get(id);
    if (!found) {
      found = this.#find(id, entryId);
      this.#known.set(id, found);
    }
    return found;
  }

  async #find(id: number, entryId: Buffer): Promise<Principal | undefined> {
    const user = await unlessMissing(this.#session.call('getUser', { ulUserId: id, sUserId: entryId }));
    if (user?.lpsUser) return { type: 'user', id, entryId, name: user.lpsUser.lpszUsername ?? '' };
    const group = await unlessMissing(this.#session.call('getGroup', { ulGroupId: id, sGroupId: entryId }));
    if (group?.lpsGroup) return { type: 'group', id, entryId, name: group.lpsGroup.lpszGroupname ?? '' };
    const company = await unlessMissing(this.#session.call('getCompany', { ulCompanyId: id, sCompanyId: entryId }));
    return company?.lpsCompany && { type: 'company', id, entryId, name: company.lpsCompany.lpszCompanyname ?? '' };
  }
}

async function unlessMissing<T>(calling: Promise<T>): Promise<T | undefined> {
  try {
    return await calling;
  } catch (error) {
    if (isRefused(error, KCERR_NOT_FOUND, KCERR_NO_SUPPORT)) return undefined;
    throw error;
  }
}
