import { type Command, Option } from 'commander';
import { CommandError, UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { chooseMessages, PLACES_HELP, type Places, parsePlaces } from '../mailbox/choose-messages.ts';
import { chooseStore, STORE_HELP } from '../mailbox/choose-store.ts';
import { requireFolder } from '../mailbox/folders.ts';
import type { Terminal } from '../terminal/terminal.ts';
import {
  type ExportFormat,
  exportCalendar,
  exportCards,
  exportFiles,
  exportMbox,
  exportTree,
  type Transfer,
} from '../transfer/exporting.ts';
import { importFiles, importTree } from '../transfer/importing.ts';
import { Outcome } from '../transfer/outcome.ts';

const DEFAULT_FOLDER = 'Inbox';
const FORMATS: readonly ExportFormat[] = ['files', 'mbox', 'ics', 'vcf'];

interface ExportOptions {
  readonly folder: string;
  readonly format?: ExportFormat;
}

interface ImportOptions {
  readonly folder: string;
  readonly unread?: boolean;
}

/** Adds to the commands of messages and folders how they go out into files, and come in from them. */
export function addTransferCommands(program: Command, terminal: Terminal): void {
  const message = commandOf(program, 'message');
  const folder = commandOf(program, 'folder');
  const unread = new Option('--unread', 'mail that does not say so itself counts as unread');

  withExamples(
    message
      .command('export')
      .argument('<store>', STORE_HELP)
      .argument('<places>', PLACES_HELP, parsePlaces)
      .argument('<target>', 'a folder for files, or the file')
      .option('--folder <path>', 'where the messages are', DEFAULT_FOLDER)
      .addOption(
        new Option(
          '--format <format>',
          'files (.eml, .ics, .vcf), or all in one mbox, calendar or file of vCards (default: by the target)',
        ).choices(FORMATS),
      )
      .description('write messages into files')
      .action(action(terminal, exportMessages)),
    'kgc message export anna all mail',
    'kgc message export anna 1-20 inbox.mbox',
    'kgc message export anna all calendar.ics --folder Calendar',
  );
  withExamples(
    message
      .command('import')
      .argument('<store>', STORE_HELP)
      .argument('<files...>', '.eml, .mbox, .ics or .vcf')
      .option('--folder <path>', 'where the messages are put', DEFAULT_FOLDER)
      .addOption(unread)
      .description('put mail, appointments, tasks and contacts from files into a folder; a repetition changes nothing')
      .action(action(terminal, importMessages)),
    'kgc message import anna figures.eml',
    'kgc message import anna old.mbox --folder Archive',
    'kgc message import anna holidays.ics --folder Calendar',
    'kgc message import anna friends.vcf --folder Contacts',
  );
  withExamples(
    folder
      .command('export')
      .argument('<store>', STORE_HELP)
      .argument('<path>', 'path of the folder')
      .argument('<directory>', 'where the files are put')
      .description('write a folder, with those below it, as files; a repetition goes on where it ended')
      .action(action(terminal, exportFolder)),
    'kgc folder export anna Inbox backup/inbox',
  );
  withExamples(
    folder
      .command('import')
      .argument('<store>', STORE_HELP)
      .argument('<path>', 'path of the folder')
      .argument('<directory>', 'where the files are')
      .addOption(unread)
      .description('put a directory of files, with those below it, into a folder; a repetition goes on where it ended')
      .action(action(terminal, importFolder)),
    'kgc folder import anna Archive backup/inbox',
  );
}

/** A command that is there already. */
function commandOf(program: Command, name: string): Command {
  const found = program.commands.find((each) => each.name() === name);
  if (!found) throw new Error(`there is no command ${name} to add to`);
  return found;
}

const formatOf = (target: string): ExportFormat =>
  /\.mbox$/i.test(target) ? 'mbox' : /\.ics$/i.test(target) ? 'ics' : /\.vcf$/i.test(target) ? 'vcf' : 'files';

const EXPORTS: Readonly<Record<ExportFormat, typeof exportFiles>> = {
  files: exportFiles,
  mbox: exportMbox,
  ics: exportCalendar,
  vcf: exportCards,
};

async function exportMessages(
  invocation: Invocation,
  user: string,
  places: Places,
  target: string,
  { folder: path, format = formatOf(target) }: ExportOptions,
): Promise<void> {
  const { session } = invocation;
  const folder = await requireFolder(session, await chooseStore(session, { user }), path);
  const rows = await chooseMessages(session, folder, places);
  const ids = rows.map(({ entryId }) => entryId);
  const work = (transfer: Transfer): Promise<void> => writing(target, EXPORTS[format](transfer, ids, target));
  await watched(invocation, 'Exported', { store: user, folder: folder.path, target, format }, ids.length, work);
}

async function importMessages(
  invocation: Invocation,
  user: string,
  files: readonly string[],
  { folder: path, unread }: ImportOptions,
): Promise<void> {
  const { session } = invocation;
  const { entryId: folderId, path: found } = await requireFolder(session, await chooseStore(session, { user }), path);
  await watched(invocation, 'Imported', { store: user, folder: found }, files.length, (transfer) =>
    importFiles(transfer, files, { folderId, read: !unread }),
  );
}

async function exportFolder(invocation: Invocation, user: string, path: string, directory: string): Promise<void> {
  const { session } = invocation;
  const folder = await requireFolder(session, await chooseStore(session, { user }), path);
  await watched(invocation, 'Exported', { store: user, folder: folder.path, directory }, folder.messages, (transfer) =>
    writing(directory, exportTree(transfer, folder, directory)),
  );
}

async function importFolder(
  invocation: Invocation,
  user: string,
  path: string,
  directory: string,
  { unread }: Pick<ImportOptions, 'unread'>,
): Promise<void> {
  const { session } = invocation;
  const { entryId: folderId, path: found } = await requireFolder(session, await chooseStore(session, { user }), path);
  await watched(invocation, 'Imported', { store: user, folder: found, directory }, 1, (transfer) =>
    reading(directory, importTree(transfer, directory, { folderId, read: !unread })),
  );
}

/** Does the work under a line that shows how far it is, and tells what came of it. */
async function watched(
  { session, report, terminal }: Invocation,
  verb: string,
  json: object,
  total: number,
  work: (transfer: Transfer) => Promise<void>,
): Promise<void> {
  const outcome = new Outcome();
  const progress = report.progress('Messages', total);
  await work({ session, outcome, progress }).finally(() => progress.end());
  outcome.tell(report, terminal, verb, json);
}

/** The file system's errors in an operator's words. */
async function writing(target: string, work: Promise<void>): Promise<void> {
  await work.catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === undefined || cause.syscall === undefined) throw cause;
    throw new CommandError(`${target} can't be written: ${cause.message}`, { cause });
  });
}

async function reading(source: string, work: Promise<void>): Promise<void> {
  await work.catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === undefined || cause.syscall === undefined) throw cause;
    throw new UsageError(`${source} can't be read: ${cause.message}`, { hint: 'kgc help folder import', cause });
  });
}
