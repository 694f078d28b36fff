import { compareTexts } from './collation.ts';
import { isMultiValued, type PropertyTag, type PropertyValue, propertyType, unicodeTag } from './property.ts';
import {
  MV_FLAG,
  MV_INSTANCE,
  PT_APPTIME,
  PT_BINARY,
  PT_BOOLEAN,
  PT_CLSID,
  PT_CURRENCY,
  PT_DOUBLE,
  PT_FLOAT,
  PT_LONG,
  PT_LONGLONG,
  PT_SHORT,
  PT_SYSTIME,
  PT_UNICODE,
} from './property-types.ts';
import { PR_ADDRESS_BOOK_ENTRYID } from './tags.ts';

/** A single value of a property. */
export type SingleValue = number | bigint | boolean | string | Buffer;

const compareNumbers = <T extends number | bigint>(one: T, other: T): number =>
  one < other ? -1 : one > other ? 1 : 0;

/** FILETIMEs and currencies compare by a signed upper and an unsigned lower half, which is the order of 64-bit numbers. */
function compareSingle(
  type: number,
  one: SingleValue,
  other: SingleValue,
  binaries: typeof bySizeFirst,
): number | undefined {
  switch (type) {
    case PT_SHORT:
    case PT_LONG:
    case PT_FLOAT:
    case PT_DOUBLE:
    case PT_APPTIME:
      return compareNumbers(one as number, other as number);
    case PT_BOOLEAN:
      return Number(one) - Number(other);
    case PT_LONGLONG:
    case PT_SYSTIME:
    case PT_CURRENCY:
      return compareNumbers(one as bigint, other as bigint);
    case PT_UNICODE:
      return compareTexts(one as string, other as string);
    case PT_BINARY:
    case PT_CLSID:
      return binaries(one as Buffer, other as Buffer);
    default:
      return undefined;
  }
}

/** Restrictions order binaries by size, then by content (observed on 11.0.2). */
const bySizeFirst = (one: Buffer, other: Buffer): number => one.length - other.length || one.compare(other);

/** Sort orders compare binaries by content, a beginning before the whole. */
const byContent = (one: Buffer, other: Buffer): number => one.compare(other);

/** Order of two single values as restrictions see it; undefined for types without an order. */
export function compareValues(tag: PropertyTag, one: SingleValue, other: SingleValue): number | undefined {
  const type = propertyType(unicodeTag(tag)) & ~(MV_FLAG | MV_INSTANCE);
  if (tag === PR_ADDRESS_BOOK_ENTRYID) {
    const order = compareAddressBookIds(one as Buffer, other as Buffer);
    if (order !== undefined) return order;
  }
  return compareSingle(type, one, other, bySizeFirst);
}

/** Order of two values of properties of the same type: of several values, by their number first. */
export function compareProperties(tag: PropertyTag, one: PropertyValue, other: PropertyValue): number | undefined {
  if (!isMultiValued(tag)) return compareValues(tag, one as SingleValue, other as SingleValue);
  const [left, right] = [one as SingleValue[], other as SingleValue[]];
  if (left.length !== right.length) return left.length - right.length;
  for (const [index, value] of left.entries()) {
    const order = compareValues(tag, value, right[index]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** Order of two single values in a sorted table: currencies have none, and all else that has none is equal. */
export function compareForSorting(tag: PropertyTag, one: SingleValue, other: SingleValue): number {
  const type = propertyType(unicodeTag(tag)) & ~(MV_FLAG | MV_INSTANCE);
  if (type === PT_CURRENCY) return 0;
  return compareSingle(type, one, other, byContent) ?? 0;
}

/*
 * Address book entry ids (observed on 11.0.2): flags (4), provider GUID (16),
 * version (4), type (4), number (4), then from version 1 on the external id.
 * The number of a version 1 id means nothing outside its server.
 */
const AB_GUID = 4;
const AB_VERSION = 20;
const AB_TYPE = 24;
const AB_NUMBER = 28;
const AB_EXTERNAL = 32;
const AB_PROVIDER = Buffer.from('ac21a95040d3ee48b319fba753304425', 'hex');

function compareAddressBookIds(one: Buffer, other: Buffer): number | undefined {
  for (const id of [one, other]) {
    if (id.length < AB_EXTERNAL || !id.subarray(AB_GUID, AB_VERSION).equals(AB_PROVIDER)) return undefined;
  }
  const version = one.readUInt32LE(AB_VERSION);
  let order: number;
  if (version !== other.readUInt32LE(AB_VERSION)) order = one.readUInt32LE(AB_NUMBER) - other.readUInt32LE(AB_NUMBER);
  else if (one.length !== other.length) order = one.length - other.length;
  else if (version === 0) order = one.readUInt32LE(AB_NUMBER) - other.readUInt32LE(AB_NUMBER);
  else order = one.subarray(AB_EXTERNAL).compare(other.subarray(AB_EXTERNAL));
  return order || one.readUInt32LE(AB_TYPE) - other.readUInt32LE(AB_TYPE);
}

/** Bytes of a value as size restrictions count them (observed on 11.0.2: a boolean is 4). */
export function sizeOfValue(tag: PropertyTag, value: PropertyValue): number {
  if (isMultiValued(tag)) {
    return (value as SingleValue[]).reduce<number>((sum, item) => sum + sizeOfSingle(tag, item), 0);
  }
  return sizeOfSingle(tag, value as SingleValue);
}

function sizeOfSingle(tag: PropertyTag, value: SingleValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Buffer.isBuffer(value)) return value.length;
  switch (propertyType(tag) & ~(MV_FLAG | MV_INSTANCE)) {
    case PT_SHORT:
      return 2;
    case PT_LONG:
    case PT_BOOLEAN:
    case PT_FLOAT:
      return 4;
    default:
      return 8;
  }
}
