import { randomUUID } from 'node:crypto';
import type { DirectoryAccess } from '../../platform/directory-access.ts';
import { canonicalDn } from './dn.ts';
import { idInFilter } from './filter.ts';
import { poolOf } from './pool.ts';
import { mappingOf } from './profiles/index.ts';

/** A user as the last synchronisation knew it. */
export interface DirectoryUser {
  readonly dn: string;
  readonly id: Buffer;
}

/**
 * Whether the directory lets a user in: it binds as the user. One who was moved
 * or renamed since the last synchronisation is found by the unique id. For nobody
 * the same is asked of a name that doesn't exist, so that the time tells nothing.
 * Throws DirectoryUnavailableError.
 */
export async function checkDirectoryPassword(
  access: DirectoryAccess,
  user: DirectoryUser | undefined,
  password: string,
): Promise<boolean> {
  const pool = poolOf(access);
  const asked = user ?? { dn: `cn=${randomUUID()},${access.settings.baseDn}`, id: Buffer.from(randomUUID()) };
  if (password === '') return false;
  if (await pool.checkPassword(asked.dn, password)) return user !== undefined;
  const dn = await currentDn(access, asked.id);
  if (dn === undefined || canonicalDn(dn) === canonicalDn(asked.dn)) return false;
  return (await pool.checkPassword(dn, password)) && user !== undefined;
}

async function currentDn(access: DirectoryAccess, id: Buffer): Promise<string | undefined> {
  const { uniqueId, user } = mappingOf(access.settings);
  return poolOf(access).asService(async (client) => {
    const { searchEntries } = await client.search(user.base ?? access.settings.baseDn, {
      scope: 'sub',
      filter: `(&${user.filter}(${uniqueId}=${idInFilter(id, uniqueId)}))`,
      attributes: ['1.1'],
      sizeLimit: 2,
    });
    return searchEntries.length === 1 ? searchEntries[0]!.dn : undefined;
  });
}
