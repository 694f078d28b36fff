import type { OperationRow } from '../rows.ts';

/** Tables and search folders. */
export const tableOperations = {
  tableOpen: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      sEntryId: 'entryId',
      ulTableType: 'unsignedInt',
      ulType: 'unsignedInt',
      ulFlags: 'unsignedInt',
    },
    answer: 'tableOpenResponse',
  },
  tableClose: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulTableId: 'unsignedInt' },
    answer: 'result',
  },
  tableSetColumns: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulTableId: 'unsignedInt', aPropTag: 'propTagArray?' },
    answer: 'result',
  },
  tableQueryColumns: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulTableId: 'unsignedInt', ulFlags: 'unsignedInt' },
    answer: 'tableQueryColumnsResponse',
  },
  tableSort: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulTableId: 'unsignedInt',
      aSortOrder: 'sortOrderArray?',
      ulCategories: 'unsignedInt',
      ulExpanded: 'unsignedInt',
    },
    answer: 'result',
  },
  tableRestrict: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulTableId: 'unsignedInt', lpRestrict: 'restrictTable?' },
    answer: 'result',
  },
  tableGetRowCount: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulTableId: 'unsignedInt' },
    answer: 'tableGetRowCountResponse',
  },
  tableQueryRows: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulTableId: 'unsignedInt',
      ulRowCount: 'unsignedInt',
      ulFlags: 'unsignedInt',
    },
    answer: 'tableQueryRowsResponse',
  },
  tableFindRow: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulTableId: 'unsignedInt',
      ulBookmark: 'unsignedInt',
      ulFlags: 'unsignedInt',
      lpsRestrict: 'restrictTable?',
    },
    answer: 'result',
  },
  tableSeekRow: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulTableId: 'unsignedInt', ulBookmark: 'unsignedInt', lRowCount: 'int' },
    answer: 'tableSeekRowResponse',
  },
  tableCreateBookmark: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulTableId: 'unsignedInt' },
    answer: 'tableBookmarkResponse',
  },
  tableFreeBookmark: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulTableId: 'unsignedInt', ulbkPosition: 'unsignedInt' },
    answer: 'result',
  },
  tableSetSearchCriteria: {
    session: true,
    write: true,
    parameters: {
      ulSessionId: 'unsignedLong',
      sEntryId: 'entryId',
      lpRestrict: 'restrictTable?',
      lpFolders: 'entryList?',
      ulFlags: 'unsignedInt',
    },
    answer: 'result',
  },
  tableGetSearchCriteria: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sEntryId: 'entryId' },
    answer: 'tableGetSearchCriteriaResponse',
  },
  tableExpandRow: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulTableId: 'unsignedInt',
      sInstanceKey: 'base64Binary',
      ulRowCount: 'unsignedInt',
      ulFlags: 'unsignedInt',
    },
    answer: 'tableExpandRowResponse',
  },
  tableCollapseRow: {
    session: true,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      ulTableId: 'unsignedInt',
      sInstanceKey: 'base64Binary',
      ulFlags: 'unsignedInt',
    },
    answer: 'tableCollapseRowResponse',
  },
  tableGetCollapseState: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulTableId: 'unsignedInt', sBookmark: 'base64Binary' },
    answer: 'tableGetCollapseStateResponse',
  },
  tableSetCollapseState: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulTableId: 'unsignedInt', sCollapseState: 'base64Binary' },
    answer: 'tableSetCollapseStateResponse',
  },
  tableMulti: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', sRequest: 'tableMultiRequest' },
    answer: 'tableMultiResponse',
  },
} as const satisfies Record<string, OperationRow>;
