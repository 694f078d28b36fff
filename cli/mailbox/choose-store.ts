import type { Session } from '../connection/session.ts';
import { requireUser } from '../directory/users.ts';
import { CommandError } from '../errors.ts';
import { findPublicStore, findUserStore } from './create-mailbox.ts';
import type { BareStore } from './furnish.ts';

/** The store of a user, the public one, or the caller's own; says so if there is none. */
export async function chooseStore(
  session: Session,
  choice: { readonly user?: string | undefined; readonly public?: boolean | undefined },
): Promise<BareStore> {
  if (choice.public) {
    const found = await findPublicStore(session);
    if (!found) throw new CommandError('There is no public store.', { hint: 'kgc store create --public' });
    return found;
  }
  const name = choice.user ?? session.name;
  const found = await findUserStore(session, name);
  if (found) return found;
  await requireUser(session, name);
  throw new CommandError(`${name} has no mailbox.`, { hint: `kgc store create ${name}` });
}
