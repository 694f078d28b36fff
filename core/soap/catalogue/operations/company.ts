import type { OperationRow } from '../rows.ts';

/** Companies (tenants), their views and remote administrators. */
export const companyOperations = {
  createCompany: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', lpsCompany: 'company?' },
    answer: 'setCompanyResponse',
  },
  deleteCompany: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', ulCompanyId: 'unsignedInt', sCompanyId: 'entryId' },
    answer: 'result',
  },
  setCompany: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', lpsCompany: 'company?' },
    answer: 'result',
  },
  getCompany: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulCompanyId: 'unsignedInt', sCompanyId: 'entryId' },
    answer: 'getCompanyResponse',
  },
  resolveCompanyname: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', lpszCompanyname: 'string?' },
    answer: 'resolveCompanyResponse',
  },
  getCompanyList: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong' },
    answer: 'companyListResponse',
  },
  addCompanyToRemoteViewList: {
    session: true,
    write: true,
    parameters: {
      ecSessionId: 'unsignedLong',
      ulSetCompanyId: 'unsignedInt',
      sSetCompanyId: 'entryId',
      ulCompanyId: 'unsignedInt',
      sCompanyId: 'entryId',
    },
    answer: 'result',
  },
  delCompanyFromRemoteViewList: {
    session: true,
    write: true,
    parameters: {
      ecSessionId: 'unsignedLong',
      ulSetCompanyId: 'unsignedInt',
      sSetCompanyId: 'entryId',
      ulCompanyId: 'unsignedInt',
      sCompanyId: 'entryId',
    },
    answer: 'result',
  },
  getRemoteViewList: {
    session: true,
    write: false,
    parameters: { ecSessionId: 'unsignedLong', ulCompanyId: 'unsignedInt', sCompanyId: 'entryId' },
    answer: 'companyListResponse',
  },
  addUserToRemoteAdminList: {
    session: true,
    write: true,
    parameters: {
      ecSessionId: 'unsignedLong',
      ulUserId: 'unsignedInt',
      sUserId: 'entryId',
      ulCompanyId: 'unsignedInt',
      sCompanyId: 'entryId',
    },
    answer: 'result',
  },
  delUserFromRemoteAdminList: {
    session: true,
    write: true,
    parameters: {
      ecSessionId: 'unsignedLong',
      ulUserId: 'unsignedInt',
      sUserId: 'entryId',
      ulCompanyId: 'unsignedInt',
      sCompanyId: 'entryId',
    },
    answer: 'result',
  },
  getRemoteAdminList: {
    session: true,
    write: false,
    parameters: { ecSessionId: 'unsignedLong', ulCompanyId: 'unsignedInt', sCompanyId: 'entryId' },
    answer: 'userListResponse',
  },
} as const satisfies Record<string, OperationRow>;
