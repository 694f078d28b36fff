import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_TYPE } from '../mapi/error-codes.ts';
import { type Property, type PropertyValue, propertyType } from '../mapi/property.ts';
import {
  MV_FLAG,
  MV_INSTANCE,
  PT_APPTIME,
  PT_BINARY,
  PT_BOOLEAN,
  PT_CLSID,
  PT_CURRENCY,
  PT_DOUBLE,
  PT_ERROR,
  PT_FLOAT,
  PT_LONG,
  PT_LONGLONG,
  PT_SHORT,
  PT_STRING8,
  PT_SYSTIME,
  PT_UNICODE,
} from '../mapi/property-types.ts';
import type { Draft, Wire } from './wire.ts';

/** The `hilo` of a 64-bit number: signed high, unsigned low half. */
export const hiloOf = (value: bigint): { hi: number; lo: number } => ({
  hi: Number(BigInt.asIntN(32, value >> 32n)),
  lo: Number(BigInt.asUintN(32, value)),
});

export const numberOfHilo = ({ hi, lo }: { hi: number; lo: number }): bigint => (BigInt(hi) << 32n) | BigInt(lo >>> 0);

/** A property's value as the union member that its type asks for. */
export function toWire({ tag, value }: Property): Draft<'propVal'> {
  return { ulPropTag: tag, Value: memberOf(propertyType(tag), value) };
}

function memberOf(type: number, value: PropertyValue): NonNullable<Draft<'propVal'>['Value']> {
  switch (type & ~MV_INSTANCE) {
    case PT_SHORT:
      return { name: 'i', value: value as number };
    case PT_LONG:
    case PT_ERROR:
      return { name: 'ul', value: (value as number) >>> 0 };
    case PT_FLOAT:
      return { name: 'flt', value: value as number };
    case PT_DOUBLE:
    case PT_APPTIME:
      return { name: 'dbl', value: value as number };
    case PT_BOOLEAN:
      return { name: 'b', value: value as boolean };
    case PT_LONGLONG:
      return { name: 'li', value: value as bigint };
    case PT_CURRENCY:
    case PT_SYSTIME:
      return { name: 'hilo', value: hiloOf(value as bigint) };
    case PT_STRING8:
    case PT_UNICODE:
      return { name: 'lpszA', value: value as string };
    case PT_BINARY:
    case PT_CLSID:
      return { name: 'bin', value: value as Buffer };
    case MV_FLAG | PT_SHORT:
      return { name: 'mvi', value: value as number[] };
    case MV_FLAG | PT_LONG:
      return { name: 'mvl', value: value as number[] };
    case MV_FLAG | PT_FLOAT:
      return { name: 'mvflt', value: value as number[] };
    case MV_FLAG | PT_DOUBLE:
    case MV_FLAG | PT_APPTIME:
      return { name: 'mvdbl', value: value as number[] };
    case MV_FLAG | PT_LONGLONG:
      return { name: 'mvli', value: value as bigint[] };
    case MV_FLAG | PT_CURRENCY:
    case MV_FLAG | PT_SYSTIME:
      return { name: 'mvhilo', value: (value as bigint[]).map(hiloOf) };
    case MV_FLAG | PT_STRING8:
    case MV_FLAG | PT_UNICODE:
      return { name: 'mvszA', value: value as string[] };
    case MV_FLAG | PT_BINARY:
    case MV_FLAG | PT_CLSID:
      return { name: 'mvbin', value: value as Buffer[] };
    default:
      return { name: 'ul', value: Number(value) >>> 0 };
  }
}

/** Which union members a type may come in. */
const MEMBERS: Readonly<Record<number, string>> = {
  [PT_SHORT]: 'i',
  [PT_LONG]: 'ul',
  [PT_ERROR]: 'ul',
  [PT_FLOAT]: 'flt',
  [PT_DOUBLE]: 'dbl',
  [PT_APPTIME]: 'dbl',
  [PT_BOOLEAN]: 'b',
  [PT_LONGLONG]: 'li',
  [PT_CURRENCY]: 'hilo',
  [PT_SYSTIME]: 'hilo',
  [PT_STRING8]: 'lpszA',
  [PT_UNICODE]: 'lpszA',
  [PT_BINARY]: 'bin',
  [PT_CLSID]: 'bin',
  [MV_FLAG | PT_SHORT]: 'mvi',
  [MV_FLAG | PT_LONG]: 'mvl',
  [MV_FLAG | PT_FLOAT]: 'mvflt',
  [MV_FLAG | PT_DOUBLE]: 'mvdbl',
  [MV_FLAG | PT_APPTIME]: 'mvdbl',
  [MV_FLAG | PT_LONGLONG]: 'mvli',
  [MV_FLAG | PT_CURRENCY]: 'mvhilo',
  [MV_FLAG | PT_SYSTIME]: 'mvhilo',
  [MV_FLAG | PT_STRING8]: 'mvszA',
  [MV_FLAG | PT_UNICODE]: 'mvszA',
  [MV_FLAG | PT_BINARY]: 'mvbin',
  [MV_FLAG | PT_CLSID]: 'mvbin',
};

/** The property that a client sent; undefined where value and type don't go together, which the server passes over (observed on 11.0.2). */
export function fromWire(propVal: Wire<'propVal'>): Property | undefined {
  const { ulPropTag: tag, Value: union } = propVal;
  if (!union || MEMBERS[propertyType(tag) & ~MV_INSTANCE] !== union.name) return undefined;
  switch (union.name) {
    case 'hilo':
      return { tag, value: numberOfHilo(union.value) };
    case 'mvhilo':
      return { tag, value: union.value.map(numberOfHilo) };
    case 'res':
    case 'actions':
      return undefined;
    default:
      return { tag, value: union.value as PropertyValue };
  }
}

/** The properties that a client sent, without those whose value doesn't fit their type. */
export const propertiesFromWire = (list: readonly Wire<'propVal'>[]): Property[] =>
  list.flatMap((propVal) => fromWire(propVal) ?? []);

/** The property, or KCERR_INVALID_TYPE. */
export function requireFromWire(propVal: Wire<'propVal'>): Property {
  const property = fromWire(propVal);
  if (!property) throw new KopanoError(KCERR_INVALID_TYPE, 'a value does not fit the type of its tag');
  return property;
}
