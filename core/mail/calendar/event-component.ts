import * as values from '../../mapi/calendar-values.ts';
import { KopanoError } from '../../mapi/error.ts';
import { occurrenceDateOf } from '../../mapi/global-object-id.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Properties, PropertyTag, ReadonlyProperties } from '../../mapi/property.ts';
import { type AppointmentRecurrence, decodeRecurrence, type ExceptionInfo } from '../../mapi/recurrence.ts';
import { DAY_MINUTES, dateOf, recurrenceMilliseconds } from '../../mapi/recurrence-time.ts';
import { PR_BODY, PR_EXCEPTION_STARTTIME, PR_IMPORTANCE, PR_SENSITIVITY, PR_SUBJECT } from '../../mapi/tags.ts';
import { utcFromLocal } from '../../mapi/time-zone.ts';
import { DAY_MS } from './calendar-time.ts';
import {
  basicUtc,
  type ComponentContext,
  commonFields,
  reminderFields,
  uidOfItem,
  unknownField,
} from './component-fields.ts';
import { cdoStatusOf } from './event-values.ts';
import { isException } from './exception-message.ts';
import { dateProperty, localDateProperty, timeProperty, utcProperty } from './item-zone.ts';
import { ruleOfPattern } from './pattern-to-rule.ts';
import { attendeeFields, peopleFields } from './people-fields.ts';
import { binaryIn, numberIn, stringIn, timeIn } from './property-values.ts';
import type { JCal } from './zone-component.ts';

/** The VEVENTs of an appointment or meeting message: itself, and the exceptions of a series. Undefined for one without a time. */
export function eventComponents(message: ObjectTree, context: ComponentContext): JCal[] | undefined {
  const { properties } = message;
  const { tags } = context;
  const start = timeIn(properties, tags.PidLidAppointmentStartWhole) ?? timeIn(properties, tags.PidLidCommonStart);
  const end = timeIn(properties, tags.PidLidAppointmentEndWhole) ?? timeIn(properties, tags.PidLidCommonEnd) ?? start;
  if (start === undefined || end === undefined) return undefined;
  const recurrence = recurrenceOf(properties, tags.PidLidAppointmentRecur, tags.PidLidRecurring);
  const allDay = properties.get(tags.PidLidAppointmentSubType) === true;
  const times = recurrence ? timesOfSeries(recurrence, context) : { start, end };
  const people = peopleFields(message, context);
  const fields = [
    ...identity(properties, context),
    ...recurrenceId(properties, context),
    ...timeFields(properties, { ...times, allDay, recurrence }, context),
    ...statusFields(properties, context),
    ...commonFields(properties, context),
    ...people,
    ...(recurrence ? seriesFields(recurrence, allDay, properties, context) : []),
  ];
  const reminder = reminderFields(properties, context, times.start);
  const main: JCal = ['vevent', [...fields, ...reminder.fields], reminder.alarms];
  const exceptions = recurrence?.exceptions ?? [];
  return [main, ...exceptions.map((info) => exceptionComponent(info, message, recurrence!, allDay, people, context))];
}

/** How an item repeats; undefined for one that doesn't, and for what nobody can read. */
function recurrenceOf(
  properties: ReadonlyProperties,
  tag: PropertyTag,
  repeats: PropertyTag,
): AppointmentRecurrence | undefined {
  const blob = binaryIn(properties, tag);
  if (!blob || properties.get(repeats) === false) return undefined;
  try {
    return decodeRecurrence(blob);
  } catch (error) {
    if (error instanceof KopanoError) return undefined;
    throw error;
  }
}

const utcOfMinutes = (minutes: number, { zone }: ComponentContext): number =>
  utcFromLocal(recurrenceMilliseconds(minutes), zone.timeZone);

/** The pattern says when the first occurrence is. */
const timesOfSeries = (
  recurrence: AppointmentRecurrence,
  context: ComponentContext,
): { start: number; end: number } => {
  const date = dateOf(recurrence.startDate);
  return {
    start: utcOfMinutes(date + recurrence.startTimeOffset, context),
    end: utcOfMinutes(date + Math.max(recurrence.startTimeOffset, recurrence.endTimeOffset), context),
  };
};

function identity(properties: ReadonlyProperties, { tags }: ComponentContext): JCal[] {
  const uid = uidOfItem(properties, tags);
  return uid === undefined ? [] : [['uid', {}, 'text', uid]];
}

/**
 * Whether whole days are dates, which have no zone. Those of a zone begin at its midnight,
 * as Exchange writes them, so that they come back as they were.
 */
const isByDate = ({ start, end, recurrence }: Times, { zone }: ComponentContext): boolean =>
  zone.name === undefined || (!recurrence && start % DAY_MS === 0 && end % DAY_MS === 0);

interface Times {
  readonly start: number;
  readonly end: number;
  readonly allDay: boolean;
  readonly recurrence: AppointmentRecurrence | undefined;
}

