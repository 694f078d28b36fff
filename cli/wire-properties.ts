/** Properties as `kgc` sends and reads them on the wire. */
import { dateFromFileTime, fileTimeFromDate } from '../core/mapi/file-time.ts';
import {
  type Properties,
  type PropertyTag,
  type PropertyValue,
  propertyType,
  unicodeTag,
} from '../core/mapi/property.ts';
import { PT_ERROR, PT_MV_LONG, PT_MV_UNICODE } from '../core/mapi/property-types.ts';
import type { Draft, Wire } from '../core/soap/index.ts';

/** What `kgc` writes: texts, numbers of 32 bits, times, truth values, bytes, and lists. */
export type WrittenValue =
  | string
  | number
  | boolean
  | Date
  | Buffer
  | readonly Buffer[]
  | readonly string[]
  | readonly number[];

/** A property to be saved. */
export function wireProperty(tag: PropertyTag, value: WrittenValue): Draft<'propVal'> {
  return { ulPropTag: tag, Value: memberOf(tag, value) };
}

function memberOf(tag: PropertyTag, value: WrittenValue): NonNullable<Draft<'propVal'>['Value']> {
  if (typeof value === 'string') return { name: 'lpszA', value };
  if (typeof value === 'number') return { name: 'ul', value };
  if (typeof value === 'boolean') return { name: 'b', value };
  if (value instanceof Date) return { name: 'hilo', value: hiloOf(value) };
  if (Buffer.isBuffer(value)) return { name: 'bin', value };
  if (propertyType(tag) === PT_MV_UNICODE) return { name: 'mvszA', value: value as readonly string[] };
  if (propertyType(tag) === PT_MV_LONG) return { name: 'mvl', value: value as readonly number[] };
  return { name: 'mvbin', value: value as readonly Buffer[] };
}

const LOW_BITS = 32n;
const hiloOf = (time: Date): { hi: number; lo: number } => {
  const fileTime = fileTimeFromDate(time);
  return { hi: Number(BigInt.asIntN(32, fileTime >> LOW_BITS)), lo: Number(BigInt.asUintN(32, fileTime)) };
};

/** The properties of an answer, by Unicode tag; what is missing in a table's row is left out. */
export function readProperties(list: readonly Wire<'propVal'>[]): Properties {
  const properties: Properties = new Map();
  for (const { ulPropTag, Value } of list) {
    if (!Value || propertyType(ulPropTag) === PT_ERROR) continue;
    const value = valueIn(Value);
    if (value !== undefined) properties.set(unicodeTag(ulPropTag), value);
  }
  return properties;
}

function valueIn(union: NonNullable<Wire<'propVal'>['Value']>): PropertyValue | undefined {
  switch (union.name) {
    case 'hilo':
      return fileTimeOf(union.value);
    case 'mvhilo':
      return union.value.map(fileTimeOf);
    case 'res':
    case 'actions':
      return undefined;
    default:
      return union.value as PropertyValue;
  }
}

const fileTimeOf = ({ hi, lo }: Wire<'hiloLong'>): bigint => (BigInt(hi) << 32n) | BigInt(lo);

/** Reads one property of a kind, or undefined where there is none or another kind. */
export const textOf = (properties: Properties, tag: PropertyTag): string | undefined => {
  const value = properties.get(tag);
  return typeof value === 'string' ? value : undefined;
};
export const numberOf = (properties: Properties, tag: PropertyTag): number | undefined => {
  const value = properties.get(tag);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
};
export const bytesOf = (properties: Properties, tag: PropertyTag): Buffer | undefined => {
  const value = properties.get(tag);
  return Buffer.isBuffer(value) ? value : undefined;
};
export const timeOf = (properties: Properties, tag: PropertyTag): Date | undefined => {
  const value = properties.get(tag);
  return typeof value === 'bigint' ? dateFromFileTime(value) : undefined;
};
