import {
  KCERR_COLLISION,
  KCERR_END_OF_SESSION,
  KCERR_INVALID_TYPE,
  KCERR_LOGON_FAILED,
  KCERR_NETWORK_ERROR,
  KCERR_NO_ACCESS,
  KCERR_NO_SUPPORT,
  KCERR_NONE,
  KCERR_NOT_FOUND,
  KCERR_UNKNOWN_INSTANCE_ID,
  KCWARN_PARTIAL_COMPLETION,
} from '../mapi/error-codes.ts';
import type { OperationName } from '../soap/index.ts';

/**
 * Who may call what, as data: test/core/operations/rights-matrix.test.ts holds
 * every row against the operations, and docs/protocol.md is printed from it.
 * The operations decide by themselves; nothing here is asked at run time.
 */

/**
 * Who calls, seen from the object: somebody's folder with rights for some. An
 * author creates, and changes what he created himself; a secretary changes and
 * deletes everything, but does not manage the folder. Principals are those of
 * the folder's owner, whose own user is the target of directory operations.
 */
export const ROLES = ['stranger', 'reader', 'author', 'secretary', 'owner', 'admin', 'sysadmin'] as const;
export type Role = (typeof ROLES)[number];

/** The same with several companies: somebody of another one, its administrator, and those of the owner's company. */
export const HOSTED_ROLES = ['neighbour', 'neighbour admin', 'colleague', 'company admin', 'sysadmin'] as const;
export type HostedRole = (typeof HOSTED_ROLES)[number];

/** The letters of the rows, a letter for each role. Whatever is refused changes nothing and tells nothing. */
export const OUTCOMES: Readonly<Record<string, number>> = {
  /** It is done. */
  '.': KCERR_NONE,
  /** It succeeds, but tells nothing of the object and changes nothing. */
  '0': KCERR_NONE,
  /** What is not the caller's to read is left out, with a warning. */
  W: KCWARN_PARTIAL_COMPLETION,
  A: KCERR_NO_ACCESS,
  F: KCERR_NOT_FOUND,
  C: KCERR_COLLISION,
  T: KCERR_INVALID_TYPE,
  X: KCERR_UNKNOWN_INSTANCE_ID,
  L: KCERR_LOGON_FAILED,
  S: KCERR_NO_SUPPORT,
  N: KCERR_NETWORK_ERROR,
  E: KCERR_END_OF_SESSION,
};

/** What is done, and the outcome for each role in order. */
export type Rows = Readonly<Record<string, string>>;

const EVERYBODY = '.......';
const NOBODY = 'FFFFFFF';
const READERS = 'A......';
const AUTHORS = 'AA.....';
const SECRETARIES = 'AAA....';
const MANAGERS = 'AAAA...';
const ADMINS = 'AAAAA..';
const SYSADMINS = 'AAAAAA.';

/** The table of another session, which is nobody's. */
const OWN_TABLE = { 'a table of another session': NOBODY };
const ONLY_HOSTED = { 'without companies': 'SSSSSSS' };
const NEVER = { 'at all': 'SSSSSSS' };

