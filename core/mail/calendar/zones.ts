import { UTC_ZONE } from '../../mapi/time-zone.ts';
import { CalendarNotUnderstoodError, type Component, textOf } from './calendar-file.ts';
import type { CalendarTime } from './calendar-time.ts';
import { declaredZone, zoneNameOf } from './declared-zone.ts';
import { knownZone } from './known-zone.ts';
import type { Zone } from './zone.ts';

/** Zones of one calendar: those that it declares, and those that are known by name. */
export interface Zones {
  /** The zone that times without one are in: the first that the calendar declares, or else names. */
  readonly first: Zone | undefined;
  /** The zone of a time; UTC for times in UTC and for dates. Throws {@link CalendarNotUnderstoodError} for an unknown one. */
  zoneOf(time: CalendarTime): Zone;
  /** UTC in milliseconds since 1970. Dates are midnight in UTC (observed on 11.0.2). */
  utc(time: CalendarTime): number;
}

/** Zones that a calendar declares; the rest of an endless list is not looked at. */
const MAX_ZONES = 50;

const UTC: Zone = { name: 'UTC', utcFromLocal: (local) => local, timeZoneAt: () => UTC_ZONE };

/** The zones of a calendar; one that can't be read only matters to times that refer to it. */
export function zonesOf(calendar: Component): Zones {
  const declared = new Map<string, Component>();
  for (const component of calendar.getAllSubcomponents('vtimezone').slice(0, MAX_ZONES)) {
    const name = zoneNameOf(component);
    if (name !== undefined && !declared.has(name)) declared.set(name, component);
  }
  const zones = new Map<string, Zone>();
  const zoneNamed = (name: string): Zone => {
    const zone = zones.get(name) ?? readZone(declared.get(name), name);
    zones.set(name, zone);
    return zone;
  };
  const first = firstZone(declared, zoneNamed) ?? defaultZone(calendar);
  const zoneOf = (time: CalendarTime): Zone => {
    if (time.isUtc || time.isDate) return UTC;
    if (time.zoneName === undefined) return first ?? UTC;
    return zoneNamed(time.zoneName.replace(/^"(.*)"$/, '$1'));
  };
  return { first, zoneOf, utc: (time) => zoneOf(time).utcFromLocal(time.local) };
}

function readZone(declared: Component | undefined, name: string): Zone {
  const zone = declared ? declaredZone(declared) : knownZone(name);
  if (!zone) throw new CalendarNotUnderstoodError('a time is in a zone that nobody knows');
  return zone;
}

function firstZone(declared: ReadonlyMap<string, Component>, zoneNamed: (name: string) => Zone): Zone | undefined {
  const [name] = declared.keys();
  try {
    return name === undefined ? undefined : zoneNamed(name);
  } catch (error) {
    if (error instanceof CalendarNotUnderstoodError) return undefined;
    throw error;
  }
}

/** X-WR-TIMEZONE, which calendars that were exported have. */
function defaultZone(calendar: Component): Zone | undefined {
  const name = textOf(calendar, 'x-wr-timezone');
  return name === undefined ? undefined : knownZone(name);
}
