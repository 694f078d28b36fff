import type { Command } from 'commander';
import { type AgreementOptions, addAgreementOptions, isAgreed } from '../agreement.ts';
import { PrincipalNames } from '../directory/principals.ts';
import { requireUser } from '../directory/users.ts';
import { CommandError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { chooseStore } from '../mailbox/choose-store.ts';
import { type Delegate, readDelegation, removeDelegate, setDelegate } from '../mailbox/delegates.ts';
import { parseRights, ROLE_NAMES, readRights, removeRights, rightsText, writeRights } from '../mailbox/rights.ts';
import { readSpecialFolders, requireSpecial } from '../mailbox/special-folders.ts';
import { yesOrNo } from '../option-values.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';

/** Default folders that delegates are given rights on, as options. */
const FOLDERS = ['calendar', 'inbox', 'tasks', 'contacts', 'notes', 'journal'] as const;

type SetOptions = {
  readonly seePrivate?: boolean;
  readonly meetingCopies?: boolean;
  readonly onlyDelegates?: boolean;
} & { readonly [Folder in (typeof FOLDERS)[number]]?: number };

export function addDelegateCommands(program: Command, terminal: Terminal): void {
  const delegate = program.command('delegate').description('who stands in for the owner of a mailbox');

  withExamples(
    delegate
      .command('list')
      .argument('<user>', 'owner of the mailbox')
      .description('list the delegates of a mailbox')
      .action(action(terminal, list)),
    'kgc delegate list anna',
  );
  const add = delegate
    .command('add')
    .argument('<user>', 'owner of the mailbox')
    .argument('<delegate>', 'who stands in');
  for (const folder of FOLDERS)
    add.option(
      `--${folder} <rights>`,
      folder === 'calendar' ? `rights on a default folder: ${ROLE_NAMES}` : 'the same',
      parseRights,
    );
  withExamples(
    add
      .option('--see-private <yes|no>', 'sees what is marked as private', yesOrNo)
      .option('--meeting-copies <yes|no>', 'gets copies of meeting requests', yesOrNo)
      .option('--only-delegates <yes|no>', 'meeting requests go to the delegates alone', yesOrNo)
      .description('make somebody a delegate, or change what a delegate may; what is not named stays')
      .action(action(terminal, set)),
    'kgc delegate add anna ben --calendar editor --meeting-copies yes',
    'kgc delegate add anna ben --inbox reviewer --tasks editor --see-private yes',
  );
  withExamples(
    addAgreementOptions(
      delegate.command('remove').argument('<user>', 'owner of the mailbox').argument('<delegate>', 'who stood in'),
    )
      .description('take a delegate from the list, and the rights on the default folders away')
      .action(action(terminal, remove)),
    'kgc delegate remove anna ben --yes',
  );
}

const yes = (value: boolean): string => (value ? 'yes' : 'no');

async function list({ session, report }: Invocation, user: string): Promise<void> {
  const store = await chooseStore(session, { user });
  const folders = await readSpecialFolders(session, store);
  const { delegates, onlyDelegates } = await readDelegation(session, store, folders);
  const names = new PrincipalNames(session);
  const rights = new Map(
    await Promise.all(
      FOLDERS.filter((key) => folders.has(key)).map(
        async (key) => [key, await readRights(session, folders.get(key)!)] as const,
      ),
    ),
  );
  const rows = await Promise.all(
    delegates.map(async (delegate) => ({ delegate, login: (await names.of(0, delegate.entryId))?.name ?? '' })),
  );
  const rightsOf = ({ entryId }: Delegate): [string, string][] =>
    [...rights].flatMap(([key, grants]) => {
      const own = grants.find((grant) => grant.entryId.equals(entryId));
      return own ? [[key, rightsText(own.rights)] as [string, string]] : [];
    });
  report.list<(typeof rows)[number]>({
    rows,
    columns: [
      { title: 'DELEGATE', text: ({ login, delegate }) => login || delegate.name },
      { title: 'PRIVATE', text: ({ delegate }) => yes(delegate.seePrivate) },
      { title: 'COPIES', text: ({ delegate }) => yes(delegate.meetingCopies) },
      {
        title: 'RIGHTS',
        text: ({ delegate }) =>
          rightsOf(delegate)
            .map(([key, text]) => `${key} ${text}`)
            .join(', '),
        shrinks: true,
      },
    ],
    json: ({ login, delegate }) => ({
      name: login,
      seePrivate: delegate.seePrivate,
      meetingCopies: delegate.meetingCopies,
      onlyDelegates,
      rights: Object.fromEntries(rightsOf(delegate)),
    }),
    summary: `${counted(rows.length, 'delegate')} of ${user}${onlyDelegates ? '; meeting requests go to them alone' : ''}`,
  });
}

async function set({ session, report }: Invocation, user: string, name: string, options: SetOptions): Promise<void> {
  const delegate = await requireUser(session, name);
  const owner = await requireUser(session, user);
  if (owner.ulUserId === delegate.ulUserId) throw new CommandError('Nobody stands in for himself.');
  const store = await chooseStore(session, { user });
  const folders = await readSpecialFolders(session, store);
  const given: Record<string, string> = {};
  for (const key of FOLDERS) {
    const rights = options[key];
    if (rights === undefined) continue;
    const grant = { id: delegate.ulUserId, entryId: delegate.sUserId, rights };
    await writeRights(session, requireSpecial(folders, key), [grant]);
    given[key] = rightsText(rights);
  }
  const { delegates, onlyDelegates } = await setDelegate(session, store, folders, delegate, options);
  const now = delegates.find(({ entryId }) => entryId.equals(delegate.sUserId))!;
  report.done(`${name} stands in for ${user}.`, {
    user,
    delegate: name,
    seePrivate: now.seePrivate,
    meetingCopies: now.meetingCopies,
    onlyDelegates,
    rights: given,
  });
}

async function remove(invocation: Invocation, user: string, name: string, options: AgreementOptions): Promise<void> {
  const { session, report } = invocation;
  const delegate = await requireUser(session, name);
  const store = await chooseStore(session, { user });
  const folders = await readSpecialFolders(session, store);
  const { delegates } = await readDelegation(session, store, folders);
  if (!delegates.some(({ entryId }) => entryId.equals(delegate.sUserId)))
    throw new CommandError(`${name} does not stand in for ${user}.`, { hint: `kgc delegate list ${user}` });
  const json = { user, delegate: name };
  if (!(await isAgreed(invocation, options, `take ${name} from the delegates of ${user}, with the rights`, json)))
    return;
  await removeDelegate(session, store, folders, delegate);
  for (const key of FOLDERS) {
    const folderId = folders.get(key);
    const own = folderId && (await readRights(session, folderId)).filter(({ id }) => id === delegate.ulUserId);
    if (own) await removeRights(session, folderId, own);
  }
  report.done(`${name} no longer stands in for ${user}.`, { ...json, removed: true });
}
