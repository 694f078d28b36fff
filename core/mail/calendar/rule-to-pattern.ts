import {
  DEFAULT_OCCURRENCE_COUNT,
  END_AFTER_COUNT,
  END_BY_DATE,
  END_NEVER,
  NEVER_ENDING_DATE,
  NTH_LAST,
  PATTERN_DAY,
  PATTERN_MONTH,
  PATTERN_MONTH_NTH,
  PATTERN_WEEK,
  RECUR_DAILY,
  RECUR_MONTHLY,
  RECUR_WEEKLY,
  RECUR_YEARLY,
  type RecurrencePattern,
} from '../../mapi/recurrence.ts';
import { dateInMonth, MAX_DATES, patternDates } from '../../mapi/recurrence-occurrences.ts';
import {
  beginOfMonth,
  DAY_MINUTES,
  dateOf,
  dayOfMonthOf,
  daysInMonth,
  monthOf,
  recurrenceMinutes,
  weekDayOf,
} from '../../mapi/recurrence-time.ts';
import { CalendarNotUnderstoodError } from './calendar-file.ts';
import { type CalendarTime, parseTime } from './calendar-time.ts';
import { MAX_DELETED_DATES } from './limits.ts';

/** An RRULE (RFC 5545 3.3.10) as jCal has it. */
export type Rule = Readonly<Record<string, unknown>>;

/** What of an event its recurrence depends on. */
export interface RuleSurroundings {
  readonly start: CalendarTime;
  /** The event's clock, in milliseconds since 1970 as if it were UTC's, of a time. */
  localOf(time: CalendarTime): number;
}

/** The pattern of a rule. */
export interface PatternOfRule {
  /** Its deleted dates are those that the pattern has and the rule hasn't. */
  readonly pattern: RecurrencePattern;
  /** MAPI has it a little otherwise: what the rule leaves out in the far future can't all be deleted. */
  readonly approximate: boolean;
}

const WEEK_DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const ALL_DAYS = 0x7f;
const WORKING_DAYS = 0x3e;
/** Intervals beyond this are an accident; 100 years. */
const MAX_INTERVAL = 1200;
/** Sunday is in bit 0. */
const WEEK_DAY_BIT = (day: string): number => 1 << WEEK_DAYS.indexOf(day);

/** Form of a pattern, without where it begins and ends. */
type Form = Pick<RecurrencePattern, 'recurFrequency' | 'patternType' | 'period' | 'weekDays' | 'dayOfMonth' | 'nth'> & {
  /** Month of the year, 0–11, of what comes yearly. */
  readonly month?: number;
  /** Whether the rule has a date of the pattern, too. */
  readonly isMeant?: (date: number) => boolean;
};

/**
 * The pattern that MAPI has for a rule. Throws {@link CalendarNotUnderstoodError}
 * for rules that it has none for.
 */
export function patternOfRule(rule: Rule, surroundings: RuleSurroundings): PatternOfRule {
  const first = dateOf(recurrenceMinutes(surroundings.start.local));
  const form = formOf(new RuleReader(rule), first);
  const firstDayOfWeek = form.recurFrequency === RECUR_WEEKLY ? weekStartOf(rule) : 0;
  const base: RecurrencePattern = {
    recurFrequency: form.recurFrequency,
    patternType: form.patternType,
    calendarType: 0,
    firstDateTime: 0,
    period: form.period,
    slidingFlag: 0,
    ...(form.weekDays !== undefined && { weekDays: form.weekDays }),
    ...(form.dayOfMonth !== undefined && { dayOfMonth: form.dayOfMonth }),
    ...(form.nth !== undefined && { nth: form.nth }),
    endType: END_NEVER,
    occurrenceCount: DEFAULT_OCCURRENCE_COUNT,
    firstDayOfWeek,
    deletedInstanceDates: [],
    modifiedInstanceDates: [],
    startDate: 0,
    endDate: NEVER_ENDING_DATE,
  };
  const startDate = firstDate(base, form, first);
  const begun = { ...base, startDate };
  return ended({ ...begun, firstDateTime: firstDateTimeOf(begun) }, form, rule, surroundings);
}

