import {
  BUSY_BUSY,
  BUSY_FREE,
  BUSY_NOT_INTENDED,
  BUSY_OUT_OF_OFFICE,
  BUSY_TENTATIVE,
  BUSY_WORKING_ELSEWHERE,
} from '../../mapi/calendar-values.ts';
import { SENSITIVITY_COMPANY_CONFIDENTIAL, SENSITIVITY_NONE, SENSITIVITY_PRIVATE } from '../../mapi/importance.ts';
import { CalendarNotUnderstoodError, type Component, numberOf, rawValues, textOf } from './calendar-file.ts';
import { type CalendarTime, DAY_MS, durationOf, timeOf } from './calendar-time.ts';
import { MAX_TEXT_LENGTH } from './limits.ts';
import type { Zones } from './zones.ts';

/** When an event takes place. */
export interface EventTimes {
  readonly start: CalendarTime;
  readonly end: CalendarTime;
  /** UTC, milliseconds since 1970. */
  readonly startUtc: number;
  readonly endUtc: number;
  readonly allDay: boolean;
}

/** Reads DTSTART with DTEND or DURATION (RFC 5545 3.6.1). Throws {@link CalendarNotUnderstoodError} for an event without a time. */
export function timesOf(event: Component, zones: Zones): EventTimes {
  const startProperty = event.getFirstProperty('dtstart');
  if (!startProperty) throw new CalendarNotUnderstoodError('an event has no DTSTART');
  const start = timeOf(startProperty);
  const startUtc = zones.utc(start);
  const end = endOf(event, start, startUtc, zones);
  const times = { start, end, startUtc, endUtc: Math.max(startUtc, zones.utc(end)) };
  return { ...times, allDay: isAllDay(event, start, end) };
}

function endOf(event: Component, start: CalendarTime, startUtc: number, zones: Zones): CalendarTime {
  const property = event.getFirstProperty('dtend');
  if (property) {
    const end = timeOf(property);
    // A date ends what begins at a time, with its midnight, and the other way round.
    if (end.isDate === start.isDate) return end;
    return { ...start, local: end.local };
  }
  const duration = event.getFirstProperty('duration');
  const length = duration ? durationOf(duration) : undefined;
  // Without an end, a date lasts the day and a time no longer than itself.
  if (length === undefined) return { ...start, local: start.local + (start.isDate ? DAY_MS : 0) };
  if (start.isDate || length % DAY_MS === 0) return { ...start, local: start.local + Math.max(0, length) };
  // Hours are exact, whatever the clock does meanwhile.
  const zone = zones.zoneOf(start);
  const offset = zone.utcFromLocal(start.local + length) - (startUtc + length);
  return { ...start, local: start.local + Math.max(0, length - offset) };
}

/** Dates are whole days, and so is midnight to midnight where Outlook says so. */
function isAllDay(event: Component, start: CalendarTime, end: CalendarTime): boolean {
  if (start.local % DAY_MS !== 0 || end.local % DAY_MS !== 0) return false;
  if (start.isDate && end.isDate) return true;
  return textOf(event, 'x-microsoft-cdo-alldayevent')?.toUpperCase() === 'TRUE';
}

const CDO_STATUS: ReadonlyMap<string, number> = new Map([
  ['FREE', BUSY_FREE],
  ['TENTATIVE', BUSY_TENTATIVE],
  ['BUSY', BUSY_BUSY],
  ['OOF', BUSY_OUT_OF_OFFICE],
  ['WORKINGELSEWHERE', BUSY_WORKING_ELSEWHERE],
]);

/** The names of PidLidBusyStatus in X-MICROSOFT-CDO-* (MS-OXCICAL 2.1.3.1.1.20.2). */
export const cdoStatusOf = (status: number): string =>
  [...CDO_STATUS].find(([, value]) => value === status)?.[0] ?? 'BUSY';

const cdoStatus = (event: Component, name: string): number | undefined =>
  CDO_STATUS.get((textOf(event, name) ?? '').trim().toUpperCase());

/** TRANSP: what the event says of the time, if anything. */
export const transparency = (event: Component): number | undefined => {
  const transp = textOf(event, 'transp')?.trim().toUpperCase();
  if (transp === undefined) return undefined;
  return transp.startsWith('TRANSPARENT') ? BUSY_FREE : BUSY_BUSY;
};

/** What the event itself says its time is. */
export const ownBusyStatus = (event: Component): number | undefined =>
  cdoStatus(event, 'x-microsoft-cdo-busystatus') ?? transparency(event);

/** PidLidBusyStatus and PidLidIntendedBusyStatus. */
export function busyStatusOf(event: Component, method: string | undefined): { busy: number; intended: number } {
  const own = ownBusyStatus(event) ?? (method === 'CANCEL' ? BUSY_FREE : BUSY_BUSY);
  const intended = cdoStatus(event, 'x-microsoft-cdo-intendedstatus') ?? own;
  if (method === 'REPLY') return { busy: own, intended: BUSY_NOT_INTENDED };
  // Until it is answered, an invitation is tentative.
  return { busy: method === 'REQUEST' ? BUSY_TENTATIVE : own, intended };
}

/** PR_SENSITIVITY of CLASS (RFC 5545 3.8.1.3). */
export function sensitivityOf(event: Component): { sensitivity: number; isPrivate: boolean | undefined } {
  const value = textOf(event, 'class')?.trim().toUpperCase();
  const sensitivity =
    value === 'PRIVATE'
      ? SENSITIVITY_PRIVATE
      : value === 'CONFIDENTIAL'
        ? SENSITIVITY_COMPANY_CONFIDENTIAL
        : SENSITIVITY_NONE;
  return { sensitivity, isPrivate: value === undefined ? undefined : value === 'PRIVATE' };
}

/** PR_PRIORITY of PRIORITY (RFC 5545 3.8.1.9): −1, 0 or 1. */
export function priorityOf(event: Component): -1 | 0 | 1 | undefined {
  const priority = numberOf(event, 'priority');
  if (priority === undefined) return undefined;
  if (priority === 0 || priority === 5) return 0;
  return priority < 5 ? 1 : -1;
}

/** CATEGORIES, of all fields of that name. */
export const categoriesOf = (event: Component): string[] =>
  event
    .getAllProperties('categories')
    .flatMap((property) => rawValues(property).filter((value) => typeof value === 'string'))
    .map((category) => category.trim())
    .filter((category) => category !== '');

/** DESCRIPTION, or COMMENT, which Exchange has in answers instead; with the line ends of bodies. */
export const descriptionOf = (event: Component): string | undefined =>
  (textOf(event, 'description') ?? textOf(event, 'comment'))?.slice(0, MAX_TEXT_LENGTH).replace(/\r?\n/g, '\r\n');
