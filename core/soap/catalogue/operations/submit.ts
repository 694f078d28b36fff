import type { OperationRow } from '../rows.ts';

/** Sending. */
export const submitOperations = {
  submitMessage: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId', ulFlags: 'unsignedInt' },
    answer: 'result',
  },
  finishedMessage: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId', ulFlags: 'unsignedInt' },
    answer: 'result',
  },
  abortSubmit: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId' },
    answer: 'result',
  },
  setLockState: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId', bLocked: 'boolean' },
    answer: 'result',
  },
} as const satisfies Record<string, OperationRow>;
