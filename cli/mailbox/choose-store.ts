import { KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { findCompanies } from '../directory/companies.ts';
import { requireUser } from '../directory/users.ts';
import { CommandError } from '../errors.ts';
import { findPublicStore, findUserStore } from './create-mailbox.ts';
import type { BareStore } from './furnish.ts';

/** How a store is named on the command line, for the help of arguments. */
export const STORE_HELP = 'login name of the owner; public: or public:COMPANY; or the GUID of a store';

export interface StoreChoice {
  /** As {@link STORE_HELP} says; without it the caller's own store. */
  readonly user?: string | undefined;
  readonly public?: boolean | undefined;
}

const PUBLIC = /^public:(.*)$/i;
const GUID = /^[0-9a-f]{32}$/i;

/** The store that is named; says so if there is none. */
export async function chooseStore(session: Session, choice: StoreChoice): Promise<BareStore> {
  const name = choice.user ?? session.name;
  const [, company] = PUBLIC.exec(name) ?? [];
  if (choice.public || company !== undefined) return requirePublicStore(session, company || undefined);
  if (GUID.test(name)) return requireStoreOf(session, Buffer.from(name, 'hex'));
  const found = await findUserStore(session, name);
  if (found) return found;
  await requireUser(session, name);
  throw new CommandError(`${name} has no mailbox.`, { hint: `kgc store create ${name}` });
}

/** The public store of the caller's company, or of one that is named. */
async function requirePublicStore(session: Session, company: string | undefined): Promise<BareStore> {
  const found = await findPublicStore(session, company);
  if (found) return found;
  const companies = company === undefined ? await findCompanies(session) : undefined;
  if (companies?.length)
    throw new CommandError('Each company has a public store of its own: name one.', {
      hint: `public:${companies[0]!.lpszCompanyname}`,
    });
  throw new CommandError(`There is no public store${company === undefined ? '' : ` of ${company}`}.`, {
    hint: `kgc store create --public${company === undefined ? '' : ` --company ${company}`}`,
  });
}

async function requireStoreOf(session: Session, guid: Buffer): Promise<BareStore> {
  try {
    const { sStoreId } = await session.call('resolveStore', { sStoreGuid: guid });
    const { sRootId } = await session.call('getStore', { lpsEntryId: sStoreId });
    return { storeId: sStoreId, rootId: sRootId };
  } catch (error) {
    if (!isRefused(error, KCERR_NOT_FOUND)) throw error;
    throw new CommandError(`There is no store ${guid.toString('hex')}.`, {
      hint: 'kgc store list, kgc store list --orphans',
      cause: error,
    });
  }
}