class RuleReader {
  readonly #rule: Rule;

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  get frequency(): string {
    return String(this.#rule.freq ?? '');
  }

  get interval(): number {
    const interval = Number(this.#rule.interval ?? 1);
    if (!Number.isInteger(interval) || interval < 1 || interval > MAX_INTERVAL) throw notSaid();
    return interval;
  }

  list(name: string): string[] {
    const value = this.#rule[name];
    if (value === undefined) return [];
    return (Array.isArray(value) ? value : [value]).map(String);
  }

  numbers(name: string): number[] {
    return this.list(name).map(Number);
  }

  /** Days of the week without a number. */
  weekDays(): number {
    return this.list('byday').reduce((days, day) => days | bitOf(day), 0);
  }

  requireOnly(...names: readonly string[]): void {
    for (const [name, value] of Object.entries(this.#rule))
      if (!GENERAL.has(name) && !names.includes(name) && value !== undefined) throw notSaid();
  }
}

const GENERAL: ReadonlySet<string> = new Set([
  'freq',
  'interval',
  'count',
  'until',
  'wkst',
  'byhour',
  'byminute',
  'bysecond',
  'skip',
  'rscale',
]);

const notSaid = (): CalendarNotUnderstoodError =>
  new CalendarNotUnderstoodError('it repeats in a way that MAPI has no pattern for');

function bitOf(day: string): number {
  if (!WEEK_DAYS.includes(day)) throw notSaid();
  return WEEK_DAY_BIT(day);
}

function formOf(rule: RuleReader, first: number): Form {
  // Several times a day, or one other than the event's, is no pattern.
  for (const name of ['byhour', 'byminute', 'bysecond']) if (rule.list(name).length > 1) throw notSaid();
  switch (rule.frequency) {
    case 'DAILY':
      return dailyForm(rule);
    case 'WEEKLY':
      rule.requireOnly('byday');
      return weeklyForm(rule.interval, rule.weekDays() || 1 << weekDayOf(first));
    case 'MONTHLY':
      rule.requireOnly('byday', 'bymonthday', 'bysetpos');
      return monthlyForm(rule, first);
    case 'YEARLY':
      rule.requireOnly('byday', 'bymonthday', 'bysetpos', 'bymonth');
      return yearlyForm(rule, first);
    default:
      throw notSaid();
  }
}

function dailyForm(rule: RuleReader): Form {
  rule.requireOnly('byday');
  const weekDays = rule.weekDays();
  if (weekDays === 0 || weekDays === ALL_DAYS)
    return { recurFrequency: RECUR_DAILY, patternType: PATTERN_DAY, period: rule.interval * DAY_MINUTES };
  if (rule.interval !== 1) throw notSaid();
  // Every weekday is daily (observed on 11.0.2), any other choice of days is weekly.
  return weekDays === WORKING_DAYS
    ? { recurFrequency: RECUR_DAILY, patternType: PATTERN_WEEK, period: 1, weekDays }
    : weeklyForm(1, weekDays);
}

const weeklyForm = (period: number, weekDays: number): Form => ({
  recurFrequency: RECUR_WEEKLY,
  patternType: PATTERN_WEEK,
  period,
  weekDays,
});

function monthlyForm(rule: RuleReader, first: number): Form {
  const days = rule.list('byday');
  const plain = days.length > 0 && days.every((day) => WEEK_DAYS.includes(day));
  const unnumbered = plain && rule.list('bysetpos').length === 0 && rule.list('bymonthday').length === 0;
  // Every Monday of each month is every Monday.
  if (unnumbered && rule.interval === 1) return weeklyForm(1, rule.weekDays());
  return { ...dayForm(rule, first), recurFrequency: RECUR_MONTHLY, period: rule.interval };
}

function yearlyForm(rule: RuleReader, first: number): Form {
  const months = rule.numbers('bymonth');
  const [month = (monthOf(first) % 12) + 1] = months;
  if (months.length > 1 || !Number.isInteger(month) || month < 1 || month > 12) throw notSaid();
  // Without a month, the nth Monday would be that of the year.
  if (months.length === 0 && rule.list('byday').length > 0) throw notSaid();
  if (months.length === 0 && rule.list('bymonthday').length > 0 && rule.list('bysetpos').length > 0) throw notSaid();
  if (months.length === 0 && rule.list('bymonthday').length > 0) throw notSaid();
  return {
    ...dayForm(rule, first),
    recurFrequency: RECUR_YEARLY,
    period: rule.interval * 12,
    month: month - 1,
  };
}

type DayForm = Pick<Form, 'patternType' | 'weekDays' | 'dayOfMonth' | 'nth' | 'isMeant'>;

/** Which day of a month is meant. */
function dayForm(rule: RuleReader, first: number): DayForm {
  const [days, monthDays, positions] = [rule.list('byday'), rule.numbers('bymonthday'), rule.numbers('bysetpos')];
  if (positions.length > 1) throw notSaid();
  if (days.length === 0) return monthDayForm(monthDays, positions[0], dayOfMonthOf(first));
  if (monthDays.length > 0)
    return nthForm(rule.weekDays(), nthOfDays(monthDays), positions.length > 0 ? undefined : days);
  if (positions.length > 0) return nthForm(rule.weekDays(), positions[0]!, days);
  const match = /^([+-]?\d)([A-Z]{2})$/.exec(days[0]!);
  if (!match || days.length > 1) throw notSaid();
  return nthForm(bitOf(match[2]!), Number(match[1]), [match[2]!]);
}

function monthDayForm(monthDays: readonly number[], position: number | undefined, dayOfStart: number): DayForm {
  if (monthDays.length > 1) {
    // "The 28th to 30th, the last of them": the 30th, or the last day of a shorter month.
    const sorted = monthDays.toSorted((a, b) => a - b);
    const last = sorted.at(-1)!;
    const complete = sorted[0]! <= 28 && sorted.every((day, index) => day === sorted[0]! + index) && last <= 31;
    if (position !== -1 || !complete || sorted[0]! < 1) throw notSaid();
    return { patternType: PATTERN_MONTH, dayOfMonth: last };
  }
  if (position !== undefined && position !== 1 && position !== -1) throw notSaid();
  const [day = dayOfStart] = monthDays;
  if (day === -1) return { patternType: PATTERN_MONTH, dayOfMonth: 31 };
  if (!Number.isInteger(day) || day < 1 || day > 31) throw notSaid();
  return {
    patternType: PATTERN_MONTH,
    dayOfMonth: day,
    // A rule skips months that are too short (RFC 5545 3.3.10).
    ...(day > 28 && { isMeant: (date) => dayOfMonthOf(date) === day }),
  };
}

/** "The Monday of the days 8 to 14" is the second one. */
function nthOfDays(monthDays: readonly number[]): number {
  const sorted = monthDays.toSorted((a, b) => a - b);
  const nth = Math.ceil(sorted[0]! / 7);
  const week = sorted.length === 7 && sorted.every((day, index) => day === (nth - 1) * 7 + index + 1);
  if (!week || nth > 4) throw notSaid();
  return nth;
}

function nthForm(weekDays: number, nth: number, days: readonly string[] | undefined): DayForm {
  if (days === undefined || weekDays === 0) throw notSaid();
  if (nth === -1) return { patternType: PATTERN_MONTH_NTH, weekDays, nth: NTH_LAST };
  if (nth >= 1 && nth <= 4) return { patternType: PATTERN_MONTH_NTH, weekDays, nth };
  const single = (weekDays & (weekDays - 1)) === 0;
  if (nth !== 5 || !single) throw notSaid();
  return { patternType: PATTERN_MONTH_NTH, weekDays, nth: NTH_LAST, isMeant: (date) => dayOfMonthOf(date) > 28 };
}

/** WKST: 1, as jCal has Sunday, is 0 in MAPI. Monday where a rule has none. */
function weekStartOf(rule: Rule): number {
  const { wkst } = rule;
  if (typeof wkst === 'string' && WEEK_DAYS.includes(wkst)) return WEEK_DAYS.indexOf(wkst);
  return typeof wkst === 'number' && wkst >= 1 && wkst <= 7 ? wkst - 1 : 1;
}

/** Months or years that are tried for a first date; the 29th of February comes at least every eighth. */
const MAX_TRIED = 1000;

/** The first date of a pattern that is not before the event's start. */
function firstDate(pattern: RecurrencePattern, form: Form, first: number): number {
  if (pattern.patternType === PATTERN_DAY) return first;
  if (pattern.patternType === PATTERN_WEEK) {
    for (const date of patternDates({ ...pattern, startDate: first })) if (date >= first) return date;
    throw notSaid();
  }
  const yearBegin = monthOf(first) - (monthOf(first) % 12);
  const begin = form.month === undefined ? monthOf(first) : yearBegin + form.month;
  for (let tried = 0; tried < MAX_TRIED; tried++) {
    const date = dateInMonth(pattern, begin + tried * pattern.period);
    if (date !== undefined && date >= first && (form.isMeant?.(date) ?? true)) return date;
  }
  throw notSaid();
}

/** FirstDateTime (MS-OXOCAL 2.2.1.44.1). */
function firstDateTimeOf(pattern: RecurrencePattern): number {
  const { startDate, period } = pattern;
  switch (pattern.patternType) {
    case PATTERN_DAY:
      return startDate % period;
    case PATTERN_WEEK: {
      if (pattern.recurFrequency === RECUR_DAILY) return 6 * DAY_MINUTES;
      const week = startDate - ((weekDayOf(startDate) - pattern.firstDayOfWeek + 7) % 7) * DAY_MINUTES;
      return week % (period * 7 * DAY_MINUTES);
    }
    default:
      return beginOfMonth(monthOf(startDate) % period);
  }
}

/** The pattern with its end, and with the dates deleted that the rule hasn't. */
function ended(pattern: RecurrencePattern, form: Form, rule: Rule, surroundings: RuleSurroundings): PatternOfRule {
  const isMeant = form.isMeant ?? (() => true);
  const count = countOf(rule);
  const until = untilOf(rule, surroundings);
  if (count === undefined && until === undefined)
    return { pattern, approximate: form.isMeant !== undefined && isEverMissed(form) };
  const meant: number[] = [];
  const missed: number[] = [];
  let total = 0;
  for (const date of patternDates(pattern)) {
    if (until !== undefined && date > until) break;
    total++;
    (isMeant(date) ? meant : missed).push(date);
    if (count !== undefined && meant.length === count) break;
  }
  const last = meant.at(-1);
  if (last === undefined) throw new CalendarNotUnderstoodError('it ends before it begins');
  // So late that nobody can reckon so far.
  if (total >= MAX_DATES || missed.length > MAX_DELETED_DATES) return { pattern, approximate: true };
  const deletedInstanceDates = missed.filter((date) => date < last);
  const dates = meant.length + deletedInstanceDates.length;
  const end = { occurrenceCount: dates, endDate: last, deletedInstanceDates };
  return {
    pattern: { ...pattern, ...end, endType: count !== undefined ? END_AFTER_COUNT : END_BY_DATE },
    approximate: false,
  };
}

/** Whether a rule without an end ever leaves a date of its pattern out: the 30th of June never does. */
function isEverMissed(form: Form): boolean {
  const { month, dayOfMonth } = form;
  if (form.patternType !== PATTERN_MONTH || month === undefined || dayOfMonth === undefined) return true;
  // 1602 is no leap year.
  return dayOfMonth > daysInMonth(12 + month);
}

function countOf(rule: Rule): number | undefined {
  if (rule.count === undefined) return undefined;
  const count = Number(rule.count);
  if (!Number.isInteger(count) || count < 1) throw notSaid();
  return count;
}

/** The date of the last possible occurrence. */
function untilOf(rule: Rule, { start, localOf }: RuleSurroundings): number | undefined {
  if (rule.until === undefined) return undefined;
  const until = parseTime(rule.until);
  if (!until) throw notSaid();
  const local = recurrenceMinutes(until.isDate || start.isDate ? until.local : localOf(until));
  const beforeStart =
    !until.isDate && !start.isDate && local % DAY_MINUTES < recurrenceMinutes(start.local) % DAY_MINUTES;
  return dateOf(local) - (beforeStart ? DAY_MINUTES : 0);
}
