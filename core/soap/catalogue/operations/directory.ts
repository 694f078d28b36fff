import type { OperationRow } from '../rows.ts';

/** The address book. */
export const directoryOperations = {
  readABProps: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId' },
    answer: 'readPropsResponse',
  },
  abResolveNames: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      lpaPropTag: 'propTagArray?',
      lpsRowSet: 'rowSet?',
      lpaFlags: 'flagArray?',
      ulFlags: 'unsignedInt',
    },
    answer: 'abResolveNamesResponse',
  },
  syncUsers: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', ulCompanyId: 'unsignedInt', sCompanyId: 'entryId' },
    answer: 'result',
  },
} as const satisfies Record<string, OperationRow>;
