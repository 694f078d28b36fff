import type { Command } from 'commander';
import {
  KCERR_COLLISION,
  KCERR_FOLDER_CYCLE,
  KCERR_HAS_FOLDERS,
  KCERR_HAS_MESSAGES,
  KCERR_NO_SUPPORT,
  KCWARN_PARTIAL_COMPLETION,
} from '../../core/mapi/error-codes.ts';
import { PR_DISPLAY_NAME } from '../../core/mapi/tags.ts';
import { type AgreementOptions, addAgreementOptions, isAgreed } from '../agreement.ts';
import { isRefused } from '../connection/refused-error.ts';
import { CommandError, UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { chooseStore, STORE_HELP } from '../mailbox/choose-store.ts';
import { COPY_MOVE, COPY_SUBFOLDERS, classifyFolder, copyTree, makeFolder } from '../mailbox/copy-tree.ts';
import {
  type Folder,
  findFolder,
  foldersBelow,
  listFolders,
  namesInPath,
  requireFolder,
  requireParent,
} from '../mailbox/folders.ts';
import { saveProperties } from '../mailbox/objects.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';
import { wireProperty } from '../wire-properties.ts';

interface ListOptions {
  readonly public?: boolean;
  readonly all?: boolean;
}

interface RemovalOptions extends AgreementOptions {
  readonly hard?: boolean;
}

interface TransferOptions {
  readonly toStore?: string;
  readonly name?: string;
}

const INDENT = '  ';
const PATH_HELP = 'path of a folder, such as Inbox/Projects';

/** Flags of deletions (mapidefs of the clients). */
const DEL_MESSAGES = 0x01;
const DEL_FOLDERS = 0x04;
const DEL_ASSOCIATED = 0x08;
const DELETE_HARD_DELETE = 0x10;

export function addFolderCommands(program: Command, terminal: Terminal): void {
  const folder = program.command('folder').description('folders of a store');

  withExamples(
    folder
      .command('list')
      .argument('[store]', `${STORE_HELP} (default: of who is logged on)`)
      .option('--public', 'the public store')
      .option('--all', 'also those that clients do not show')
      .description('list the folders of a store')
      .action(action(terminal, list)),
    'kgc folder list anna',
    'kgc folder list public:acme --json',
    'kgc --login anna folder list',
  );
  withExamples(
    folder
      .command('create')
      .argument('<store>', STORE_HELP)
      .argument('<path>', PATH_HELP)
      .option('--class <class>', 'what is in it: IPF.Note (mail), IPF.Appointment, IPF.Contact, IPF.Task …')
      .option('--parents', 'make the folders above too, and be content if it is there')
      .description('make a folder')
      .action(action(terminal, create)),
    'kgc folder create anna Inbox/Projects',
    'kgc folder create public:acme "Shared/Holidays" --class IPF.Appointment --parents',
  );
  withExamples(
    folder
      .command('rename')
      .argument('<store>', STORE_HELP)
      .argument('<path>', PATH_HELP)
      .argument('<name>', 'the new name, not a path')
      .description('give a folder another name')
      .action(action(terminal, rename)),
    'kgc folder rename anna Inbox/Projects "Old projects"',
  );
  for (const verb of ['move', 'copy'] as const) {
    withExamples(
      folder
        .command(verb)
        .argument('<store>', STORE_HELP)
        .argument('<path>', PATH_HELP)
        .argument('<into>', 'the folder in which it is to be; / for the top')
        .option('--to-store <store>', 'in another store')
        .option('--name <name>', 'under another name')
        .description(`${verb} a folder with all that is in it`)
        .action(action(terminal, verb === 'move' ? move : copy)),
      `kgc folder ${verb} anna Inbox/Projects Archive`,
      `kgc folder ${verb} anna Inbox/Projects / --to-store public:`,
    );
  }
  withExamples(
    addRemovalOptions(folder.command('empty').argument('<store>', STORE_HELP).argument('<path>', PATH_HELP))
      .description('delete all that is in a folder, folders too')
      .action(action(terminal, empty)),
    'kgc folder empty anna "Deleted Items" --dry-run',
    'kgc folder empty anna "Junk E-mail" --hard --yes',
  );
  withExamples(
    addRemovalOptions(folder.command('delete').argument('<store>', STORE_HELP).argument('<path>', PATH_HELP))
      .description('delete a folder with all that is in it')
      .action(action(terminal, remove)),
    'kgc folder delete anna Inbox/Projects --dry-run',
    'kgc folder delete anna Inbox/Projects --yes',
  );
}

const addRemovalOptions = (command: Command): Command =>
  addAgreementOptions(command.option('--hard', 'for good; otherwise it can be restored until it is purged'));

const folderJson = ({ path, messages, unread, containerClass, entryId }: Folder) => ({
  path,
  messages,
  unread,
  containerClass,
  entryId: entryId.toString('hex'),
});

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
    json: folderJson,
    summary: counted(folders.length, 'folder'),
  });
}

