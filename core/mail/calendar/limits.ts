/*
 * Bounds of what one calendar may ask for; what lies beyond stays a file.
 */

/** A calendar of a whole year in one file stays below 2 MB. */
export const MAX_CALENDAR_BYTES = 4 * 1024 * 1024;

/** Components of a calendar with those inside them; the exceptions of a long series are some hundreds. */
export const MAX_COMPONENTS = 2_000;

/** Properties of a component: attendees, mostly. */
export const MAX_PROPERTIES = 4_000;

/** Exceptions of one series; each is a message of its own. */
export const MAX_EXCEPTIONS = 500;

/** Days that a pattern has and its rule hasn't, which are deleted from it. More make the pattern a bad likeness. */
export const MAX_DELETED_DATES = 1_000;

/** Characters of a text; a store takes more, but no client shows it. */
export const MAX_TEXT_LENGTH = 1024 * 1024;
