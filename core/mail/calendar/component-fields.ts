import {
  DEFAULT_REMINDER_MINUTES,
  NO_OWNER_APPOINTMENT_ID,
  REMINDER_DELTA_DEFAULT,
} from '../../mapi/calendar-values.ts';
import { cleanGlobalObjectId, globalObjectIdOfUid, uidOfGlobalObjectId } from '../../mapi/global-object-id.ts';
import {
  IMPORTANCE_HIGH,
  IMPORTANCE_LOW,
  SENSITIVITY_COMPANY_CONFIDENTIAL,
  SENSITIVITY_NONE,
} from '../../mapi/importance.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { PropertyTag, ReadonlyProperties } from '../../mapi/property.ts';
import {
  PR_BODY,
  PR_CLIENT_SUBMIT_TIME,
  PR_CREATION_TIME,
  PR_IMPORTANCE,
  PR_LAST_MODIFICATION_TIME,
  PR_OWNER_APPT_ID,
  PR_SENSITIVITY,
  PR_SUBJECT,
} from '../../mapi/tags.ts';
import type { EntryAddresses } from '../render/entry-addresses.ts';
import { MINUTE_MS } from './calendar-time.ts';
import { type ItemZone, utcProperty } from './item-zone.ts';
import { numberIn, stringIn, timeIn } from './property-values.ts';
import type { JCal } from './zone-component.ts';

/** What the components of an item depend on besides it. */
export interface ComponentContext {
  readonly tags: NamedTags;
  readonly addresses: EntryAddresses;
  readonly now: number;
  readonly method: string;
  readonly zone: ItemZone;
}

const text = (name: string, value: string): JCal => [name, {}, 'text', value];
/** Fields that ical.js doesn't know are written as they are. */
export const unknownField = (name: string, value: string): JCal => [name, {}, 'unknown', value];

/** The UID: as the calendar had it that the item came with, or made of its id. */
export function uidOfItem(properties: ReadonlyProperties, tags: NamedTags): string | undefined {
  const [own, id, clean] = [tags.dispidApptTsRef, tags.PidLidGlobalObjectId, tags.PidLidCleanGlobalObjectId].map(
    (tag) => properties.get(tag),
  );
  const known = Buffer.isBuffer(clean) ? clean : Buffer.isBuffer(id) ? id : undefined;
  const kept = Buffer.isBuffer(own) ? own.toString('utf8') : undefined;
  if (kept && (!known || cleanGlobalObjectId(globalObjectIdOfUid(kept)).equals(cleanGlobalObjectId(known))))
    return kept;
  return known && uidOfGlobalObjectId(known);
}

/** What events and tasks have alike. */
export function commonFields(properties: ReadonlyProperties, { tags, method, now }: ComponentContext): JCal[] {
  const fields: JCal[] = [];
  const sequence = numberIn(properties, tags.PidLidAppointmentSequence);
  const importance = numberIn(properties, PR_IMPORTANCE);
  const keywords = properties.get(tags.PidNameKeywords);
  const url = stringIn(properties, tags.PidLidNetShowUrl);
  const [subject, location, body] = [PR_SUBJECT, tags.PidLidLocation, PR_BODY].map((tag) => stringIn(properties, tag));
  fields.push(...stamps(properties, { tags, method, now }));
  if (subject) fields.push(text('summary', subject));
  if (location) fields.push(text('location', location));
  if (body) fields.push(text('description', body.replace(/\r\n/g, '\n')));
  if (importance !== undefined) fields.push(['priority', {}, 'integer', priorityOf(importance)]);
  fields.push(...sensitivity(properties, tags));
  if (Array.isArray(keywords) && keywords.length > 0) fields.push(['categories', {}, 'text', ...keywords]);
  if (url) fields.push(['url', {}, 'uri', url]);
  if (sequence !== undefined) fields.push(['sequence', {}, 'integer', sequence]);
  return [...fields, ...outlookFields(properties, tags)];
}

