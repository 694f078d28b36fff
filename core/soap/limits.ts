/**
 * What one message may hold. All of it is refused with a fault before a tree is
 * built, so that the worst request costs about as much as the largest honest one.
 */

/**
 * Bytes of a message after inflation. A Lambda payload is bound to 6 MB and the
 * local gateway to 10 MB; compressed requests may unfold beyond that. 64 MiB holds
 * any message that a client may send to the container variant and keeps a zip bomb
 * far below the function's memory.
 */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/**
 * Nodes of a message: elements, attributes, CDATA sections, comments and processing
 * instructions together. The largest honest request is a saveObject with thousands of
 * recipients: at 20 properties and three elements each, 300,000 nodes are 5,000
 * recipients. Each node takes the reader about 2.5 µs, so that the worst message is
 * refused or read in under a second.
 */
export const MAX_NODES = 300_000;

/**
 * Depth of nesting. An attachment with its embedded message costs 2 levels; a
 * restriction costs 2 to 3 for each level of its own, of which the genuine server
 * accepts 16.
 */
export const MAX_DEPTH = 128;

/** Attributes of one element. The envelope declares up to a dozen namespaces; nothing else has more than four. */
export const MAX_ATTRIBUTES = 32;

/** Characters of one tag with its attributes. The genuine envelope's is about 500. */
export const MAX_TAG_LENGTH = 8192;

/** MIME parts of a message: one per streamed object, of which clients ask for at most a few hundred. */
export const MAX_PARTS = 4096;

/** Bytes of the headers of one MIME part; gSOAP writes about 120. */
export const MAX_PART_HEADER_BYTES = 8192;
