/*
 * The times of recurrences: minutes since 1601-01-01 (MS-OXOCAL 2.2.1.44.1), by
 * the clock of the item's time zone.
 */

export const DAY_MINUTES = 1440;
const MINUTE_MS = 60_000;
const EPOCH_MINUTES = 194_074_560;

/** Of milliseconds since 1970, by the same clock. */
export const recurrenceMinutes = (milliseconds: number): number => Math.floor(milliseconds / MINUTE_MS) + EPOCH_MINUTES;

/** Milliseconds since 1970, by the same clock. */
export const recurrenceMilliseconds = (minutes: number): number => (minutes - EPOCH_MINUTES) * MINUTE_MS;

/** The midnight before. */
export const dateOf = (minutes: number): number => minutes - (((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES);

/** 0 is Sunday; 1601-01-01 was a Monday. */
export const weekDayOf = (minutes: number): number => (((Math.floor(minutes / DAY_MINUTES) + 1) % 7) + 7) % 7;

/** Months since January 1601. */
export function monthOf(minutes: number): number {
  const date = new Date(recurrenceMilliseconds(minutes));
  return (date.getUTCFullYear() - 1601) * 12 + date.getUTCMonth();
}

export const dayOfMonthOf = (minutes: number): number => new Date(recurrenceMilliseconds(minutes)).getUTCDate();

/** The midnight that begins a month, by months since January 1601. */
export function beginOfMonth(month: number): number {
  const date = new Date(0);
  date.setUTCFullYear(1601 + Math.floor(month / 12), ((month % 12) + 12) % 12, 1);
  return recurrenceMinutes(date.getTime());
}

export const daysInMonth = (month: number): number => (beginOfMonth(month + 1) - beginOfMonth(month)) / DAY_MINUTES;
