import type { OperationRow } from '../rows.ts';

/** Quota. */
export const quotaOperations = {
  GetQuota: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulUserid: 'unsignedInt',
      sUserId: 'entryId',
      bGetUserDefault: 'boolean',
    },
    answer: 'quotaResponse',
  },
  SetQuota: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', ulUserid: 'unsignedInt', sUserId: 'entryId', lpsQuota: 'quota?' },
    answer: 'result',
  },
  AddQuotaRecipient: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulCompanyid: 'unsignedInt',
      sCompanyId: 'entryId',
      ulRecipientId: 'unsignedInt',
      sRecipientId: 'entryId',
      ulType: 'unsignedInt',
    },
    answer: 'result',
  },
  DeleteQuotaRecipient: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulCompanyid: 'unsignedInt',
      sCompanyId: 'entryId',
      ulRecipientId: 'unsignedInt',
      sRecipientId: 'entryId',
      ulType: 'unsignedInt',
    },
    answer: 'result',
  },
  GetQuotaRecipients: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulUserid: 'unsignedInt', sUserId: 'entryId' },
    answer: 'userListResponse',
  },
  GetQuotaStatus: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulUserid: 'unsignedInt', sUserId: 'entryId' },
    answer: 'quotaStatus',
  },
} as const satisfies Record<string, OperationRow>;
