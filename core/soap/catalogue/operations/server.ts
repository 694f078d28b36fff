import type { OperationRow } from '../rows.ts';

/** The server itself: upkeep, other servers, diagnostics, client updates. */
export const serverOperations = {
  purgeSoftDelete: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', ulDays: 'unsignedInt' },
    answer: 'result',
  },
  purgeDeferredUpdates: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong' },
    answer: 'purgeDeferredUpdatesResponse',
  },
  purgeCache: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulFlags: 'unsignedInt' },
    answer: 'result',
  },
  getLicenseAuth: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sAuthData: 'base64Binary' },
    answer: 'getLicenseAuthResponse',
  },
  resolvePseudoUrl: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', lpszPseudoUrl: 'string?' },
    answer: 'resolvePseudoUrlResponse',
  },
  getServerDetails: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', szaSvrNameList: 'mv_string8', ulFlags: 'unsignedInt' },
    answer: 'getServerDetailsResponse',
  },
  testPerform: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', cmd: 'string?', sPerform: 'testPerformArgs' },
    answer: 'result',
  },
  testSet: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', name: 'string?', value: 'string?' },
    answer: 'result',
  },
  testGet: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', name: 'string?' },
    answer: 'testGetResponse',
  },
  getClientUpdate: {
    session: false,
    write: false,
    parameters: { sClientUpdateInfo: 'clientUpdateInfoRequest' },
    answer: 'clientUpdateResponse',
  },
  setClientUpdateStatus: {
    session: false,
    write: true,
    parameters: { sClientUpdateStatus: 'clientUpdateStatusRequest' },
    answer: 'clientUpdateStatusResponse',
  },
} as const satisfies Record<string, OperationRow>;
