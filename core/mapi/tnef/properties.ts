import {
  FIRST_NAMED_ID,
  type PropertyTag,
  type PropertyValue,
  propertyId,
  propertyType,
  unicodeTag,
} from '../property.ts';
import * as types from '../property-types.ts';
import { NotTnefError, type TnefReader } from './reader.ts';

/** Name of a named property (MS-OXCDATA 2.6.1). */
export interface TnefName {
  readonly guid: Buffer;
  readonly number?: number;
  readonly name?: string;
}

/** One property of a TNEF stream. PT_OBJECT has its bytes, without the interface id before them. */
export interface TnefProperty {
  /** With the sender's id if it has a name; string types are Unicode. */
  readonly tag: PropertyTag;
  readonly name?: TnefName;
  readonly value: PropertyValue;
}

/** Properties of one object; Outlook writes some hundred. */
const MAX_PROPERTIES = 4_096;
/** Values of one property. */
const MAX_VALUES = 4_096;
const GUID_BYTES = 16;
const NAME_IS_STRING = 1;

/** Text of bytes in the code page of the stream. */
export type DecodeText = (bytes: Buffer) => string;

/** A list of properties (MS-OXTNEF 2.1.3.4). Throws {@link NotTnefError}. */
export function readProperties(reader: TnefReader, decode: DecodeText): TnefProperty[] {
  const count = reader.uint32();
  if (count > MAX_PROPERTIES) throw new NotTnefError(`${count} properties`);
  return Array.from({ length: count }, () => readProperty(reader, decode));
}

function readProperty(reader: TnefReader, decode: DecodeText): TnefProperty {
  const tag = reader.uint32();
  const name = propertyId(tag) >= FIRST_NAMED_ID ? { name: readName(reader) } : {};
  const type = propertyType(tag);
  const value =
    type & types.MV_FLAG ? readValues(reader, type & ~types.MV_FLAG, decode) : readValue(reader, type, decode, true);
  return { tag: unicodeTag(tag), ...name, value };
}

function readName(reader: TnefReader): TnefName {
  const guid = reader.take(GUID_BYTES);
  if (reader.uint32() !== NAME_IS_STRING) return { guid, number: reader.uint32() };
  return { guid, name: utf16(reader.aligned(reader.uint32())) };
}

function readValues(reader: TnefReader, type: number, decode: DecodeText): PropertyValue {
  const count = reader.uint32();
  if (count > MAX_VALUES) throw new NotTnefError(`${count} values`);
  return Array.from({ length: count }, () => readValue(reader, type, decode, false)) as PropertyValue;
}

/** @param counted whether a value of variable length has its count, always 1, before it */
function readValue(
  reader: TnefReader,
  type: number,
  decode: DecodeText,
  counted: boolean,
): number | bigint | boolean | string | Buffer {
  switch (type) {
    case types.PT_SHORT:
      return reader.take(4).readUInt16LE(0);
    case types.PT_LONG:
    case types.PT_ERROR:
      return reader.uint32();
    case types.PT_BOOLEAN:
      return reader.take(4).readUInt16LE(0) !== 0;
    case types.PT_FLOAT:
      return reader.take(4).readFloatLE(0);
    case types.PT_DOUBLE:
    case types.PT_APPTIME:
      return reader.take(8).readDoubleLE(0);
    case types.PT_CURRENCY:
    case types.PT_LONGLONG:
    case types.PT_SYSTIME:
      return reader.take(8).readBigInt64LE(0);
    case types.PT_CLSID:
      return reader.take(GUID_BYTES);
    case types.PT_STRING8:
      return withoutEnd(decode(variable(reader, counted)));
    case types.PT_UNICODE:
      return utf16(variable(reader, counted));
    case types.PT_BINARY:
      return variable(reader, counted);
    case types.PT_OBJECT:
      return variable(reader, counted).subarray(GUID_BYTES);
    default:
      throw new NotTnefError(`properties of type ${type}`);
  }
}

function variable(reader: TnefReader, counted: boolean): Buffer {
  if (counted && reader.uint32() !== 1) throw new NotTnefError('a value with several values');
  return reader.aligned(reader.uint32());
}

const utf16 = (bytes: Buffer): string => withoutEnd(bytes.toString('utf16le'));

/** What stands before the zero that ends a string. */
const withoutEnd = (text: string): string => {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
};
