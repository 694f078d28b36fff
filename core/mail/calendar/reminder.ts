import ICAL from 'ical.js';
import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { Properties } from '../../mapi/property.ts';
import { type Component, parameterOf, rawValue, textOf } from './calendar-file.ts';
import { durationOf, jCalTime, MINUTE_MS, parseTime, utcTimeOf } from './calendar-time.ts';

/** A VALARM (RFC 5545 3.6.6). */
export interface Alarm {
  /** Whether it does anything. */
  readonly isSet: boolean;
  /** Minutes before the start; never negative. */
  readonly minutesBefore: number;
  /** UTC, milliseconds since 1970, where the alarm is for a time and not before one. */
  readonly at?: number;
}

/** Ten years; what is longer is an accident. */
const MAX_MINUTES = 10 * 366 * 1440;

/** The first alarm of a component. `startUtc` and `endUtc` are what it may be relative to. */
export function alarmOf(component: Component, startUtc: number, endUtc: number): Alarm | undefined {
  const alarm = component.getFirstSubcomponent('valarm');
  if (!alarm) return undefined;
  const isSet = textOf(alarm, 'action') !== undefined;
  const trigger = alarm.getFirstProperty('trigger');
  if (!trigger) return { isSet, minutesBefore: 0 };
  const length = durationOf(trigger);
  if (length !== undefined) {
    const anchor = parameterOf(trigger, 'related')?.toUpperCase() === 'END' ? endUtc : startUtc;
    return { isSet, minutesBefore: minutes(startUtc - (anchor + length)) };
  }
  const value = rawValue(trigger);
  const text = value instanceof ICAL.Time ? value.toString() : String(value);
  const time = parseTime(jCalTime(text) ?? text);
  if (!time) return { isSet, minutesBefore: 0 };
  return { isSet, minutesBefore: minutes(startUtc - time.local), at: time.local };
}

const minutes = (milliseconds: number): number =>
  Math.min(Math.max(0, Math.round(milliseconds / MINUTE_MS)), MAX_MINUTES);

/**
 * The reminder properties (MS-OXORMDR 2.2.1). `remindedAt` is PidLidReminderTime: the
 * start of an appointment; of a task, the reminder itself.
 */
export function reminderProperties(
  component: Component,
  alarm: Alarm | undefined,
  remindedAt: number,
  tags: NamedTags,
): Properties {
  if (!alarm?.isSet) return new Map([[tags.PidLidReminderSet, false]]);
  const properties: Properties = new Map<number, boolean | number | bigint>([
    [tags.PidLidReminderSet, alarm.isSet],
    [tags.PidLidReminderDelta, alarm.minutesBefore],
    [tags.PidLidReminderTime, fileTimeFromMilliseconds(remindedAt)],
  ]);
  const acknowledged = utcTimeOf(component, 'x-moz-lastack');
  if (acknowledged !== undefined) properties.set(tags.dispidMozLastAck, fileTimeFromMilliseconds(acknowledged));
  const signal = utcTimeOf(component, 'x-moz-snooze-time') ?? signalOf(alarm, remindedAt);
  properties.set(tags.PidLidReminderSignalTime, fileTimeFromMilliseconds(signal));
  return properties;
}

const signalOf = (alarm: Alarm, remindedAt: number): number => alarm.at ?? remindedAt - alarm.minutesBefore * MINUTE_MS;
