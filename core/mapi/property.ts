import { MV_FLAG, MV_INSTANCE, PT_ERROR, PT_STRING8, PT_UNICODE } from './property-types.ts';

/** A property tag: id in the high, type in the low 16 bits, as an unsigned 32-bit number. */
export type PropertyTag = number;

/**
 * A property's value, by type:
 * - PT_SHORT, PT_LONG (unsigned, as on the wire), PT_ERROR, PT_FLOAT, PT_DOUBLE, PT_APPTIME: number
 * - PT_BOOLEAN: boolean
 * - PT_LONGLONG, PT_CURRENCY, PT_SYSTIME (FILETIME: 100 ns since 1601-01-01 UTC): bigint
 * - PT_STRING8, PT_UNICODE: string (both Unicode; see {@link unicodeTag})
 * - PT_CLSID, PT_BINARY: Buffer
 * - PT_MV_*: array of the above
 */
export type PropertyValue = number | bigint | boolean | string | Buffer | number[] | bigint[] | string[] | Buffer[];

/** One property; tables answer missing columns with a PT_ERROR tag. */
export interface Property {
  readonly tag: PropertyTag;
  readonly value: PropertyValue;
}

/** The properties of an object, by Unicode-normalised tag. */
export type Properties = Map<PropertyTag, PropertyValue>;
export type ReadonlyProperties = ReadonlyMap<PropertyTag, PropertyValue>;

/** Builds a tag from its id and type. */
export const propertyTag = (id: number, type: number): PropertyTag => ((id << 16) | type) >>> 0;
export const propertyId = (tag: PropertyTag): number => tag >>> 16;
export const propertyType = (tag: PropertyTag): number => tag & 0xffff;
export const withType = (tag: PropertyTag, type: number): PropertyTag => ((tag & 0xffff0000) | type) >>> 0;
export const errorTag = (tag: PropertyTag): PropertyTag => withType(tag, PT_ERROR);
export const isMultiValued = (tag: PropertyTag): boolean => (tag & MV_FLAG) !== 0;

/** The tag with PT_STRING8 turned into PT_UNICODE, also inside multi-valued types: the form under which values are kept. */
export function unicodeTag(tag: PropertyTag): PropertyTag {
  const type = propertyType(tag);
  return (type & ~(MV_FLAG | MV_INSTANCE)) === PT_STRING8 ? withType(tag, (type & ~PT_STRING8) | PT_UNICODE) : tag;
}

/** First id of the range that named properties are mapped to (MS-OXCPRPT 3.1.5.6). */
export const FIRST_NAMED_ID = 0x8000;
export const isNamed = (tag: PropertyTag): boolean => propertyId(tag) >= FIRST_NAMED_ID;
