/** Flags of SetSearchCriteria (MS-OXCFOLD 2.2.1.4; mapidefs of the clients). */
export const STOP_SEARCH = 0x01;
export const RESTART_SEARCH = 0x02;
export const RECURSIVE_SEARCH = 0x04;
export const SHALLOW_SEARCH = 0x08;
export const FOREGROUND_SEARCH = 0x10;
export const BACKGROUND_SEARCH = 0x20;

/** State that GetSearchCriteria tells (MS-OXCFOLD 2.2.1.5). */
export const SEARCH_RUNNING = 0x01;
/** Not all messages have been looked at yet. */
export const SEARCH_REBUILD = 0x02;
export const SEARCH_RECURSIVE = 0x04;
