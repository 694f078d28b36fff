/*
 * Bounds of what one mail may ask for. What lies beyond them is delivered
 * with the original attached, so nothing is lost.
 */

/** Header of one part: what the splitter allows by itself; real mail stays below 100 KB. */
export const MAX_HEADER_BYTES = 1024 * 1024;

/** Parts of a mail with those of the messages inside it; mail with 1,000 attachments passes. */
export const MAX_PARTS = 2_000;

/** Multiparts within multiparts; every line is compared with the boundaries of all that are open. */
export const MAX_MULTIPART_DEPTH = 100;

/**
 * Messages within messages that are opened; deeper ones stay files. One less than the
 * 20 that stores take (original default), for the innermost one has attachments, too.
 */
export const MAX_MESSAGE_DEPTH = 19;

/**
 * Bytes read for a mail and the messages within it, as a multiple of its size:
 * every level is read again, so deep nesting of large messages is cut here.
 */
export const MAX_READING_FACTOR = 8;
/** Small mail is read whole however deep it nests. */
export const FREE_READING_BYTES = 16 * 1024 * 1024;

/** Recipients kept as rows; each is an object of its own. PR_TRANSPORT_MESSAGE_HEADERS has them all. */
export const MAX_RECIPIENTS = 2_000;

/** Characters of a header's decoded text that become a property, e.g. a subject. */
export const MAX_FIELD_LENGTH = 32 * 1024;

/** Characters of a file name; most file systems take 255. */
export const MAX_FILE_NAME_LENGTH = 255;

/** Text that is shown as a body; longer texts are files, which no client has to lay out. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** HTML that is read for its text; the rest of a longer body is not searched for words. */
export const MAX_HTML_LENGTH = 8 * 1024 * 1024;

/** Header that the stand-in for an unreadable mail is made from. */
export const MAX_SALVAGED_HEADER_BYTES = 64 * 1024;

/** RTF that is searched for the HTML or text it wraps; longer RTF is sent as a file. */
export const MAX_RTF_BYTES = 8 * 1024 * 1024;
