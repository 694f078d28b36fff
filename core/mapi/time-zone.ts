/*
 * Time zones as MAPI says them: an offset, another one for the summer, and the
 * rule that tells when which is in force (MS-OXOCAL 2.2.1.39, MS-DTYP 2.3.13).
 */

/** When an offset comes into force, each year: `week` 1–4 or 5 for the last `dayOfWeek` of `month`. */
export interface TransitionRule {
  /** 0: the rule is for each year; otherwise `week` is a day of the month of this year. */
  readonly year: number;
  /** 1–12; 0 says that there is no transition. */
  readonly month: number;
  /** 0 is Sunday. */
  readonly dayOfWeek: number;
  readonly week: number;
  readonly hour: number;
  readonly minute: number;
}

/** Minutes are added to local time to get UTC: Berlin has −60. */
export interface TimeZone {
  readonly bias: number;
  readonly standardBias: number;
  /** Added to `bias` in summer: mostly −60. */
  readonly daylightBias: number;
  /** Local time is then still daylight time. */
  readonly standardDate: TransitionRule;
  /** Local time is then still standard time. */
  readonly daylightDate: TransitionRule;
}

export const NO_TRANSITION: TransitionRule = { year: 0, month: 0, dayOfWeek: 0, week: 0, hour: 0, minute: 0 };

export const UTC_ZONE: TimeZone = {
  bias: 0,
  standardBias: 0,
  daylightBias: 0,
  standardDate: NO_TRANSITION,
  daylightDate: NO_TRANSITION,
};

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export const hasDaylight = (zone: TimeZone): boolean =>
  zone.standardDate.month !== 0 && zone.daylightDate.month !== 0 && zone.standardBias !== zone.daylightBias;

/** The clock of a zone, as milliseconds since 1970 if it were UTC's. */
export const localFromUtc = (utc: number, zone: TimeZone): number => utc - biasAtUtc(utc, zone) * MINUTE_MS;

/** UTC of what the clock shows. Of a time that comes twice, the first is meant; one that is skipped is reckoned as before the gap (RFC 5545 3.3.5). */
export function utcFromLocal(local: number, zone: TimeZone): number {
  const standard = local + (zone.bias + zone.standardBias) * MINUTE_MS;
  if (!hasDaylight(zone)) return standard;
  const daylight = local + (zone.bias + zone.daylightBias) * MINUTE_MS;
  const [first, second] = daylight < standard ? [daylight, standard] : [standard, daylight];
  if (localFromUtc(first, zone) === local) return first;
  if (localFromUtc(second, zone) === local) return second;
  // In the gap: the offset from before it, which is the one that gives the later instant.
  return second;
}

function biasAtUtc(utc: number, zone: TimeZone): number {
  const standard = zone.bias + zone.standardBias;
  if (!hasDaylight(zone)) return standard;
  const daylight = zone.bias + zone.daylightBias;
  const year = new Date(utc - standard * MINUTE_MS).getUTCFullYear();
  const begin = transitionIn(year, zone.daylightDate) + standard * MINUTE_MS;
  const end = transitionIn(year, zone.standardDate) + daylight * MINUTE_MS;
  const summer = begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
  return summer ? daylight : standard;
}

/** When a transition is in a year, by the clock before it. */
function transitionIn(year: number, rule: TransitionRule): number {
  const time = (rule.hour * 60 + rule.minute) * MINUTE_MS;
  if (rule.year !== 0) return utcDate(year, rule.month - 1, rule.week) + time;
  const first = utcDate(year, rule.month - 1, 1);
  const offset = (rule.dayOfWeek - new Date(first).getUTCDay() + 7) % 7;
  const days = offset + (Math.min(Math.max(rule.week, 1), 5) - 1) * 7;
  const inMonth = new Date(first + days * DAY_MS).getUTCMonth() === rule.month - 1;
  return first + (inMonth ? days : days - 7) * DAY_MS + time;
}

function utcDate(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.getTime();
}
