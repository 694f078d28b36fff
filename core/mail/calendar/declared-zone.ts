import type { TransitionRule } from '../../mapi/time-zone.ts';
import { NO_TRANSITION, type TimeZone } from '../../mapi/time-zone.ts';
import { CalendarNotUnderstoodError, type Component, rawValue, rawValues, textOf } from './calendar-file.ts';
import { DAY_MS, MINUTE_MS, parseTime } from './calendar-time.ts';
import type { Zone } from './zone.ts';

/** Begins of an observance that are listed one by one; a hundred years of them. */
const MAX_LISTED = 250;
/** Observances of a zone: all that there were since clocks were agreed on. */
const MAX_OBSERVANCES = 250;

/** A part of a VTIMEZONE (RFC 5545 3.6.5): an offset, and when it comes into force. */
interface Observance {
  readonly daylight: boolean;
  /** Minutes that the clock is ahead of UTC, before and from then on. */
  readonly offsetFrom: number;
  readonly offsetTo: number;
  /** When it first came into force, and further times, by the clock before. */
  readonly listed: readonly number[];
  /** Each year, until a time by the clock before. */
  readonly yearly?: YearlyRule & { readonly until: number };
}

interface YearlyRule {
  /** 0–11. */
  readonly month: number;
  /** With `week` 0 the day of the month, otherwise the day of the week. */
  readonly day: number;
  /** 1–4; 5 for the last; 0: not by weeks. */
  readonly week: number;
  /** Milliseconds after midnight. */
  readonly time: number;
}

/** The zone that a VTIMEZONE declares. Throws {@link CalendarNotUnderstoodError} for one that declares none. */
export function declaredZone(component: Component): Zone {
  const name = zoneNameOf(component);
  const parts = component.getAllSubcomponents().filter(({ name: kind }) => kind === 'standard' || kind === 'daylight');
  if (parts.length > MAX_OBSERVANCES) throw new CalendarNotUnderstoodError('a time zone has too many parts');
  const observances = parts.flatMap((part) => readObservance(part) ?? []);
  if (name === undefined || observances.length === 0)
    throw new CalendarNotUnderstoodError('a time zone declares no offset');
  return new DeclaredZone(name, observances);
}

/** TZID of a VTIMEZONE; some put it into quotation marks. */
export const zoneNameOf = (component: Component): string | undefined =>
  textOf(component, 'tzid')
    ?.trim()
    .replace(/^"(.*)"$/, '$1');

function readObservance(part: Component): Observance | undefined {
  const [offsetFrom, offsetTo] = [offsetOf(part, 'tzoffsetfrom'), offsetOf(part, 'tzoffsetto')];
  const property = part.getFirstProperty('dtstart');
  const first = property ? beginOf(rawValue(property)) : undefined;
  if (offsetFrom === undefined || offsetTo === undefined || first === undefined) return undefined;
  const further = part
    .getAllProperties('rdate')
    .flatMap((rdate) => rawValues(rdate).flatMap((value) => beginOf(value) ?? []));
  const yearly = readYearly(part, first, offsetFrom);
  return {
    daylight: part.name === 'daylight',
    offsetFrom,
    offsetTo,
    listed: [first, ...further.slice(0, MAX_LISTED)],
    ...(yearly && { yearly }),
  };
}

/** Outlook begins in 1601, which is too early for appointments but not for zones. */
function beginOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  return parseTime(value)?.local ?? parseTime(value.replace(/^(?:[01]\d{3})(?=-)/, '1602'))?.local;
}

