import type { Properties } from './property.ts';

/**
 * An object with everything below it: a message with its recipients and
 * attachments, an attachment with its embedded message. What mail conversion
 * makes and the store saves.
 */
export interface ObjectTree {
  /** MAPI_MESSAGE, MAPI_MAILUSER, MAPI_DISTLIST or MAPI_ATTACH (see object-types.ts). */
  readonly kind: number;
  readonly properties: Properties;
  readonly children: readonly ObjectTree[];
}
