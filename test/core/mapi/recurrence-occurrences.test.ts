import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as recurrence from '../../../core/mapi/recurrence.ts';
import { occurrencesOf, patternDates } from '../../../core/mapi/recurrence-occurrences.ts';
import { recurrenceMilliseconds, recurrenceMinutes } from '../../../core/mapi/recurrence-time.ts';
import { aRecurrence } from './random-recurrence.ts';

const date = (text: string): number => recurrenceMinutes(Date.parse(`${text}Z`));
const dates = (pattern: recurrence.AppointmentRecurrence, most: number, from?: string): string[] => {
  const found: string[] = [];
  for (const minutes of patternDates(pattern, from === undefined ? undefined : date(from))) {
    if (found.length === most) break;
    found.push(new Date(recurrenceMilliseconds(minutes)).toISOString().slice(0, 10));
  }
  return found;
};
const EVER = { from: 0, until: date('9999-01-01'), most: 1000 };

test('every third day', () => {
  const pattern = aRecurrence({ period: 3 * 1440, startDate: date('2026-11-23') });
  assert.deepEqual(dates(pattern, 3), ['2026-11-23', '2026-11-26', '2026-11-29']);
  assert.deepEqual(dates(pattern, 2, '2026-11-27'), ['2026-11-29', '2026-12-02']);
});

test('every weekday, whatever the period says', () => {
  const pattern = aRecurrence({ patternType: recurrence.PATTERN_WEEK, weekDays: 62, startDate: date('2026-11-27') });
  assert.deepEqual(dates(pattern, 3), ['2026-11-27', '2026-11-30', '2026-12-01']);
});

test('every second week begins where the first day of the week says', () => {
  const weekly = {
    recurFrequency: recurrence.RECUR_WEEKLY,
    patternType: recurrence.PATTERN_WEEK,
    period: 2,
    weekDays: 0b0000101,
    startDate: date('1997-08-05'),
  };
  // The example of RFC 5545 3.3.10 for WKST, with Tuesday and Sunday.
  assert.deepEqual(dates(aRecurrence({ ...weekly, firstDayOfWeek: 1 }), 4), [
    '1997-08-05',
    '1997-08-10',
    '1997-08-19',
    '1997-08-24',
  ]);
  assert.deepEqual(dates(aRecurrence({ ...weekly, firstDayOfWeek: 0 }), 4), [
    '1997-08-05',
    '1997-08-17',
    '1997-08-19',
    '1997-08-31',
  ]);
});

test('the 31st is the last day of shorter months', () => {
  const pattern = aRecurrence({
    recurFrequency: recurrence.RECUR_MONTHLY,
    patternType: recurrence.PATTERN_MONTH,
    period: 1,
    dayOfMonth: 31,
    startDate: date('2027-01-31'),
  });
  assert.deepEqual(dates(pattern, 4), ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30']);
});

test('the last weekday of every other year', () => {
  const pattern = aRecurrence({
    recurFrequency: recurrence.RECUR_YEARLY,
    patternType: recurrence.PATTERN_MONTH_NTH,
    period: 24,
    weekDays: 62,
    nth: recurrence.NTH_LAST,
    startDate: date('2026-10-30'),
  });
  assert.deepEqual(dates(pattern, 3), ['2026-10-30', '2028-10-31', '2030-10-31']);
});

test('what ends by date has its last day, and what ends after a number that many', () => {
  const byDate = { endType: recurrence.END_BY_DATE, endDate: date('2026-11-25'), startDate: date('2026-11-23') };
  assert.equal(dates(aRecurrence(byDate), 99).length, 3);
  const byCount = { endType: recurrence.END_AFTER_COUNT, occurrenceCount: 4, startDate: date('2026-11-23') };
  assert.equal(dates(aRecurrence(byCount), 99, '2026-11-25').length, 4);
});

test('a deleted occurrence is missing, a moved one lies elsewhere', () => {
  const pattern = aRecurrence({
    startDate: date('2026-11-23'),
    endType: recurrence.END_AFTER_COUNT,
    occurrenceCount: 4,
    deletedInstanceDates: [date('2026-11-24'), date('2026-11-25')],
    modifiedInstanceDates: [date('2026-11-30')],
    exceptions: [
      {
        startDateTime: date('2026-11-30T12:00'),
        endDateTime: date('2026-11-30T13:00'),
        originalStartDate: date('2026-11-25T10:00'),
        subject: 'Later',
      },
    ],
  });
  const found = occurrencesOf(pattern, EVER);
  assert.deepEqual(
    found.map(({ start, exception }) => [new Date(recurrenceMilliseconds(start)).toISOString(), exception?.subject]),
    [
      ['2026-11-23T10:00:00.000Z', undefined],
      ['2026-11-26T10:00:00.000Z', undefined],
      ['2026-11-30T12:00:00.000Z', 'Later'],
    ],
  );
});

test('a range has what begins before it and lasts into it', () => {
  const pattern = aRecurrence({ startDate: date('2026-11-23'), startTimeOffset: 1380, endTimeOffset: 1500 });
  const range = { from: date('2026-12-24T00:30'), until: date('2026-12-24T22:00'), most: 9 };
  assert.deepEqual(
    occurrencesOf(pattern, range).map(({ start }) => start),
    [date('2026-12-23T23:00')],
  );
});

test('what would never end is bounded, and quickly answered far from its start', () => {
  assert.equal(occurrencesOf(aRecurrence({ startDate: 0 }), { ...EVER, most: 50 }).length, 50);
  const far = { from: date('2150-01-01'), until: date('2150-01-08'), most: 50 };
  assert.equal(occurrencesOf(aRecurrence({ startDate: 0 }), far).length, 7);
  assert.deepEqual(occurrencesOf(aRecurrence({ patternType: recurrence.PATTERN_WEEK, weekDays: 0 }), EVER), []);
  const never = { recurFrequency: recurrence.RECUR_MONTHLY, patternType: recurrence.PATTERN_MONTH_NTH, weekDays: 0 };
  assert.deepEqual(occurrencesOf(aRecurrence({ ...never, nth: 1, period: 1 }), EVER), []);
});
