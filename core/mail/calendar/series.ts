import {
  RECURRENCE_TYPE_DAILY,
  RECURRENCE_TYPE_MONTHLY,
  RECURRENCE_TYPE_WEEKLY,
  RECURRENCE_TYPE_YEARLY,
} from '../../mapi/calendar-values.ts';
import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { Properties } from '../../mapi/property.ts';
import {
  type AppointmentRecurrence,
  END_AFTER_COUNT,
  END_BY_DATE,
  type ExceptionInfo,
  encodeRecurrence,
  PATTERN_DAY,
  PATTERN_MONTH_NTH,
  PATTERN_WEEK,
  READER_VERSION_2,
  RECUR_DAILY,
  RECUR_MONTHLY,
  RECUR_WEEKLY,
  RECUR_YEARLY,
  WRITER_VERSION_2,
} from '../../mapi/recurrence.ts';
import { patternDates } from '../../mapi/recurrence-occurrences.ts';
import { DAY_MINUTES, dateOf, monthOf, recurrenceMilliseconds, recurrenceMinutes } from '../../mapi/recurrence-time.ts';
import { localFromUtc, type TimeZone, utcFromLocal } from '../../mapi/time-zone.ts';
import { CalendarNotUnderstoodError, type Component, parameterOf, rawValue, rawValues } from './calendar-file.ts';
import { type CalendarTime, DAY_MS, MINUTE_MS, parseTime } from './calendar-time.ts';
import type { EventTimes } from './event-values.ts';
import { describeRecurrence } from './recurrence-description.ts';
import { patternOfRule, type Rule } from './rule-to-pattern.ts';
import type { Zones } from './zones.ts';

/** What an event that repeats is besides an event. */
export interface Series {
  readonly recurrence: AppointmentRecurrence;
  readonly timeZone: TimeZone;
  /** MAPI has it a little otherwise than the calendar. */
  readonly approximate: boolean;
}

/** Of what never ends (MS-OXOCAL 2.2.1.15). */
const CLIP_NEVER = fileTimeFromMilliseconds(Date.UTC(4500, 7, 31, 23, 59));

/**
 * How an event repeats; undefined for one that doesn't. Throws
 * CalendarNotUnderstoodError where MAPI can't say it.
 */
export function seriesOf(event: Component, times: EventTimes, zones: Zones): Series | undefined {
  const rules = event.getAllProperties('rrule');
  const further = event.getAllProperties('rdate').length > 0;
  if (rules.length === 0 && !further) return undefined;
  const [property] = rules;
  if (!property || rules.length > 1 || event.getAllProperties('exrule').length > 0)
    throw new CalendarNotUnderstoodError('it repeats on dates that follow no rule');
  const { start } = times;
  const timeZone = zones.zoneOf(start).timeZoneAt(start.local);
  const localOf = (time: CalendarTime): number => {
    const sameClock = time.isDate || (!time.isUtc && time.zoneName === start.zoneName && time.isUtc === start.isUtc);
    return sameClock ? time.local : localFromUtc(zones.utc(time), timeZone);
  };
  const { pattern, approximate } = patternOfRule(rawValue(property) as Rule, { start, localOf });
  const excluded = excludedDates(event, localOf);
  const inPattern = excluded.size > 0 ? datesAmong(pattern, excluded) : [];
  const startTimeOffset = recurrenceMinutes(start.local) % DAY_MINUTES;
  const recurrence = {
    ...pattern,
    deletedInstanceDates: sorted([...pattern.deletedInstanceDates, ...inPattern]),
    startTimeOffset,
    endTimeOffset: startTimeOffset + lengthOf(times),
    exceptions: [],
    readerVersion2: READER_VERSION_2,
    writerVersion2: WRITER_VERSION_2,
  };
  return { recurrence, timeZone, approximate: approximate || further };
}

const sorted = (dates: readonly number[]): number[] => [...new Set(dates)].sort((a, b) => a - b);

/** Minutes by the clock. */
const lengthOf = ({ start, end, startUtc, endUtc }: EventTimes): number =>
  Math.max(
    0,
    Math.round(
      (start.zoneName === end.zoneName && start.isUtc === end.isUtc ? end.local - start.local : endUtc - startUtc) /
        MINUTE_MS,
    ),
  );

/** The dates of EXDATE. */
function excludedDates(event: Component, localOf: (time: CalendarTime) => number): Set<number> {
  const times = event
    .getAllProperties('exdate')
    .flatMap((property) =>
      rawValues(property).flatMap((value) => parseTime(value, parameterOf(property, 'tzid')) ?? []),
    );
  return new Set(times.map((time) => dateOf(recurrenceMinutes(localOf(time)))));
}

function datesAmong(
  pattern: Series['recurrence'] | ReturnType<typeof patternOfRule>['pattern'],
  wanted: ReadonlySet<number>,
): number[] {
  const last = Math.max(...wanted);
  const found: number[] = [];
  for (const date of patternDates(pattern)) {
    if (date > last) break;
    if (wanted.has(date)) found.push(date);
  }
  return found;
}

/** A series with its exceptions. `cancelled` are dates that are only left out. */
export function withExceptions(
  series: Series,
  exceptions: readonly ExceptionInfo[],
  cancelled: readonly number[],
): Series {
  const { recurrence } = series;
  return {
    ...series,
    recurrence: {
      ...recurrence,
      exceptions,
      modifiedInstanceDates: sorted(exceptions.map(({ startDateTime }) => dateOf(startDateTime))),
      deletedInstanceDates: sorted([
        ...recurrence.deletedInstanceDates,
        ...cancelled,
        ...exceptions.map(({ originalStartDate }) => dateOf(originalStartDate)),
      ]),
    },
  };
}

