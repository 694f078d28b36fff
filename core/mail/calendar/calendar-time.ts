import ICAL from 'ical.js';
import {
  CalendarNotUnderstoodError,
  type Component,
  type ComponentProperty,
  parameterOf,
  rawValue,
} from './calendar-file.ts';

/** A time as a calendar says it (RFC 5545 3.3.4, 3.3.5). */
export interface CalendarTime {
  /** What the clock shows, as milliseconds since 1970 if it were UTC's; midnight of a date. */
  readonly local: number;
  readonly isDate: boolean;
  readonly isUtc: boolean;
  /** TZID; absent in UTC, for dates and for times without a zone. */
  readonly zoneName?: string;
}

const SECOND_MS = 1000;
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** Years that MAPI's minutes since 1601 and FILETIME can say. */
const FIRST_YEAR = 1602;
const LAST_YEAR = 4500;

/** `2026-11-25T10:00:00Z`, as jCal has times. */
const JCAL_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?(Z)?)?$/;

/** Reads a time as jCal has it; undefined for what is none. */
export function parseTime(value: unknown, zoneName?: string): CalendarTime | undefined {
  const match = typeof value === 'string' ? JCAL_TIME.exec(value) : null;
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as number[];
  const local = Date.UTC(year!, month! - 1, day!, hour!, minute!, Math.min(second!, 59));
  const sound =
    year! >= FIRST_YEAR && year! <= LAST_YEAR && new Date(local).getUTCDate() === day && hour! < 24 && minute! < 60;
  if (!sound) return undefined;
  const isDate = match[4] === undefined;
  const isUtc = match[7] !== undefined;
  return { local, isDate, isUtc, ...(zoneName !== undefined && !isDate && !isUtc && { zoneName }) };
}

/** The time that a property has. Throws {@link CalendarNotUnderstoodError} for what is no time. */
export function timeOf(property: ComponentProperty): CalendarTime {
  const time = parseTime(rawValue(property), parameterOf(property, 'tzid'));
  if (!time) throw new CalendarNotUnderstoodError(`${property.name.toUpperCase()} is no time`);
  return time;
}

/** A time in UTC, milliseconds since 1970; undefined where there is none, or no sensible one. */
export function utcTimeOf(component: Component, name: string): number | undefined {
  const property = component.getFirstProperty(name);
  // Unknown properties (X-…) are text.
  const value = property && rawValue(property);
  return parseTime(typeof value === 'string' ? (jCalTime(value) ?? value) : undefined)?.local;
}

/** `20261125T100000Z` as jCal has it. */
export const jCalTime = (text: string): string | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/.exec(text.trim());
  if (!match) return undefined;
  const date = `${match[1]}-${match[2]}-${match[3]}`;
  return match[4] === undefined ? date : `${date}T${match[4]}:${match[5]}:${match[6]}${match[7] ?? ''}`;
};

/** Milliseconds that a property of the type DURATION says. */
export function durationOf(property: ComponentProperty): number | undefined {
  const value: unknown = property.getFirstValue();
  if (!(value instanceof ICAL.Duration)) return undefined;
  const milliseconds = value.toSeconds() * SECOND_MS;
  return Number.isFinite(milliseconds) ? milliseconds : undefined;
}
