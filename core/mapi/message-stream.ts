import { type Property, type PropertyTag, propertyId } from './property.ts';

/*
 * Messages as streams of bytes: how exportMessageChangesAsStream and
 * importMessageFromStream carry them (observed on 11.0.2). Numbers are
 * big-endian; texts are UTF-8, without an end, behind their length.
 *
 *   stream      version, message
 *   message     properties, number of sub objects, sub objects
 *   properties  number of properties, properties
 *   property    tag, value; of a named property also its name
 *   value       a length before texts and binaries, a number of values before several
 *   name        GUID, kind, and the number, or the text behind its length
 *   sub object  type, id, properties; after those of an attachment its data behind
 *               their length, and the number (0 or 1) of embedded messages: type, id, message
 */

/** The only version there is: texts in UTF-8. */
export const MESSAGE_STREAM_VERSION = 1;

/** Properties of higher ids are named, and mean nothing without their name. */
const LAST_FIXED_ID = 0x8500;

export const isStreamedWithName = (tag: PropertyTag): boolean => propertyId(tag) > LAST_FIXED_ID;

/** Kinds of names (MNID_*, MS-OXCDATA 2.6.1). */
export const MNID_ID = 0;
export const MNID_STRING = 1;

/** What a named property is called. */
export interface StreamedName {
  readonly guid: Buffer;
  readonly number?: number;
  readonly name?: string;
}

/** A property with its name, if it has one. */
export interface StreamedProperty extends Property {
  readonly named?: StreamedName;
}

/** A message of a stream that has been read. */
export interface StreamedMessage {
  readonly properties: readonly StreamedProperty[];
  readonly children: readonly StreamedChild[];
}

/** A recipient or an attachment. */
export interface StreamedChild {
  /** MAPI_MAILUSER, MAPI_DISTLIST or MAPI_ATTACH. */
  readonly kind: number;
  readonly id: number;
  readonly properties: readonly StreamedProperty[];
  /** Of an attachment; empty where it has none. */
  readonly data?: Buffer;
  readonly embedded?: { readonly kind: number; readonly id: number; readonly message: StreamedMessage };
}
