/** Work on a whole store. */
import type { Command } from 'commander';
import { PR_DISPLAY_NAME, PR_EC_RESYNC_ID } from '../../core/mapi/tags.ts';
import { CommandError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { chooseStore, STORE_HELP } from '../mailbox/choose-store.ts';
import { copyTree, makeFolder } from '../mailbox/copy-tree.ts';
import { listFolders, topOf } from '../mailbox/folders.ts';
import { EVERYONE } from '../mailbox/furnish.ts';
import { folderNames, type Language, parseLanguage } from '../mailbox/languages.ts';
import { loadObject, saveProperties } from '../mailbox/objects.ts';
import { writeRights } from '../mailbox/rights.ts';
import { readSpecialFolders } from '../mailbox/special-folders.ts';
import { listUserStores } from '../mailbox/user-stores.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';
import { numberOf, textOf, wireProperty } from '../wire-properties.ts';

/** Where stores are copied to, for administrators only; named as the genuine tools name it. */
const ADMIN_FOLDER = 'Admin';
const DELETED_STORES = 'Deleted stores';

export function addStoreCareCommands(store: Command, terminal: Terminal): void {
  withExamples(
    store
      .command('localize')
      .argument('<store>', STORE_HELP)
      .requiredOption('--language <code>', 'the language (required)', parseLanguage)
      .description('name the default folders in a language; what is in them stays')
      .action(action(terminal, localize)),
    'kgc store localize anna --language de',
  );
  withExamples(
    store
      .command('recount')
      .argument('<store>', STORE_HELP)
      .description('count anew what is in the folders')
      .action(action(terminal, recount)),
    'kgc store recount anna',
  );
  withExamples(
    store
      .command('resync')
      .argument('<store...>', STORE_HELP)
      .description('have clients with an offline copy fetch everything anew')
      .action(action(terminal, resync)),
    'kgc store resync anna ben',
  );
  withExamples(
    store
      .command('copy-to-public')
      .argument('<store>', 'GUID of a store, or its owner')
      .option('--to <store>', 'the public store', 'public:')
      .description(`copy the mail of a store into ${ADMIN_FOLDER}/${DELETED_STORES} of the public store`)
      .action(action(terminal, copyToPublic)),
    'kgc store copy-to-public 0123456789abcdef0123456789abcdef',
    'kgc store copy-to-public 0123456789abcdef0123456789abcdef --to public:acme',
  );
}

async function localize(
  { session, report }: Invocation,
  name: string,
  { language }: { readonly language: Language },
): Promise<void> {
  const store = await chooseStore(session, { user: name });
  const folders = await readSpecialFolders(session, store);
  const progress = report.progress(`Folders of ${name}`, folderNames(language).size);
  const renamed: { from: string; to: string }[] = [];
  try {
    for (const [key, wanted] of folderNames(language)) {
      progress.step(wanted);
      const folderId = folders.get(key);
      if (!folderId) continue;
      const now = textOf((await loadObject(session, folderId)).properties, PR_DISPLAY_NAME) ?? '';
      if (now === wanted) continue;
      await saveProperties(session, folderId, store.storeId, [wireProperty(PR_DISPLAY_NAME, wanted)]);
      renamed.push({ from: now, to: wanted });
    }
  } finally {
    progress.end();
  }
  report.done(`Renamed ${counted(renamed.length, 'folder')} of ${name}.`, { store: name, language, renamed });
}

async function recount({ session, report }: Invocation, name: string): Promise<void> {
  const store = await chooseStore(session, { user: name });
  const folders = await listFolders(session, store, true);
  const progress = report.progress(`Folders of ${name}`, folders.length);
  let corrected = 0;
  try {
    for (const { entryId, path } of folders) {
      progress.step(path);
      const { ulUpdates } = await session.call('resetFolderCount', { sEntryId: entryId });
      if (ulUpdates > 0) corrected++;
    }
  } finally {
    progress.end();
  }
  report.done(`Counted ${counted(folders.length, 'folder')} of ${name}; ${corrected} had wrong numbers.`, {
    store: name,
    folders: folders.length,
    corrected,
  });
}

async function resync({ session, report }: Invocation, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { storeId } = await chooseStore(session, { user: name });
    const before = numberOf((await loadObject(session, storeId)).properties, PR_EC_RESYNC_ID) ?? 0;
    await saveProperties(session, storeId, undefined, [wireProperty(PR_EC_RESYNC_ID, before + 1)]);
  }
  report.done(`Offline copies of ${names.join(', ')} are fetched anew.`, { stores: names });
}

async function copyToPublic(
  { session, report }: Invocation,
  name: string,
  { to }: { readonly to: string },
): Promise<void> {
  const source = await chooseStore(session, { user: name });
  const destination = await chooseStore(session, { user: to });
  if (source.storeId.equals(destination.storeId)) throw new CommandError('A store is not copied into itself.');
  const former = (await listUserStores(session)).find(({ guid }) => guid === name.toLowerCase());
  const label = former ? former.owner || former.formerOwner || name : name;

  const progress = report.progress(`Store of ${label}`);
  try {
    const admin = await makeFolder(session, await topOf(session, destination), ADMIN_FOLDER, true);
    // Nobody but administrators looks into it.
    await writeRights(session, admin, [{ ...EVERYONE, rights: 0 }]);
    const deleted = await makeFolder(session, admin, DELETED_STORES, true);
    const top = { entryId: await topOf(session, source), name: `Deleted User - ${label}`, containerClass: '' };
    const copied = await copyTree(session, top, { storeId: destination.storeId, parentId: deleted }, progress);
    if (copied.incomplete)
      throw new CommandError('Some messages were not copied.', { hint: 'run the command again, or look at the log' });
    const path = `${ADMIN_FOLDER}/${DELETED_STORES}/${top.name}`;
    report.done(`Copied ${counted(copied.messages, 'message')} in ${counted(copied.folders, 'folder')} to ${path}.`, {
      store: name,
      path,
      folders: copied.folders,
      messages: copied.messages,
    });
  } finally {
    progress.end();
  }
}
