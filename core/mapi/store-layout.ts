/**
 * What the genuine client makes in a new store (observed on 11.0.2): the server
 * gives the store and its root folder, all else comes from the client.
 */
import {
  encodePersistData,
  RSF_PID_COMBINED_ACTIONS,
  RSF_PID_CONV_ACTIONS,
  RSF_PID_RSS_SUBSCRIPTION,
  RSF_PID_SUGGESTED_CONTACTS,
} from './persist-data.ts';
import type { PropertyTag } from './property.ts';
import {
  ecRightsAll,
  ecRightsCreate,
  ecRightsCreateSubfolder,
  ecRightsDefaultPublic,
  ecRightsDeleteOwned,
  ecRightsEditOwned,
} from './rights.ts';
import * as tags from './tags.ts';

/** A folder of a new store. */
export interface FolderRow {
  /** What the other tables call it. */
  readonly key: string;
  /** Key of its parent, which stands before it; `root` is the root folder. */
  readonly parent: string;
  readonly name: string;
  /** PR_COMMENT; most folders have an empty one. */
  readonly comment?: string | undefined;
  /** PR_CONTAINER_CLASS */
  readonly containerClass?: string;
  /** PR_ATTR_HIDDEN: clients don't show it. */
  readonly hidden?: boolean;
  /** Rights of Everyone. */
  readonly everyone?: number;
}

/** Folders of a store, and where their entry ids are kept. */
export interface StoreLayout {
  readonly folders: readonly FolderRow[];
  /** Properties of the store: the special folders. */
  readonly entryIds: readonly (readonly [tag: PropertyTag, folder: string])[];
  /** Message classes and the folders in which they arrive; the empty class is that of all others. */
  readonly receiveFolders: readonly (readonly [messageClass: string, folder: string])[];
  /** Name of the store, where the server doesn't make one. */
  readonly displayName?: string;
}

const { PR_IPM_SUBTREE_ENTRYID, PR_FINDER_ENTRYID } = tags;

/** Everybody may search, and keep the own searches. */
const SEARCHERS = ecRightsDefaultPublic | ecRightsEditOwned | ecRightsDeleteOwned | ecRightsCreateSubfolder;

/** Everybody may read and write, and manage what is the own. */
const AUTHORS = SEARCHERS | ecRightsCreate;

/** PR_VALID_FOLDER_MASK: all special folders are there (MS-OXPROPS; the client sets all bits). */
export const ALL_FOLDERS_VALID = 0xff;

const at = (parent: string, key: string, name: string, more: Partial<FolderRow> = {}): FolderRow => ({
  parent,
  key,
  name,
  comment: '',
  ...more,
});

/** The store of a user. */
export const PRIVATE_LAYOUT: StoreLayout = {
  folders: [
    at('root', 'subtree', 'IPM_SUBTREE'),
    at('root', 'commonViews', 'IPM_COMMON_VIEWS'),
    at('root', 'views', 'IPM_VIEWS'),
    at('root', 'finder', 'FINDER_ROOT', { everyone: SEARCHERS }),
    at('root', 'shortcuts', 'Shortcut'),
    at('root', 'schedule', 'Schedule'),
    at('subtree', 'inbox', 'Inbox'),
    at('subtree', 'outbox', 'Outbox'),
    at('subtree', 'wastebasket', 'Deleted Items'),
    at('subtree', 'sentMail', 'Sent Items'),
    at('subtree', 'contacts', 'Contacts', { containerClass: 'IPF.Contact' }),
    at('subtree', 'calendar', 'Calendar', { containerClass: 'IPF.Appointment' }),
    at('subtree', 'drafts', 'Drafts', { containerClass: 'IPF.Note' }),
    at('subtree', 'journal', 'Journal', { containerClass: 'IPF.Journal' }),
    at('subtree', 'notes', 'Notes', { containerClass: 'IPF.StickyNote' }),
    at('subtree', 'tasks', 'Tasks', { containerClass: 'IPF.Task' }),
    at('subtree', 'junk', 'Junk E-mail', { containerClass: 'IPF.Note' }),
    at('subtree', 'rss', 'RSS Feeds', { comment: 'RSS Feed comment', containerClass: 'IPF.Note.OutlookHomepage' }),
    at('subtree', 'conversationActions', 'Conversation Action Settings', {
      containerClass: 'IPF.Configuration',
      hidden: true,
    }),
    at('subtree', 'quickSteps', 'Quick Step Settings', { containerClass: 'IPF.Configuration', hidden: true }),
    at('subtree', 'suggestedContacts', 'Suggested Contacts', { containerClass: 'IPF.Contact' }),
    at('root', 'freeBusy', 'Freebusy Data', { comment: undefined }),
  ],
  entryIds: [
    [PR_IPM_SUBTREE_ENTRYID, 'subtree'],
    [tags.PR_IPM_OUTBOX_ENTRYID, 'outbox'],
    [tags.PR_IPM_WASTEBASKET_ENTRYID, 'wastebasket'],
    [tags.PR_IPM_SENTMAIL_ENTRYID, 'sentMail'],
    [tags.PR_VIEWS_ENTRYID, 'views'],
    [tags.PR_COMMON_VIEWS_ENTRYID, 'commonViews'],
    [PR_FINDER_ENTRYID, 'finder'],
    [tags.PR_SCHEDULE_FOLDER_ENTRYID, 'schedule'],
    [tags.PR_IPM_FAVORITES_ENTRYID, 'shortcuts'],
  ],
  receiveFolders: [
    ['IPC', 'root'],
    ['', 'inbox'],
    ['IPM', 'inbox'],
    ['REPORT.IPM', 'inbox'],
  ],
};

