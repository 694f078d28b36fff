import type { TypeRow } from './rows.ts';

/** Notifications, synchronisation (ICS) and message streams. */
export const changeTypes = {
  notificationObject: {
    struct: {
      pEntryId: 'entryId?',
      ulObjType: 'unsignedInt',
      pParentId: 'entryId?',
      pOldId: 'entryId?',
      pOldParentId: 'entryId?',
      pPropTagArray: 'propTagArray?',
    },
  },
  notificationTable: {
    struct: {
      ulTableEvent: 'unsignedInt',
      ulObjType: 'unsignedInt',
      hResult: 'unsignedInt',
      propIndex: 'propVal',
      propPrior: 'propVal',
      pRow: 'propValArray?',
    },
  },
  notificationNewMail: {
    struct: { pEntryId: 'entryId?', pParentId: 'entryId?', lpszMessageClass: 'string?', ulMessageFlags: 'unsignedInt' },
  },
  notificationICS: { struct: { pSyncState: 'base64Binary?', ulChangeType: 'unsignedInt' } },
  notification: {
    struct: {
      ulConnection: 'unsignedInt',
      ulEventType: 'unsignedInt',
      obj: 'notificationObject?',
      tab: 'notificationTable?',
      newmail: 'notificationNewMail?',
      ics: 'notificationICS?',
    },
  },
  notificationArray: { list: 'notification' },
  notifyResponse: { struct: { pNotificationArray: 'notificationArray?', er: 'unsignedInt' } },
  notifySyncState: { struct: { ulSyncId: 'unsignedInt', ulChangeId: 'unsignedInt' } },
  notifySubscribe: {
    struct: {
      ulConnection: 'unsignedInt',
      sKey: 'base64Binary',
      ulEventMask: 'unsignedInt',
      sSyncState: 'notifySyncState',
    },
  },
  notifySubscribeArray: { list: 'notifySubscribe' },
  icsChange: {
    struct: {
      ulChangeId: 'unsignedInt',
      sSourceKey: 'base64Binary',
      sParentSourceKey: 'base64Binary',
      ulChangeType: 'unsignedInt',
      ulFlags: 'unsignedInt',
    },
  },
  icsChangesArray: { list: 'icsChange' },
  icsChangeResponse: { struct: { sChangesArray: 'icsChangesArray', ulMaxChangeId: 'unsignedInt', er: 'unsignedInt' } },
  setSyncStatusResponse: { struct: { ulSyncId: 'unsignedInt', er: 'unsignedInt' } },
  getEntryIDFromSourceKeyResponse: { struct: { sEntryId: 'entryId', er: 'unsignedInt' } },
  syncState: { struct: { ulSyncId: 'unsignedInt', ulChangeId: 'unsignedInt' } },
  syncStateArray: { list: 'syncState' },
  getSyncStatesReponse: { struct: { sSyncStates: 'syncStateArray', er: 'unsignedInt' } },
  getChangeInfoResponse: { struct: { sPropPCL: 'propVal', sPropCK: 'propVal', er: 'unsignedInt' } },
  sourceKeyPair: { struct: { sParentKey: 'base64Binary', sObjectKey: 'base64Binary' } },
  sourceKeyPairArray: { list: 'sourceKeyPair' },
  messageStream: { struct: { ulStep: 'unsignedInt', sPropVals: 'propValArray', sStreamData: 'xopBinary' } },
  messageStreamArray: { list: 'messageStream' },
  exportMessageChangesAsStreamResponse: { struct: { sMsgStreams: 'messageStreamArray', er: 'unsignedInt' } },
} as const satisfies Record<string, TypeRow>;
