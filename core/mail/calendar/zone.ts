import type { TimeZone } from '../../mapi/time-zone.ts';

/** A time zone that a calendar refers to. */
export interface Zone {
  /** TZID. */
  readonly name: string;
  /** UTC of what the clock showed, both in milliseconds since 1970. */
  utcFromLocal(local: number): number;
  /** As MAPI says the zone, by the rules that are in force at a time on the zone's clock. */
  timeZoneAt(local: number): TimeZone;
}
