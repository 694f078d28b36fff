import type { OperationRow } from '../rows.ts';

/** Whole messages as streams. */
export const streamOperations = {
  exportMessageChangesAsStream: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulFlags: 'unsignedInt',
      sPropTags: 'propTagArray',
      'param-1': 'sourceKeyPairArray',
      ulPropTag: 'unsignedInt',
    },
    answer: 'exportMessageChangesAsStreamResponse',
  },
  importMessageFromStream: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulFlags: 'unsignedInt',
      ulSyncId: 'unsignedInt',
      sParentEntryId: 'entryId',
      sEntryId: 'entryId',
      bIsNew: 'boolean',
      lpsConflictItems: 'propVal?',
      sStreamData: 'xopBinary',
    },
    answer: 'result',
  },
} as const satisfies Record<string, OperationRow>;
