import { findIana, type WindowsZoneName } from 'windows-iana';
import { NO_TRANSITION, type TimeZone, type TransitionRule } from '../../mapi/time-zone.ts';
import { DAY_MS, MINUTE_MS } from './calendar-time.ts';
import type { Zone } from './zone.ts';

/**
 * The zone that the system knows by a name: of the time zone database
 * (`Europe/Berlin`, also behind a path, as some write it), or of Windows. Undefined for others.
 */
export function knownZone(name: string): Zone | undefined {
  for (const candidate of candidates(name)) {
    const clock = clockOf(candidate);
    if (clock) return new KnownZone(name, clock);
  }
  return undefined;
}

/** No name is longer. */
const MAX_NAME_LENGTH = 200;

function candidates(name: string): string[] {
  const clean = name.slice(0, MAX_NAME_LENGTH).trim();
  const segments = clean.split('/').filter((segment) => segment !== '');
  const windows = findIana(clean as WindowsZoneName)[0];
  return [clean, ...(windows ? [windows] : []), segments.slice(-2).join('/'), segments.slice(-3).join('/')];
}

/** Minutes that a zone's clock is ahead of UTC at a time. */
type Clock = (utc: number) => number;

function clockOf(timeZone: string): Clock | undefined {
  // Bare offsets are no names.
  if (!/^[a-z]/i.test(timeZone)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    return (utc) => {
      const parts = new Map(format.formatToParts(utc).map(({ type, value }) => [type, Number(value)]));
      const get = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
      const local = Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second'));
      return Math.round((local - Math.floor(utc / 1000) * 1000) / MINUTE_MS);
    };
  } catch {
    return undefined;
  }
}

/** Years that are looked at to tell the fourth Sunday of a month from the last. */
const YEARS_COMPARED = 7;

class KnownZone implements Zone {
  readonly name: string;
  readonly #clock: Clock;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
  }

  utcFromLocal(local: number): number {
    // The offsets a day before and after: of a time that comes twice the first is meant, one that is skipped is as before the gap.
    const offsets = [this.#clock(local - DAY_MS), this.#clock(local + DAY_MS)];
    for (const offset of offsets) {
      const utc = local - offset * MINUTE_MS;
      if (this.#clock(utc) === offset) return utc;
    }
    return local - offsets[0]! * MINUTE_MS;
  }

  timeZoneAt(local: number): TimeZone {
    const year = new Date(local).getUTCFullYear();
    const transitions = this.#transitionsIn(year);
    const now = this.#clock(local);
    const first = transitions[0];
    const second = transitions[1];
    if (transitions.length !== 2 || !first || !second)
      return {
        bias: -now,
        standardBias: 0,
        daylightBias: 0,
        standardDate: NO_TRANSITION,
        daylightDate: NO_TRANSITION,
      };
    const [toDaylight, toStandard] = first.after > second.after ? [first, second] : [second, first];
    return {
      bias: -toStandard.after,
      standardBias: 0,
      daylightBias: toStandard.after - toDaylight.after,
      standardDate: this.#ruleOf(toStandard.at, year),
      daylightDate: this.#ruleOf(toDaylight.at, year),
    };
  }

  /** When the clock is set in a year, in UTC, and how far it is ahead from then on. */
  #transitionsIn(year: number): { at: number; after: number }[] {
    const found: { at: number; after: number }[] = [];
    const step = 7 * DAY_MS;
    const end = Date.UTC(year + 1, 0, 1);
    for (let from = Date.UTC(year, 0, 1); from < end; from += step) {
      const to = Math.min(from + step, end);
      const after = this.#clock(to);
      if (this.#clock(from) !== after) found.push({ at: this.#transitionBetween(from, to), after });
    }
    return found;
  }

  /** The first minute of the offset that is in force at `to`. */
  #transitionBetween(from: number, to: number): number {
    const after = this.#clock(to);
    let [low, high] = [from / MINUTE_MS, to / MINUTE_MS];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#clock(middle * MINUTE_MS) === after) high = middle;
      else low = middle;
    }
    return high * MINUTE_MS;
  }

  #ruleOf(at: number, year: number): TransitionRule {
    const local = new Date(at + this.#clock(at - MINUTE_MS) * MINUTE_MS);
    return {
      year: 0,
      month: local.getUTCMonth() + 1,
      dayOfWeek: local.getUTCDay(),
      week: this.#isLastInMonth(local, year) ? 5 : Math.ceil(local.getUTCDate() / 7),
      hour: local.getUTCHours(),
      minute: local.getUTCMinutes(),
    };
  }

  /** Whether the clock is set in the last seven days of a month, this year and those to come. */
  #isLastInMonth(local: Date, year: number): boolean {
    if (local.getUTCDate() < 22) return false;
    for (let next = year; next < year + YEARS_COMPARED; next++) {
      const begin = Date.UTC(next, local.getUTCMonth(), 1);
      const end = Date.UTC(next, local.getUTCMonth() + 1, 0);
      // With two days of room for zones far from UTC.
      const [from, to] = [begin - 2 * DAY_MS, end + 2 * DAY_MS];
      if (this.#clock(from) === this.#clock(to)) return true;
      const at = this.#transitionBetween(from, to);
      const day = new Date(at + this.#clock(at - MINUTE_MS) * MINUTE_MS).getUTCDate();
      if (day + 7 <= new Date(end).getUTCDate()) return false;
    }
    return true;
  }
}
