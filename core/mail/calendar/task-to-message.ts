import * as values from '../../mapi/calendar-values.ts';
import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { Properties, PropertyTag, PropertyValue } from '../../mapi/property.ts';
import { PR_ICON_INDEX, PR_MESSAGE_CLASS } from '../../mapi/tags.ts';
import { encodeTimeZoneStruct } from '../../mapi/time-zone-struct.ts';
import { attendeeStrings, attendeesOf } from './attendees.ts';
import { type Component, type ComponentProperty, numberOf, textOf } from './calendar-file.ts';
import { type CalendarTime, timeOf } from './calendar-time.ts';
import {
  type EventSurroundings,
  identity,
  SIDE_EFFECTS_OF_APPOINTMENTS,
  sequence,
  texts,
  urgency,
} from './event-to-message.ts';
import { alarmOf, reminderProperties } from './reminder.ts';

/** STATUS of a VTODO (RFC 5545 3.8.1.11), as the genuine client has it (observed on 11.0.2). */
const STATUSES: ReadonlyMap<string, number> = new Map([
  ['NEEDS-ACTION', values.TASK_WAITING],
  ['IN-PROCESS', values.TASK_IN_PROGRESS],
  ['COMPLETED', values.TASK_COMPLETE],
  ['CANCELLED', values.TASK_DEFERRED],
]);

/** The STATUS of a task; none for one that isn't begun. */
export const statusOfTask = (status: number): string | undefined =>
  [...STATUSES].find(([, value]) => value === status)?.[0];

/** The properties that MAPI has of a task (MS-OXOTASK), as the genuine client makes them of a VTODO. */
export function taskProperties(todo: Component, surroundings: EventSurroundings): Properties {
  const { tags } = surroundings;
  return new Map([
    ...identity(todo, surroundings),
    ...texts(todo, tags),
    ...urgency(todo, tags),
    ...sequence(todo, { ...surroundings, method: undefined }),
    ...attendeeStrings(attendeesOf(todo), tags),
    ...progress(todo, tags),
    ...taskTimes(todo, surroundings),
    [PR_MESSAGE_CLASS, values.CLASS_TASK],
    [PR_ICON_INDEX, values.ICON_TASK],
    [tags.PidLidTaskMode, 0],
    // As all items that come as calendars (observed on 11.0.2).
    [tags.PidLidSideEffects, SIDE_EFFECTS_OF_APPOINTMENTS],
    [tags.PidLidSendMeetingAsIcal, true],
    [tags.PidLidBusyStatus, values.BUSY_BUSY],
    [tags.PidLidIntendedBusyStatus, values.BUSY_BUSY],
    [tags.PidLidRecurring, false],
  ]);
}

function progress(todo: Component, tags: NamedTags): Properties {
  const percent = Math.min(Math.max(numberOf(todo, 'percent-complete') ?? 0, 0), 100);
  const status = STATUSES.get(textOf(todo, 'status')?.trim().toUpperCase() ?? '') ?? values.TASK_NOT_STARTED;
  const complete = status === values.TASK_COMPLETE || percent === 100 || todo.getFirstProperty('completed') !== null;
  return new Map<PropertyTag, PropertyValue>([
    [tags.PidLidPercentComplete, percent / 100],
    [tags.PidLidTaskComplete, complete],
    [tags.PidLidTaskStatus, complete ? values.TASK_COMPLETE : status],
  ]);
}

/** Dates of tasks are by the clock; the common ones are in UTC (MS-OXOTASK 2.2.2.2.4, 2.2.2.1.3). */
function taskTimes(todo: Component, { tags, zones }: EventSurroundings): Properties {
  const start = optionalTime(todo.getFirstProperty('dtstart'));
  const due = optionalTime(todo.getFirstProperty('due'));
  const completed = optionalTime(todo.getFirstProperty('completed'));
  const properties: Properties = new Map();
  const set = (time: CalendarTime | undefined, byClock: PropertyTag, inUtc?: PropertyTag): void => {
    if (!time) return;
    properties.set(byClock, fileTimeFromMilliseconds(time.local));
    if (inUtc !== undefined) properties.set(inUtc, fileTimeFromMilliseconds(zones.utc(time)));
  };
  set(start, tags.PidLidTaskStartDate, tags.PidLidCommonStart);
  set(due, tags.PidLidTaskDueDate, tags.PidLidCommonEnd);
  set(completed, tags.PidLidTaskDateCompleted);
  const anchor = due ?? start;
  const zone = anchor && (anchor.isUtc || anchor.isDate ? zones.first : zones.zoneOf(anchor));
  if (anchor && zone)
    properties
      .set(tags.PidLidTimeZoneDescription, zone.name)
      .set(tags.PidLidTimeZoneStruct, encodeTimeZoneStruct(zone.timeZoneAt(anchor.local)));
  const startUtc = start ? zones.utc(start) : due ? zones.utc(due) : undefined;
  const endUtc = due ? zones.utc(due) : startUtc;
  const alarm = alarmOf(todo, startUtc ?? 0, endUtc ?? 0);
  const usable = alarm && (alarm.at !== undefined || startUtc !== undefined) ? alarm : undefined;
  const remindedAt = usable?.at ?? (startUtc ?? 0) - (usable?.minutesBefore ?? 0) * 60_000;
  return new Map([
    ...properties,
    ...reminderProperties(todo, usable && { ...usable, at: remindedAt }, remindedAt, tags),
  ]);
}

const optionalTime = (property: ComponentProperty | null): CalendarTime | undefined =>
  property ? timeOf(property) : undefined;