const TYPES: ReadonlyMap<number, number> = new Map([
  [RECUR_DAILY, RECURRENCE_TYPE_DAILY],
  [RECUR_WEEKLY, RECURRENCE_TYPE_WEEKLY],
  [RECUR_MONTHLY, RECURRENCE_TYPE_MONTHLY],
  [RECUR_YEARLY, RECURRENCE_TYPE_YEARLY],
]);

/** When the first occurrence is; by the rule, which needn't be when the event says it begins. */
export function firstOccurrence({ recurrence, timeZone }: Series): { startUtc: number; endUtc: number } {
  const utc = (minutes: number): number => utcFromLocal(recurrenceMilliseconds(minutes), timeZone);
  return {
    startUtc: utc(recurrence.startDate + recurrence.startTimeOffset),
    endUtc: utc(recurrence.startDate + recurrence.endTimeOffset),
  };
}

/** What MAPI has of a series besides the item's own times. */
export function seriesProperties({ recurrence, timeZone }: Series, tags: NamedTags, description?: string): Properties {
  const utc = (local: number): bigint => fileTimeFromMilliseconds(utcFromLocal(local, timeZone));
  const ends = recurrence.endType === END_BY_DATE || recurrence.endType === END_AFTER_COUNT;
  return new Map<number, boolean | number | bigint | string | Buffer>([
    [tags.PidLidRecurring, true],
    [tags.PidLidRecurrenceType, TYPES.get(recurrence.recurFrequency) ?? 0],
    [tags.PidLidRecurrencePattern, description ?? describeRecurrence(recurrence)],
    [tags.PidLidClipStart, utc(recurrenceMilliseconds(recurrence.startDate))],
    [
      tags.PidLidClipEnd,
      // The whole last day, so that who asks for that day finds the series.
      ends ? utc(recurrenceMilliseconds(recurrence.endDate) + DAY_MS - MINUTE_MS) : CLIP_NEVER,
    ],
    [tags.PidLidAppointmentRecur, encodeRecurrence(recurrence)],
  ]);
}

/** PidLidOldRecurrenceType. */
const OLD_DAILY = 64;
const OLD_WEEKLY = 48;
const OLD_MONTHLY = 12;
const OLD_MONTHLY_NTH = 56;
const OLD_YEARLY = 7;
const OLD_YEARLY_NTH = 51;

/** Bits: 9 of a year, 4 of a month, 5 of a day (MS-OXOCAL 2.2.6.5). */
const packedDate = (minutes: number): number => {
  const date = new Date(recurrenceMilliseconds(minutes));
  return (date.getUTCFullYear() << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
};
/** Bits: hours above 12, minutes above 6 (MS-OXOCAL 2.2.6.6). */
const packedTime = (minutes: number): number => (Math.floor(minutes / 60) << 12) | ((minutes % 60) << 6);

/** What messages about a series repeat of its pattern, for clients of former times (MS-OXOCAL 2.2.6). */
export function oldRecurrenceProperties({ recurrence }: Series, tags: NamedTags): Properties {
  const { patternType, period, weekDays = 0, nth = 0, dayOfMonth = 1 } = recurrence;
  const yearly = recurrence.recurFrequency === RECUR_YEARLY;
  const isNth = patternType === PATTERN_MONTH_NTH;
  const weekly = patternType === PATTERN_WEEK;
  const monthly = !weekly && patternType !== PATTERN_DAY;
  const ends = recurrence.endType === END_BY_DATE || recurrence.endType === END_AFTER_COUNT;
  const workingDays = weekly && recurrence.recurFrequency === RECUR_DAILY;
  const oldType = weekly
    ? OLD_WEEKLY
    : !monthly
      ? OLD_DAILY
      : yearly
        ? isNth
          ? OLD_YEARLY_NTH
          : OLD_YEARLY
        : isNth
          ? OLD_MONTHLY_NTH
          : OLD_MONTHLY;
  return new Map<number, boolean | number>([
    [tags.PidLidIsRecurring, true],
    [tags.PidLidStartRecurrenceDate, packedDate(recurrence.startDate)],
    [tags.PidLidStartRecurrenceTime, packedTime(recurrence.startTimeOffset)],
    ...(ends ? [[tags.PidLidEndRecurrenceDate, packedDate(recurrence.endDate)] as const] : []),
    [tags.PidLidEndRecurrenceTime, packedTime(recurrence.endTimeOffset)],
    [tags.PidLidDayInterval, patternType === PATTERN_DAY ? Math.floor(period / DAY_MINUTES) : 0],
    [tags.PidLidWeekInterval, workingDays ? 1 : weekly ? period : isNth ? nth : 0],
    [tags.PidLidMonthInterval, monthly ? period : 0],
    [tags.PidLidYearInterval, yearly ? Math.floor(period / 12) : 0],
    [tags.PidLidDayOfWeekMask, weekly || isNth ? weekDays : 0],
    [tags.PidLidDayOfMonthMask, monthly && !isNth ? (1 << (dayOfMonth - 1)) >>> 0 : 0],
    [tags.PidLidMonthOfYearMask, yearly ? 1 << (monthOf(recurrence.startDate) % 12) : 0],
    [tags.PidLidOldRecurrenceType, oldType],
    [tags.PidLidDayOfWeekStart, recurrence.firstDayOfWeek],
  ]);
}
