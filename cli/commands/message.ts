import type { Command } from 'commander';
import { type AgreementOptions, addAgreementOptions, isAgreed } from '../agreement.ts';
import { CommandError, UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { chooseMessages, PLACES_HELP, type Places, parsePlaces } from '../mailbox/choose-messages.ts';
import { chooseStore, STORE_HELP } from '../mailbox/choose-store.ts';
import { MESSAGES_PER_CALL, transferMessages } from '../mailbox/copy-tree.ts';
import { requireFolder } from '../mailbox/folders.ts';
import { listMessages, type Message, type MessageRow, readMessage } from '../mailbox/messages.ts';
import { positive } from '../option-values.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { printable, printableLines } from '../terminal/text-width.ts';
import { counted, sizeText, timeText } from '../terminal/units.ts';

interface SourceOption {
  readonly folder: string;
}

interface TransferOptions extends SourceOption {
  readonly toStore?: string;
}

interface MarkOptions extends SourceOption {
  readonly read?: boolean;
  readonly unread?: boolean;
}

const DEFAULT_FOLDER = 'Inbox';
const DEFAULT_LIMIT = 50;

/** Flags of setReadFlags and deleteObjects (mapidefs of the clients). */
const SUPPRESS_RECEIPT = 0x01;
const CLEAR_READ_FLAG = 0x04;
const DELETE_HARD_DELETE = 0x10;

export function addMessageCommands(program: Command, terminal: Terminal): void {
  const message = program.command('message').description('messages of a folder');

  withExamples(
    message
      .command('list')
      .argument('<store>', STORE_HELP)
      .argument('[folder]', 'path of the folder, such as Inbox/Projects', DEFAULT_FOLDER)
      .option('--limit <count>', 'at most so many, the newest', positive, DEFAULT_LIMIT)
      .description('list the messages of a folder, the newest first')
      .action(action(terminal, list)),
    'kgc message list anna',
    'kgc message list anna "Sent Items" --limit 10 --json',
  );
  withExamples(
    message
      .command('show')
      .argument('<store>', STORE_HELP)
      .argument('<number>', 'place in the list, 1 for the newest', positive)
      .argument('[folder]', 'path of the folder', DEFAULT_FOLDER)
      .description('show a message with its text and the names of its attachments')
      .action(action(terminal, show)),
    'kgc message show anna 1',
    'kgc message show anna 3 "Sent Items"',
  );
  for (const verb of ['move', 'copy'] as const) {
    withExamples(
      addSourceOption(message.command(verb), `the folder in which they are`)
        .argument('<store>', STORE_HELP)
        .argument('<messages>', PLACES_HELP, parsePlaces)
        .argument('<into>', 'path of the folder in which they are to be')
        .option('--to-store <store>', 'a folder of another store')
        .description(`${verb} messages to another folder`)
        .action(action(terminal, verb === 'move' ? move : copy)),
      `kgc message ${verb} anna 1,3-5 Inbox/Projects`,
      `kgc message ${verb} anna all Archive --folder "Sent Items"`,
      `kgc message ${verb} anna 1 Inbox --to-store ben`,
    );
  }
  withExamples(
    addSourceOption(message.command('mark'), 'the folder in which they are')
      .argument('<store>', STORE_HELP)
      .argument('<messages>', PLACES_HELP, parsePlaces)
      .option('--read', 'as read; nobody gets a receipt')
      .option('--unread', 'as unread')
      .description('mark messages as read or unread')
      .action(
        action(terminal, mark, (_store: string, _places: Places, { read, unread }: MarkOptions) => {
          if ((read === true) === (unread === true))
            throw new UsageError('Say either --read or --unread.', { hint: 'kgc help message mark' });
        }),
      ),
    'kgc message mark anna all --read',
    'kgc message mark anna 1 --unread --folder Inbox/Projects',
  );
  withExamples(
    addAgreementOptions(addSourceOption(message.command('delete'), 'the folder in which they are'))
      .argument('<store>', STORE_HELP)
      .argument('<messages>', PLACES_HELP, parsePlaces)
      .option('--hard', 'for good; otherwise they can be restored until they are purged')
      .description('delete messages')
      .action(action(terminal, remove)),
    'kgc message delete anna 1-3 --dry-run',
    'kgc message delete anna all --folder "Junk E-mail" --hard --yes',
  );
}

const addSourceOption = (command: Command, what: string): Command =>
  command.option('--folder <path>', what, DEFAULT_FOLDER);

async function list(
  { session, report }: Invocation,
  user: string,
  path: string,
  { limit }: { readonly limit: number },
): Promise<void> {
  const folder = await requireFolder(session, await chooseStore(session, { user }), path);
  const messages = await listMessages(session, folder, limit);
  const rows = messages.map((message, index) => ({ ...message, number: index + 1 }));
  report.list<MessageRow & { readonly number: number }>({
    rows,
    columns: [
      { title: '#', text: ({ number }) => String(number), align: 'right' },
      { title: 'RECEIVED', text: ({ received }) => timeText(received) },
      { title: 'FROM', text: ({ from }) => from, shrinks: true },
      { title: 'SUBJECT', text: ({ subject }) => subject, shrinks: true },
      { title: 'SIZE', text: ({ bytes }) => sizeText(bytes), align: 'right' },
      {
        title: 'FLAGS',
        text: ({ read, attachments }) => [...(read ? [] : ['unread']), ...(attachments ? ['files'] : [])].join(' '),
      },
    ],
    json: ({ entryId, ...row }) => ({ ...row, entryId: entryId.toString('hex') }),
    summary: `${counted(messages.length, 'message')} of ${folder.messages} in ${folder.path}`,
  });
}

async function show({ session, report }: Invocation, user: string, number: number, path: string): Promise<void> {
  const folder = await requireFolder(session, await chooseStore(session, { user }), path);
  const row = (await listMessages(session, folder, number))[number - 1];
  if (!row) {
    throw new CommandError(`There is no message ${number} in ${folder.path}.`, {
      hint: `kgc message list ${user} '${folder.path}'`,
    });
  }
  const message = await readMessage(session, row.entryId);
  report.text(messageText(message), { ...message, entryId: message.entryId.toString('hex') });
}

function messageText({ from, recipients, received, subject, files, body }: Message): string {
  const lines = [
    `From:     ${printable(from)}`,
    `To:       ${recipients.map(printable).join(', ')}`,
    `Received: ${timeText(received)}`,
    `Subject:  ${printable(subject)}`,
    ...files.map(({ name, type, bytes }) => `File:     ${printable(`${name} (${type}, ${sizeText(bytes)})`)}`),
    '',
    printableLines(body).trimEnd(),
  ];
  return `${lines.join('\n')}\n`;
}

const move = (invocation: Invocation, user: string, places: Places, into: string, options: TransferOptions) =>
  transfer(invocation, user, places, into, options, true);
const copy = (invocation: Invocation, user: string, places: Places, into: string, options: TransferOptions) =>
  transfer(invocation, user, places, into, options, false);

async function transfer(
  { session, report }: Invocation,
  user: string,
  places: Places,
  into: string,
  { folder: path, toStore }: TransferOptions,
  moves: boolean,
): Promise<void> {
  const store = await chooseStore(session, { user });
  const folder = await requireFolder(session, store, path);
  const target = toStore === undefined ? store : await chooseStore(session, { user: toStore });
  const destination = await requireFolder(session, target, into);
  const messages = await chooseMessages(session, folder, places);
  const progress = report.progress(`Messages of ${folder.path}`, Math.ceil(messages.length / MESSAGES_PER_CALL));
  const ids = messages.map(({ entryId }) => entryId);
  const complete = await transferMessages(session, ids, destination.entryId, { move: moves, progress }).finally(() =>
    progress.end(),
  );
  const verb = moves ? 'moved' : 'copied';
  if (!complete)
    throw new CommandError(`Not all messages were ${verb}.`, { hint: `kgc message list ${user} '${folder.path}'` });
  report.done(`${moves ? 'Moved' : 'Copied'} ${counted(ids.length, 'message')} to ${destination.path}.`, {
    store: user,
    folder: folder.path,
    toStore: toStore ?? user,
    into: destination.path,
    messages: ids.length,
    moved: moves,
  });
}

async function mark(
  { session, report }: Invocation,
  user: string,
  places: Places,
  { folder: path, read }: MarkOptions,
): Promise<void> {
  const folder = await requireFolder(session, await chooseStore(session, { user }), path);
  const messages = await chooseMessages(session, folder, places);
  const changed = messages.filter((message) => message.read !== (read === true));
  for (const lpMessages of pages(changed))
    await session.call('setReadFlags', {
      lpMessages,
      lpsEntryId: folder.entryId,
      ulFlags: SUPPRESS_RECEIPT | (read ? 0 : CLEAR_READ_FLAG),
    });
  const state = read ? 'read' : 'unread';
  report.done(`Marked ${counted(changed.length, 'message')} as ${state}; ${messages.length - changed.length} were.`, {
    store: user,
    folder: folder.path,
    state,
    changed: changed.length,
  });
}

async function remove(
  invocation: Invocation,
  user: string,
  places: Places,
  options: SourceOption & AgreementOptions & { readonly hard?: boolean },
): Promise<void> {
  const { session, report } = invocation;
  const folder = await requireFolder(session, await chooseStore(session, { user }), options.folder);
  const messages = await chooseMessages(session, folder, places);
  const [only] = messages;
  const which =
    messages.length === 1
      ? `'${printable(only!.subject)}' of ${timeText(only!.received)}`
      : counted(messages.length, 'message');
  const json = { store: user, folder: folder.path, messages: messages.length, hard: options.hard === true };
  const what = `delete ${which} in ${folder.path}${options.hard ? ' for good' : ''}`;
  if (!(await isAgreed(invocation, options, what, json))) return;
  for (const aMessages of pages(messages))
    await session.call('deleteObjects', { aMessages, ulFlags: options.hard ? DELETE_HARD_DELETE : 0 });
  report.done(`Deleted ${which} in ${folder.path}.`, json);
}

function pages(messages: readonly MessageRow[]): Buffer[][] {
  const count = Math.ceil(messages.length / MESSAGES_PER_CALL);
  return Array.from({ length: count }, (_page, index) =>
    messages.slice(index * MESSAGES_PER_CALL, (index + 1) * MESSAGES_PER_CALL).map(({ entryId }) => entryId),
  );
}
