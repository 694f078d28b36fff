import { entryIdOf, newGuid } from '../../core/mapi/entry-id.ts';
import { KCERR_COLLISION, KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import { MAPI_FOLDER, MAPI_STORE, STORE_PRIVATE, STORE_PUBLIC } from '../../core/mapi/object-types.ts';
import { linkedFolders, PRIVATE_LAYOUT, PUBLIC_LAYOUT, type StoreLayout } from '../../core/mapi/store-layout.ts';
import { PR_FREEBUSY_ENTRYIDS, PR_IPM_SUBTREE_ENTRYID } from '../../core/mapi/tags.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import type { Progress } from '../terminal/progress.ts';
import { wireProperty } from '../wire-properties.ts';
import { createFreeBusy } from './free-busy.ts';
import { type BareStore, completeStore, createFolders, EVERYONE, type FolderIds, stepsOf } from './furnish.ts';
import { inLanguage, type Language } from './languages.ts';
import { loadObject, saveProperties } from './objects.ts';

/** Whose mailbox it is to be. */
export interface MailboxOwner {
  readonly id: number;
  readonly entryId: Buffer;
  /** Login name. */
  readonly name: string;
}

/** What became of a mailbox. */
export interface CreatedStore {
  readonly storeId: Buffer;
  /** Whether there was something to do; a mailbox that is complete stays as it is. */
  readonly changed: boolean;
}

/**
 * Makes a user's store with the folders, special-folder properties, receive
 * folders and rights that the genuine client gives it. May be repeated: what an
 * attempt has left unfinished, the next one finishes.
 */
export async function createMailbox(
  session: Session,
  owner: MailboxOwner,
  progress: Progress,
  language?: Language,
): Promise<CreatedStore> {
  const find = () => findUserStore(session, owner.name);
  const layout = language === undefined ? PRIVATE_LAYOUT : inLanguage(PRIVATE_LAYOUT, language);
  return create(session, { type: STORE_PRIVATE, owner, find, layout }, progress, linkSpecialFolders);
}

/** Makes the public store in the same way: that of a company, or the one of a server without companies. */
export async function createPublicStore(
  session: Session,
  progress: Progress,
  company?: MailboxOwner,
): Promise<CreatedStore> {
  const owner = company ?? { ...EVERYONE, name: 'Everyone' };
  const find = () => findPublicStore(session, company?.name);
  return create(session, { type: STORE_PUBLIC, owner, find, layout: PUBLIC_LAYOUT }, progress);
}

/** The store, free/busy, two folders that name special ones, and the store that does. */
const OTHER_STEPS = 5;

interface Plan {
  readonly type: number;
  readonly owner: MailboxOwner;
  readonly layout: StoreLayout;
  readonly find: () => Promise<BareStore | undefined>;
}

async function create(
  session: Session,
  { type, owner, find, layout }: Plan,
  progress: Progress,
  finish: (session: Session, store: BareStore, ids: FolderIds, progress: Progress) => Promise<void> = async () => {},
): Promise<CreatedStore> {
  const found = await find();
  if (found && (await isComplete(session, found.storeId))) return { storeId: found.storeId, changed: false };
  progress.expect(stepsOf(layout) + OTHER_STEPS);
  progress.step('store');
  const store = found ?? (await createBareStore(session, type, owner, find));
  const ids = await createFolders(session, store, layout, progress);
  await finish(session, store, ids, progress);
  progress.step('special folders');
  await completeStore(session, store.storeId, layout, ids);
  return { storeId: store.storeId, changed: true };
}

/** The store names its folders last of all. */
async function isComplete(session: Session, storeId: Buffer): Promise<boolean> {
  return (await loadObject(session, storeId)).properties.has(PR_IPM_SUBTREE_ENTRYID);
}

async function createBareStore(
  session: Session,
  type: number,
  owner: MailboxOwner,
  find: Plan['find'],
): Promise<BareStore> {
  const guid = newGuid();
  const store = { storeId: entryIdOf(guid, MAPI_STORE), rootId: entryIdOf(guid, MAPI_FOLDER) };
  try {
    await session.call('createStore', {
      ulStoreType: type,
      ulUserId: owner.id,
      sUserId: owner.entryId,
      sStoreId: store.storeId,
      sRootId: store.rootId,
    });
    return store;
  } catch (error) {
    // An earlier attempt may have come further than its answer.
    const found = isRefused(error, KCERR_COLLISION) ? await find() : undefined;
    if (!found) throw error;
    return found;
  }
}

/** The store of a user, or undefined if the user has none. */
export async function findUserStore(session: Session, name: string): Promise<BareStore | undefined> {
  const found = await unlessMissing(
    session.call('resolveUserStore', { szUserName: name, ulStoreTypeMask: 0, ulFlags: 0 }),
  );
  if (!found) return undefined;
  const store = await session.call('getStore', { lpsEntryId: found.sStoreId });
  return { storeId: store.sStoreId, rootId: store.sRootId };
}

/** The public store, if there is one: that of a company, or the one that the session sees. */
export async function findPublicStore(session: Session, company?: string): Promise<BareStore | undefined> {
  // A company's store is found by its owner's name, as that of a user is.
  if (company !== undefined) return findUserStore(session, company);
  const found = await unlessMissing(session.call('getPublicStore', { ulFlags: 0 }));
  return found && { storeId: found.sStoreId, rootId: found.sRootId };
}

async function unlessMissing<T>(calling: Promise<T>): Promise<T | undefined> {
  try {
    return await calling;
  } catch (error) {
    if (isRefused(error, KCERR_NOT_FOUND)) return undefined;
    throw error;
  }
}

/** Inbox and root name the special folders, and the messages with the free/busy settings. */
async function linkSpecialFolders(
  session: Session,
  { storeId }: BareStore,
  ids: FolderIds,
  progress: Progress,
): Promise<void> {
  progress.step('free/busy');
  const freeBusy = await createFreeBusy(session, {
    freeBusyFolder: ids.get('freeBusy')!,
    calendar: ids.get('calendar')!,
  });
  const properties = [...linkedFolders(ids), [PR_FREEBUSY_ENTRYIDS, freeBusy] as const].map(([tag, value]) =>
    wireProperty(tag, value),
  );
  for (const key of ['inbox', 'root']) {
    progress.step(`special folders on ${key}`);
    await saveProperties(session, ids.get(key)!, storeId, properties);
  }
}
