import {
  type AppointmentRecurrence,
  END_AFTER_COUNT,
  END_BY_DATE,
  type ExceptionInfo,
  NTH_LAST,
  PATTERN_DAY,
  PATTERN_HJ_MONTH,
  PATTERN_MONTH,
  PATTERN_MONTH_END,
  PATTERN_MONTH_NTH,
  PATTERN_WEEK,
  RECUR_DAILY,
  type RecurrencePattern,
} from './recurrence.ts';
import {
  beginOfMonth,
  DAY_MINUTES,
  dateOf,
  daysInMonth,
  monthOf,
  recurrenceMinutes,
  weekDayOf,
} from './recurrence-time.ts';

/** One time that an item takes place, in minutes since 1601 by the clock of its time zone. */
export interface Occurrence {
  readonly start: number;
  readonly end: number;
  /** Midnight of the day where the pattern has it. */
  readonly originalDate: number;
  /** What is other than the rest. */
  readonly exception?: ExceptionInfo;
}

/** What of a recurrence is asked for. */
export interface OccurrenceRange {
  /** Occurrences that end after this … */
  readonly from: number;
  /** … and begin before this. */
  readonly until: number;
  /** Most that are answered. */
  readonly most: number;
}

/**
 * Most dates of a pattern that are looked at for one answer: every day of 54 years. What lies
 * beyond is not seen, so that nobody's calendar can keep a function busy.
 */
export const MAX_DATES = 20_000;

/** The years that recurrences are looked at; no calendar shows more. */
const LAST_DATE = recurrenceMinutes(Date.UTC(2200, 0, 1));
const WEEK_MINUTES = 7 * DAY_MINUTES;

/**
 * The dates of a pattern from its start on, those that are deleted or lie elsewhere with
 * them, in their order. Where it ends by date or never, dates before `from` may be left out.
 */
export function* patternDates(pattern: RecurrencePattern, from = 0): Generator<number> {
  const startDate = dateOf(pattern.startDate);
  // Numbers can only be counted from the start.
  const counted = pattern.endType === END_AFTER_COUNT;
  const after = counted ? startDate : Math.max(startDate, dateOf(from));
  const lastDate = pattern.endType === END_BY_DATE ? Math.min(dateOf(pattern.endDate), LAST_DATE) : LAST_DATE;
  const most = counted ? Math.min(pattern.occurrenceCount, MAX_DATES) : MAX_DATES;
  let found = 0;
  for (const date of endlessDates(pattern, startDate, after)) {
    if (found >= most || date > lastDate) return;
    if (date < after) continue;
    found++;
    yield date;
  }
}

function endlessDates(pattern: RecurrencePattern, startDate: number, after: number): Iterable<number> {
  switch (pattern.patternType) {
    case PATTERN_DAY:
      return everyDays(Math.max(1, Math.floor(pattern.period / DAY_MINUTES)), startDate, after);
    case PATTERN_WEEK:
      return everyWeeks(pattern, startDate, after);
    case PATTERN_MONTH:
    case PATTERN_MONTH_END:
    case PATTERN_MONTH_NTH:
      return everyMonths(pattern, startDate, after);
    default:
      // Months of the Hijri calendar are not reckoned: only the first is known.
      return pattern.patternType >= PATTERN_HJ_MONTH ? [startDate] : [];
  }
}

function* everyDays(days: number, startDate: number, after: number): Generator<number> {
  const step = days * DAY_MINUTES;
  for (let date = startDate + Math.floor((after - startDate) / step) * step; date <= LAST_DATE; date += step)
    yield date;
}

function* everyWeeks(pattern: RecurrencePattern, startDate: number, after: number): Generator<number> {
  const weekDays = (pattern.weekDays ?? 0) & 0x7f;
  if (weekDays === 0) return;
  // "Every weekday" is a daily recurrence with a period that means nothing (observed on 11.0.2).
  const step = (pattern.recurFrequency === RECUR_DAILY ? 1 : Math.max(1, pattern.period)) * WEEK_MINUTES;
  const firstWeek = beginOfWeek(startDate, pattern.firstDayOfWeek);
  const skipped = Math.max(0, Math.floor((after - firstWeek) / step)) * step;
  for (let week = firstWeek + skipped; week <= LAST_DATE; week += step)
    for (let day = 0; day < 7; day++) {
      const date = week + day * DAY_MINUTES;
      if (weekDays & (1 << weekDayOf(date))) yield date;
    }
}

const beginOfWeek = (date: number, firstDayOfWeek: number): number =>
  date - ((weekDayOf(date) - firstDayOfWeek + 7) % 7) * DAY_MINUTES;

function* everyMonths(pattern: RecurrencePattern, startDate: number, after: number): Generator<number> {
  const step = Math.max(1, pattern.period);
  const firstMonth = monthOf(startDate);
  const skipped = Math.max(0, Math.floor((monthOf(after) - firstMonth) / step)) * step;
  const lastMonth = monthOf(LAST_DATE);
  for (let month = firstMonth + skipped; month <= lastMonth; month += step) {
    const date = dateInMonth(pattern, month);
    if (date !== undefined) yield date;
  }
}

/** The day of a month that a pattern means; a day beyond its end is its last. */
export function dateInMonth(pattern: RecurrencePattern, month: number): number | undefined {
  const begin = beginOfMonth(month);
  const days = daysInMonth(month);
  if (pattern.patternType === PATTERN_MONTH_NTH) {
    const day = nthDay(begin, days, (pattern.weekDays ?? 0) & 0x7f, pattern.nth ?? 1);
    return day === undefined ? undefined : begin + day * DAY_MINUTES;
  }
  const dayOfMonth = pattern.patternType === PATTERN_MONTH_END ? days : (pattern.dayOfMonth ?? 1);
  return begin + (Math.min(Math.max(1, dayOfMonth), days) - 1) * DAY_MINUTES;
}

function nthDay(begin: number, days: number, weekDays: number, nth: number): number | undefined {
  const matching = Array.from({ length: days }, (_, day) => day).filter(
    (day) => weekDays & (1 << weekDayOf(begin + day * DAY_MINUTES)),
  );
  return nth >= NTH_LAST ? matching.at(-1) : matching[nth - 1];
}

/** The occurrences within a range, in the order of the pattern, and then those that lie elsewhere. */
export function occurrencesOf(recurrence: AppointmentRecurrence, range: OccurrenceRange): Occurrence[] {
  const gone = new Set([
    ...recurrence.deletedInstanceDates.map(dateOf),
    ...recurrence.exceptions.map(({ originalStartDate }) => dateOf(originalStartDate)),
  ]);
  const found: Occurrence[] = [];
  const add = (occurrence: Occurrence): void => {
    if (found.length < range.most && occurrence.end > range.from && occurrence.start < range.until)
      found.push(occurrence);
  };
  for (const exception of recurrence.exceptions)
    add({
      start: exception.startDateTime,
      end: exception.endDateTime,
      originalDate: dateOf(exception.originalStartDate),
      exception,
    });
  const length = Math.max(recurrence.startTimeOffset, recurrence.endTimeOffset);
  for (const date of patternDates(recurrence, Math.max(0, range.from - length - DAY_MINUTES))) {
    if (date + recurrence.startTimeOffset >= range.until || found.length >= range.most) break;
    if (gone.has(date)) continue;
    add({ start: date + recurrence.startTimeOffset, end: date + recurrence.endTimeOffset, originalDate: date });
  }
  return found.sort((a, b) => a.start - b.start);
}
