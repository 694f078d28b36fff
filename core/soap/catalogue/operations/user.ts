import type { OperationRow } from '../rows.ts';

/** Users and who may send as whom. */
export const userOperations = {
  createUser: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', lpsUser: 'user?' },
    answer: 'setUserResponse',
  },
  deleteUser: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', ulUserId: 'unsignedInt', sUserId: 'entryId' },
    answer: 'result',
  },
  removeAllObjects: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', sExceptUserId: 'entryId' },
    answer: 'result',
  },
  getUser: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulUserId: 'unsignedInt', sUserId: 'entryId' },
    answer: 'getUserResponse',
  },
  setUser: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', lpsUser: 'user?' },
    answer: 'result',
  },
  getUserList: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulCompanyId: 'unsignedInt', sCompanyId: 'entryId' },
    answer: 'userListResponse',
  },
  resolveUsername: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', lpszUsername: 'string?' },
    answer: 'resolveUserResponse',
  },
  getSendAsList: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulUserId: 'unsignedInt', sUserId: 'entryId' },
    answer: 'userListResponse',
  },
  addSendAsUser: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulUserId: 'unsignedInt',
      sUserId: 'entryId',
      ulSenderId: 'unsignedInt',
      sSenderId: 'entryId',
    },
    answer: 'result',
  },
  delSendAsUser: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulUserId: 'unsignedInt',
      sUserId: 'entryId',
      ulSenderId: 'unsignedInt',
      sSenderId: 'entryId',
    },
    answer: 'result',
  },
  getUserClientUpdateStatus: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sUserId: 'entryId' },
    answer: 'userClientUpdateStatusResponse',
  },
} as const satisfies Record<string, OperationRow>;
