import type { OperationName } from '../core/soap/index.ts';

/** Why an operation answers nothing but a code; the code itself is that of core/operations/who-may.ts. */
export const BECAUSE: Readonly<Partial<Record<OperationName, string>>> = {
  ssoLogon: 'there is no single sign-on; clients then try name and password',
  getServerDetails: 'there is one server, and clients take it for one that knows no others',
  getClientUpdate: 'clients are not updated from here',
  setClientUpdateStatus: 'clients are not updated from here',
  getUserClientUpdateStatus: 'clients are not updated from here',
  removeAllObjects: 'only the offline server of old had it',
  testPerform: 'the test protocol is switched off',
  testSet: 'the test protocol is switched off',
  testGet: 'the test protocol is switched off',
};

/** What an operation takes and gives at most, besides the limits of every message. */
export const LIMITS: Readonly<Partial<Record<OperationName, string>>> = {
  logon: 'a session ends after 5 minutes of silence',
  loadObject: 'values over 32 KB come by loadProp',
  saveObject: 'embedded messages as deep as the site allows (20)',
  setReadFlags: '100,000 messages',
  deleteObjects: 'folders 100 levels deep',
  emptyFolder: 'folders 100 levels deep',
  deleteFolder: 'folders 100 levels deep',
  copyFolder: 'folders 64 levels deep, within one store',
  createFolder: 'names of 255 characters',
  'create-folders': 'names of 255 characters',
  getIDsFromNames: 'about 31,000 names of a site',
  notifyGetItems:
    'waits 25 s, then answers nothing; 500 notifications at once; counts of a search folder once a second',
  tableOpen: 'all levels: 256',
  tableMulti: 'all levels: 256',
  tableCreateBookmark: '100 of a table',
  getChanges: 'a statement for every 5,000 changes',
  abResolveNames: '20 matches are looked at; more than one is ambiguous',
  importMessageFromStream: 'the bytes of one request',
  exportMessageChangesAsStream: 'streamed, message by message',
};