/** Of an iTIP object, DTSTAMP is when its sender made it. */
function stamps(
  properties: ReadonlyProperties,
  { tags, method, now }: Pick<ComponentContext, 'tags' | 'method' | 'now'>,
): JCal[] {
  const theirs =
    method === 'REPLY' || method === 'COUNTER' ? tags.PidLidAttendeeCriticalChange : tags.PidLidOwnerCriticalChange;
  const modified = timeIn(properties, PR_LAST_MODIFICATION_TIME);
  const created = timeIn(properties, PR_CREATION_TIME);
  const made = timeIn(properties, theirs) ?? timeIn(properties, PR_CLIENT_SUBMIT_TIME) ?? modified ?? now;
  return [
    utcProperty('dtstamp', made),
    ...(created === undefined ? [] : [utcProperty('created', created)]),
    ...(modified === undefined ? [] : [utcProperty('last-modified', modified)]),
  ];
}

const priorityOf = (importance: number): number => {
  if (importance >= IMPORTANCE_HIGH) return 1;
  return importance === IMPORTANCE_LOW ? 9 : 5;
};

function sensitivity(properties: ReadonlyProperties, tags: NamedTags): JCal[] {
  const value = numberIn(properties, PR_SENSITIVITY) ?? SENSITIVITY_NONE;
  if (value === SENSITIVITY_NONE && properties.get(tags.PidLidPrivate) !== true)
    return properties.has(tags.PidLidPrivate) ? [text('class', 'PUBLIC')] : [];
  return [text('class', value === SENSITIVITY_COMPANY_CONFIDENTIAL ? 'CONFIDENTIAL' : 'PRIVATE')];
}

/** What Outlook and Thunderbird keep in fields of their own. */
function outlookFields(properties: ReadonlyProperties, tags: NamedTags): JCal[] {
  const times: [string, PropertyTag][] = [
    ['x-microsoft-cdo-owner-critical-change', tags.PidLidOwnerCriticalChange],
    ['x-microsoft-cdo-attendee-critical-change', tags.PidLidAttendeeCriticalChange],
  ];
  const fields = times.flatMap(([name, tag]): JCal[] => {
    const time = timeIn(properties, tag);
    return time === undefined ? [] : [unknownField(name, basicUtc(time))];
  });
  const sequence = numberIn(properties, tags.PidLidAppointmentSequence);
  const ownerId = numberIn(properties, PR_OWNER_APPT_ID);
  const generation = numberIn(properties, tags.dispidMozGen);
  const invites = properties.get(tags.dispidMozSendInvite);
  if (sequence !== undefined) fields.push(unknownField('x-microsoft-cdo-appt-sequence', String(sequence)));
  if (ownerId !== undefined && ownerId !== NO_OWNER_APPOINTMENT_ID)
    fields.push(unknownField('x-microsoft-cdo-ownerapptid', String(ownerId | 0)));
  if (generation !== undefined) fields.push(unknownField('x-moz-generation', String(generation)));
  if (typeof invites === 'boolean') fields.push(unknownField('x-moz-send-invitations', invites ? 'TRUE' : 'FALSE'));
  return fields;
}

/** `20261125T100000Z`. */
export const basicUtc = (time: number): string => `${new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

/** The VALARM of a reminder, and when it was put off. `remindedAt` is what it is before; without, it is for a time. */
export function reminderFields(
  properties: ReadonlyProperties,
  { tags }: ComponentContext,
  remindedAt: number | undefined,
): { alarms: JCal[]; fields: JCal[] } {
  const acknowledged = timeIn(properties, tags.dispidMozLastAck);
  const fields = acknowledged === undefined ? [] : [unknownField('x-moz-lastack', basicUtc(acknowledged))];
  if (properties.get(tags.PidLidReminderSet) !== true) return { alarms: [], fields: [] };
  const delta = numberIn(properties, tags.PidLidReminderDelta) ?? 0;
  // Signed, and a default that only Outlook knows.
  const minutes = delta === REMINDER_DELTA_DEFAULT ? DEFAULT_REMINDER_MINUTES : Math.max(0, delta | 0);
  const signal = timeIn(properties, tags.PidLidReminderSignalTime);
  const time = timeIn(properties, tags.PidLidReminderTime);
  if (remindedAt !== undefined && signal !== undefined && signal !== remindedAt - minutes * MINUTE_MS)
    fields.push(unknownField('x-moz-snooze-time', basicUtc(signal)));
  const trigger =
    remindedAt === undefined && time !== undefined
      ? utcProperty('trigger', time)
      : ['trigger', {}, 'duration', `${minutes === 0 ? '' : '-'}PT${minutes}M`];
  const alarm = ['valarm', [trigger, text('action', 'DISPLAY'), text('description', 'Reminder')], []];
  return { alarms: [alarm], fields };
}
