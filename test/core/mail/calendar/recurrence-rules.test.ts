import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import ICAL from 'ical.js';
import { CalendarNotUnderstoodError } from '../../../../core/mail/calendar/calendar-file.ts';
import { parseTime } from '../../../../core/mail/calendar/calendar-time.ts';
import { ruleOfPattern } from '../../../../core/mail/calendar/pattern-to-rule.ts';
import { patternOfRule, type Rule } from '../../../../core/mail/calendar/rule-to-pattern.ts';
import { END_NEVER, type RecurrencePattern } from '../../../../core/mapi/recurrence.ts';
import { patternDates } from '../../../../core/mapi/recurrence-occurrences.ts';
import { dateOf, recurrenceMilliseconds } from '../../../../core/mapi/recurrence-time.ts';

const MOST = 30;

/** The first dates of a rule, as ical.js reckons them, which begins a daily rule of weekdays on any day. */
function datesOfRule(given: string, start: string): string[] {
  if (given.includes('BYSETPOS')) return datesBySetPosition(given, start);
  const rule = given.replace(/^FREQ=DAILY(?=(?:;INTERVAL=1)?;BYDAY)/, 'FREQ=WEEKLY');
  const iterator = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromDateTimeString(`${start}T10:00:00`));
  const dates: string[] = [];
  for (let next = iterator.next(); next && dates.length < MOST; next = iterator.next())
    dates.push(next.toString().slice(0, 10));
  return dates;
}

/** Of monthly rules with BYSETPOS, which ical.js begins on any day: day by day. */
function datesBySetPosition(rule: string, start: string): string[] {
  const part = (name: string): string | undefined => new RegExp(`${name}=([^;]*)`).exec(rule)?.[1];
  const wanted = new Set((part('BYDAY') ?? '').split(','));
  const position = Number(part('BYSETPOS'));
  const count = Number(part('COUNT') ?? MOST);
  const until = part('UNTIL')?.replace(/^(\d{4})(\d\d)(\d\d).*/, '$1-$2-$3') ?? '9999';
  const [year, month] = start.split('-').map(Number) as [number, number];
  const dates: string[] = [];
  for (let index = month - 1; dates.length < Math.min(MOST, count); index += Number(part('INTERVAL') ?? 1)) {
    const days = Array.from(
      { length: new Date(Date.UTC(year, index + 1, 0)).getUTCDate() },
      (_, day) => new Date(Date.UTC(year, index, day + 1)),
    );
    const date = days.filter((day) => wanted.has(DAYS[day.getUTCDay()]!)).at(position < 0 ? position : position - 1);
    const text = date?.toISOString().slice(0, 10);
    if (text !== undefined && text > until) break;
    if (text !== undefined && text >= start) dates.push(text);
  }
  return dates;
}

function datesOfPattern(pattern: RecurrencePattern): string[] {
  const deleted = new Set(pattern.deletedInstanceDates.map(dateOf));
  const dates: string[] = [];
  for (const date of patternDates(pattern)) {
    if (dates.length === MOST) break;
    if (!deleted.has(date)) dates.push(new Date(recurrenceMilliseconds(date)).toISOString().slice(0, 10));
  }
  return dates;
}

const jCalOf = (rule: string): Rule => (ICAL.parse.property(`RRULE:${rule}`) as unknown as unknown[])[3] as Rule;
const patternOf = (rule: string, start: string) => {
  const time = parseTime(`${start}T10:00:00`)!;
  return patternOfRule(jCalOf(rule), { start: time, localOf: ({ local }) => local });
};

const DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const days = fc.subarray(DAYS, { minLength: 1 }).map((list) => list.join(','));
const nth = fc.constantFrom(1, 2, 3, 4, -1);
const interval = fc.integer({ min: 1, max: 5 });
const monthDay = fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constant(-1));

/** Rules that MAPI has a pattern for. */
const sayable = fc.oneof(
  interval.map((n) => `FREQ=DAILY;INTERVAL=${n}`),
  days.map((list) => `FREQ=DAILY;BYDAY=${list}`),
  fc
    .tuple(interval, days, fc.constantFrom('MO', 'SU', 'WE'))
    .map(([n, list, first]) => `FREQ=WEEKLY;INTERVAL=${n};BYDAY=${list};WKST=${first}`),
  interval.map((n) => `FREQ=WEEKLY;INTERVAL=${n}`),
  fc.tuple(interval, monthDay).map(([n, day]) => `FREQ=MONTHLY;INTERVAL=${n};BYMONTHDAY=${day}`),
  fc
    .tuple(interval, nth, fc.constantFrom(...DAYS))
    .map(([n, which, day]) => `FREQ=MONTHLY;INTERVAL=${n};BYDAY=${which}${day}`),
  fc.tuple(interval, nth, days).map(([n, which, list]) => `FREQ=MONTHLY;INTERVAL=${n};BYDAY=${list};BYSETPOS=${which}`),
  fc
    .tuple(interval, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
    .map(([n, month, day]) => `FREQ=YEARLY;INTERVAL=${n};BYMONTH=${month};BYMONTHDAY=${day}`),
  fc
    .tuple(interval, fc.integer({ min: 1, max: 12 }), nth, fc.constantFrom(...DAYS))
    .map(([n, month, which, day]) => `FREQ=YEARLY;INTERVAL=${n};BYMONTH=${month};BYDAY=${which}${day}`),
);
const start = fc
  .integer({ min: Date.UTC(2000, 0, 1) / 86_400_000, max: Date.UTC(2040, 0, 1) / 86_400_000 })
  .map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
const end = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 25 }).map((count) => `;COUNT=${count}`),
  fc.integer({ min: 0, max: 3000 }).map((later) => later),
);

