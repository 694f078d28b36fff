import { type PropertyTag, type PropertyValue, propertyType } from '../property.ts';
import * as types from '../property-types.ts';
import type { TnefName, TnefProperty } from './properties.ts';

const SIGNATURE = 0x223e9f78;
const MESSAGE_PROPERTIES = 0x00069003;
const LEVEL_MESSAGE = 1;
const ALIGNMENT = 4;
const NAME_IS_STRING = 1;
/** The key that links streams to what they are in; nothing reads it. */
const KEY = 0;

/** Properties as a TNEF stream (MS-OXTNEF 2.1): the modern half, which every reader of today understands. */
export function writeTnef(properties: readonly TnefProperty[]): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt32LE(SIGNATURE, 0);
  head.writeUInt16LE(KEY, 4);
  return Buffer.concat([head, attribute(LEVEL_MESSAGE, MESSAGE_PROPERTIES, propertyList(properties))]);
}

/** One attribute with its check sum, the sum of its bytes (MS-OXTNEF 2.1.3.1). */
export function attribute(level: number, id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt8(level, 0);
  head.writeUInt32LE(id, 1);
  head.writeUInt32LE(value.length, 5);
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(value.reduce((total, byte) => (total + byte) & 0xffff, 0));
  return Buffer.concat([head, value, sum]);
}

/** A list of properties (MS-OXTNEF 2.1.3.4). */
export const propertyList = (properties: readonly TnefProperty[]): Buffer =>
  Buffer.concat([uint32(properties.length), ...properties.map(property)]);

function property({ tag, name, value }: TnefProperty): Buffer {
  return Buffer.concat([uint32(tag), ...(name ? [encodedName(name)] : []), encodedValue(tag, value)]);
}

function encodedName({ guid, number, name }: TnefName): Buffer {
  if (number !== undefined) return Buffer.concat([guid, uint32(0), uint32(number)]);
  const text = utf16(name ?? '');
  return Buffer.concat([guid, uint32(NAME_IS_STRING), uint32(text.length), aligned(text)]);
}

function encodedValue(tag: PropertyTag, value: PropertyValue): Buffer {
  const type = propertyType(tag);
  if ((type & types.MV_FLAG) === 0) return single(type, value as Single, true);
  const values = value as Single[];
  return Buffer.concat([uint32(values.length), ...values.map((each) => single(type & ~types.MV_FLAG, each, false))]);
}

type Single = number | bigint | boolean | string | Buffer;

/** @param counted whether a value of variable length has its count, always 1, before it */
function single(type: number, value: Single, counted: boolean): Buffer {
  switch (type) {
    case types.PT_SHORT:
    case types.PT_BOOLEAN:
      return uint32(Number(value) & 0xffff);
    case types.PT_LONG:
      return uint32(Number(value));
    case types.PT_FLOAT: {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(Number(value));
      return bytes;
    }
    case types.PT_DOUBLE:
    case types.PT_APPTIME: {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(Number(value));
      return bytes;
    }
    case types.PT_CURRENCY:
    case types.PT_LONGLONG:
    case types.PT_SYSTIME: {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value as bigint)));
      return bytes;
    }
    case types.PT_CLSID:
      return value as Buffer;
    case types.PT_UNICODE:
      return variable(utf16(value as string), counted);
    case types.PT_BINARY:
      return variable(value as Buffer, counted);
    default:
      throw new TypeError(`TNEF has no properties of type ${type}`);
  }
}

const variable = (bytes: Buffer, counted: boolean): Buffer =>
  Buffer.concat([...(counted ? [uint32(1)] : []), uint32(bytes.length), aligned(bytes)]);

const aligned = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT)]);

const utf16 = (text: string): Buffer => Buffer.from(`${text.replaceAll('\0', '')}\0`, 'utf16le');

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
