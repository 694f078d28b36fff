import type { Command } from 'commander';
import { CommandError, UsageError } from '../errors.ts';
import { type Invocation, invoke } from '../invocation.ts';
import { chooseStore } from '../mailbox/choose-store.ts';
import { requireFolder } from '../mailbox/folders.ts';
import { listMessages, type Message, type MessageRow, readMessage } from '../mailbox/messages.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { printable, printableLines } from '../terminal/text-width.ts';
import { counted, sizeText, timeText } from '../terminal/units.ts';

const DEFAULT_FOLDER = 'Inbox';
const DEFAULT_LIMIT = 50;

export function addMessageCommands(program: Command, terminal: Terminal): void {
  const message = program.command('message').description('messages of a folder');

  message
    .command('list')
    .argument('<user>', 'login name of the owner')
    .argument('[folder]', 'path of the folder, such as Inbox/Projects', DEFAULT_FOLDER)
    .option('--limit <count>', 'at most so many, the newest', Number, DEFAULT_LIMIT)
    .description('list the messages of a folder, the newest first')
    .action((user: string, folder: string, { limit }: { limit: number }, command: Command) => {
      if (!Number.isInteger(limit) || limit < 1) throw new UsageError('--limit takes a whole number above 0.');
      return invoke(command, terminal, (invocation) => list(invocation, user, folder, limit));
    });

  message
    .command('show')
    .argument('<user>', 'login name of the owner')
    .argument('<number>', 'place in the list, 1 for the newest', Number)
    .argument('[folder]', 'path of the folder', DEFAULT_FOLDER)
    .description('show a message with its text and the names of its attachments')
    .action((user: string, number: number, folder: string, _options: object, command: Command) => {
      if (!Number.isInteger(number) || number < 1) throw new UsageError('The number of a message is 1 or above.');
      return invoke(command, terminal, (invocation) => show(invocation, user, folder, number));
    });
}

async function list({ session, report }: Invocation, user: string, path: string, limit: number): Promise<void> {
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

async function show({ session, report }: Invocation, user: string, path: string, number: number): Promise<void> {
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