/** The public store. */
export const PUBLIC_LAYOUT: StoreLayout = {
  folders: [
    at('root', 'subtree', 'IPM_SUBTREE', { everyone: AUTHORS }),
    at('root', 'nonIpm', 'NON_IPM_SUBTREE'),
    at('root', 'finder', 'FINDER_ROOT', { everyone: SEARCHERS }),
    at('nonIpm', 'freeBusy', 'SCHEDULE+ FREE BUSY', { everyone: ecRightsDefaultPublic }),
    at('freeBusy', 'localFreeBusy', 'Zarafa 1', { everyone: ecRightsAll }),
  ],
  entryIds: [
    [PR_IPM_SUBTREE_ENTRYID, 'subtree'],
    [PR_FINDER_ENTRYID, 'finder'],
    [tags.PR_NON_IPM_SUBTREE_ENTRYID, 'nonIpm'],
    [tags.PR_SPLUS_FREE_BUSY_ENTRYID, 'freeBusy'],
    [tags.PR_FREE_BUSY_FOR_LOCAL_SITE_ENTRYID, 'localFreeBusy'],
  ],
  receiveFolders: [],
  displayName: 'Public folder',
};

/** Special folders that inbox and root name, both alike (MS-OXOSFLD 2.2.3). */
export const INBOX_ENTRY_IDS: readonly (readonly [tag: PropertyTag, folder: string])[] = [
  [tags.PR_IPM_APPOINTMENT_ENTRYID, 'calendar'],
  [tags.PR_IPM_CONTACT_ENTRYID, 'contacts'],
  [tags.PR_IPM_JOURNAL_ENTRYID, 'journal'],
  [tags.PR_IPM_NOTE_ENTRYID, 'notes'],
  [tags.PR_IPM_TASK_ENTRYID, 'tasks'],
  [tags.PR_IPM_DRAFTS_ENTRYID, 'drafts'],
];

/** PidTagAdditionalRenEntryIds by position: conflicts, sync issues, local and server failures, junk mail (MS-OXOSFLD 2.2.3). */
export const ADDITIONAL_REN_ENTRY_IDS: readonly (string | undefined)[] = [
  undefined,
  undefined,
  undefined,
  undefined,
  'junk',
];

/** PidTagAdditionalRenEntryIdsEx: the special folders of later years. */
export const PERSISTED_FOLDERS: readonly (readonly [persistId: number, folder: string])[] = [
  [RSF_PID_RSS_SUBSCRIPTION, 'rss'],
  [RSF_PID_CONV_ACTIONS, 'conversationActions'],
  [RSF_PID_COMBINED_ACTIONS, 'quickSteps'],
  [RSF_PID_SUGGESTED_CONTACTS, 'suggestedContacts'],
];

/** What inbox and root both say of the special folders, by the entry ids of the folders of {@link PRIVATE_LAYOUT}. */
export const linkedFolders = (
  ids: ReadonlyMap<string, Buffer>,
): readonly (readonly [tag: PropertyTag, value: Buffer | Buffer[]])[] => [
  ...INBOX_ENTRY_IDS.map(([tag, key]) => [tag, ids.get(key)!] as const),
  [
    tags.PR_ADDITIONAL_REN_ENTRYIDS,
    ADDITIONAL_REN_ENTRY_IDS.map((key) => (key === undefined ? Buffer.alloc(0) : ids.get(key)!)),
  ],
  [
    tags.PR_IPM_OL2007_ENTRYIDS,
    encodePersistData(PERSISTED_FOLDERS.map(([persistId, key]) => ({ persistId, entryId: ids.get(key)! }))),
  ],
];
