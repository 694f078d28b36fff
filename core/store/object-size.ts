import { PR_EC_IMAP_EMAIL } from '../mapi/tags.ts';
import type { Draft } from './merge.ts';
import { valueSize } from './property-document.ts';

/*
 * Sizes of objects (PR_MESSAGE_SIZE, PR_ATTACH_SIZE), counted as 11.0.2 does:
 * what the values take, something for each property and for the object, and
 * the sizes of the objects below.
 */
const PROPERTY_BYTES = 20;
const OBJECT_BYTES = 28;

/** Size of an object without those below it. */
export const ownSize = (valueBytes: number, propertyCount: number): number =>
  OBJECT_BYTES + valueBytes + PROPERTY_BYTES * propertyCount;

/** Bytes of values that don't count: the mail as it came, which the IMAP gateway keeps beside the message (observed on 11.0.2). */
export function uncountedBytes({ values, large }: Draft): number {
  const kept = values.get(PR_EC_IMAP_EMAIL);
  return large.get(PR_EC_IMAP_EMAIL)?.size ?? (kept === undefined ? 0 : valueSize(kept));
}