/** The path of the folder in which one is, and its name. */
function splitPath(path: string): { readonly parent: string; readonly name: string } {
  const names = namesInPath(path);
  const name = names.pop();
  if (name === undefined) throw new UsageError('The path has no name in it.', { hint: 'kgc help folder create' });
  return { parent: names.map((each) => each.replace(/[\\/]/g, '\\$&')).join('/'), name };
}

async function create(
  { session, report }: Invocation,
  user: string,
  path: string,
  options: { readonly class?: string; readonly parents?: boolean },
): Promise<void> {
  const { parent, name } = splitPath(path);
  const store = await chooseStore(session, { user });
  let parentId = await requireParent(session, store, '');
  if (options.parents) {
    // A default folder may stand under another name than the one typed.
    const names = namesInPath(parent);
    for (const [index, each] of names.entries()) {
      const there = index === 0 ? await findFolder(session, store, each) : undefined;
      parentId = there?.entryId ?? (await makeFolder(session, parentId, each, true));
    }
  } else parentId = await requireParent(session, store, parent);
  const made = await taken(name, makeFolder(session, parentId, name, options.parents === true));
  await classifyFolder(session, made, store.storeId, options.class ?? '');
  report.done(`Created the folder ${path}.`, { store: user, path, entryId: made.toString('hex') });
}

async function taken<T>(name: string, doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (error) {
    if (!isRefused(error, KCERR_COLLISION)) throw error;
    throw new CommandError(`There is a folder '${name}' already; nothing was changed.`, {
      hint: 'kgc folder list',
      cause: error,
    });
  }
}

async function rename({ session, report }: Invocation, user: string, path: string, name: string): Promise<void> {
  const store = await chooseStore(session, { user });
  const folder = await requireFolder(session, store, path);
  await taken(name, saveProperties(session, folder.entryId, store.storeId, [wireProperty(PR_DISPLAY_NAME, name)]));
  report.done(`The folder ${folder.path} is called ${name} now.`, { store: user, from: folder.path, name });
}

const move = (invocation: Invocation, user: string, path: string, into: string, options: TransferOptions) =>
  transfer(invocation, user, path, into, options, true);
const copy = (invocation: Invocation, user: string, path: string, into: string, options: TransferOptions) =>
  transfer(invocation, user, path, into, options, false);

async function transfer(
  { session, report }: Invocation,
  user: string,
  path: string,
  into: string,
  { toStore, name }: TransferOptions,
  moves: boolean,
): Promise<void> {
  const store = await chooseStore(session, { user });
  const target = toStore === undefined ? store : await chooseStore(session, { user: toStore });
  const folder = await requireFolder(session, store, path);
  const parentId = await requireParent(session, target, into);
  const wanted = name ?? folder.name;
  const json = { store: user, from: folder.path, toStore: toStore ?? user, into, name: wanted, moved: moves };
  if (target.storeId.equals(store.storeId)) {
    await taken(wanted, within(session, folder, parentId, wanted, moves));
  } else {
    const progress = report.progress(`Folder ${folder.path}`);
    const source = { ...folder, name: wanted };
    const copied = await copyTree(session, source, { storeId: target.storeId, parentId }, progress).finally(() =>
      progress.end(),
    );
    if (copied.incomplete)
      throw new CommandError('Some messages were not copied; the folder itself stays where it is.', {
        hint: 'run the command again',
      });
    if (moves) await deleteFolder(session, folder, false);
  }
  report.done(`${moves ? 'Moved' : 'Copied'} the folder ${folder.path}.`, json);
}

