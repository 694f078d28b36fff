import type { OperationRow } from '../rows.ts';

/** Folders and receive folders. */
export const folderOperations = {
  createFolder: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      sParentId: 'entryId',
      lpsNewEntryId: 'entryId?',
      ulType: 'unsignedInt',
      szName: 'string?',
      szComment: 'string?',
      fOpenIfExists: 'boolean',
      ulSyncId: 'unsignedInt',
      sOrigSourceKey: 'base64Binary',
    },
    answer: 'createFolderResponse',
  },
  'create-folders': {
    session: true,
    write: true,
    parameters: { 'session-id': 'unsignedLong', 'parent-eid': 'entryId', batch: 'newFolderSet' },
    answer: 'create-folders-response',
  },
  emptyFolder: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId', ulFlags: 'unsignedInt', ulSyncId: 'unsignedInt' },
    answer: 'result',
  },
  deleteFolder: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId', ulFlags: 'unsignedInt', ulSyncId: 'unsignedInt' },
    answer: 'result',
  },
  copyFolder: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      sEntryId: 'entryId',
      sDestFolderId: 'entryId',
      lpszNewFolderName: 'string?',
      ulFlags: 'unsignedInt',
      ulSyncId: 'unsignedInt',
    },
    answer: 'result',
  },
  resetFolderCount: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId' },
    answer: 'resetFolderCountResponse',
  },
  setReceiveFolder: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      sStoreId: 'entryId',
      lpsEntryId: 'entryId?',
      lpszMessageClass: 'string?',
    },
    answer: 'result',
  },
  getReceiveFolder: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sStoreId: 'entryId', lpszMessageClass: 'string?' },
    answer: 'receiveFolderResponse',
  },
  getReceiveFolderTable: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sStoreId: 'entryId' },
    answer: 'receiveFolderTableResponse',
  },
} as const satisfies Record<string, OperationRow>;
