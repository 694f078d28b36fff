import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ReadonlyProperties } from '../../mapi/property.ts';
import { localFromUtc, type TimeZone, UTC_ZONE } from '../../mapi/time-zone.ts';
import { decodeTimeZoneDefinition, decodeTimeZoneStruct, zoneOfDefinition } from '../../mapi/time-zone-struct.ts';
import { DAY_MS } from './calendar-time.ts';
import type { JCal } from './zone-component.ts';

/** The zone of an item, and how its times are written. */
export interface ItemZone {
  /** TZID; undefined for UTC. */
  readonly name: string | undefined;
  readonly timeZone: TimeZone;
}

const UTC_NAMES: ReadonlySet<string> = new Set(['UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', '']);
/** Longest TZID; what Outlook shows is shorter. */
const MAX_NAME_LENGTH = 200;

/** The zone of an item; UTC where it has none, or where it repeats by UTC. */
export function zoneOfItem(properties: ReadonlyProperties, tags: NamedTags): ItemZone {
  const binary = (tag: number): Buffer | undefined => {
    const value = properties.get(tag);
    return Buffer.isBuffer(value) ? value : undefined;
  };
  const struct = binary(tags.PidLidTimeZoneStruct);
  const blob =
    binary(tags.PidLidAppointmentTimeZoneDefinitionRecur) ??
    binary(tags.PidLidAppointmentTimeZoneDefinitionStartDisplay);
  const definition = blob && decodeTimeZoneDefinition(blob);
  const timeZone = (struct && decodeTimeZoneStruct(struct)) ?? (definition && zoneOfDefinition(definition));
  if (!timeZone) return { name: undefined, timeZone: UTC_ZONE };
  const description = properties.get(tags.PidLidTimeZoneDescription);
  const said = typeof description === 'string' ? description : (definition?.keyName ?? '');
  const name = said
    .replace(/[\p{C}"]+/gu, ' ')
    .trim()
    .slice(0, MAX_NAME_LENGTH);
  const repeats = properties.get(tags.PidLidRecurring) === true;
  if (repeats && UTC_NAMES.has(name) && timeZone.bias === 0) return { name: undefined, timeZone: UTC_ZONE };
  return { name: name || offsetName(timeZone), timeZone };
}

/** A name for a zone without one. */
const offsetName = ({ bias }: TimeZone): string => {
  const size = Math.abs(bias);
  const clock = `${String(Math.floor(size / 60)).padStart(2, '0')}${String(size % 60).padStart(2, '0')}`;
  return `(GMT${bias > 0 ? '-' : '+'}${clock})`;
};

const iso = (local: number): string => new Date(local).toISOString().slice(0, 19);

/** A time of an item as a property. */
export function timeProperty(name: string, utc: number, zone: ItemZone): JCal {
  if (zone.name === undefined) return utcProperty(name, utc);
  return [name, { tzid: zone.name }, 'date-time', iso(localFromUtc(utc, zone.timeZone))];
}

export const utcProperty = (name: string, utc: number): JCal => [name, {}, 'date-time', `${iso(utc)}Z`];

/** The date of a midnight; some keep it by the clock of the zone, others in UTC. */
export function dateProperty(name: string, utc: number, zone: ItemZone): JCal {
  const local = localFromUtc(utc, zone.timeZone);
  const byClock = local % DAY_MS === 0 || utc % DAY_MS !== 0;
  return [name, {}, 'date', iso(byClock ? local : utc).slice(0, 10)];
}

/** A date by the item's own clock. */
export const localDateProperty = (name: string, local: number): JCal => [name, {}, 'date', iso(local).slice(0, 10)];
