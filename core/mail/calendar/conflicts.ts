import { BUSY_FREE } from '../../mapi/calendar-values.ts';
import { KopanoError } from '../../mapi/error.ts';
import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ReadonlyProperties } from '../../mapi/property.ts';
import { decodeRecurrence } from '../../mapi/recurrence.ts';
import { occurrencesOf } from '../../mapi/recurrence-occurrences.ts';
import { recurrenceMilliseconds, recurrenceMinutes } from '../../mapi/recurrence-time.ts';
import { localFromUtc, utcFromLocal } from '../../mapi/time-zone.ts';
import type { Platform } from '../../platform/platform.ts';
import { type AppointmentRow, appointmentsAround } from '../../store/appointments.ts';
import { loadValue } from '../../store/load.ts';
import { findTarget } from '../../store/target.ts';
import { DAY_MS } from './calendar-time.ts';
import { zoneOfItem } from './item-zone.ts';
import { binaryIn, numberIn, timeIn } from './property-values.ts';

/** A span of time, UTC in milliseconds since 1970. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** How far ahead a series is held against the calendar (as kopano-mr-accept does). */
const DAYS_AHEAD = 180;
/** Occurrences of one item that are looked at: two a day, for what is asked of a day may lie around midnight. */
const MOST_OCCURRENCES = 2 * DAYS_AHEAD;

/** When an item takes place within a span of time; several times, if it repeats. */
export function spansOf(properties: ReadonlyProperties, names: NamedTags, within: Span): Span[] {
  const blob = binaryIn(properties, names.PidLidAppointmentRecur);
  const single = (): Span[] => {
    const start = timeIn(properties, names.PidLidAppointmentStartWhole);
    const end = timeIn(properties, names.PidLidAppointmentEndWhole);
    if (start === undefined || end === undefined || start >= within.end || end <= within.start) return [];
    return numberIn(properties, names.PidLidBusyStatus) === BUSY_FREE ? [] : [{ start, end }];
  };
  if (!blob || properties.get(names.PidLidRecurring) !== true) return single();
  const { timeZone } = zoneOfItem(properties, names);
  const busy = numberIn(properties, names.PidLidBusyStatus);
  const range = {
    from: recurrenceMinutes(localFromUtc(within.start, timeZone)),
    until: recurrenceMinutes(localFromUtc(within.end, timeZone)),
    most: MOST_OCCURRENCES,
  };
  const utc = (minutes: number): number => utcFromLocal(recurrenceMilliseconds(minutes), timeZone);
  try {
    return occurrencesOf(decodeRecurrence(blob), range)
      .filter(({ exception }) => (exception?.busyStatus ?? busy) !== BUSY_FREE)
      .map(({ start, end }) => ({ start: utc(start), end: utc(end) }));
  } catch (error) {
    if (error instanceof KopanoError) return single();
    throw error;
  }
}

/**
 * When a request would be more than a calendar has room for: the times at which
 * `capacity` other meetings are already. Looks half a year ahead.
 *
 * @param itself numbers of items that are the meeting itself
 */
export async function conflictsWith(
  platform: Platform,
  folderId: number,
  request: ReadonlyProperties,
  names: NamedTags,
  { capacity, itself }: { readonly capacity: number; readonly itself: ReadonlySet<number> },
): Promise<Span[]> {
  const start = timeIn(request, names.PidLidAppointmentStartWhole);
  if (start === undefined) return [];
  const within = { start, end: start + DAYS_AHEAD * DAY_MS };
  // Even what takes no time of others needs the room.
  const asBusy = new Map(request);
  asBusy.delete(names.PidLidBusyStatus);
  const meetings = spansOf(asBusy, names, within);
  const last = Math.max(start, ...meetings.map(({ end }) => end));
  const taken = await spansInCalendar(platform, folderId, names, { start, end: last }, itself);
  return meetings.filter((meeting) => mostAtOnce(meeting, taken) >= capacity);
}

/** How many of some spans are there at the same time as a meeting, at most. */
function mostAtOnce(meeting: Span, taken: readonly Span[]): number {
  const during = taken.filter(({ start, end }) => start < meeting.end && end > meeting.start);
  // The number rises only where one begins.
  const moments = during.map(({ start }) => Math.max(start, meeting.start));
  return Math.max(
    0,
    ...moments.map((moment) => during.filter(({ start, end }) => start <= moment && end > moment).length),
  );
}

async function spansInCalendar(
  platform: Platform,
  folderId: number,
  names: NamedTags,
  within: Span,
  itself: ReadonlySet<number>,
): Promise<Span[]> {
  const wanted = [
    names.PidLidAppointmentStartWhole,
    names.PidLidAppointmentEndWhole,
    names.PidLidBusyStatus,
    names.PidLidRecurring,
    names.PidLidAppointmentRecur,
    names.PidLidTimeZoneStruct,
    names.PidLidTimeZoneDescription,
  ];
  const span = { from: fileTimeFromMilliseconds(within.start), until: fileTimeFromMilliseconds(within.end) };
  const tags = {
    start: names.PidLidAppointmentStartWhole,
    end: names.PidLidAppointmentEndWhole,
    repeats: names.PidLidRecurring,
  };
  const rows = await appointmentsAround(platform.database, folderId, tags, span, wanted);
  const spans: Span[] = [];
  for (const row of rows) {
    if (itself.has(row.id)) continue;
    spans.push(...spansOf(await whole(platform, row), names, within));
  }
  return spans;
}

/** The row with what was too large for it: recurrences with many exceptions. */
async function whole(platform: Platform, { id, properties, elsewhere }: AppointmentRow): Promise<ReadonlyProperties> {
  if (elsewhere.length === 0) return properties;
  const target = await findTarget(platform.database, { id });
  const complete = new Map(properties);
  for (const tag of elsewhere) {
    const value = target && (await loadValue(platform, target.documents, tag));
    if (value !== undefined) complete.set(tag, value);
  }
  return complete;
}
