import type { OperationRow } from '../rows.ts';

/** Rights and ownership. */
export const rightsOperations = {
  getRights: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId', ulType: 'int' },
    answer: 'rightsResponse',
  },
  setRights: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId', lpsrightsArray: 'rightsArray?' },
    answer: 'result',
  },
  getOwner: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId' },
    answer: 'getOwnerResponse',
  },
} as const satisfies Record<string, OperationRow>;
