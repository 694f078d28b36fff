import {
  type AppointmentRecurrence,
  END_AFTER_COUNT,
  END_BY_DATE,
  NTH_LAST,
  PATTERN_DAY,
  PATTERN_HJ_MONTH,
  PATTERN_MONTH_END,
  PATTERN_MONTH_NTH,
  PATTERN_WEEK,
  RECUR_DAILY,
  RECUR_YEARLY,
} from '../../mapi/recurrence.ts';
import { beginOfMonth, DAY_MINUTES, dateOf, daysInMonth, monthOf } from '../../mapi/recurrence-time.ts';
import type { Rule } from './rule-to-pattern.ts';

const WEEK_DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const ALL_DAYS = 0x7f;
const WORKING_DAYS = 0x3e;

/**
 * The RRULE of a recurrence (MS-OXCICAL 2.1.3.2.1), as jCal has it; undefined for
 * months of the Hijri calendar, which RFC 5545 can't say. `untilOf` writes the time of
 * the last occurrence, which is given in minutes since 1601 on the item's clock.
 */
export function ruleOfPattern(recurrence: AppointmentRecurrence, untilOf: (last: number) => string): Rule | undefined {
  if (recurrence.patternType >= PATTERN_HJ_MONTH) return undefined;
  const days = daysOf(recurrence);
  return { ...days, ...endOf(recurrence, untilOf) };
}

function daysOf(recurrence: AppointmentRecurrence): Rule {
  const { patternType, recurFrequency } = recurrence;
  const period = Math.max(1, recurrence.period);
  if (patternType === PATTERN_DAY) return { freq: 'DAILY', interval: Math.max(1, Math.floor(period / DAY_MINUTES)) };
  if (patternType === PATTERN_WEEK) {
    if (recurFrequency === RECUR_DAILY && recurrence.weekDays === WORKING_DAYS)
      return { freq: 'DAILY', interval: 1, byday: namesOf(WORKING_DAYS) };
    const interval = recurFrequency === RECUR_DAILY ? 1 : period;
    const wkst = WEEK_DAYS[recurrence.firstDayOfWeek] ?? 'MO';
    // Where weeks begin only matters where some are left out.
    return { freq: 'WEEKLY', interval, byday: namesOf(recurrence.weekDays ?? 0), ...(wkst !== 'MO' && { wkst }) };
  }
  // What comes every twelve months comes yearly, as long as its month is said.
  if (recurFrequency === RECUR_YEARLY && period % 12 === 0) {
    const bymonth = (monthOf(recurrence.startDate) % 12) + 1;
    return { freq: 'YEARLY', interval: period / 12, bymonth, ...dayInMonth(recurrence, bymonth) };
  }
  return { freq: 'MONTHLY', interval: period, ...dayInMonth(recurrence, undefined) };
}

const namesOf = (weekDays: number): string | string[] => {
  const names = WEEK_DAYS.filter((_, day) => weekDays & (1 << day));
  return names.length === 1 ? names[0]! : names;
};

/** @param month 1–12 where it is always the same */
function dayInMonth(recurrence: AppointmentRecurrence, month: number | undefined): Rule {
  if (recurrence.patternType === PATTERN_MONTH_NTH) return nthInMonth(recurrence.weekDays ?? 0, recurrence.nth ?? 1);
  const day = recurrence.patternType === PATTERN_MONTH_END ? 31 : Math.min(Math.max(1, recurrence.dayOfMonth ?? 1), 31);
  // 1602 is no leap year.
  const shortest = month === undefined ? 28 : daysInMonth(monthOf(beginOfMonth(12)) + month - 1);
  const longest = month === undefined ? 31 : month === 2 ? 29 : shortest;
  if (day <= shortest) return { bymonthday: day };
  if (day > longest || day === 31) return { bymonthday: -1 };
  // The 30th, or the last day of a shorter month.
  return { bymonthday: Array.from({ length: day - 27 }, (_, index) => 28 + index), bysetpos: -1 };
}

function nthInMonth(weekDays: number, nth: number): Rule {
  const position = nth >= NTH_LAST ? -1 : nth;
  const names = namesOf(weekDays & ALL_DAYS);
  return Array.isArray(names) ? { byday: names, bysetpos: position } : { byday: `${position}${names}` };
}

function endOf(recurrence: AppointmentRecurrence, untilOf: (last: number) => string): Rule {
  if (recurrence.endType === END_AFTER_COUNT) return { count: Math.max(1, recurrence.occurrenceCount) };
  if (recurrence.endType === END_BY_DATE)
    return { until: untilOf(dateOf(recurrence.endDate) + recurrence.startTimeOffset) };
  return {};
}
