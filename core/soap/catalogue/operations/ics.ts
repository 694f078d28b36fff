import type { OperationRow } from '../rows.ts';

/** Incremental change synchronisation. */
export const icsOperations = {
  getChanges: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      sSourceKeyFolder: 'base64Binary',
      ulSyncId: 'unsignedInt',
      ulChangeId: 'unsignedInt',
      ulChangeType: 'unsignedInt',
      ulFlags: 'unsignedInt',
      lpsRestrict: 'restrictTable?',
    },
    answer: 'icsChangeResponse',
  },
  setSyncStatus: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      sSourceKeyFolder: 'base64Binary',
      ulSyncId: 'unsignedInt',
      ulChangeId: 'unsignedInt',
      ulChangeType: 'unsignedInt',
      ulFlags: 'unsignedInt',
    },
    answer: 'setSyncStatusResponse',
  },
  getEntryIDFromSourceKey: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      sStoreId: 'entryId',
      folderSourceKey: 'base64Binary',
      messageSourceKey: 'base64Binary',
    },
    answer: 'getEntryIDFromSourceKeyResponse',
  },
  getSyncStates: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulaSyncId: 'mv_long' },
    answer: 'getSyncStatesReponse',
  },
  getChangeInfo: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId' },
    answer: 'getChangeInfoResponse',
  },
} as const satisfies Record<string, OperationRow>;