/** A rule with its end; UNTIL counts from the start. */
const withEnd = (rule: string, from: string, ending: string | number): string => {
  if (typeof ending === 'string') return rule + ending;
  const until = new Date(Date.parse(from) + ending * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  return `${rule};UNTIL=${until}T100000`;
};

/** ical.js goes one too far where the first date is beyond the end. */
const untilEnd = (dates: string[], from: string, ending: string | number): string[] => {
  if (typeof ending === 'string') return dates;
  const last = new Date(Date.parse(from) + ending * 86_400_000).toISOString().slice(0, 10);
  return dates.filter((date) => date <= last);
};

test('a rule and its pattern have the same dates', () => {
  fc.assert(
    fc.property(sayable, start, end, (rule, from, ending) => {
      const whole = withEnd(rule, from, ending);
      const wanted = untilEnd(datesOfRule(whole, from), from, ending);
      if (wanted.length === 0) {
        assert.throws(() => patternOf(whole, from), CalendarNotUnderstoodError);
        return;
      }
      const { pattern, approximate } = patternOf(whole, from);
      const got = datesOfPattern(pattern);
      if (approximate)
        assert.deepEqual(
          got.filter((date) => wanted.includes(date)).slice(0, 3),
          wanted.filter((date) => date <= got.at(-1)!).slice(0, 3),
        );
      else assert.deepEqual(got, wanted, whole);
    }),
    { numRuns: 500 },
  );
});

test('a pattern and the rule that is written of it have the same dates', () => {
  fc.assert(
    fc.property(sayable, start, end, (rule, from, ending) => {
      const whole = withEnd(rule, from, ending);
      fc.pre(untilEnd(datesOfRule(whole, from), from, ending).length > 0);
      const { pattern } = patternOf(whole, from);
      const recurrence = {
        ...pattern,
        startTimeOffset: 600,
        endTimeOffset: 660,
        exceptions: [],
        readerVersion2: 0,
        writerVersion2: 0,
      };
      const iso = (minutes: number): string => new Date(recurrenceMilliseconds(minutes)).toISOString().slice(0, 19);
      const written = ICAL.Recur.fromData({ ...ruleOfPattern(recurrence, iso) } as never).toString();
      const begin = iso(pattern.startDate).slice(0, 10);
      const again = patternOf(written, begin).pattern;
      const whatever = { deletedInstanceDates: [] };
      assert.deepEqual({ ...again, ...whatever }, { ...pattern, ...whatever }, written);
      // ical.js doesn't choose among days of the month.
      if (/BYMONTHDAY=28,.*BYSETPOS/.test(written)) return;
      const excluded = pattern.deletedInstanceDates.map((date) => iso(date).slice(0, 10));
      const wanted = datesOfPattern(pattern);
      const got = datesOfRule(written, begin).filter((date) => !excluded.includes(date));
      const least = Math.min(wanted.length, got.length);
      assert.deepEqual(got.slice(0, least), wanted.slice(0, least), written);
    }),
    { numRuns: 150 },
  );
});

for (const rule of [
  'FREQ=HOURLY',
  'FREQ=MINUTELY;INTERVAL=5',
  'FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU',
  'FREQ=DAILY;BYMONTH=1',
  'FREQ=DAILY;BYHOUR=9,17',
  'FREQ=MONTHLY;BYMONTHDAY=1,15',
  'FREQ=MONTHLY;BYDAY=1MO,3MO',
  'FREQ=MONTHLY;BYDAY=MO;INTERVAL=2',
  'FREQ=MONTHLY;BYMONTHDAY=-2',
  'FREQ=MONTHLY;BYDAY=-2FR',
  'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
  'FREQ=YEARLY;BYDAY=20MO',
  'FREQ=YEARLY;BYYEARDAY=100',
  'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO',
  'FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1',
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=DAILY;INTERVAL=100000',
])
  test(`MAPI has no pattern for ${rule}`, () => {
    assert.throws(() => patternOf(rule, '2026-11-24'), CalendarNotUnderstoodError);
  });

test('months that are too short are deleted where the rule ends, and otherwise it is said that it is like it only', () => {
  const ended = patternOf('FREQ=MONTHLY;BYMONTHDAY=31;COUNT=4', '2026-12-31');
  assert.equal(ended.approximate, false);
  assert.deepEqual(datesOfPattern(ended.pattern), ['2026-12-31', '2027-01-31', '2027-03-31', '2027-05-31']);
  const endless = patternOf('FREQ=MONTHLY;BYMONTHDAY=31', '2026-12-31');
  assert.equal(endless.approximate, true);
  assert.equal(endless.pattern.endType, END_NEVER);
});
