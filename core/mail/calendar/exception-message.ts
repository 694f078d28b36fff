import { ATTACH_EMBEDDED_MSG, RENDERING_POSITION_NONE } from '../../mapi/attachment-values.ts';
import { CLASS_EXCEPTION } from '../../mapi/calendar-values.ts';
import { newGuid } from '../../mapi/entry-id.ts';
import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import { IMPORTANCE_NORMAL } from '../../mapi/importance.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Properties, PropertyTag, PropertyValue } from '../../mapi/property.ts';
import type { ExceptionInfo } from '../../mapi/recurrence.ts';
import { recurrenceMinutes } from '../../mapi/recurrence-time.ts';
import {
  PR_ATTACH_FLAGS,
  PR_ATTACH_METHOD,
  PR_ATTACH_NUM,
  PR_ATTACHMENT_FLAGS,
  PR_ATTACHMENT_HIDDEN,
  PR_ATTACHMENT_LINKID,
  PR_BODY,
  PR_DISPLAY_NAME,
  PR_EXCEPTION_ENDTIME,
  PR_EXCEPTION_STARTTIME,
  PR_IMPORTANCE,
  PR_MESSAGE_CLASS,
  PR_RECORD_KEY,
  PR_RENDERING_POSITION,
  PR_SUBJECT,
} from '../../mapi/tags.ts';
import { localFromUtc, utcFromLocal } from '../../mapi/time-zone.ts';
import type { AddressBook } from '../address-book.ts';
import { attendeeRows, attendeeStrings, attendeesOf, organizerOf } from './attendees.ts';
import type { Component } from './calendar-file.ts';
import { timeOf } from './calendar-time.ts';
import { type EventSurroundings, eventProperties } from './event-to-message.ts';
import { descriptionOf, type EventTimes, timesOf } from './event-values.ts';
import type { Series } from './series.ts';

/** One occurrence of a series that is other than the rest. */
export interface SeriesException {
  readonly info: ExceptionInfo;
  /** Attachment with the message that is the exception (MS-OXOCAL 2.2.10). */
  readonly attachment: ObjectTree;
}

/** PR_ATTACHMENT_FLAGS: an exception (MS-OXOCAL 2.2.10.1.2). */
const ATTACHMENT_EXCEPTION = 0x2;
/** As the genuine client names exceptions (observed on 11.0.2). */
const UNTITLED = 'Untitled';

/** Minutes since 1601, by the clock of the series, of an event's own RECURRENCE-ID. */
export function originalStartOf(event: Component, series: Series, { zones }: EventSurroundings): number {
  const time = timeOf(event.getFirstProperty('recurrence-id')!);
  // Of a series of whole days, and where the clock isn't said, the date is what is meant.
  if (time.isDate) return recurrenceMinutes(time.local) + series.recurrence.startTimeOffset;
  return recurrenceMinutes(localFromUtc(zones.utc(time), series.timeZone));
}

/**
 * The exception that an event with a RECURRENCE-ID is. What it doesn't say is as in
 * the rest, `master`; a text that only the rest has is empty.
 */
export function seriesException(
  event: Component,
  master: Component,
  series: Series,
  surroundings: EventSurroundings,
  addressBook: AddressBook,
): SeriesException {
  const { tags, zones } = surroundings;
  const times = onClockOf(series, timesOf(event, zones));
  const local = (utc: number): number => localFromUtc(utc, series.timeZone);
  const properties = eventProperties(event, times, undefined, surroundings);
  const masterTimes = timesOf(master, zones);
  for (const [tag, value] of silence(master, tags)) if (!properties.has(tag)) properties.set(tag, value);
  properties.delete(tags.PidLidAppointmentReplyTime);
  properties
    .set(PR_MESSAGE_CLASS, CLASS_EXCEPTION)
    .set(tags.PidLidClipStart, fileTimeFromMilliseconds(times.startUtc))
    .set(tags.PidLidClipEnd, fileTimeFromMilliseconds(times.endUtc));
  const info: ExceptionInfo = {
    startDateTime: recurrenceMinutes(local(times.startUtc)),
    endDateTime: recurrenceMinutes(local(times.endUtc)),
    originalStartDate: originalStartOf(event, series, surroundings),
    ...overrides(event, master, properties, surroundings),
    ...(times.allDay !== masterTimes.allDay && { subType: times.allDay ? 1 : 0 }),
  };
  // Who isn't named otherwise is invited as to the rest.
  const named = organizerOf(event) !== undefined || attendeesOf(event).length > 0 ? event : master;
  for (const [tag, value] of attendeeStrings(attendeesOf(named), tags)) properties.set(tag, value);
  const rows = attendeeRows(organizerOf(master) ?? organizerOf(event), attendeesOf(named), addressBook);
  const message = { kind: MAPI_MESSAGE, properties, children: rows };
  return { info, attachment: exceptionAttachment(message, local(times.startUtc), local(times.endUtc)) };
}

