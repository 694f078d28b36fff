import type { OperationRow } from '../rows.ts';

/** Messages and other objects of a store. */
export const objectOperations = {
  loadObject: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      sEntryId: 'entryId',
      lpsNotSubscribe: 'notifySubscribe?',
      ulFlags: 'unsignedInt',
    },
    answer: 'loadObjectResponse',
  },
  saveObject: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      sParentEntryId: 'entryId',
      sEntryId: 'entryId',
      lpsSaveObj: 'saveObject?',
      ulFlags: 'unsignedInt',
      ulSyncId: 'unsignedInt',
    },
    answer: 'loadObjectResponse',
  },
  loadProp: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId', ulObjId: 'unsignedInt', ulPropTag: 'unsignedInt' },
    answer: 'loadPropResponse',
  },
  checkExistObject: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId', ulFlags: 'unsignedInt' },
    answer: 'result',
  },
  deleteObjects: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulFlags: 'unsignedInt',
      aMessages: 'entryList?',
      ulSyncId: 'unsignedInt',
    },
    answer: 'result',
  },
  copyObjects: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      aMessages: 'entryList?',
      sDestFolderId: 'entryId',
      ulFlags: 'unsignedInt',
      ulSyncId: 'unsignedInt',
    },
    answer: 'result',
  },
  setReadFlags: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulFlags: 'unsignedInt',
      lpsEntryId: 'entryId?',
      lpMessages: 'entryList?',
      ulSyncId: 'unsignedInt',
    },
    answer: 'result',
  },
  getMessageStatus: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId', ulFlags: 'unsignedInt' },
    answer: 'messageStatus',
  },
  setMessageStatus: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      sEntryId: 'entryId',
      ulNewStatus: 'unsignedInt',
      ulNewStatusMask: 'unsignedInt',
      ulSyncId: 'unsignedInt',
    },
    answer: 'messageStatus',
  },
  getIDsFromNames: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', lpsNamedProps: 'namedPropArray?', ulFlags: 'unsignedInt' },
    answer: 'getIDsFromNamesResponse',
  },
  getNamesFromIDs: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', lpsPropTags: 'propTagArray?' },
    answer: 'getNamesFromIDsResponse',
  },
} as const satisfies Record<string, OperationRow>;
