import type { TypeRow } from './rows.ts';

/** Tables and search criteria. */
export const tableTypes = {
  sortOrder: { struct: { ulPropTag: 'unsignedInt', ulOrder: 'unsignedInt' } },
  sortOrderArray: { array: 'sortOrder', arrayType: 'sortOrder' },
  tableOpenRequest: {
    struct: { sEntryId: 'entryId', ulTableType: 'unsignedInt', ulType: 'unsignedInt', ulFlags: 'unsignedInt' },
  },
  tableSortRequest: {
    struct: { sSortOrder: 'sortOrderArray', ulCategories: 'unsignedInt', ulExpanded: 'unsignedInt' },
  },
  tableQueryRowsRequest: { struct: { ulCount: 'unsignedInt', ulFlags: 'unsignedInt' } },
  tableMultiRequest: {
    struct: {
      ulTableId: 'unsignedInt',
      ulFlags: 'unsignedInt',
      lpOpen: 'tableOpenRequest?',
      lpSetColumns: 'propTagArray?',
      lpRestrict: 'restrictTable?',
      lpSort: 'tableSortRequest?',
      lpQueryRows: 'tableQueryRowsRequest?',
    },
  },
  tableOpenResponse: { struct: { er: 'unsignedInt', ulTableId: 'unsignedInt' } },
  tableQueryRowsResponse: { struct: { er: 'unsignedInt', sRowSet: 'rowSet' } },
  tableQueryColumnsResponse: { struct: { er: 'unsignedInt', sPropTagArray: 'propTagArray' } },
  tableGetRowCountResponse: { struct: { er: 'unsignedInt', ulCount: 'unsignedInt', ulRow: 'unsignedInt' } },
  tableSeekRowResponse: { struct: { er: 'unsignedInt', lRowsSought: 'int' } },
  tableBookmarkResponse: { struct: { er: 'unsignedInt', ulbkPosition: 'unsignedInt' } },
  tableExpandRowResponse: { struct: { er: 'unsignedInt', rowSet: 'rowSet', ulMoreRows: 'unsignedInt' } },
  tableCollapseRowResponse: { struct: { er: 'unsignedInt', ulRows: 'unsignedInt' } },
  tableGetCollapseStateResponse: { struct: { sCollapseState: 'base64Binary', er: 'unsignedInt' } },
  tableSetCollapseStateResponse: { struct: { ulBookmark: 'unsignedInt', er: 'unsignedInt' } },
  tableMultiResponse: { struct: { er: 'unsignedInt', ulTableId: 'unsignedInt', sRowSet: 'rowSet' } },
  tableGetSearchCriteriaResponse: {
    struct: { lpRestrict: 'restrictTable?', lpFolderIDs: 'entryList?', ulFlags: 'unsignedInt', er: 'unsignedInt' },
  },
  searchCriteria: { struct: { lpRestrict: 'restrictTable?', lpFolders: 'entryList?', ulFlags: 'unsignedInt' } },
  categoryState: { struct: { sProps: 'propValArray', fExpanded: 'unsignedInt' } },
  categoryStateArray: { list: 'categoryState' },
  collapseState: { struct: { sCategoryStates: 'categoryStateArray', sBookMarkProps: 'propValArray' } },
} as const satisfies Record<string, TypeRow>;