/** Every operation of the service on one server for one organisation. */
export const WHO_MAY: Readonly<Record<OperationName, Rows>> = {
  // Sessions
  logon: { 'as somebody else (impersonation)': 'LLLLL..', 'as somebody of a higher level': 'LLLLLL.' },
  ssoLogon: { 'at all': 'LLLLLLL' },
  logoff: { 'the own session': EVERYBODY },

  // Stores
  getStore: { 'the entry ids of a store': EVERYBODY },
  getStoreName: { 'of a store': EVERYBODY },
  getStoreType: { 'of a store': EVERYBODY },
  getPublicStore: { 'the public store': EVERYBODY },
  resolveStore: { 'a store in use': EVERYBODY, 'an orphaned store': ADMINS },
  resolveUserStore: { "somebody's store": EVERYBODY },
  createStore: { 'a store for somebody': ADMINS },
  removeStore: { 'an orphaned store': ADMINS, 'a store in use': 'AAAAACC' },
  hookStore: { 'an orphaned store': ADMINS },
  unhookStore: { "somebody's store": ADMINS, 'the own store': ADMINS },

  // Objects
  loadObject: {
    'a store': EVERYBODY,
    'a folder': READERS,
    'a message': READERS,
    'a message that one created': EVERYBODY,
    'a message, subscribing to the store at once': READERS,
  },
  saveObject: {
    'a new message': AUTHORS,
    'a message': SECRETARIES,
    'a message that one created': AUTHORS,
    'a folder': MANAGERS,
    'a store': MANAGERS,
    'a new message that takes an attachment out of another': NOBODY,
    'a new message with the data of an attachment (instance id)': 'X......',
  },
  loadProp: {
    'of a store': EVERYBODY,
    'of a folder': READERS,
    'of a message': READERS,
    'of a message, by number': READERS,
    'of an attachment, by number': READERS,
  },
  checkExistObject: { 'whose entry id one knows': EVERYBODY },
  deleteObjects: {
    'a message': SECRETARIES,
    'a message, named after an own one': SECRETARIES,
    'a message that one created': AUTHORS,
    'a folder': MANAGERS,
  },
  copyObjects: {
    'a message into the own folder': 'W......',
    'an own message into a folder': AUTHORS,
    'a message out of its folder (move)': 'AAW....',
    'a message that one created, out of its folder': AUTHORS,
  },
  setReadFlags: { 'of messages': READERS, 'of all in a folder': READERS, 'of all in a root folder': MANAGERS },
  getMessageStatus: { 'of a message': READERS },
  setMessageStatus: { 'of a message': SECRETARIES, 'of a message that one created': AUTHORS },
  getIDsFromNames: { 'named properties': EVERYBODY },
  getNamesFromIDs: { 'named properties': EVERYBODY },

  // Folders
  createFolder: {
    'in a folder': MANAGERS,
    'that is there, to open it': READERS,
    'that is there, in a root folder, to open it': READERS,
  },
  'create-folders': { 'in a folder': MANAGERS, 'that are there, to open them': READERS },
  emptyFolder: { 'a folder': SECRETARIES },
  deleteFolder: { 'a folder': MANAGERS },
  copyFolder: {
    'a folder, where one may create folders': READERS,
    'away from where it is (move)': MANAGERS,
  },
  resetFolderCount: { 'of a folder': MANAGERS },
  setReceiveFolder: { 'of a store': MANAGERS },
  getReceiveFolder: { 'of a store': EVERYBODY },
  getReceiveFolderTable: { 'of a store': EVERYBODY },

  // Rights
  getRights: { 'of a folder': READERS },
  setRights: { 'of a folder': MANAGERS, 'of a message that one created': 'TTTTTTT' },
  getOwner: { 'of a store': EVERYBODY, 'of a folder': READERS, 'of a message': READERS },

  // Tables
  tableOpen: {
    'what a store sends': MANAGERS,
    'all that is sent': SYSADMINS,
    'sessions (statistics)': ADMINS,
    'the system (statistics)': ADMINS,
    'users (statistics)': ADMINS,
    'servers (statistics)': SYSADMINS,
    'companies (statistics)': NOBODY,
  },
  tableMulti: {
    'the messages of a folder': '0......',
    'the messages of a root folder': '0000...',
    'the folders of a store': '0......',
    'the folders below a folder': '0......',
    'the folders of a store, all levels': '0......',
    'a table of another session': NOBODY,
  },
  tableClose: { 'a table of another session': '0000000' },
  tableSetColumns: OWN_TABLE,
  tableQueryColumns: OWN_TABLE,
  tableSort: OWN_TABLE,
  tableRestrict: OWN_TABLE,
  tableGetRowCount: OWN_TABLE,
  tableQueryRows: OWN_TABLE,
  tableFindRow: OWN_TABLE,
  tableSeekRow: OWN_TABLE,
  tableCreateBookmark: OWN_TABLE,
  tableFreeBookmark: OWN_TABLE,
  tableExpandRow: OWN_TABLE,
  tableCollapseRow: OWN_TABLE,
  tableGetCollapseState: OWN_TABLE,
  tableSetCollapseState: OWN_TABLE,
  tableSetSearchCriteria: { 'of a search folder': SECRETARIES },
  tableGetSearchCriteria: { 'of a search folder': READERS },

  // Notifications
  notify: { 'of new mail in a folder': AUTHORS, 'of anything else': 'AAAAAAA' },
  notifySubscribe: { 'to a folder': READERS, 'to a message': READERS, 'to a store': EVERYBODY },
  notifySubscribeMulti: { 'to a folder': READERS },
  notifyUnSubscribe: { 'from what another session subscribed to': '0000000' },
  notifyUnSubscribeMulti: { 'from what another session subscribed to': '0000000' },
  notifyGetItems: { 'of what one may read': EVERYBODY },

  // Incremental synchronisation
  getChanges: {
    'of the messages of a folder': READERS,
    'of the folders below a folder': READERS,
    'of the messages of a root folder': MANAGERS,
    'of everything': SYSADMINS,
    'of the address book': EVERYBODY,
  },
  setSyncStatus: {
    'of a folder': READERS,
    'of everything': SYSADMINS,
    "of somebody else's sync": 'AFFF.FF',
  },
  getSyncStates: { "of somebody else's sync": '0000.00' },
  getEntryIDFromSourceKey: { 'of a folder': READERS, 'of a message': READERS },
  getChangeInfo: { 'of a message': READERS, 'of a message that one created': EVERYBODY },
  exportMessageChangesAsStream: { 'a message, by source key': '0......', 'a message, by entry id': '0......' },
  importMessageFromStream: { 'a new message': AUTHORS, 'in the place of a message': SECRETARIES },

  // Sending
  submitMessage: { 'a message of a store': MANAGERS, 'a message that one created in another store': MANAGERS },
  finishedMessage: { 'a message of a store': MANAGERS },
  abortSubmit: { 'a message of a store': MANAGERS },
  setLockState: { 'a message': MANAGERS, 'a message that one created': EVERYBODY },

  // Users
  createUser: { 'a user': ADMINS, 'a system administrator': SYSADMINS },
  deleteUser: { 'a user': ADMINS, 'a system administrator': SYSADMINS },
  removeAllObjects: NEVER,
  getUser: { 'a user': EVERYBODY },
  setUser: { 'a user (oneself: only the password)': MANAGERS, 'a system administrator': SYSADMINS },
  getUserList: { 'all users': EVERYBODY },
  resolveUsername: { 'a user': EVERYBODY },
  getSendAsList: { 'of a user': EVERYBODY },
  addSendAsUser: { 'to a user': ADMINS },
  delSendAsUser: { 'from a user': ADMINS },
  getUserClientUpdateStatus: NEVER,

  // Groups
  createGroup: { 'a group': ADMINS },
  setGroup: { 'a group': ADMINS },
  getGroup: { 'a group': EVERYBODY },
  getGroupList: { 'all groups': EVERYBODY },
  groupDelete: { 'a group': ADMINS },
  resolveGroupname: { 'a group': EVERYBODY },
  addGroupUser: { 'to a group': ADMINS },
  deleteGroupUser: { 'from a group': ADMINS },
  getUserListOfGroup: { 'of a group': EVERYBODY },
  getGroupListOfUser: { 'of a user': EVERYBODY },

  // Companies
  createCompany: ONLY_HOSTED,
  deleteCompany: ONLY_HOSTED,
  setCompany: ONLY_HOSTED,
  getCompany: ONLY_HOSTED,
  resolveCompanyname: ONLY_HOSTED,
  getCompanyList: ONLY_HOSTED,
  addCompanyToRemoteViewList: ONLY_HOSTED,
  delCompanyFromRemoteViewList: ONLY_HOSTED,
  getRemoteViewList: ONLY_HOSTED,
  addUserToRemoteAdminList: ONLY_HOSTED,
  delUserFromRemoteAdminList: ONLY_HOSTED,
  getRemoteAdminList: ONLY_HOSTED,

  // Quota
  GetQuota: { 'of a user': MANAGERS },
  SetQuota: { 'of a user': ADMINS },
  AddQuotaRecipient: { 'of a company': ADMINS },
  DeleteQuotaRecipient: { 'of a company': ADMINS },
  GetQuotaRecipients: { 'of a user': ADMINS },
  GetQuotaStatus: { 'of a user': MANAGERS },

  // Address book
  readABProps: { 'an entry': EVERYBODY },
  abResolveNames: { 'a name': EVERYBODY },
  syncUsers: { 'the directory': SYSADMINS },

  // Upkeep
  purgeSoftDelete: { 'what was deleted long ago': SYSADMINS },
  purgeDeferredUpdates: { 'what tables are behind, which none ever is': 'AAAAAAF' },
  purgeCache: { caches: SYSADMINS },
  getLicenseAuth: { 'a licence': EVERYBODY },
  resolvePseudoUrl: { 'a pseudo URL': EVERYBODY },
  getServerDetails: { 'of other servers': 'NNNNNNN' },
  testPerform: { 'at all': 'AAAAAAA' },
  testSet: { 'at all': 'AAAAAAA' },
  testGet: { 'at all': 'AAAAAAA' },
  getClientUpdate: NEVER,
  setClientUpdateStatus: NEVER,
};

