import * as values from '../../mapi/calendar-values.ts';
import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import { cleanGlobalObjectId, globalObjectIdOf, globalObjectIdOfUid } from '../../mapi/global-object-id.ts';
import { IMPORTANCE_NORMAL } from '../../mapi/importance.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { Properties, PropertyTag, PropertyValue } from '../../mapi/property.ts';
import {
  PR_BODY,
  PR_END_DATE,
  PR_ICON_INDEX,
  PR_IMPORTANCE,
  PR_MESSAGE_CLASS,
  PR_OWNER_APPT_ID,
  PR_PRIORITY,
  PR_RESPONSE_REQUESTED,
  PR_SENSITIVITY,
  PR_START_DATE,
} from '../../mapi/tags.ts';
import { UTC_ZONE } from '../../mapi/time-zone.ts';
import { encodeTimeZoneStruct } from '../../mapi/time-zone-struct.ts';
import { MAX_FIELD_LENGTH } from '../limits.ts';
import { subjectProperties } from '../subject.ts';
import { attendeeStrings, attendeesOf, partStatOf } from './attendees.ts';
import {
  CalendarNotUnderstoodError,
  type Component,
  numberOf,
  parameterOf,
  textOf,
  textValue,
} from './calendar-file.ts';
import { jCalTime, MINUTE_MS, parseTime, timeOf, utcTimeOf } from './calendar-time.ts';
import {
  busyStatusOf,
  categoriesOf,
  descriptionOf,
  type EventTimes,
  priorityOf,
  sensitivityOf,
} from './event-values.ts';
import { alarmOf, reminderProperties } from './reminder.ts';
import { firstOccurrence, oldRecurrenceProperties, type Series, seriesProperties } from './series.ts';
import type { Zones } from './zones.ts';

/** What the properties of an event depend on besides it. */
export interface EventSurroundings {
  readonly tags: NamedTags;
  readonly zones: Zones;
  /** METHOD, in capitals. */
  readonly method: string | undefined;
  /** Milliseconds since 1970: when it arrived. */
  readonly now: number;
}

/** UID (RFC 5545 3.8.4.7). */
export const uidOf = (component: Component): string | undefined => textOf(component, 'uid')?.trim() || undefined;

/**
 * The properties that MAPI has of an event, by its method, as the genuine
 * delivery agent makes them. Throws {@link CalendarNotUnderstoodError} for an answer without an answer.
 */
export function eventProperties(
  event: Component,
  times: EventTimes,
  series: Series | undefined,
  surroundings: EventSurroundings,
): Properties {
  const { tags } = surroundings;
  const attendees = attendeesOf(event);
  const first = series ? firstOccurrence(series) : times;
  return new Map([
    ...identity(event, surroundings),
    ...classProperties(event, surroundings),
    ...texts(event, tags),
    ...urgency(event, tags),
    ...sequence(event, surroundings),
    // An answer invites nobody.
    ...attendeeStrings(surroundings.method === 'REPLY' ? [] : attendees, tags),
    ...busyProperties(event, surroundings),
    ...timeProperties(event, times, series, surroundings),
    ...reminderProperties(event, alarmOf(event, first.startUtc, first.endUtc), first.startUtc, tags),
    ...recurrenceProperties(event, series, surroundings),
  ]);
}

export function identity(event: Component, { tags, zones }: EventSurroundings): Properties {
  const uid = uidOf(event);
  if (uid === undefined) throw new CalendarNotUnderstoodError('an event has no UID');
  const clean = cleanGlobalObjectId(globalObjectIdOfUid(uid));
  const properties: Properties = new Map<PropertyTag, PropertyValue>([
    [tags.dispidApptTsRef, Buffer.from(uid)],
    [tags.PidLidGlobalObjectId, clean],
    [tags.PidLidCleanGlobalObjectId, clean],
  ]);
  const recurrenceId = event.getFirstProperty('recurrence-id');
  if (!recurrenceId) return properties;
  const original = timeOf(recurrenceId);
  const date = new Date(original.local);
  const day = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
  properties
    .set(tags.PidLidGlobalObjectId, globalObjectIdOf(clean, day))
    .set(tags.PidLidExceptionReplaceTime, fileTimeFromMilliseconds(zones.utc(original)))
    .set(tags.PidLidIsException, true);
  // From midnight to midnight: the series takes whole days (observed on 11.0.2).
  if (original.isDate)
    properties.set(tags.PidLidStartRecurrenceTime, 0).set(tags.PidLidEndRecurrenceTime, MIDNIGHT_AFTER);
  return properties;
}

