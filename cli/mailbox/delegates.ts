/**
 * Delegates: who stands in for the owner of a mailbox. They are listed in the
 * free/busy settings (MS-OXODLGT 2.2.2), and a rule of the inbox sends them
 * copies of meeting requests.
 */
import { ecRightsFolderVisible, ecRightsReadAny } from '../../core/mapi/rights.ts';
import { PR_DELEGATE_FLAGS, PR_SCHDINFO_DELEGATE_ENTRYIDS, PR_SCHDINFO_DELEGATE_NAMES } from '../../core/mapi/tags.ts';
import type { Session } from '../connection/session.ts';
import type { User } from '../directory/users.ts';
import { wireProperty } from '../wire-properties.ts';
import { readDelegateRule, writeDelegateRule } from './delegate-rule.ts';
import type { BareStore } from './furnish.ts';
import { loadObject, saveMessageProperties } from './objects.ts';
import { readRights, removeRights, writeRights } from './rights.ts';
import { type FreeBusyPlaces, requireFreeBusy, requireSpecial, type SpecialFolders } from './special-folders.ts';

/** Somebody who stands in. */
export interface Delegate {
  readonly entryId: Buffer;
  /** As the owner's client shows it. */
  readonly name: string;
  /** May see what is marked as private. */
  readonly seePrivate: boolean;
  /** Gets copies of meeting requests. */
  readonly meetingCopies: boolean;
}

/** The delegates of a mailbox. */
export interface Delegation {
  readonly delegates: readonly Delegate[];
  /** Meeting requests go to the delegates only. */
  readonly onlyDelegates: boolean;
}

const SEE_PRIVATE = 1;

export async function readDelegation(session: Session, store: BareStore, folders: SpecialFolders): Promise<Delegation> {
  const { message } = await requireFreeBusy(session, store);
  const listed = await readListed(session, message);
  const rule = await readDelegateRule(session, requireSpecial(folders, 'inbox'));
  return {
    delegates: listed.map((each) => ({
      ...each,
      meetingCopies: rule.recipients.some((entryId) => entryId.equals(each.entryId)),
    })),
    onlyDelegates: rule.deletes,
  };
}

type Listed = Omit<Delegate, 'meetingCopies'>;

async function readListed(session: Session, message: Buffer): Promise<Listed[]> {
  const { properties } = await loadObject(session, message);
  const list = (tag: number): readonly unknown[] => {
    const value = properties.get(tag);
    return Array.isArray(value) ? value : [];
  };
  const names = list(PR_SCHDINFO_DELEGATE_NAMES);
  const flags = list(PR_DELEGATE_FLAGS);
  return list(PR_SCHDINFO_DELEGATE_ENTRYIDS)
    .filter((entryId): entryId is Buffer => Buffer.isBuffer(entryId))
    .map((entryId, index) => ({
      entryId,
      name: String(names[index] ?? ''),
      seePrivate: (Number(flags[index] ?? 0) & SEE_PRIVATE) !== 0,
    }));
}

async function writeListed(session: Session, places: FreeBusyPlaces, listed: readonly Listed[]): Promise<void> {
  const properties = [
    wireProperty(
      PR_SCHDINFO_DELEGATE_ENTRYIDS,
      listed.map(({ entryId }) => entryId),
    ),
    wireProperty(
      PR_SCHDINFO_DELEGATE_NAMES,
      listed.map(({ name }) => name),
    ),
    wireProperty(
      PR_DELEGATE_FLAGS,
      listed.map(({ seePrivate }) => (seePrivate ? SEE_PRIVATE : 0)),
    ),
  ];
  const tags = [PR_SCHDINFO_DELEGATE_ENTRYIDS, PR_SCHDINFO_DELEGATE_NAMES, PR_DELEGATE_FLAGS];
  for (const message of [places.message, places.inCalendar]) {
    if (!message) continue;
    if (listed.length > 0) await saveMessageProperties(session, message, properties);
    else await saveMessageProperties(session, message, [], tags);
  }
}

/** What is to be of a delegate; what is missing stays. */
export interface DelegateChanges {
  readonly seePrivate?: boolean | undefined;
  readonly meetingCopies?: boolean | undefined;
  /** Meeting requests go to the delegates only. */
  readonly onlyDelegates?: boolean | undefined;
}

/** Makes somebody a delegate, or changes what the delegate may. Rights on folders are given apart. */
export async function setDelegate(
  session: Session,
  store: BareStore,
  folders: SpecialFolders,
  user: User,
  changes: DelegateChanges,
): Promise<Delegation> {
  const places = await requireFreeBusy(session, store);
  const before = await readDelegation(session, store, folders);
  const known = before.delegates.find(({ entryId }) => entryId.equals(user.sUserId));
  const delegate: Delegate = {
    entryId: user.sUserId,
    name: user.lpszFullName || user.lpszUsername || '',
    seePrivate: changes.seePrivate ?? known?.seePrivate ?? false,
    meetingCopies: changes.meetingCopies ?? known?.meetingCopies ?? false,
  };
  const delegates = known
    ? before.delegates.map((each) => (each === known ? delegate : each))
    : [...before.delegates, delegate];
  // Clients read the settings with the delegate's own rights.
  if (places.folder) await atLeast(session, places.folder, { id: user.ulUserId, entryId: user.sUserId });
  return write(session, store, places, folders, {
    delegates,
    onlyDelegates: changes.onlyDelegates ?? before.onlyDelegates,
  });
}

/** Takes a delegate from the list; undefined if there is no such. */
export async function removeDelegate(
  session: Session,
  store: BareStore,
  folders: SpecialFolders,
  user: User,
): Promise<Delegation | undefined> {
  const places = await requireFreeBusy(session, store);
  const before = await readDelegation(session, store, folders);
  const delegates = before.delegates.filter(({ entryId }) => !entryId.equals(user.sUserId));
  if (delegates.length === before.delegates.length) return undefined;
  if (places.folder)
    await removeRights(session, places.folder, [{ id: user.ulUserId, entryId: user.sUserId, rights: 0 }]);
  return write(session, store, places, folders, {
    delegates,
    onlyDelegates: before.onlyDelegates && delegates.length > 0,
  });
}

async function write(
  session: Session,
  store: BareStore,
  places: FreeBusyPlaces,
  folders: SpecialFolders,
  delegation: Delegation,
): Promise<Delegation> {
  await writeListed(session, places, delegation.delegates);
  const copied = delegation.delegates.filter(({ meetingCopies }) => meetingCopies);
  await writeDelegateRule(session, store.storeId, requireSpecial(folders, 'inbox'), {
    recipients: copied.map(({ entryId }) => entryId),
    deletes: delegation.onlyDelegates,
  });
  return delegation;
}

async function atLeast(
  session: Session,
  folderId: Buffer,
  who: { readonly id: number; readonly entryId: Buffer },
): Promise<void> {
  const reading = ecRightsReadAny | ecRightsFolderVisible;
  const before = (await readRights(session, folderId)).find(({ id }) => id === who.id)?.rights ?? 0;
  if ((before & reading) !== reading) await writeRights(session, folderId, [{ ...who, rights: before | reading }]);
}
