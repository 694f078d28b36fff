import type { Command } from 'commander';
import { KCERR_INVALID_PARAMETER } from '../../core/mapi/error-codes.ts';
import { type AgreementOptions, addAgreementOptions, isAgreed } from '../agreement.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { type Principal, PrincipalNames, requirePrincipal } from '../directory/principals.ts';
import { CommandError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { chooseStore, STORE_HELP } from '../mailbox/choose-store.ts';
import { type Folder, foldersBelow, listFolders, namesInPath, requireFolder } from '../mailbox/folders.ts';
import type { BareStore } from '../mailbox/furnish.ts';
import {
  parseRights,
  RIGHT_NAMES,
  ROLE_NAMES,
  readRights,
  removeRights,
  rightNames,
  rightsText,
  writeRights,
} from '../mailbox/rights.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';

/** Something with a list of rights: the store itself, or a folder. */
interface Place {
  readonly path: string;
  readonly entryId: Buffer;
}

interface Row {
  readonly path: string;
  readonly who: Principal;
  readonly rights: number;
}

const PATH_HELP = 'path of a folder; / is the store itself, from which all folders take their rights';
const WHO_HELP = 'user, group or company (group:sales, company:acme where a name is had twice); everyone';

export function addPermissionCommands(program: Command, terminal: Terminal): void {
  const permission = program.command('permission').description('who may do what in a folder');

  withExamples(
    permission
      .command('list')
      .argument('<store>', STORE_HELP)
      .argument('[folder]', `${PATH_HELP} (default: everything)`)
      .description('list the rights that were given')
      .action(action(terminal, list)),
    'kgc permission list anna',
    'kgc permission list anna Calendar --json',
  );
  withExamples(
    permission
      .command('set')
      .argument('<store>', STORE_HELP)
      .argument('<folder>', PATH_HELP)
      .argument('<who>', WHO_HELP)
      .argument('<rights>', `a role (${ROLE_NAMES}), or some of ${RIGHT_NAMES}`, parseRights)
      .option('--recursive', 'on all folders below too')
      .option('--visible-path', 'let them see the folders above, so that clients find it')
      .description('give somebody rights, whatever they were before')
      .action(action(terminal, set)),
    'kgc permission set anna Calendar ben editor',
    'kgc permission set anna Inbox/Projects group:sales reviewer --recursive --visible-path',
    'kgc permission set public:acme Handbook everyone read,folder-visible',
  );
  withExamples(
    addAgreementOptions(
      permission
        .command('remove')
        .argument('<store>', STORE_HELP)
        .argument('[folder]', `${PATH_HELP} (default: everything)`)
        .argument('[who]', `${WHO_HELP} (default: all)`)
        .option('--recursive', 'on all folders below too'),
    )
      .description('take given rights away; those of the folder above apply again')
      .action(action(terminal, remove)),
    'kgc permission remove anna Calendar ben --yes',
    'kgc permission remove anna Inbox/Projects --recursive --dry-run',
    'kgc permission remove anna --yes',
  );
}

/** The places that a path means; all of the store without one. */
async function placesAt(
  session: Session,
  store: BareStore,
  path: string | undefined,
  recursive: boolean,
): Promise<Place[]> {
  const itself = { path: '/', entryId: store.storeId };
  if (path === undefined) return [itself, ...(await listFolders(session, store, true))];
  if (namesInPath(path).length === 0)
    return recursive ? [itself, ...(await listFolders(session, store, false))] : [itself];
  const folder = await requireFolder(session, store, path);
  return recursive ? [folder, ...below(folder, await foldersBelow(session, folder.entryId, false))] : [folder];
}

const below = (folder: Folder, folders: readonly Folder[]): Folder[] =>
  folders.map((each) => ({ ...each, path: `${folder.path}/${each.path}` }));

async function readRows({ session, report }: Invocation, places: readonly Place[]): Promise<Row[]> {
  const names = new PrincipalNames(session);
  const progress = report.progress('Rights', places.length);
  const rows: Row[] = [];
  try {
    for (const { path, entryId } of places) {
      progress.step(path);
      for (const grant of await readRights(session, entryId)) {
        const who = await names.of(grant.id, grant.entryId);
        rows.push({
          path,
          who: who ?? { type: 'user', id: grant.id, entryId: grant.entryId, name: `#${grant.id}` },
          rights: grant.rights,
        });
      }
    }
  } finally {
    progress.end();
  }
  return rows;
}

async function list(invocation: Invocation, user: string, path: string | undefined): Promise<void> {
  const { session, report } = invocation;
  const store = await chooseStore(session, { user });
  const rows = await readRows(invocation, await placesAt(session, store, path, false));
  report.list<Row>({
    rows,
    columns: [
      { title: 'FOLDER', text: (row) => row.path, shrinks: true },
      { title: 'WHO', text: ({ who }) => (who.type === 'user' ? who.name : `${who.name} (${who.type})`) },
      { title: 'RIGHTS', text: ({ rights }) => rightsText(rights), shrinks: true },
    ],
    json: ({ path: folder, who, rights }) => ({
      folder,
      who: who.name,
      type: who.type,
      role: rightsText(rights),
      rights: rightNames(rights),
      mask: rights,
    }),
    summary: counted(rows.length, 'entry', 'entries'),
  });
}

async function set(
  { session, report }: Invocation,
  user: string,
  path: string,
  whoText: string,
  rights: number,
  options: { readonly recursive?: boolean; readonly visiblePath?: boolean },
): Promise<void> {
  const store = await chooseStore(session, { user });
  const who = await requirePrincipal(session, whoText);
  const places = await placesAt(session, store, path, options.recursive === true);
  const progress = report.progress('Rights', places.length);
  try {
    for (const place of places) {
      progress.step(place.path);
      await give(session, place, who, rights);
    }
    if (options.visiblePath) await showPath(session, store, places[0]!.path, who);
  } finally {
    progress.end();
  }
  const where =
    places.length === 1 ? places[0]!.path : `${places[0]!.path} and ${counted(places.length - 1, 'folder')}`;
  report.done(`${who.name} has the rights ${rightsText(rights)} on ${where}.`, {
    store: user,
    folders: places.map((place) => place.path),
    who: who.name,
    rights: rightNames(rights),
  });
}

async function give(session: Session, { entryId }: Place, who: Principal, rights: number): Promise<void> {
  try {
    await writeRights(session, entryId, [{ ...who, rights }]);
  } catch (error) {
    if (!isRefused(error, KCERR_INVALID_PARAMETER)) throw error;
    throw new CommandError(`${who.name} can't have rights: only users who log on, security groups and companies can.`, {
      hint: `kgc ${who.type} show ${who.name}`,
      cause: error,
    });
  }
}

/** Folders above that somebody has no rights of his own on are shown to him, without what is in them. */
async function showPath(session: Session, store: BareStore, path: string, who: Principal): Promise<void> {
  const names = namesInPath(path).slice(0, -1);
  const folders = await listFolders(session, store, false);
  for (let depth = 1; depth <= names.length; depth++) {
    const folder = folders.find((each) => namesInPath(each.path).join('\0') === names.slice(0, depth).join('\0'));
    if (!folder || (await readRights(session, folder.entryId)).some(({ id }) => id === who.id)) continue;
    await writeRights(session, folder.entryId, [{ ...who, rights: parseRights('visible') }]);
  }
}

async function remove(
  invocation: Invocation,
  user: string,
  path: string | undefined,
  whoText: string | undefined,
  options: AgreementOptions & { readonly recursive?: boolean },
): Promise<void> {
  const { session, report } = invocation;
  const store = await chooseStore(session, { user });
  const who = whoText === undefined ? undefined : await requirePrincipal(session, whoText);
  const places = await placesAt(session, store, path, options.recursive === true);
  const rows = (await readRows(invocation, places)).filter((row) => !who || row.who.id === who.id);
  if (rows.length === 0)
    throw new CommandError(`${who ? `${who.name} has` : 'There are'} no rights there that were given.`, {
      hint: `kgc permission list ${user}`,
    });
  const json = { store: user, removed: rows.map((row) => ({ folder: row.path, who: row.who.name })) };
  const what = `take ${counted(rows.length, 'entry', 'entries')} from ${counted(new Set(rows.map((row) => row.path)).size, 'list')} of rights`;
  if (!(await isAgreed(invocation, options, what, json))) return;
  for (const place of places) {
    const grants = rows.filter((row) => row.path === place.path).map(({ who: each, rights }) => ({ ...each, rights }));
    await removeRights(session, place.entryId, grants);
  }
  report.done(`Took ${counted(rows.length, 'entry', 'entries')} away.`, json);
}
