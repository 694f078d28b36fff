import { millisecondsFromFileTime } from '../../mapi/file-time.ts';
import type { PropertyTag, ReadonlyProperties } from '../../mapi/property.ts';

/** Times that iCalendar and MAPI can both say. */
const FIRST_TIME = Date.UTC(1602, 0, 1);
const LAST_TIME = Date.UTC(4500, 11, 31);

/** A FILETIME property in milliseconds since 1970; undefined where there is none, or no sensible one. */
export function timeIn(properties: ReadonlyProperties, tag: PropertyTag): number | undefined {
  const value = properties.get(tag);
  if (typeof value !== 'bigint') return undefined;
  const time = millisecondsFromFileTime(value);
  return time >= FIRST_TIME && time <= LAST_TIME ? time : undefined;
}

/** The value of a text property. */
export function stringIn(properties: ReadonlyProperties, tag: PropertyTag): string | undefined {
  const value = properties.get(tag);
  return typeof value === 'string' ? value : undefined;
}

/** The value of a number property. */
export function numberIn(properties: ReadonlyProperties, tag: PropertyTag): number | undefined {
  const value = properties.get(tag);
  return typeof value === 'number' ? value : undefined;
}

/** The value of a binary property. */
export function binaryIn(properties: ReadonlyProperties, tag: PropertyTag): Buffer | undefined {
  const value = properties.get(tag);
  return Buffer.isBuffer(value) ? value : undefined;
}
