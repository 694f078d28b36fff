/** Values of PR_RECIPIENT_TYPE (MS-OXOMSG 2.2.3.1). */
export const MAPI_TO = 1;
export const MAPI_CC = 2;
export const MAPI_BCC = 3;
