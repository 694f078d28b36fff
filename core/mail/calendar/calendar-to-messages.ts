import { RESPONSE_NONE } from '../../mapi/calendar-values.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Properties } from '../../mapi/property.ts';
import { MAPI_TO } from '../../mapi/recipient-types.ts';
import { dateOf } from '../../mapi/recurrence-time.ts';
import type { Mailbox } from '../address.ts';
import { type AddressBook, roleProperties } from '../address-book.ts';
import { REPRESENTING_TAGS, SENDER_TAGS } from '../header-properties.ts';
import { attendeeRows, attendeesOf, organizerOf } from './attendees.ts';
import { CalendarNotUnderstoodError, type Component, methodOf, readCalendars, textOf } from './calendar-file.ts';
import { type EventSurroundings, eventProperties, uidOf } from './event-to-message.ts';
import { timesOf } from './event-values.ts';
import { originalStartOf, seriesException } from './exception-message.ts';
import { MAX_EXCEPTIONS } from './limits.ts';
import { type Series, seriesOf, withExceptions } from './series.ts';
import { taskProperties } from './task-to-message.ts';
import { zonesOf } from './zones.ts';

/** What the items of a calendar depend on besides it. */
export interface CalendarSurroundings {
  readonly tags: NamedTags;
  readonly addressBook: AddressBook;
  /** Milliseconds since 1970: when it arrived. */
  readonly now: number;
}

/** One item of a calendar: an event with its exceptions, or a task. */
export interface CalendarItem {
  readonly properties: Properties;
  /** Who invites, or answers; the message that brought the item needn't name them. */
  readonly sender: Mailbox | undefined;
  /** Who is invited, or answered. */
  readonly recipients: readonly ObjectTree[];
  /** Attachments with the exceptions of a series; their numbers are to be given. */
  readonly exceptions: readonly ObjectTree[];
  /** MAPI says it a little otherwise than the calendar, which is to be kept with it. */
  readonly approximate: boolean;
}

/** What a file of iCalendar (RFC 5545) holds. */
export interface CalendarContent {
  /** METHOD (RFC 5546), in capitals. */
  readonly method: string | undefined;
  readonly items: readonly CalendarItem[];
  /** Components that have no counterpart in MAPI, or that it can't say: why. */
  readonly left: readonly CalendarNotUnderstoodError[];
}

/** Components that aren't items. */
const NO_ITEMS: ReadonlySet<string> = new Set(['vtimezone', 'x-wr-relcalid']);

/**
 * The items of a calendar file. Never fails for one component among others; throws
 * {@link CalendarNotUnderstoodError} for a file that is no calendar.
 */
export function calendarContent(text: string, surroundings: CalendarSurroundings): CalendarContent {
  const calendars = readCalendars(text);
  const items: CalendarItem[] = [];
  const left: CalendarNotUnderstoodError[] = [];
  for (const calendar of calendars) {
    const event = { ...surroundings, zones: zonesOf(calendar), method: methodOf(calendar) };
    for (const group of groupsOf(calendar, left)) {
      try {
        items.push(itemOf(group, event, surroundings.addressBook));
      } catch (error) {
        if (!(error instanceof CalendarNotUnderstoodError)) throw error;
        left.push(error);
      }
    }
  }
  return { method: calendars[0] && methodOf(calendars[0]), items, left };
}

/** An event that repeats, or one alone, with what is other in some of its occurrences. */
interface Group {
  readonly main: Component;
  readonly exceptions: readonly Component[];
}

/** Events of one UID are one item where one of them is the series; occurrences alone are items of their own. */
function groupsOf(calendar: Component, left: CalendarNotUnderstoodError[]): Group[] {
  const masters = new Map<string, { main: Component; exceptions: Component[] }>();
  const groups: Group[] = [];
  const occurrences: Component[] = [];
  for (const component of calendar.getAllSubcomponents()) {
    if (component.name === 'vtodo') groups.push({ main: component, exceptions: [] });
    else if (component.name === 'vevent') {
      if (component.getFirstProperty('recurrence-id')) {
        occurrences.push(component);
        continue;
      }
      const group = { main: component, exceptions: [] };
      const uid = uidOf(component);
      if (uid !== undefined && !masters.has(uid)) masters.set(uid, group);
      groups.push(group);
    } else if (!NO_ITEMS.has(component.name))
      left.push(new CalendarNotUnderstoodError(`MAPI has nothing like a ${component.name.toUpperCase()}`));
  }
  for (const occurrence of occurrences) {
    const master = masters.get(uidOf(occurrence) ?? '');
    if (master) master.exceptions.push(occurrence);
    else groups.push({ main: occurrence, exceptions: [] });
  }
  return groups;
}