/** The days of an exception that takes whole days are those of the series' zone. */
function onClockOf({ timeZone }: Series, times: EventTimes): EventTimes {
  if (!times.start.isDate) return times;
  return {
    ...times,
    startUtc: utcFromLocal(times.start.local, timeZone),
    endUtc: utcFromLocal(times.end.local, timeZone),
  };
}

/** What an exception has that doesn't say what the rest says: nothing, for it stands for itself (RFC 5545 3.8.4.4). */
const silence = (master: Component, tags: NamedTags): readonly (readonly [PropertyTag, PropertyValue])[] => {
  const has = (name: string): boolean => master.getFirstProperty(name) !== null;
  return [
    ...(has('summary') ? ([[PR_SUBJECT, '']] as const) : []),
    ...(has('location') ? ([[tags.PidLidLocation, '']] as const) : []),
    ...(descriptionOf(master) !== undefined ? ([[PR_BODY, '']] as const) : []),
    ...(has('priority') ? ([[PR_IMPORTANCE, IMPORTANCE_NORMAL]] as const) : []),
    ...(has('class') ? ([[tags.PidLidPrivate, false]] as const) : []),
    [tags.PidLidAppointmentSequence, 0],
  ];
};

/** What of an exception is said to be other (observed on 11.0.2: whatever it says at all). */
function overrides(
  event: Component,
  master: Component,
  properties: Properties,
  { tags }: EventSurroundings,
): Partial<ExceptionInfo> {
  const [subject, location] = [properties.get(PR_SUBJECT), properties.get(tags.PidLidLocation)];
  const alarms = [master, event].map((component) => component.getFirstSubcomponent('valarm') !== null);
  const isSet = properties.get(tags.PidLidReminderSet) === true;
  const delta = properties.get(tags.PidLidReminderDelta);
  return {
    ...(typeof subject === 'string' && { subject }),
    ...(typeof location === 'string' && { location }),
    busyStatus: properties.get(tags.PidLidBusyStatus) as number,
    ...(alarms[0] !== isSet && { reminderSet: isSet ? 1 : 0 }),
    ...(alarms[1] && typeof delta === 'number' && { reminderDelta: delta }),
    ...(properties.has(PR_BODY) && { exceptionalBody: true as const }),
  };
}

/** The attachment that holds an exception; times are by the clock of the series, as milliseconds since 1970. */
export const exceptionAttachment = (message: ObjectTree, start: number, end: number): ObjectTree => ({
  kind: MAPI_ATTACH,
  properties: new Map<PropertyTag, PropertyValue>([
    [PR_ATTACH_NUM, 0],
    [PR_RECORD_KEY, newGuid()],
    [PR_ATTACH_METHOD, ATTACH_EMBEDDED_MSG],
    [PR_RENDERING_POSITION, RENDERING_POSITION_NONE],
    [PR_ATTACH_FLAGS, 0],
    [PR_ATTACHMENT_LINKID, 0],
    [PR_ATTACHMENT_FLAGS, ATTACHMENT_EXCEPTION],
    [PR_ATTACHMENT_HIDDEN, true],
    [PR_DISPLAY_NAME, UNTITLED],
    [PR_EXCEPTION_STARTTIME, fileTimeFromMilliseconds(start)],
    [PR_EXCEPTION_ENDTIME, fileTimeFromMilliseconds(end)],
  ]),
  children: [message],
});

/** Whether an attachment is an exception of a series. */
export const isException = ({ kind, properties }: ObjectTree): boolean =>
  kind === MAPI_ATTACH &&
  properties.get(PR_ATTACH_METHOD) === ATTACH_EMBEDDED_MSG &&
  (properties.has(PR_EXCEPTION_STARTTIME) ||
    (Number(properties.get(PR_ATTACHMENT_FLAGS) ?? 0) & ATTACHMENT_EXCEPTION) !== 0);
