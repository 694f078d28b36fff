/** Values of PR_RECIPIENT_TYPE (MS-OXOMSG 2.2.3.1). */
export const MAPI_TO = 1;
export const MAPI_CC = 2;
export const MAPI_BCC = 3;
/** Bit of a recipient whom a message is sent to again, alone (MS-OXOMSG 2.2.3.1: 0x10000000). */
export const MAPI_P1 = 0x10000000;
