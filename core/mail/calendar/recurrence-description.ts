import {
  type AppointmentRecurrence,
  END_AFTER_COUNT,
  END_BY_DATE,
  NTH_LAST,
  PATTERN_DAY,
  PATTERN_MONTH_NTH,
  PATTERN_WEEK,
  RECUR_DAILY,
  RECUR_YEARLY,
} from '../../mapi/recurrence.ts';
import { DAY_MINUTES, recurrenceMilliseconds } from '../../mapi/recurrence-time.ts';

const WEEK_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const NTH = ['first', 'second', 'third', 'fourth', 'last'];
const ALL_DAYS = 0x7f;
const WORKING_DAYS = 0x3e;
const WEEKEND = 0x41;

/** PidLidRecurrencePattern (MS-OXOCAL 2.2.1.46): how an item repeats, for people who read it. */
export function describeRecurrence(recurrence: AppointmentRecurrence): string {
  const { startTimeOffset, endTimeOffset } = recurrence;
  const wholeDays = startTimeOffset === 0 && endTimeOffset % DAY_MINUTES === 0;
  const times = wholeDays ? '' : ` from ${clock(startTimeOffset)} to ${clock(endTimeOffset)}`;
  return `${frequency(recurrence)}${times}, starting ${date(recurrence.startDate)}${ending(recurrence)}`;
}

function frequency(recurrence: AppointmentRecurrence): string {
  const { patternType, period, weekDays = 0 } = recurrence;
  if (patternType === PATTERN_DAY) return every(period / DAY_MINUTES, 'day');
  if (
    patternType === PATTERN_WEEK &&
    (recurrence.recurFrequency === RECUR_DAILY || (period === 1 && weekDays === WORKING_DAYS))
  )
    return 'every weekday';
  if (patternType === PATTERN_WEEK) return `${every(period, 'week')} on ${days(weekDays)}`;
  const unit = recurrence.recurFrequency === RECUR_YEARLY ? every(period / 12, 'year') : every(period, 'month');
  const month = recurrence.recurFrequency === RECUR_YEARLY ? ` of ${monthName(recurrence.startDate)}` : '';
  if (patternType === PATTERN_MONTH_NTH)
    return `the ${NTH[Math.min(recurrence.nth ?? 1, NTH_LAST) - 1]} ${days(weekDays)}${month} ${unit}`;
  return `day ${recurrence.dayOfMonth ?? 1}${month} ${unit}`;
}

const every = (interval: number, unit: string): string =>
  interval === 1 ? `every ${unit}` : `every ${Math.floor(interval)} ${unit}s`;

function days(weekDays: number): string {
  if (weekDays === ALL_DAYS) return 'day';
  if (weekDays === WORKING_DAYS) return 'weekday';
  if (weekDays === WEEKEND) return 'weekend day';
  return WEEK_DAYS.filter((_, day) => weekDays & (1 << day)).join(', ');
}

function ending(recurrence: AppointmentRecurrence): string {
  if (recurrence.endType === END_AFTER_COUNT) return `, ${recurrence.occurrenceCount} times`;
  return recurrence.endType === END_BY_DATE ? `, until ${date(recurrence.endDate)}` : '';
}

const two = (value: number): string => String(value).padStart(2, '0');
const clock = (minutes: number): string => `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
const date = (minutes: number): string => new Date(recurrenceMilliseconds(minutes)).toISOString().slice(0, 10);
const monthName = (minutes: number): string =>
  new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' }).format(recurrenceMilliseconds(minutes));