/** 24:00 (MS-OXOCAL 2.2.6.6). */
const MIDNIGHT_AFTER = 24 << 12;

const RESPONSE_CLASSES: ReadonlyMap<string, string> = new Map([
  ['ACCEPTED', values.CLASS_RESPONSE_ACCEPTED],
  ['DECLINED', values.CLASS_RESPONSE_DECLINED],
  ['TENTATIVE', values.CLASS_RESPONSE_TENTATIVE],
]);

const SIDE_EFFECTS = values.SIDE_OPEN_TO_DELETE | values.SIDE_OPEN_TO_COPY | values.SIDE_OPEN_TO_MOVE;
const SIDE_EFFECTS_OF_MEETINGS =
  SIDE_EFFECTS | values.SIDE_CANNOT_UNDO_DELETE | values.SIDE_CANNOT_UNDO_COPY | values.SIDE_CANNOT_UNDO_MOVE;
export const SIDE_EFFECTS_OF_APPOINTMENTS =
  SIDE_EFFECTS | values.SIDE_COERCE_TO_INBOX | values.SIDE_OPEN_FOR_CONTEXT_MENU;
const SIDE_EFFECTS_OF_SERIES = SIDE_EFFECTS | values.SIDE_OPEN_FOR_CONTEXT_MENU;

/** Methods whose messages are about meetings and not appointments themselves. */
const MEETING_METHODS: ReadonlySet<string> = new Set(['REQUEST', 'REPLY', 'CANCEL', 'COUNTER']);

/** What a message is, by its method (RFC 5546). */
function classProperties(event: Component, { method = 'PUBLISH', tags, now }: EventSurroundings): Properties {
  const isMeeting = method === 'REQUEST' || method === 'CANCEL' || (!MEETING_METHODS.has(method) && hasAttendee(event));
  const state = isMeeting
    ? values.ASF_MEETING | values.ASF_RECEIVED | (method === 'CANCEL' ? values.ASF_CANCELED : 0)
    : 0;
  const properties: Properties = new Map<PropertyTag, PropertyValue>([
    [
      tags.PidLidSideEffects,
      MEETING_METHODS.has(method) && method !== 'COUNTER' ? SIDE_EFFECTS_OF_MEETINGS : SIDE_EFFECTS_OF_APPOINTMENTS,
    ],
    [tags.PidLidSendMeetingAsIcal, true],
    [tags.PidLidTaskMode, 0],
    [tags.PidLidAppointmentStateFlags, state],
    [tags.PidLidFInvited, method === 'REQUEST' || method === 'CANCEL'],
    [PR_ICON_INDEX, iconOf(isMeeting, method)],
  ]);
  switch (method) {
    case 'REQUEST':
      return properties
        .set(PR_MESSAGE_CLASS, values.CLASS_MEETING_REQUEST)
        .set(PR_RESPONSE_REQUESTED, true)
        .set(tags.PidLidResponseStatus, values.RESPONSE_NOT_RESPONDED);
    case 'CANCEL':
      return properties
        .set(PR_MESSAGE_CLASS, values.CLASS_MEETING_CANCELED)
        .set(tags.PidLidResponseStatus, values.RESPONSE_NOT_RESPONDED);
    case 'COUNTER':
    case 'REPLY':
      if (method === 'COUNTER') properties.set(tags.PidLidAppointmentCounterProposal, true);
      return properties
        .set(PR_MESSAGE_CLASS, responseClass(event, method))
        .set(tags.PidLidResponseStatus, values.RESPONSE_NONE);
    default:
      return properties
        .set(PR_MESSAGE_CLASS, values.CLASS_APPOINTMENT)
        .set(tags.PidLidResponseStatus, values.RESPONSE_NONE)
        .set(tags.PidLidAppointmentReplyTime, fileTimeFromMilliseconds(now));
  }
}

const hasAttendee = (event: Component): boolean => event.getFirstProperty('attendee') !== null;

const iconOf = (isMeeting: boolean, method: string): number => {
  if (!isMeeting) return values.ICON_APPOINTMENT;
  return method === 'CANCEL' ? values.ICON_MEETING_CANCELED : values.ICON_MEETING;
};

