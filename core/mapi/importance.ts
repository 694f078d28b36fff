/** PR_IMPORTANCE (MS-OXCMSG 2.2.1.11). */
export const IMPORTANCE_LOW = 0;
export const IMPORTANCE_NORMAL = 1;
export const IMPORTANCE_HIGH = 2;

/** PR_PRIORITY (MS-OXCMSG 2.2.1.12); unsigned, as on the wire. */
export const PRIO_NONURGENT = 0xffffffff;
export const PRIO_NORMAL = 0;
export const PRIO_URGENT = 1;

/** PR_SENSITIVITY (MS-OXCMSG 2.2.1.13). */
export const SENSITIVITY_NONE = 0;
export const SENSITIVITY_PERSONAL = 1;
export const SENSITIVITY_PRIVATE = 2;
export const SENSITIVITY_COMPANY_CONFIDENTIAL = 3;
