import type { Command } from 'commander';
import { type Invocation, invoke } from '../invocation.ts';
import { chooseStore } from '../mailbox/choose-store.ts';
import { type Folder, listFolders } from '../mailbox/folders.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';

interface ListOptions {
  readonly public?: boolean;
  readonly all?: boolean;
}

const INDENT = '  ';

export function addFolderCommands(program: Command, terminal: Terminal): void {
  const folder = program.command('folder').description('folders of a store');

  folder
    .command('list')
    .argument('[user]', 'login name of the owner (default: who is logged on)')
    .option('--public', 'the public store')
    .option('--all', 'also those that clients do not show')
    .description('list the folders of a mailbox')
    .action((user: string | undefined, options: ListOptions, command: Command) =>
      invoke(command, terminal, (invocation) => list(invocation, user, options)),
    );
}

async function list({ session, report }: Invocation, user: string | undefined, options: ListOptions): Promise<void> {
  const store = await chooseStore(session, { user, public: options.public });
  const folders = await listFolders(session, store, options.all === true);
  report.list<Folder>({
    rows: folders,
    columns: [
      { title: 'FOLDER', text: ({ name, depth }) => INDENT.repeat(depth) + name, shrinks: true },
      { title: 'MESSAGES', text: ({ messages }) => String(messages), align: 'right' },
      { title: 'UNREAD', text: ({ unread }) => String(unread), align: 'right' },
      { title: 'CLASS', text: ({ containerClass }) => containerClass, shrinks: true },
    ],
    json: ({ path, messages, unread, containerClass, entryId }) => ({
      path,
      messages,
      unread,
      containerClass,
      entryId: entryId.toString('hex'),
    }),
    summary: counted(folders.length, 'folder'),
  });
}