function itemOf({ main, exceptions }: Group, surroundings: EventSurroundings, addressBook: AddressBook): CalendarItem {
  const { sender, recipients } = peopleOf(main, surroundings.method, addressBook);
  if (main.name === 'vtodo') {
    const approximate = main.getFirstProperty('rrule') !== null;
    return { properties: taskProperties(main, surroundings), sender, recipients, exceptions: [], approximate };
  }
  const times = timesOf(main, surroundings.zones);
  const series = main.getFirstProperty('recurrence-id') ? undefined : seriesOf(main, times, surroundings.zones);
  if (exceptions.length > 0 && !series)
    throw new CalendarNotUnderstoodError('an event that doesn’t repeat has exceptions');
  if (exceptions.length > MAX_EXCEPTIONS) throw new CalendarNotUnderstoodError('a series has too many exceptions');
  const { whole, attachments } = series
    ? exceptionsOf(main, exceptions, series, surroundings, addressBook)
    : { whole: undefined, attachments: [] };
  return {
    properties: eventProperties(main, times, whole, surroundings),
    sender,
    recipients,
    exceptions: attachments,
    approximate: whole?.approximate ?? false,
  };
}

/** An answer goes from one of those who are invited to who invites, everything else the other way. */
function peopleOf(
  event: Component,
  method: string | undefined,
  addressBook: AddressBook,
): Pick<CalendarItem, 'sender' | 'recipients'> {
  const organizer = organizerOf(event);
  const attendees = attendeesOf(event);
  if (method !== 'REPLY' && method !== 'COUNTER')
    return { sender: organizer, recipients: attendeeRows(organizer, attendees, addressBook) };
  const answered = organizer ? [{ mailbox: organizer, recipientType: MAPI_TO, trackStatus: RESPONSE_NONE }] : [];
  return { sender: attendees[0]?.mailbox, recipients: attendeeRows(undefined, answered, addressBook) };
}

function exceptionsOf(
  main: Component,
  events: readonly Component[],
  series: Series,
  surroundings: EventSurroundings,
  addressBook: AddressBook,
): { whole: Series; attachments: ObjectTree[] } {
  const cancelled: number[] = [];
  // The last that is said of an occurrence counts.
  const byDate = new Map<number, Component>();
  for (const event of events) byDate.set(dateOf(originalStartOf(event, series, surroundings)), event);
  const modified = [...byDate].filter(([date, event]) => {
    const isCancelled = textOf(event, 'status')?.trim().toUpperCase() === 'CANCELLED';
    if (isCancelled) cancelled.push(date);
    return !isCancelled;
  });
  const exceptions = modified
    .map(([, event]) => seriesException(event, main, series, surroundings, addressBook))
    .sort((a, b) => a.info.startDateTime - b.info.startDateTime);
  return {
    whole: withExceptions(
      series,
      exceptions.map(({ info }) => info),
      cancelled,
    ),
    attachments: exceptions.map(({ attachment }) => attachment),
  };
}

/** An item as a message of its own, as who imports a calendar has it. */
export function itemMessage(item: CalendarItem, addressBook: AddressBook): ObjectTree {
  const properties: Properties = new Map([
    ...(item.sender ? roleProperties(item.sender, SENDER_TAGS, addressBook) : []),
    ...(item.sender ? roleProperties(item.sender, REPRESENTING_TAGS, addressBook) : []),
    ...item.properties,
  ]);
  return { kind: MAPI_MESSAGE, properties, children: [...item.recipients, ...item.exceptions] };
}