function timeFields(properties: ReadonlyProperties, times: Times, context: ComponentContext): JCal[] {
  const { tags, zone, method } = context;
  const { start, end, allDay } = times;
  const flag = unknownField('x-microsoft-cdo-alldayevent', allDay ? 'TRUE' : 'FALSE');
  if (allDay && isByDate(times, context))
    return [dateProperty('dtstart', start, zone), dateProperty('dtend', end, zone), flag];
  const [proposedStart, proposedEnd] = [
    timeIn(properties, tags.PidLidAppointmentProposedStartWhole),
    timeIn(properties, tags.PidLidAppointmentProposedEndWhole),
  ];
  if (method === 'COUNTER' && proposedStart !== undefined && proposedEnd !== undefined)
    return [
      timeProperty('dtstart', proposedStart, zone),
      timeProperty('dtend', proposedEnd, zone),
      unknownField('x-ms-olk-originalstart', basicUtc(start)),
      unknownField('x-ms-olk-originalend', basicUtc(end)),
    ];
  return [timeProperty('dtstart', start, zone), timeProperty('dtend', end, zone), flag];
}

function statusFields(properties: ReadonlyProperties, { tags, method }: ComponentContext): JCal[] {
  const status =
    method === 'CANCEL' || isCanceled(properties, tags.PidLidAppointmentStateFlags) ? 'CANCELLED' : 'CONFIRMED';
  return [
    ...(method === 'PUBLISH' && status === 'CONFIRMED' ? [] : [['status', {}, 'text', status]]),
    ...busyFields(numberIn(properties, tags.PidLidBusyStatus), numberIn(properties, tags.PidLidIntendedBusyStatus)),
  ];
}

const isCanceled = (properties: ReadonlyProperties, tag: PropertyTag): boolean =>
  ((numberIn(properties, tag) ?? 0) & values.ASF_CANCELED) !== 0;

function busyFields(busy: number | undefined, intended: number | undefined): JCal[] {
  if (busy === undefined) return [];
  const meant = intended === undefined || intended === values.BUSY_NOT_INTENDED ? busy : intended;
  return [
    ['transp', {}, 'text', meant === values.BUSY_FREE ? 'TRANSPARENT' : 'OPAQUE'],
    unknownField('x-microsoft-cdo-busystatus', cdoStatusOf(busy)),
    ...(intended === undefined || intended === values.BUSY_NOT_INTENDED
      ? []
      : [unknownField('x-microsoft-cdo-intendedstatus', cdoStatusOf(intended))]),
  ];
}

/** Which occurrence a message is about that is about one. */
function recurrenceId(properties: ReadonlyProperties, context: ComponentContext): JCal[] {
  const { tags, zone } = context;
  const id = binaryIn(properties, tags.PidLidGlobalObjectId);
  const date = id && occurrenceDateOf(id);
  const replaced = timeIn(properties, tags.PidLidExceptionReplaceTime);
  if (!date && !(properties.get(tags.PidLidIsException) === true && replaced !== undefined)) return [];
  const startTime = numberIn(properties, tags.PidLidStartRecurrenceTime);
  const wholeDays = startTime === 0 && numberIn(properties, tags.PidLidEndRecurrenceTime) === 24 << 12;
  const midnight = date && Date.UTC(date.year, date.month - 1, date.day);
  if (wholeDays && midnight !== undefined) return [localDateProperty('recurrence-id', midnight)];
  if (replaced !== undefined) return [timeProperty('recurrence-id', replaced, zone)];
  // The time of day comes packed (MS-OXOCAL 2.2.6.6), or is that of the occurrence itself.
  const packed = startTime === undefined ? undefined : ((startTime >> 12) * 60 + ((startTime >> 6) & 0x3f)) * 60_000;
  if (packed !== undefined)
    return [timeProperty('recurrence-id', utcFromLocal(midnight! + packed, zone.timeZone), zone)];
  return [localDateProperty('recurrence-id', midnight!)];
}

function seriesFields(
  recurrence: AppointmentRecurrence,
  allDay: boolean,
  properties: ReadonlyProperties,
  context: ComponentContext,
): JCal[] {
  const at = (name: string, minutes: number): JCal => {
    if (allDay && context.zone.name === undefined)
      return localDateProperty(name, recurrenceMilliseconds(dateOf(minutes)));
    return timeProperty(name, utcOfMinutes(minutes, context), context.zone);
  };
  const rule = ruleOfPattern(recurrence, (last) => {
    const value =
      allDay && context.zone.name === undefined ? at('until', last) : utcProperty('until', utcOfMinutes(last, context));
    return String(value[3]);
  });
  if (!rule) return [];
  const elsewhere = new Set(recurrence.exceptions.map(({ originalStartDate }) => dateOf(originalStartDate)));
  const left = recurrence.deletedInstanceDates.map(dateOf).filter((date) => !elsewhere.has(date));
  const description = stringIn(properties, context.tags.PidLidRecurrencePattern);
  return [
    ['rrule', {}, 'recur', rule],
    ...left.map((date) => at('exdate', date + recurrence.startTimeOffset)),
    ...(description ? [['x-kopano-rec-pattern', {}, 'text', description]] : []),
  ];
}

