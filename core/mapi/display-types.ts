/** What a row of the address book shows as (PidTagDisplayType, MS-OXOABK 2.2.3.11; values observed on 11.0.2). */
export const DT_MAILUSER = 0x0;
export const DT_DISTLIST = 0x1;
/** Dynamic groups. */
export const DT_AGENT = 0x3;
/** Companies. */
export const DT_ORGANIZATION = 0x4;
/** Contacts, who have no account here. */
export const DT_REMOTE_MAILUSER = 0x6;

/** PidTagDisplayTypeEx besides (MS-OXOABK 2.2.3.12). */
export const DT_ROOM = 0x7;
export const DT_EQUIPMENT = 0x8;
export const DT_SEC_DISTLIST = 0x9;
/** Or-ed to the types that folder permissions can name. */
export const DTE_FLAG_ACL_CAPABLE = 0x40000000;

/** Containers. */
export const DT_GLOBAL = 0x20000;
export const DT_NOT_SPECIFIC = 0x50000;
export const DT_FOLDER = 0x1000000;

/** What a container can do, bits of PR_CONTAINER_FLAGS (MS-OXOABK 2.2.2.1). */
export const AB_RECIPIENTS = 0x01;
export const AB_SUBCONTAINERS = 0x02;
export const AB_UNMODIFIABLE = 0x08;
export const AB_UNICODE_OK = 0x40;

/** States of a row in name resolution (MAPI ResolveNames). */
export const MAPI_UNRESOLVED = 0;
export const MAPI_AMBIGUOUS = 1;
export const MAPI_RESOLVED = 2;
/** Flag of name resolution: only exact matches of names and addresses. */
export const EMS_AB_ADDRESS_LOOKUP = 0x01;