async function within(
  session: Invocation['session'],
  folder: Folder,
  parentId: Buffer,
  name: string,
  moves: boolean,
): Promise<void> {
  try {
    await session.call('copyFolder', {
      sEntryId: folder.entryId,
      sDestFolderId: parentId,
      lpszNewFolderName: name,
      ulFlags: moves ? COPY_MOVE : COPY_SUBFOLDERS,
    });
  } catch (error) {
    if (isRefused(error, KCERR_FOLDER_CYCLE))
      throw new CommandError('A folder does not go into itself.', { cause: error });
    if (isRefused(error, KCWARN_PARTIAL_COMPLETION))
      throw new CommandError('Not everything in the folder was copied.', {
        hint: 'run the command again',
        cause: error,
      });
    throw error;
  }
}

/** What is in a folder, for the words of a question. */
async function contentOf({ session }: Invocation, folder: Folder) {
  const below = await foldersBelow(session, folder.entryId, true);
  const messages = folder.messages + below.reduce((sum, each) => sum + each.messages, 0);
  return { messages, folders: below.length };
}

const contentText = ({ messages, folders }: { readonly messages: number; readonly folders: number }): string =>
  `${counted(messages, 'message')}${folders > 0 ? ` and ${counted(folders, 'folder')}` : ''}`;

async function empty(invocation: Invocation, user: string, path: string, options: RemovalOptions): Promise<void> {
  const { session, report } = invocation;
  const folder = await requireFolder(session, await chooseStore(session, { user }), path);
  const content = await contentOf(invocation, folder);
  const json = { store: user, path: folder.path, ...content, hard: options.hard === true };
  const what = `delete ${contentText(content)} in ${folder.path}${options.hard ? ' for good' : ''}`;
  if (!(await isAgreed(invocation, options, what, json))) return;
  const ulFlags = DEL_MESSAGES | DEL_FOLDERS | DEL_ASSOCIATED | (options.hard ? DELETE_HARD_DELETE : 0);
  await session.call('emptyFolder', { sEntryId: folder.entryId, ulFlags });
  report.done(`Deleted ${contentText(content)} in ${folder.path}.`, json);
}

async function remove(invocation: Invocation, user: string, path: string, options: RemovalOptions): Promise<void> {
  const { session, report } = invocation;
  const folder = await requireFolder(session, await chooseStore(session, { user }), path);
  const content = await contentOf(invocation, folder);
  const json = { store: user, path: folder.path, ...content, hard: options.hard === true };
  const what = `delete the folder ${folder.path} with ${contentText(content)}${options.hard ? ' for good' : ''}`;
  if (!(await isAgreed(invocation, options, what, json))) return;
  await deleteFolder(session, folder, options.hard === true);
  report.done(`Deleted the folder ${folder.path} with ${contentText(content)}.`, json);
}

async function deleteFolder(session: Invocation['session'], { entryId, path }: Folder, hard: boolean): Promise<void> {
  try {
    await session.call('deleteFolder', {
      sEntryId: entryId,
      ulFlags: DEL_MESSAGES | DEL_FOLDERS | (hard ? DELETE_HARD_DELETE : 0),
    });
  } catch (error) {
    if (!isRefused(error, KCERR_HAS_FOLDERS, KCERR_HAS_MESSAGES, KCERR_NO_SUPPORT)) throw error;
    throw new CommandError(`The folder ${path} can't be deleted.`, { hint: `kgc folder empty`, cause: error });
  }
}
