import * as values from '../../mapi/calendar-values.ts';
import type { CalendarDate } from '../../mapi/global-object-id.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import { decodeRecurrence, type ExceptionInfo, encodeRecurrence } from '../../mapi/recurrence.ts';
import { dateOf, recurrenceMilliseconds, recurrenceMinutes } from '../../mapi/recurrence-time.ts';
import { PR_EXCEPTION_STARTTIME, PR_MESSAGE_CLASS, PR_SUBJECT } from '../../mapi/tags.ts';
import { localFromUtc } from '../../mapi/time-zone.ts';
import { exceptionAttachment, isException } from './exception-message.ts';
import { zoneOfItem } from './item-zone.ts';
import { binaryIn, numberIn, stringIn, timeIn } from './property-values.ts';

const minutesOfDate = ({ year, month, day }: CalendarDate): number => recurrenceMinutes(Date.UTC(year, month - 1, day));

/**
 * A series in which one occurrence is as a message says (an update or a cancellation
 * of only that one), or is no more where there is no message. Undefined where the item is no
 * series that can be read. The item is left as it is.
 */
export function withOccurrence(
  item: ObjectTree,
  date: CalendarDate,
  message: ObjectTree | undefined,
  names: NamedTags,
): ObjectTree | undefined {
  const blob = binaryIn(item.properties, names.PidLidAppointmentRecur);
  if (!blob) return undefined;
  const recurrence = decodeRecurrence(blob);
  const original = minutesOfDate(date);
  const others = recurrence.exceptions.filter(({ originalStartDate }) => dateOf(originalStartDate) !== original);
  const replaced = recurrence.exceptions.find(({ originalStartDate }) => dateOf(originalStartDate) === original);
  const changed = message && exceptionOf(item, message, original + recurrence.startTimeOffset, names);
  const exceptions = [...others, ...(changed ? [changed.info] : [])].sort((a, b) => a.startDateTime - b.startDateTime);
  const deleted = [...recurrence.deletedInstanceDates.map(dateOf), original];
  const properties = new Map(item.properties).set(
    names.PidLidAppointmentRecur,
    encodeRecurrence({
      ...recurrence,
      exceptions,
      deletedInstanceDates: sorted(deleted),
      modifiedInstanceDates: sorted(exceptions.map(({ startDateTime }) => dateOf(startDateTime))),
    }),
  );
  const isReplaced = (child: ObjectTree): boolean =>
    replaced !== undefined &&
    child.kind === MAPI_ATTACH &&
    isException(child) &&
    timeIn(child.properties, PR_EXCEPTION_STARTTIME) === recurrenceMilliseconds(replaced.startDateTime);
  const kept = item.children.filter((child) => !isReplaced(child));
  return { ...item, properties, children: changed ? [...kept, changed.attachment] : kept };
}

const sorted = (dates: readonly number[]): number[] => [...new Set(dates)].sort((a, b) => a - b);

function exceptionOf(
  item: ObjectTree,
  message: ObjectTree,
  original: number,
  names: NamedTags,
): { info: ExceptionInfo; attachment: ObjectTree } | undefined {
  const { timeZone } = zoneOfItem(item.properties, names);
  const time = (tag: PropertyTag): number | undefined => {
    const utc = timeIn(message.properties, tag);
    return utc === undefined ? undefined : localFromUtc(utc, timeZone);
  };
  const [start, end] = [time(names.PidLidAppointmentStartWhole), time(names.PidLidAppointmentEndWhole)];
  if (start === undefined || end === undefined) return undefined;
  const subject = stringIn(message.properties, PR_SUBJECT);
  const location = stringIn(message.properties, names.PidLidLocation);
  const busyStatus = numberIn(message.properties, names.PidLidBusyStatus);
  const info: ExceptionInfo = {
    startDateTime: recurrenceMinutes(start),
    endDateTime: recurrenceMinutes(end),
    originalStartDate: original,
    ...(subject !== undefined && { subject }),
    ...(location !== undefined && { location }),
    ...(busyStatus !== undefined && { busyStatus }),
  };
  const properties = new Map(message.properties).set(PR_MESSAGE_CLASS, values.CLASS_EXCEPTION);
  const people = message.children.filter(({ kind }) => kind !== MAPI_ATTACH);
  return { info, attachment: exceptionAttachment({ kind: MAPI_MESSAGE, properties, children: people }, start, end) };
}