/** An answer is of one attendee (RFC 5546 3.2.3); who proposes another time may leave it open. */
function responseClass(event: Component, method: string): string {
  const [attendee, ...others] = event.getAllProperties('attendee');
  if (!attendee || (others.length > 0 && method === 'REPLY'))
    throw new CalendarNotUnderstoodError('an answer is not of one attendee');
  const known = RESPONSE_CLASSES.get(partStatOf(attendee) ?? '');
  if (known === undefined && method === 'REPLY')
    throw new CalendarNotUnderstoodError('an answer says neither yes nor no');
  return known ?? values.CLASS_RESPONSE_TENTATIVE;
}

export function texts(event: Component, tags: NamedTags): Properties {
  const summary = textOf(event, 'summary');
  const description = descriptionOf(event);
  const location = textOf(event, 'location')?.slice(0, MAX_FIELD_LENGTH);
  const categories = categoriesOf(event);
  const url = textOf(event, 'url');
  return new Map<PropertyTag, PropertyValue>([
    ...(summary !== undefined ? subjectProperties(singleLine(summary), undefined) : []),
    ...(description !== undefined ? ([[PR_BODY, description]] as const) : []),
    ...(location !== undefined
      ? ([
          [tags.PidLidLocation, location],
          [tags.PidLidWhere, location],
        ] as const)
      : []),
    ...(categories.length > 0 ? ([[tags.PidNameKeywords, categories]] as const) : []),
    ...(url !== undefined ? ([[tags.PidLidNetShowUrl, url.slice(0, MAX_FIELD_LENGTH)]] as const) : []),
  ]);
}

const singleLine = (text: string): string => text.slice(0, MAX_FIELD_LENGTH).replace(/\s*[\r\n]+\s*/g, ' ');

export function urgency(event: Component, tags: NamedTags): Properties {
  const priority = priorityOf(event);
  const { sensitivity, isPrivate } = sensitivityOf(event);
  return new Map<PropertyTag, PropertyValue>([
    ...(priority !== undefined
      ? ([
          [PR_IMPORTANCE, IMPORTANCE_NORMAL + priority],
          [PR_PRIORITY, priority >>> 0],
        ] as const)
      : []),
    ...(isPrivate !== undefined ? ([[tags.PidLidPrivate, isPrivate]] as const) : []),
    [PR_SENSITIVITY, sensitivity],
  ]);
}

/** Numbers of versions, and when who changed what. */
export function sequence(event: Component, { tags, method, now }: EventSurroundings): Properties {
  const generation = numberOf(event, 'x-moz-generation');
  const numbers = [numberOf(event, 'sequence'), numberOf(event, 'x-microsoft-cdo-appt-sequence'), generation];
  const known = numbers.filter((number) => number !== undefined && number >= 0) as number[];
  const ownerId = numberOf(event, 'x-microsoft-cdo-ownerapptid');
  const properties: Properties = new Map<PropertyTag, PropertyValue>([
    [PR_OWNER_APPT_ID, ownerId === undefined ? values.NO_OWNER_APPOINTMENT_ID : ownerId >>> 0],
    ...(known.length > 0 ? ([[tags.PidLidAppointmentSequence, Math.max(...known)]] as const) : []),
    ...(generation !== undefined ? ([[tags.dispidMozGen, generation >>> 0]] as const) : []),
  ]);
  const invites = textOf(event, 'x-moz-send-invitations');
  if (invites !== undefined) properties.set(tags.dispidMozSendInvite, invites.toUpperCase() === 'TRUE');
  const isMeeting = MEETING_METHODS.has(method ?? '');
  // DTSTAMP of an iTIP object is when its sender made it (RFC 5545 3.8.7.2).
  const stamp = utcTimeOf(event, 'dtstamp');
  const changes: [string, PropertyTag, boolean][] = [
    [
      'x-microsoft-cdo-owner-critical-change',
      tags.PidLidOwnerCriticalChange,
      method === 'REQUEST' || method === 'CANCEL',
    ],
    [
      'x-microsoft-cdo-attendee-critical-change',
      tags.PidLidAttendeeCriticalChange,
      method === 'REPLY' || method === 'COUNTER',
    ],
  ];
  for (const [name, tag, isTheirs] of changes) {
    const time = utcTimeOf(event, name) ?? (isMeeting ? ((isTheirs ? stamp : undefined) ?? now) : undefined);
    if (time !== undefined) properties.set(tag, fileTimeFromMilliseconds(time));
  }
  return properties;
}

function busyProperties(event: Component, { method, tags }: EventSurroundings): Properties {
  const { busy, intended } = busyStatusOf(event, method);
  return new Map([
    [tags.PidLidBusyStatus, busy],
    [tags.PidLidIntendedBusyStatus, intended],
  ]);
}

