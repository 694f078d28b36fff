import type { Command } from 'commander';
import { storeGuidOf } from '../../core/mapi/entry-id.ts';
import { PR_CREATION_TIME, PR_DISPLAY_NAME, PR_MESSAGE_SIZE_EXTENDED } from '../../core/mapi/tags.ts';
import type { Session } from '../connection/session.ts';
import { listUsers, requireUser } from '../directory/users.ts';
import { UsageError } from '../errors.ts';
import { type Invocation, invoke } from '../invocation.ts';
import { createMailbox, createPublicStore, findPublicStore, findUserStore } from '../mailbox/create-mailbox.ts';
import type { BareStore } from '../mailbox/furnish.ts';
import { loadObject } from '../mailbox/objects.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted, sizeText, timeText } from '../terminal/units.ts';
import { numberOf, textOf, timeOf } from '../wire-properties.ts';

interface StoreRow {
  readonly owner: string;
  readonly type: 'private' | 'public';
  readonly name: string;
  readonly bytes: number;
  readonly guid: string;
  readonly created: Date | undefined;
}

/** Stores that are asked for at the same time: enough to hide the way to the cloud, few enough to leave others room. */
const AT_ONCE = 4;

const OWNER_OF_PUBLIC = 'Everyone';

export function addStoreCommands(program: Command, terminal: Terminal): void {
  const store = program.command('store').description('mailboxes and the public store');

  store
    .command('list')
    .description('list the stores with their owners and sizes')
    .action((_options: object, command: Command) => invoke(command, terminal, list));

  store
    .command('create')
    .argument('[user]', 'login name of the owner')
    .option('--public', 'the public store')
    .description(
      'make the mailbox of a user who has none, or the public store; repeat it to finish what was interrupted',
    )
    .action((user: string | undefined, options: { public?: boolean }, command: Command) => {
      if ((user === undefined) !== (options.public === true))
        throw new UsageError('Name either a user or --public.', { hint: 'kgc store create anna' });
      return invoke(command, terminal, (invocation) => create(invocation, user));
    });
}

async function create({ session, report }: Invocation, name: string | undefined): Promise<void> {
  const label = name === undefined ? 'Public store' : `Mailbox of ${name}`;
  const owner = name === undefined ? undefined : await requireUser(session, name);
  const progress = report.progress(label);
  const creating = owner
    ? createMailbox(session, { id: owner.ulUserId, entryId: owner.sUserId, name: name! }, progress)
    : createPublicStore(session, progress);
  const { storeId, changed } = await creating.finally(() => progress.end());
  report.done(changed ? `${label}: complete now.` : `${label}: is there already.`, {
    owner: name ?? OWNER_OF_PUBLIC,
    guid: storeGuidOf(storeId).toString('hex'),
    changed,
  });
}

async function list({ session, report }: Invocation): Promise<void> {
  const names = (await listUsers(session)).map((user) => user.lpszUsername ?? '');
  const progress = report.progress('Stores', names.length + 1);
  const jobs = [
    ...names.map((name) => async () => {
      progress.step(name);
      return readStore(session, await findUserStore(session, name), name, 'private');
    }),
    async () => {
      progress.step(OWNER_OF_PUBLIC);
      return readStore(session, await findPublicStore(session), OWNER_OF_PUBLIC, 'public');
    },
  ];
  const found = await inParallel(jobs).finally(() => progress.end());
  const rows = found.filter((row) => row !== undefined);
  const total = rows.reduce((sum, { bytes }) => sum + bytes, 0);
  report.list<StoreRow>({
    rows,
    columns: [
      { title: 'OWNER', text: ({ owner }) => owner },
      { title: 'TYPE', text: ({ type }) => type },
      { title: 'SIZE', text: ({ bytes }) => sizeText(bytes), align: 'right' },
      { title: 'CREATED', text: ({ created }) => timeText(created) },
      { title: 'NAME', text: ({ name }) => name, shrinks: true },
      { title: 'GUID', text: ({ guid }) => guid },
    ],
    json: (row) => row,
    summary: `${counted(rows.length, 'store')}, ${sizeText(total)}`,
  });
}

async function readStore(
  session: Session,
  store: BareStore | undefined,
  owner: string,
  type: StoreRow['type'],
): Promise<StoreRow | undefined> {
  if (!store) return undefined;
  const { properties } = await loadObject(session, store.storeId);
  return {
    owner,
    type,
    name: textOf(properties, PR_DISPLAY_NAME) ?? '',
    bytes: numberOf(properties, PR_MESSAGE_SIZE_EXTENDED) ?? 0,
    guid: storeGuidOf(store.storeId).toString('hex'),
    created: timeOf(properties, PR_CREATION_TIME),
  };
}

/** Does the jobs, some at a time, and answers what they give in their order. */
async function inParallel<T>(jobs: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < jobs.length) {
      const index = next++;
      results[index] = await jobs[index]!();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