/** Minutes of `+01:00`. */
function offsetOf(part: Component, name: string): number | undefined {
  const property = part.getFirstProperty(name);
  const match = /^([+-])(\d\d):?(\d\d)(?::?\d\d)?$/.exec(String(property ? rawValue(property) : ''));
  if (!match) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

const WEEK_DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

type RuleValue = {
  freq?: string;
  until?: string;
  bymonth?: unknown;
  byday?: unknown;
  bymonthday?: unknown;
  interval?: number;
};
const list = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

/** The rule of an observance, if it is one of those that clocks go by. */
function readYearly(part: Component, first: number, offsetFrom: number): Observance['yearly'] {
  const property = part.getFirstProperty('rrule');
  const rule = property && (rawValue(property) as RuleValue);
  if (rule?.freq !== 'YEARLY' || (rule.interval ?? 1) !== 1) return undefined;
  const begin = new Date(first);
  const month = list(rule.bymonth).length === 1 ? Number(list(rule.bymonth)[0]) - 1 : begin.getUTCMonth();
  const until = rule.until === undefined ? undefined : parseTime(rule.until);
  const end = until ? until.local + (until.isUtc ? offsetFrom * MINUTE_MS : 0) : Number.POSITIVE_INFINITY;
  const time = ((first % DAY_MS) + DAY_MS) % DAY_MS;
  const day = dayOfRule(rule, begin.getUTCDate());
  return day && month >= 0 && month < 12 ? { month, ...day, time, until: end } : undefined;
}

function dayOfRule(rule: RuleValue, dayOfBegin: number): Pick<YearlyRule, 'day' | 'week'> | undefined {
  const monthDays = list(rule.bymonthday).map(Number);
  const [byDay, ...others] = list(rule.byday).map(String);
  if (byDay === undefined) return { day: monthDays[0] ?? dayOfBegin, week: 0 };
  const match = /^([+-]?\d)?([A-Z]{2})$/.exec(byDay);
  const day = match ? WEEK_DAYS.indexOf(match[2]!) : -1;
  if (!match || day < 0 || others.length > 0) return undefined;
  // "The Sunday of the days 8 to 14" is the second one.
  const week = match[1] === undefined ? Math.ceil(Math.min(...monthDays, 31) / 7) : Number(match[1]);
  if (match[1] === undefined && monthDays.length === 0) return undefined;
  return { day, week: week < 0 ? 5 : Math.min(week, 5) };
}

/** When a rule comes into force in a year, by the clock before. */
function beginInYear(rule: YearlyRule, year: number): number {
  if (rule.week === 0) return Date.UTC(year, rule.month, rule.day) + rule.time;
  const first = Date.UTC(year, rule.month, 1);
  const days = ((rule.day - new Date(first).getUTCDay() + 7) % 7) + (rule.week - 1) * 7;
  const inMonth = new Date(first + days * DAY_MS).getUTCMonth() === rule.month;
  return first + (inMonth ? days : days - 7) * DAY_MS + rule.time;
}

class DeclaredZone implements Zone {
  readonly name: string;
  readonly #observances: readonly Observance[];

  constructor(name: string, observances: readonly Observance[]) {
    this.name = name;
    this.#observances = observances;
  }

  utcFromLocal(local: number): number {
    const inForce = this.#inForce(local);
    const { offsetFrom, offsetTo } = inForce.observance;
    // In the gap that a clock skips, the offset from before it counts (RFC 5545 3.3.5).
    const skipped = local - inForce.since < (offsetTo - offsetFrom) * MINUTE_MS;
    return local - (skipped ? offsetFrom : offsetTo) * MINUTE_MS;
  }

  #inForce(local: number): { observance: Observance; since: number } {
    let found: { observance: Observance; since: number } | undefined;
    for (const observance of this.#observances) {
      const since = lastBegin(observance, local);
      if (since !== undefined && (!found || since > found.since)) found = { observance, since };
    }
    if (found) return found;
    // Before all of them: as before the first.
    const [first] = this.#observances.toSorted((a, b) => a.listed[0]! - b.listed[0]!);
    return { observance: { ...first!, offsetTo: first!.offsetFrom }, since: Number.NEGATIVE_INFINITY };
  }

  timeZoneAt(local: number): TimeZone {
    const standard = this.#standing(false, local);
    const daylight = this.#standing(true, local);
    const base = standard ?? daylight!;
    if (!standard || !daylight || standard.offsetTo === daylight.offsetTo)
      return {
        bias: -base.offsetTo,
        standardBias: 0,
        daylightBias: 0,
        standardDate: NO_TRANSITION,
        daylightDate: NO_TRANSITION,
      };
    return {
      bias: -standard.offsetTo,
      standardBias: 0,
      daylightBias: standard.offsetTo - daylight.offsetTo,
      standardDate: transitionOf(standard, local),
      daylightDate: transitionOf(daylight, local),
    };
  }

  /** The observance of a kind that comes into force around a time again and again, or has done so last. */
  #standing(daylight: boolean, local: number): Observance | undefined {
    const ofKind = this.#observances.filter((observance) => observance.daylight === daylight);
    const begun = ofKind
      .filter(({ listed }) => listed[0]! <= local)
      .toSorted((a, b) => (lastBegin(b, local) ?? 0) - (lastBegin(a, local) ?? 0));
    const standing = begun[0] ?? ofKind[0];
    // Summer time that was given up.
    const over = daylight && standing?.yearly && standing.yearly.until < local;
    return over ? undefined : standing;
  }
}

/** When an observance last came into force. */
function lastBegin({ listed, yearly }: Observance, local: number): number | undefined {
  let last: number | undefined;
  for (const begin of listed) if (begin <= local && (last === undefined || begin > last)) last = begin;
  if (!yearly || listed[0]! > local) return last;
  const year = new Date(Math.min(local, yearly.until)).getUTCFullYear();
  for (const begin of [beginInYear(yearly, year), beginInYear(yearly, year - 1)])
    if (begin <= local && begin <= yearly.until && begin > last!) last = begin;
  return last;
}

/** The yearly transition that MAPI can say. What comes by list is taken to come on that weekday each year (observed on 11.0.2). */
function transitionOf(observance: Observance, local: number): TransitionRule {
  const { yearly } = observance;
  const begin = new Date(
    yearly
      ? beginInYear(yearly, new Date(local).getUTCFullYear())
      : (lastBegin(observance, local) ?? observance.listed[0]!),
  );
  const byWeek = yearly !== undefined && yearly.week > 0;
  return {
    year: 0,
    month: begin.getUTCMonth() + 1,
    dayOfWeek: byWeek ? yearly.day : begin.getUTCDay(),
    week: byWeek ? yearly.week : weekOf(begin),
    hour: begin.getUTCHours(),
    minute: begin.getUTCMinutes(),
  };
}

/** Which of its weekday in its month a date is, as most zones would mean it: one of the last seven days is the last. */
function weekOf(date: Date): number {
  const days = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.getUTCDate() + 7 > days ? 5 : Math.ceil(date.getUTCDate() / 7);
}