function timeProperties(
  event: Component,
  times: EventTimes,
  series: Series | undefined,
  { method, tags, zones }: EventSurroundings,
): Properties {
  const proposal = method === 'COUNTER' ? originalTimes(event, zones) : undefined;
  const { startUtc, endUtc } =
    proposal ?? (series && !event.getFirstProperty('recurrence-id') ? firstOccurrence(series) : times);
  const start = fileTimeFromMilliseconds(startUtc);
  const end = fileTimeFromMilliseconds(endUtc);
  const properties: Properties = new Map<PropertyTag, PropertyValue>([
    [tags.PidLidAppointmentStartWhole, start],
    [tags.PidLidCommonStart, start],
    [PR_START_DATE, start],
    [tags.PidLidAppointmentEndWhole, end],
    [tags.PidLidCommonEnd, end],
    [PR_END_DATE, end],
    [tags.PidLidAppointmentSubType, times.allDay],
    [tags.PidLidAppointmentDuration, durationInMinutes(times, proposal)],
    ...zoneProperties(times, series, zones, tags),
  ]);
  if (proposal)
    properties
      .set(tags.PidLidAppointmentProposedStartWhole, fileTimeFromMilliseconds(times.startUtc))
      .set(tags.PidLidAppointmentProposedEndWhole, fileTimeFromMilliseconds(times.endUtc))
      .set(tags.PidLidAppointmentProposedDuration, Math.round((times.endUtc - times.startUtc) / MINUTE_MS));
  return properties;
}

/** Most minutes that a number on the wire can say. */
const MAX_DURATION = 0x7fffffff;

/** By the clock, so that a night in which it is set has as many hours as any. */
function durationInMinutes(times: EventTimes, proposal: { startUtc: number; endUtc: number } | undefined): number {
  if (proposal) return Math.max(0, Math.round((proposal.endUtc - proposal.startUtc) / MINUTE_MS));
  const { start, end } = times;
  const sameClock = start.zoneName === end.zoneName && start.isUtc === end.isUtc;
  const length = sameClock ? end.local - start.local : times.endUtc - times.startUtc;
  return Math.min(Math.max(0, Math.round(length / MINUTE_MS)), MAX_DURATION);
}

/** A counter proposal of Outlook has the time of the meeting itself in fields of its own (MS-OXCICAL 2.1.3.1.1.20.29). */
function originalTimes(event: Component, zones: Zones): { startUtc: number; endUtc: number } | undefined {
  const [start, end] = ['x-ms-olk-originalstart', 'x-ms-olk-originalend'].map((name) => {
    const property = event.getFirstProperty(name);
    const text = property && textValue(property);
    const time = text ? parseTime(jCalTime(text) ?? text, parameterOf(property, 'tzid')) : undefined;
    return time && zones.utc(time);
  });
  return start === undefined || end === undefined ? undefined : { startUtc: start, endUtc: Math.max(start, end) };
}

/**
 * The zone of an event; one in UTC or of whole days has that of its calendar (observed on
 * 11.0.2), but the clock that a series goes by is its own.
 */
function zoneProperties(times: EventTimes, series: Series | undefined, zones: Zones, tags: NamedTags): Properties {
  const { start } = times;
  const ownClock = start.isUtc || start.isDate || (start.zoneName === undefined && !zones.first);
  const zone = ownClock ? (series ? undefined : zones.first) : zones.zoneOf(start);
  if (!zone && !series) return new Map();
  return new Map<PropertyTag, PropertyValue>([
    [tags.PidLidTimeZoneDescription, zone?.name ?? 'UTC'],
    [tags.PidLidTimeZoneStruct, encodeTimeZoneStruct(zone?.timeZoneAt(start.local) ?? UTC_ZONE)],
  ]);
}

function recurrenceProperties(
  event: Component,
  series: Series | undefined,
  { method, tags }: EventSurroundings,
): Properties {
  if (!series) return new Map([[tags.PidLidRecurring, false]]);
  const description = textOf(event, 'x-kopano-rec-pattern') ?? textOf(event, 'x-zarafa-rec-pattern');
  return new Map<PropertyTag, PropertyValue>([
    ...seriesProperties(series, tags, description?.slice(0, MAX_FIELD_LENGTH)),
    [tags.PidLidSideEffects, SIDE_EFFECTS_OF_SERIES],
    [PR_ICON_INDEX, values.ICON_RECURRING_APPOINTMENT],
    ...(MEETING_METHODS.has(method ?? '') ? oldRecurrenceProperties(series, tags) : []),
  ]);
}
