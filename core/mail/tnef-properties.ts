import { type PropertyTag, propertyId } from '../mapi/property.ts';
import * as tags from '../mapi/tags.ts';

/**
 * Properties that travel in no TNEF, neither out nor in: who and where a message is,
 * what the server counts, what it came with.
 */
const FOREIGN: ReadonlySet<PropertyTag> = new Set(
  [
    tags.PR_ACCESS,
    tags.PR_ACCESS_LEVEL,
    tags.PR_CHANGE_KEY,
    tags.PR_CREATION_TIME,
    tags.PR_DELETE_AFTER_SUBMIT,
    tags.PR_DISPLAY_BCC,
    tags.PR_DISPLAY_CC,
    tags.PR_DISPLAY_TO,
    tags.PR_ENTRYID,
    tags.PR_HASATTACH,
    tags.PR_LAST_MODIFICATION_TIME,
    tags.PR_MAPPING_SIGNATURE,
    tags.PR_MDB_PROVIDER,
    tags.PR_MESSAGE_FLAGS,
    tags.PR_MESSAGE_SIZE,
    tags.PR_NORMALIZED_SUBJECT,
    tags.PR_OBJECT_TYPE,
    tags.PR_PARENT_ENTRYID,
    tags.PR_PARENT_SOURCE_KEY,
    tags.PR_PREDECESSOR_CHANGE_LIST,
    tags.PR_RECORD_KEY,
    tags.PR_RTF_IN_SYNC,
    tags.PR_RTF_SYNC_BODY_COUNT,
    tags.PR_RTF_SYNC_BODY_CRC,
    tags.PR_RTF_SYNC_BODY_TAG,
    tags.PR_RTF_SYNC_PREFIX_COUNT,
    tags.PR_RTF_SYNC_TRAILING_COUNT,
    tags.PR_SEARCH_KEY,
    tags.PR_SENTMAIL_ENTRYID,
    tags.PR_SOURCE_KEY,
    tags.PR_STORE_ENTRYID,
    tags.PR_STORE_RECORD_KEY,
    tags.PR_STORE_SUPPORT_MASK,
    tags.PR_SUBMIT_FLAGS,
    tags.PR_TRANSPORT_MESSAGE_HEADERS,
    tags.PR_ATTACH_NUM,
    tags.PR_ATTACH_SIZE,
  ].map(propertyId),
);
/** Of stores and servers, never of mail (MS-OXPROPS 1.3.3). */
const FIRST_INTERNAL = 0x6600;
const LAST_INTERNAL = 0x67ff;
export const isForeign = (id: number): boolean => FOREIGN.has(id) || (id >= FIRST_INTERNAL && id <= LAST_INTERNAL);

/** What the mail around it says already (observed on 11.0.2). */
const SAID_BY_MAIL: ReadonlySet<PropertyTag> = new Set(
  [
    tags.PR_BODY,
    tags.PR_HTML,
    tags.PR_RTF_COMPRESSED,
    tags.PR_CLIENT_SUBMIT_TIME,
    tags.PR_MESSAGE_DELIVERY_TIME,
    tags.PR_LAST_MODIFIER_NAME,
    tags.PR_LAST_MODIFIER_ENTRYID,
    tags.PR_SENDER_ADDRTYPE,
    tags.PR_SENDER_EMAIL_ADDRESS,
    tags.PR_SENDER_ENTRYID,
    tags.PR_SENDER_NAME,
    tags.PR_SENDER_SEARCH_KEY,
    tags.PR_SENT_REPRESENTING_ADDRTYPE,
    tags.PR_SENT_REPRESENTING_EMAIL_ADDRESS,
    tags.PR_SENT_REPRESENTING_ENTRYID,
    tags.PR_SENT_REPRESENTING_NAME,
    tags.PR_SENT_REPRESENTING_SEARCH_KEY,
    tags.PR_SUBJECT,
    tags.PR_SUBJECT_PREFIX,
  ].map(propertyId),
);
export const isSaidByMail = (id: number): boolean => SAID_BY_MAIL.has(id);
