import type { OperationRow } from '../rows.ts';

/** Groups and their members. */
export const groupOperations = {
  createGroup: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', lpsGroup: 'group?' },
    answer: 'setGroupResponse',
  },
  setGroup: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', lpsGroup: 'group?' },
    answer: 'result',
  },
  getGroup: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulGroupId: 'unsignedInt', sGroupId: 'entryId' },
    answer: 'getGroupResponse',
  },
  getGroupList: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulCompanyId: 'unsignedInt', sCompanyId: 'entryId' },
    answer: 'groupListResponse',
  },
  groupDelete: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', ulGroupId: 'unsignedInt', sGroupId: 'entryId' },
    answer: 'result',
  },
  resolveGroupname: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', lpszGroupname: 'string?' },
    answer: 'resolveGroupResponse',
  },
  deleteGroupUser: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulGroupId: 'unsignedInt',
      sGroupId: 'entryId',
      ulUserId: 'unsignedInt',
      sUserId: 'entryId',
    },
    answer: 'result',
  },
  addGroupUser: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulGroupId: 'unsignedInt',
      sGroupId: 'entryId',
      ulUserId: 'unsignedInt',
      sUserId: 'entryId',
    },
    answer: 'result',
  },
  getUserListOfGroup: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulGroupId: 'unsignedInt', sGroupId: 'entryId' },
    answer: 'userListResponse',
  },
  getGroupListOfUser: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulUserId: 'unsignedInt', sUserId: 'entryId' },
    answer: 'groupListResponse',
  },
} as const satisfies Record<string, OperationRow>;