/** What an exception has of the series where it says nothing itself. */
function exceptionComponent(
  info: ExceptionInfo,
  master: ObjectTree,
  recurrence: AppointmentRecurrence,
  seriesAllDay: boolean,
  people: readonly JCal[],
  context: ComponentContext,
): JCal {
  const { tags } = context;
  const original = dateOf(info.originalStartDate) + (recurrence.startTimeOffset % DAY_MINUTES);
  const message = exceptionMessage(master, info, original, context);
  const own = message?.properties ?? new Map();
  const merged: Properties = new Map(own);
  for (const tag of [
    PR_SUBJECT,
    tags.PidLidLocation,
    PR_BODY,
    PR_IMPORTANCE,
    PR_SENSITIVITY,
    tags.PidLidPrivate,
    tags.PidLidAppointmentSequence,
    tags.dispidApptTsRef,
    tags.PidLidCleanGlobalObjectId,
    tags.PidLidOwnerCriticalChange,
    tags.PidLidAttendeeCriticalChange,
    tags.PidLidIntendedBusyStatus,
    tags.PidLidBusyStatus,
    tags.PidLidReminderSet,
    tags.PidLidReminderDelta,
  ]) {
    const value = master.properties.get(tag);
    if (!merged.has(tag) && value !== undefined) merged.set(tag, value);
  }
  if (info.subject !== undefined) merged.set(PR_SUBJECT, info.subject);
  if (info.location !== undefined) merged.set(tags.PidLidLocation, info.location);
  if (info.busyStatus !== undefined) merged.set(tags.PidLidBusyStatus, info.busyStatus);
  if (info.reminderSet !== undefined) merged.set(tags.PidLidReminderSet, info.reminderSet !== 0);
  if (info.reminderDelta !== undefined) merged.set(tags.PidLidReminderDelta, info.reminderDelta);
  const allDay = info.subType === undefined ? seriesAllDay : info.subType !== 0;
  const [start, end] = [
    utcOfMinutes(info.startDateTime, context),
    utcOfMinutes(Math.max(info.startDateTime, info.endDateTime), context),
  ];
  const at = (name: string, minutes: number, utc: number): JCal =>
    allDay && context.zone.name === undefined
      ? localDateProperty(name, recurrenceMilliseconds(dateOf(minutes)))
      : timeProperty(name, utc, context.zone);
  const organizer = people.filter(([name]) => name === 'organizer');
  const invited =
    message && context.method !== 'REPLY' ? attendeeFields(message, addressOf(organizer[0]), context) : [];
  const reminder = reminderFields(merged, context, start);
  const fields: JCal[] = [
    ...identity(merged, context),
    seriesAllDay && context.zone.name === undefined
      ? localDateProperty('recurrence-id', recurrenceMilliseconds(dateOf(original)))
      : timeProperty('recurrence-id', utcOfMinutes(original, context), context.zone),
    at('dtstart', info.startDateTime, start),
    at('dtend', info.endDateTime, end),
    unknownField('x-microsoft-cdo-alldayevent', allDay ? 'TRUE' : 'FALSE'),
    ...statusFields(merged, context),
    ...commonFields(merged, context),
    ...(invited.length > 0 ? [...organizer, ...invited] : people),
    ...reminder.fields,
  ];
  return ['vevent', fields, reminder.alarms];
}

const addressOf = (field: JCal | undefined): string | undefined =>
  typeof field?.[3] === 'string' ? field[3].replace(/^mailto:/, '') : undefined;

/** The embedded message of an exception: by when it is, or which occurrence it stands for. */
function exceptionMessage(
  master: ObjectTree,
  info: ExceptionInfo,
  original: number,
  context: ComponentContext,
): ObjectTree | undefined {
  const start = recurrenceMilliseconds(info.startDateTime);
  const originalUtc = utcOfMinutes(original, context);
  const embedded = (attachment: ObjectTree): ObjectTree | undefined =>
    attachment.children.find(({ kind }) => kind === MAPI_MESSAGE);
  const attachments = master.children.filter(isException);
  const byStart = attachments.find(({ properties }) => timeIn(properties, PR_EXCEPTION_STARTTIME) === start);
  const byOriginal = attachments.find((attachment) => {
    const message = embedded(attachment);
    return message && timeIn(message.properties, context.tags.PidLidExceptionReplaceTime) === originalUtc;
  });
  const found = byOriginal ?? byStart;
  return found && embedded(found);
}