/** What is different with several companies: who is of another one does not learn that there are others. */
export const WHO_MAY_HOSTED: Readonly<Partial<Record<OperationName, Rows>>> = {
  logon: { 'as somebody else (impersonation)': 'LLL..' },

  resolveStore: { 'a store in use': 'FF...', 'an orphaned store': 'AAA..' },
  resolveUserStore: { "somebody's store": 'FF...' },
  createStore: { 'a store for somebody': 'AAA..' },
  removeStore: { 'an orphaned store': 'AAA..' },
  hookStore: { 'an orphaned store': 'AAA..', 'an orphaned store, to oneself': 'AAA..' },
  unhookStore: { "somebody's store": 'AAA..' },

  loadObject: { 'a message': 'AAA..' },
  saveObject: { 'a message': 'AAA..' },
  deleteObjects: { 'a message': 'AAA..' },
  setRights: { 'of a folder': 'AAA..' },
  tableMulti: { 'the messages of a folder': '000..', 'the folders of a store': '000..', 'all stores': '00...' },
  submitMessage: { 'a message of a store': 'AAA..' },
  exportMessageChangesAsStream: { 'a message, by entry id': '000..' },

  createUser: { 'a user': 'FFA..' },
  deleteUser: { 'a user': 'FFA..' },
  getUser: { 'a user': 'FF...' },
  setUser: { 'a user': 'FFA..' },
  getUserList: { 'of a company': 'FF...' },
  resolveUsername: { 'a user': 'FF...' },
  getSendAsList: { 'of a user': 'FF...' },
  getGroupListOfUser: { 'of a user': 'FF...' },
  readABProps: { 'an entry': 'FF...' },
  abResolveNames: { 'a name': '00...' },
  GetQuota: { 'of a user': 'FFA..' },
  SetQuota: { 'of a user': 'FFA..' },
  GetQuotaStatus: { 'of a user': 'FFA..' },

  createCompany: { 'a company': 'AAAA.' },
  deleteCompany: { 'a company': 'AAAA.' },
  setCompany: { 'a company': 'FFA..' },
  getCompany: { 'a company': 'FF...' },
  resolveCompanyname: { 'a company': 'FF...' },
  getCompanyList: { 'all companies that one sees': '00...' },
  addCompanyToRemoteViewList: { 'that it sees a company': 'FFAF.' },
  delCompanyFromRemoteViewList: { 'that it saw a company': 'FFAF.' },
  getRemoteViewList: { 'of a company': 'FF...' },
  addUserToRemoteAdminList: { 'of a company': 'FFA..' },
  delUserFromRemoteAdminList: { 'of a company': 'FFA..' },
  getRemoteAdminList: { 'of a company': 'FF...' },
};
