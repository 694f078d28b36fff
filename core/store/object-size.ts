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
