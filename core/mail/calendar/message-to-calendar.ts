import ICAL from 'ical.js';
import * as values from '../../mapi/calendar-values.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import type { ReadonlyProperties } from '../../mapi/property.ts';
import { PR_MESSAGE_CLASS } from '../../mapi/tags.ts';
import { type EntryAddresses, noEntries } from '../render/entry-addresses.ts';
import { eventComponents } from './event-component.ts';
import { zoneOfItem } from './item-zone.ts';
import { taskComponent } from './task-component.ts';
import { type JCal, zoneComponent } from './zone-component.ts';

/** What an item as a calendar depends on besides it. */
export interface RenderingSurroundings {
  readonly tags: NamedTags;
  /** Who entry ids of the address book name. */
  readonly addresses?: EntryAddresses;
  /** Milliseconds since 1970: DTSTAMP of what doesn't say when it was made. */
  readonly now: number;
}

/** A calendar (RFC 5545) as it stands in a mail. */
export interface RenderedCalendar {
  /** METHOD (RFC 5546). */
  readonly method: string;
  /** CRLF line ends. */
  readonly text: string;
}

const PRODUCT = '-//Kopano//Serverless//EN';

/**
 * The calendar that a message is: a meeting message by its class, an
 * appointment or a task as published. Undefined for all other messages, and for an item that has
 * no time.
 */
export function calendarOfMessage(
  message: ObjectTree,
  surroundings: RenderingSurroundings,
): RenderedCalendar | undefined {
  const kind = kindOf(message.properties);
  if (kind === undefined) return undefined;
  const method = kind === 'event' ? methodOfMessage(message.properties, surroundings.tags) : 'PUBLISH';
  const components = componentsOf(message, method, surroundings);
  return components && { method, text: calendarText(method, components) };
}

/** Several items as one published calendar; messages that are none are left out. */
export function calendarOfItems(items: readonly ObjectTree[], surroundings: RenderingSurroundings): string {
  const components = items.flatMap((item) => componentsOf(item, 'PUBLISH', surroundings) ?? []);
  return calendarText('PUBLISH', components);
}

function componentsOf(
  message: ObjectTree,
  method: string,
  { tags, addresses = noEntries, now }: RenderingSurroundings,
): JCal[] | undefined {
  const kind = kindOf(message.properties);
  if (kind === undefined) return undefined;
  const zone = zoneOfItem(message.properties, tags);
  const context = { tags, addresses, now, method, zone };
  const components = kind === 'task' ? [taskComponent(message, context)] : eventComponents(message, context);
  if (components === undefined) return undefined;
  return [...(zone.name === undefined ? [] : [zoneComponent(zone.name, zone.timeZone)]), ...components];
}

function calendarText(method: string, components: readonly JCal[]): string {
  const properties = [
    ['prodid', {}, 'text', PRODUCT],
    ['version', {}, 'text', '2.0'],
    ['calscale', {}, 'text', 'GREGORIAN'],
    ['method', {}, 'text', method],
  ];
  // A zone is declared once.
  const zones = new Set<string>();
  const once = components.filter((component) => {
    if (component[0] !== 'vtimezone') return true;
    const name = JSON.stringify(component[1]);
    if (zones.has(name)) return false;
    zones.add(name);
    return true;
  });
  const ordered = [...once.filter(isZone), ...once.filter((component) => !isZone(component))];
  return `${ICAL.stringify(['vcalendar', properties, ordered] as never)}\r\n`;
}

const isZone = (component: JCal): boolean => component[0] === 'vtimezone';

/** Whether a message is about a meeting, or an appointment. */
export const isEvent = (properties: ReadonlyProperties): boolean => kindOf(properties) === 'event';

function kindOf(properties: ReadonlyProperties): 'event' | 'task' | undefined {
  const messageClass = String(properties.get(PR_MESSAGE_CLASS) ?? '').toLowerCase();
  const is = (name: string): boolean =>
    messageClass === name.toLowerCase() || messageClass.startsWith(`${name.toLowerCase()}.`);
  if (messageClass.startsWith(values.CLASS_MEETING.toLowerCase()) || is(values.CLASS_APPOINTMENT)) return 'event';
  return is(values.CLASS_TASK) ? 'task' : undefined;
}

function methodOfMessage(properties: ReadonlyProperties, tags: NamedTags): string {
  const messageClass = String(properties.get(PR_MESSAGE_CLASS) ?? '').toLowerCase();
  if (messageClass.startsWith(values.CLASS_MEETING_RESPONSE.toLowerCase()))
    return properties.get(tags.PidLidAppointmentCounterProposal) === true ? 'COUNTER' : 'REPLY';
  if (messageClass.startsWith(values.CLASS_MEETING_CANCELED.toLowerCase())) return 'CANCEL';
  if (messageClass.startsWith(values.CLASS_MEETING_REQUEST.toLowerCase()))
    return (Number(properties.get(tags.PidLidAppointmentStateFlags) ?? 0) & values.ASF_CANCELED) !== 0
      ? 'CANCEL'
      : 'REQUEST';
  return 'PUBLISH';
}
