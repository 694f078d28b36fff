import type { Command } from 'commander';
import { storeGuidOf } from '../../core/mapi/entry-id.ts';
import { KCERR_COLLISION, KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import { type AgreementOptions, addAgreementOptions, isAgreed } from '../agreement.ts';
import { isRefused } from '../connection/refused-error.ts';
import { requireCompany } from '../directory/companies.ts';
import { requirePrincipal } from '../directory/principals.ts';
import { requireUser } from '../directory/users.ts';
import { CommandError, UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { createMailbox, createPublicStore } from '../mailbox/create-mailbox.ts';
import { addLanguageOption, type Language } from '../mailbox/languages.ts';
import {
  listUserStores,
  numberOfStoreType,
  STORE_TYPES,
  type StoreType,
  type UserStore,
} from '../mailbox/user-stores.ts';
import { oneOf } from '../option-values.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted, sizeText, timeText } from '../terminal/units.ts';
import { addStoreCareCommands } from './store-care.ts';

interface CreateOptions {
  readonly public?: boolean;
  readonly company?: string;
  readonly language?: Language;
}

interface ListOptions {
  readonly orphans?: boolean;
  readonly missing?: boolean;
}

interface TypeOption {
  readonly type: StoreType;
}

const OWNER_OF_PUBLIC = 'Everyone';

export function addStoreCommands(program: Command, terminal: Terminal): void {
  const store = program.command('store').description('mailboxes and public stores');

  withExamples(
    store
      .command('list')
      .option('--orphans', 'only stores without owners, such as those of deleted users')
      .option('--missing', 'only owners without a store')
      .description('list the stores with their owners and sizes')
      .action(action(terminal, list)),
    'kgc store list',
    'kgc store list --orphans',
    'kgc store list --missing --json',
  );
  withExamples(
    addLanguageOption(
      store
        .command('create')
        .argument('[user]', 'login name of the owner')
        .option('--public', 'the public store')
        .option('--company <name>', 'whose public store'),
      'names the folders in this language',
    )
      .description(
        'make the mailbox of a user who has none, or a public store; repeat it to finish what was interrupted',
      )
      .action(action(terminal, create, checkCreate)),
    'kgc store create anna',
    'kgc store create anna --language de',
    'kgc store create --public',
    'kgc store create --public --company acme',
  );
  withExamples(
    addTypeOption(
      store
        .command('hook')
        .argument('<guid>', 'of a store without owner', guid)
        .argument('<owner>', 'user; for a public store company or Everyone'),
    )
      .description('give a store without owner to somebody who has none')
      .action(action(terminal, hook)),
    'kgc store hook 0123456789abcdef0123456789abcdef anna',
    'kgc store hook 0123456789abcdef0123456789abcdef company:acme --type public',
  );
  withExamples(
    addAgreementOptions(
      addTypeOption(store.command('unhook').argument('<owner>', 'user; for a public store company or Everyone')),
    )
      .description('take a store from its owner; it is kept and can be hooked again')
      .action(action(terminal, unhook)),
    'kgc store unhook anna --yes',
    'kgc store unhook Everyone --type public --dry-run',
  );
  withExamples(
    addAgreementOptions(store.command('remove').argument('<guid>', 'of a store without owner', guid))
      .description('remove a store without owner for good')
      .action(action(terminal, remove)),
    'kgc store remove 0123456789abcdef0123456789abcdef --dry-run',
    'kgc store remove 0123456789abcdef0123456789abcdef --yes',
  );
  addStoreCareCommands(store, terminal);
}

const addTypeOption = (command: Command): Command =>
  command.option('--type <type>', STORE_TYPES.join(', '), oneOf(...STORE_TYPES), 'private');

const GUID_TEXT = /^[0-9a-f]{32}$/i;

/** GUID of a store, as lists show it. */
export function guid(text: string): Buffer {
  const digits = text.replace(/[{}-]/g, '');
  if (!GUID_TEXT.test(digits))
    throw new UsageError(`'${text}' is no GUID of a store: those have 32 hexadecimal digits.`, {
      hint: 'kgc store list --orphans',
    });
  return Buffer.from(digits, 'hex');
}

function checkCreate(user: string | undefined, { public: isPublic, company }: CreateOptions): void {
  if ((user === undefined) !== (isPublic === true))
    throw new UsageError('Name either a user or --public.', { hint: 'kgc store create anna' });
  if (company !== undefined && !isPublic)
    throw new UsageError('--company goes with --public; users name their company.', {
      hint: `kgc store create --public --company ${company}`,
    });
}

async function create(
  { session, report }: Invocation,
  name: string | undefined,
  { company: companyName, language }: CreateOptions,
): Promise<void> {
  const company = companyName === undefined ? undefined : await requireCompany(session, companyName);
  const label =
    name !== undefined ? `Mailbox of ${name}` : companyName ? `Public store of ${companyName}` : 'Public store';
  const owner = name === undefined ? undefined : await requireUser(session, name);
  const progress = report.progress(label);
  const creating = owner
    ? createMailbox(session, { id: owner.ulUserId, entryId: owner.sUserId, name: name! }, progress, language)
    : createPublicStore(
        session,
        progress,
        company && { id: company.ulCompanyId, entryId: company.sCompanyId, name: companyName! },
      );
  const { storeId, changed } = await creating.finally(() => progress.end());
  report.done(changed ? `${label}: complete now.` : `${label}: is there already.`, {
    owner: name ?? companyName ?? OWNER_OF_PUBLIC,
    guid: storeGuidOf(storeId).toString('hex'),
    changed,
  });
}

async function list({ session, report }: Invocation, { orphans, missing }: ListOptions): Promise<void> {
  const all = await listUserStores(session);
  const rows = all.filter((store) =>
    missing ? store.guid === undefined : store.guid !== undefined && (!orphans || store.owner === ''),
  );
  const total = rows.reduce((sum, { bytes }) => sum + bytes, 0);
  report.list<UserStore>({
    rows,
    columns: [
      {
        title: 'OWNER',
        text: ({ owner, formerOwner }) => owner || (formerOwner ? `none, was ${formerOwner}` : 'none'),
      },
      { title: 'TYPE', text: ({ type }) => type },
      ...(missing
        ? []
        : ([
            { title: 'SIZE', text: ({ bytes }: UserStore) => sizeText(bytes), align: 'right' },
            { title: 'CHANGED', text: ({ modified }: UserStore) => timeText(modified) },
            { title: 'GUID', text: (store: UserStore) => store.guid ?? '' },
          ] as const)),
    ],
    json: (store) => ({ ...store, modified: store.modified ?? null, guid: store.guid ?? null }),
    summary: missing
      ? `${counted(rows.length, 'owner')} without a store`
      : `${counted(rows.length, 'store')}${orphans ? ' without owners' : ''}, ${sizeText(total)}`,
  });
}

/** Which orphan, for the words of a question; undefined if it isn't listed. */
async function orphanWith({ session }: Invocation, storeGuid: Buffer): Promise<UserStore | undefined> {
  const text = storeGuid.toString('hex');
  return (await listUserStores(session)).find((store) => store.guid === text);
}

async function hook({ session, report }: Invocation, sStoreGuid: Buffer, ownerName: string, { type }: TypeOption) {
  const owner = await requirePrincipal(session, ownerName);
  // The server would take that store from its owner without a word, as the original's does.
  const present = (await listUserStores(session)).find((store) => store.owner === owner.name && store.type === type);
  if (present?.guid)
    throw new CommandError(`${owner.name} has a ${type} store already.`, {
      hint: `kgc store unhook ${owner.name}${type === 'private' ? '' : ` --type ${type}`}`,
    });
  try {
    await session.call('hookStore', { ulStoreType: numberOfStoreType(type), sUserId: owner.entryId, sStoreGuid });
  } catch (error) {
    if (isRefused(error, KCERR_COLLISION))
      throw new CommandError(`The store ${sStoreGuid.toString('hex')} has an owner.`, {
        hint: 'kgc store list',
        cause: error,
      });
    if (isRefused(error, KCERR_NOT_FOUND))
      throw new CommandError(`There is no store ${sStoreGuid.toString('hex')}.`, {
        hint: 'kgc store list --orphans',
        cause: error,
      });
    throw error;
  }
  report.done(`${owner.name} has the store ${sStoreGuid.toString('hex')} now.`, {
    owner: owner.name,
    type,
    guid: sStoreGuid.toString('hex'),
  });
}

async function unhook(invocation: Invocation, ownerName: string, options: AgreementOptions & TypeOption) {
  const { session, report } = invocation;
  const owner = await requirePrincipal(session, ownerName);
  const { type } = options;
  const before = (await listUserStores(session)).find((store) => store.owner === owner.name && store.type === type);
  const json = { owner: owner.name, type, guid: before?.guid ?? null };
  const what = `take the ${type} store${before?.guid ? ` ${before.guid}` : ''} from ${owner.name}; it is kept`;
  if (!(await isAgreed(invocation, options, what, json))) return;
  try {
    await session.call('unhookStore', { ulStoreType: numberOfStoreType(type), sUserId: owner.entryId });
  } catch (error) {
    if (!isRefused(error, KCERR_NOT_FOUND)) throw error;
    throw new CommandError(`${owner.name} has no ${type} store.`, { hint: 'kgc store list', cause: error });
  }
  report.done(`${owner.name} has no ${type} store any more; ${before?.guid ?? 'it'} is kept without an owner.`, json);
}

async function remove(invocation: Invocation, sStoreGuid: Buffer, options: AgreementOptions): Promise<void> {
  const { session, report } = invocation;
  const text = sStoreGuid.toString('hex');
  const store = await orphanWith(invocation, sStoreGuid);
  if (!store) throw new CommandError(`There is no store ${text}.`, { hint: 'kgc store list --orphans' });
  if (store.owner !== '')
    throw new CommandError(`The store ${text} belongs to ${store.owner}.`, {
      hint: `kgc store unhook ${store.owner}${store.type === 'private' ? '' : ` --type ${store.type}`}`,
    });
  const was = store.formerOwner ? ` of ${store.formerOwner}` : '';
  const json = { guid: text, bytes: store.bytes };
  const what = `remove the store ${text}${was} with ${sizeText(store.bytes)} for good`;
  if (!(await isAgreed(invocation, options, what, { ...json, removed: false }))) return;
  await session.call('removeStore', { sStoreGuid });
  report.done(`Removed the store ${text}.`, { ...json, removed: true });
}
