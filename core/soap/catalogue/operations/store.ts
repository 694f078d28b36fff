import type { OperationRow } from '../rows.ts';

/** Stores: finding, creating, hooking. */
export const storeOperations = {
  getStore: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', lpsEntryId: 'entryId?' },
    answer: 'getStoreResponse',
  },
  getStoreName: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId' },
    answer: 'getStoreNameResponse',
  },
  getStoreType: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId' },
    answer: 'getStoreTypeResponse',
  },
  getPublicStore: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulFlags: 'unsignedInt' },
    answer: 'getStoreResponse',
  },
  resolveStore: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sStoreGuid: 'base64Binary' },
    answer: 'resolveUserStoreResponse',
  },
  resolveUserStore: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      szUserName: 'string?',
      ulStoreTypeMask: 'unsignedInt',
      ulFlags: 'unsignedInt',
    },
    answer: 'resolveUserStoreResponse',
  },
  createStore: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulStoreType: 'unsignedInt',
      ulUserId: 'unsignedInt',
      sUserId: 'entryId',
      sStoreId: 'entryId',
      sRootId: 'entryId',
      ulFlags: 'unsignedInt',
    },
    answer: 'result',
  },
  removeStore: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', sStoreGuid: 'base64Binary', ulSyncId: 'unsignedInt' },
    answer: 'result',
  },
  hookStore: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulStoreType: 'unsignedInt',
      sUserId: 'entryId',
      sStoreGuid: 'base64Binary',
      ulSyncId: 'unsignedInt',
    },
    answer: 'result',
  },
  unhookStore: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulStoreType: 'unsignedInt',
      sUserId: 'entryId',
      ulSyncId: 'unsignedInt',
    },
    answer: 'result',
  },
} as const satisfies Record<string, OperationRow>;
