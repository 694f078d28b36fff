/** Further addresses under which a user gets mail. */
import { PR_EMS_AB_PROXY_ADDRESSES } from '../../core/mapi/tags.ts';
import type { Session } from '../connection/session.ts';
import { CommandError } from '../errors.ts';
import { readProperties } from '../wire-properties.ts';
import { type User, updateUser } from './users.ts';

/** Aliases stand in the address book as `smtp:…`, the primary address as `SMTP:…` (MS-OXOABK 2.2.3.23). */
const ALIAS = 'smtp:';

/** The aliases of a user, as the address book has them. */
export async function readAliases(session: Session, { sUserId }: Pick<User, 'sUserId'>): Promise<string[]> {
  const { aPropVal } = await session.call('readABProps', { sEntryId: sUserId });
  const addresses = readProperties(aPropVal).get(PR_EMS_AB_PROXY_ADDRESSES);
  const list = Array.isArray(addresses) ? addresses.filter((address) => typeof address === 'string') : [];
  return list.filter((address) => address.startsWith(ALIAS)).map((address) => address.slice(ALIAS.length));
}

/** Sets the aliases of a user; says so where the server takes users from elsewhere and doesn't keep them. */
export async function writeAliases(session: Session, user: User, aliases: readonly string[]): Promise<void> {
  const values = aliases.map((alias) => ALIAS + alias);
  // An empty list has to be sent with something in it: 11.0.2 passes over empty ones.
  const lists = new Map([[PR_EMS_AB_PROXY_ADDRESSES, values.length > 0 ? values : ['']]]);
  await updateUser(session, user, { lists });
  const kept = await readAliases(session, user);
  if (kept.length === aliases.length && aliases.every((alias) => kept.includes(alias))) return;
  throw new CommandError('The server did not keep the aliases.', {
    hint: 'set them where its users come from, such as proxyAddresses in the directory',
  });
}
