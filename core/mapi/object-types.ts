/** Kinds of MAPI objects (PidTagObjectType, MS-OXPROPS 2.802). */
export const MAPI_STORE = 1;
export const MAPI_ADDRBOOK = 2;
export const MAPI_FOLDER = 3;
export const MAPI_ABCONT = 4;
export const MAPI_MESSAGE = 5;
export const MAPI_MAILUSER = 6;
export const MAPI_ATTACH = 7;
export const MAPI_DISTLIST = 8;

/** Folder types (PidTagFolderType). */
export const FOLDER_ROOT = 0;
export const FOLDER_GENERIC = 1;
export const FOLDER_SEARCH = 2;

/** Store types of the wire (observed on 11.0.2). */
export const STORE_PRIVATE = 0;
export const STORE_PUBLIC = 1;
export const STORE_ARCHIVE = 2;
