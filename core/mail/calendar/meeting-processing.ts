import { findByEntryIds } from '../../directory/principals-by-entry.ts';
import {
  ASF_CANCELED,
  ASF_MEETING,
  ASF_RECEIVED,
  BUSY_FREE,
  CLASS_MEETING_CANCELED,
  CLASS_MEETING_REQUEST,
  CLASS_MEETING_RESPONSE,
  CLASS_RESPONSE_ACCEPTED,
  CLASS_RESPONSE_DECLINED,
  CLASS_RESPONSE_TENTATIVE,
  RESPONSE_ACCEPTED,
  RESPONSE_DECLINED,
  RESPONSE_TENTATIVE,
} from '../../mapi/calendar-values.ts';
import { type CalendarDate, cleanGlobalObjectId, occurrenceDateOf } from '../../mapi/global-object-id.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH } from '../../mapi/object-types.ts';
import type { ReadonlyProperties } from '../../mapi/property.ts';
import {
  PR_EC_CONTACT_ENTRYID,
  PR_EMAIL_ADDRESS,
  PR_ENTRYID,
  PR_MESSAGE_CLASS,
  PR_PROPOSED_NEWTIME,
  PR_PROPOSED_NEWTIME_END,
  PR_PROPOSED_NEWTIME_START,
  PR_RECIPIENT_TRACKSTATUS,
  PR_RECIPIENT_TRACKSTATUS_TIME,
  PR_SMTP_ADDRESS,
  PR_SUBJECT,
} from '../../mapi/tags.ts';
import { localFromUtc } from '../../mapi/time-zone.ts';
import type { Platform } from '../../platform/platform.ts';
import { type AppointmentRow, appointmentsOf, findCalendarFolder } from '../../store/appointments.ts';
import type { LoadedTarget } from '../../store/target.ts';
import { REPRESENTING_TAGS } from '../header-properties.ts';
import { calendarItem } from './calendar-item.ts';
import { conflictsWith } from './conflicts.ts';
import { zoneOfItem } from './item-zone.ts';
import { type Answer, meetingResponse } from './meeting-response.ts';
import { withOccurrence } from './occurrence-change.ts';
import { binaryIn, numberIn, stringIn } from './property-values.ts';
import { addItem, changeItem, deleteItem, replaceItem } from './stored-item.ts';

/*
 * What becomes of a meeting message that arrived. After a message of a class
 * `IPM.Schedule.Meeting.*` was delivered, call
 *
 *   const outcome = await processMeeting(context, message, policy);
 *   if (outcome.response) await submit(outcome.response);
 *
 * It is safe to repeat: what is in the calendar already is only brought up to date.
 */

/** Whose calendar it is, and where. */
export interface MeetingContext {
  readonly platform: Platform;
  readonly tags: NamedTags;
  /** Principal who received the message and owns the calendar. */
  readonly owner: number;
  /** The owner's row of the address book (`principalProperties`). */
  readonly self: ReadonlyProperties;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What the owner wants done. */
export type MeetingPolicy =
  /** As kopano-mr-process: a request is entered as tentative, nobody is answered. */
  | { readonly kind: 'process' }
  /** As kopano-mr-accept: a resource answers by itself. */
  | {
      readonly kind: 'accept';
      readonly declineConflicts: boolean;
      readonly declineRecurring: boolean;
      /** How many meetings may be at the same time: PR_EMS_AB_ROOM_CAPACITY of equipment, otherwise 1. */
      readonly capacity: number;
    };

/** What was done. */
export interface MeetingOutcome {
  readonly done: 'nothing' | 'entered' | 'accepted' | 'declined' | 'cancelled' | 'answer recorded';
  /** Answer to the organiser, ready to be put into the outbox and submitted. */
  readonly response?: ObjectTree;
}

/** {@link MeetingContext} → what was done; see above. */
export type ProcessMeeting = (
  context: MeetingContext,
  message: ObjectTree,
  policy: MeetingPolicy,
) => Promise<MeetingOutcome>;

/** Does what the owner of a calendar wants done with a meeting message; see the beginning of this file. */
export const processMeeting: ProcessMeeting = async (context, message, policy) => {
  const { platform, tags: names, owner } = context;
  const messageClass = String(message.properties.get(PR_MESSAGE_CLASS) ?? '').toLowerCase();
  const id = binaryIn(message.properties, names.PidLidGlobalObjectId);
  const calendar = await findCalendarFolder(platform.database, owner);
  if (!id || !calendar) return NOTHING;
  const meeting = { context, message, calendar, id, items: await itemsOf(context, calendar, id) };
  if (messageClass === CLASS_MEETING_REQUEST.toLowerCase()) return await takeRequest(meeting, policy);
  if (messageClass === CLASS_MEETING_CANCELED.toLowerCase()) return await takeCancellation(meeting, policy);
  if (messageClass.startsWith(CLASS_MEETING_RESPONSE.toLowerCase())) return await takeAnswer(meeting);
  return NOTHING;
};

const NOTHING: MeetingOutcome = { done: 'nothing' };

/** A meeting message and what the calendar has of the meeting. */
interface Meeting {
  readonly context: MeetingContext;
  readonly message: ObjectTree;
  readonly calendar: LoadedTarget;
  /** PidLidGlobalObjectId of the message. */
  readonly id: Buffer;
  readonly items: readonly AppointmentRow[];
}

const itemsOf = (
  { platform, tags: names }: MeetingContext,
  calendar: LoadedTarget,
  id: Buffer,
): Promise<AppointmentRow[]> =>
  appointmentsOf(platform.database, calendar.object.id, names.PidLidCleanGlobalObjectId, cleanGlobalObjectId(id), [
    names.PidLidGlobalObjectId,
    names.PidLidAppointmentSequence,
    names.PidLidRecurring,
  ]);

async function takeRequest(meeting: Meeting, policy: MeetingPolicy): Promise<MeetingOutcome> {
  const { context, message, calendar, id, items } = meeting;
  const { tags: names, self } = context;
  // Who invites has the item already, and an update that was overtaken changes nothing.
  if (isSelf(message.properties, self) || isOutdated(meeting)) return NOTHING;
  if (policy.kind === 'accept') {
    const refusal = await refusalOf(meeting, policy);
    if (refusal !== undefined) return { done: 'declined', ...(await answer(meeting, 'decline', refusal)) };
  }
  const status = policy.kind === 'accept' ? 'accepted' : 'not answered';
  const item = calendarItem(message, status, { self, now: context.now, names });
  const date = occurrenceDateOf(id);
  const series = date && items.find(({ properties }) => properties.get(names.PidLidRecurring) === true);
  if (date && series) await changeOccurrence(meeting, series, date, item);
  else {
    const same = items.find(({ properties }) => binaryIn(properties, names.PidLidGlobalObjectId)?.equals(id));
    if (same) await replaceItem(context, same.id, item);
    else await addItem(context, calendar, item);
  }
  if (policy.kind === 'process') return { done: 'entered' };
  return { done: 'accepted', ...(await answer(meeting, 'accept')) };
}

function isSelf(properties: ReadonlyProperties, self: ReadonlyProperties): boolean {
  const [organizer, own] = [binaryIn(properties, REPRESENTING_TAGS.entryId), binaryIn(self, PR_ENTRYID)];
  if (organizer && own?.equals(organizer)) return true;
  const address = stringIn(properties, REPRESENTING_TAGS.address)?.toLowerCase();
  return address !== undefined && address === stringIn(self, PR_SMTP_ADDRESS)?.toLowerCase();
}

function isOutdated({ message, id, items, context: { tags: names } }: Meeting): boolean {
  const sequence = numberIn(message.properties, names.PidLidAppointmentSequence) ?? 0;
  const same = items.find(({ properties }) => binaryIn(properties, names.PidLidGlobalObjectId)?.equals(id));
  return same !== undefined && (numberIn(same.properties, names.PidLidAppointmentSequence) ?? 0) > sequence;
}

/** Dates that a refusal lists; more help nobody. */
const LISTED = 20;

/** Why a resource has to decline, if it has to. */
async function refusalOf(
  { context, message, calendar, items }: Meeting,
  policy: MeetingPolicy & { readonly kind: 'accept' },
): Promise<string | undefined> {
  const { platform, tags: names } = context;
  if (policy.declineRecurring && message.properties.get(names.PidLidRecurring) === true)
    return 'Recurring meetings are not accepted.';
  if (!policy.declineConflicts) return undefined;
  const itself = new Set(items.map(({ id }) => id));
  const conflicts = await conflictsWith(platform, calendar.object.id, message.properties, names, {
    capacity: policy.capacity,
    itself,
  });
  if (conflicts.length === 0) return undefined;
  const { timeZone, name } = zoneOfItem(message.properties, names);
  const clock = (utc: number): string =>
    new Date(localFromUtc(utc, timeZone)).toISOString().slice(0, 16).replace('T', ' ');
  const lines = conflicts.slice(0, LISTED).map(({ start, end }) => `${clock(start)} - ${clock(end)}`);
  return ['These times are taken already:', '', ...lines, '', `(${name ?? 'UTC'})`].join('\r\n');
}

/** The answer to who invites; none where he has no address. */
async function answer({ context, message }: Meeting, kind: Answer, text?: string): Promise<{ response?: ObjectTree }> {
  const { platform, tags: names, self, now } = context;
  const entryId = binaryIn(message.properties, REPRESENTING_TAGS.entryId);
  const known = entryId && (await findByEntryIds(platform.database, [entryId])).get(entryId.toString('hex'));
  const organizer = known
    ? { name: known.fullName, address: known.email }
    : {
        name: stringIn(message.properties, REPRESENTING_TAGS.name) ?? '',
        address: stringIn(message.properties, REPRESENTING_TAGS.address) ?? '',
      };
  if (!organizer.address.includes('@')) return {};
  const details = { tags: names, now, ...(text !== undefined && { text }) };
  return { response: meetingResponse(message, kind, { self, organizer }, details) };
}

async function takeCancellation(meeting: Meeting, policy: MeetingPolicy): Promise<MeetingOutcome> {
  const { context, message, id, items } = meeting;
  const { tags: names } = context;
  const date = occurrenceDateOf(id);
  const series = date && items.find(({ properties }) => properties.get(names.PidLidRecurring) === true);
  if (date && series) {
    // A resource forgets what is cancelled; people see that it is.
    await changeOccurrence(meeting, series, date, policy.kind === 'accept' ? undefined : cancelled(message, names));
    return { done: 'cancelled' };
  }
  const doomed = date
    ? items.filter(({ properties }) => binaryIn(properties, names.PidLidGlobalObjectId)?.equals(id))
    : items;
  if (doomed.length === 0) return NOTHING;
  for (const { id: object } of doomed) {
    if (policy.kind === 'accept') await deleteItem(context, object);
    else await changeItem(context, object, (item) => cancelled(item, names, message));
  }
  return { done: 'cancelled' };
}

/** An item that is cancelled, and takes no time any more. */
function cancelled(item: ObjectTree, names: NamedTags, notice = item): ObjectTree {
  const state = numberIn(item.properties, names.PidLidAppointmentStateFlags) ?? 0;
  const properties = new Map(item.properties)
    .set(names.PidLidAppointmentStateFlags, state | ASF_MEETING | ASF_RECEIVED | ASF_CANCELED)
    .set(names.PidLidBusyStatus, BUSY_FREE)
    .set(names.PidLidReminderSet, false);
  const subject = stringIn(notice.properties, PR_SUBJECT);
  if (subject !== undefined) properties.set(PR_SUBJECT, subject);
  return { ...item, properties };
}

const ANSWERS: readonly (readonly [string, number])[] = [
  [CLASS_RESPONSE_ACCEPTED, RESPONSE_ACCEPTED],
  [CLASS_RESPONSE_DECLINED, RESPONSE_DECLINED],
  [CLASS_RESPONSE_TENTATIVE, RESPONSE_TENTATIVE],
];

/** Notes in the item of who invited what one of the invited answers (MS-OXOCAL 3.1.4.8.3). */
async function takeAnswer({ context, message, id, items }: Meeting): Promise<MeetingOutcome> {
  const { tags: names } = context;
  const messageClass = String(message.properties.get(PR_MESSAGE_CLASS)).toLowerCase();
  const status = ANSWERS.find(([name]) => messageClass === name.toLowerCase())?.[1];
  // What one thinks of a single occurrence isn't what he thinks of the series.
  const item = occurrenceDateOf(id) === undefined ? items[0] : undefined;
  if (status === undefined || !item) return NOTHING;
  let noted = false;
  await changeItem(context, item.id, (existing) => {
    const changed = withAnswer(existing, message, status, names);
    noted = changed !== undefined;
    return changed;
  });
  return noted ? { done: 'answer recorded' } : NOTHING;
}

function withAnswer(item: ObjectTree, message: ObjectTree, status: number, names: NamedTags): ObjectTree | undefined {
  const { properties } = message;
  const at = properties.get(names.PidLidAttendeeCriticalChange);
  const [entryId, address] = [
    binaryIn(properties, REPRESENTING_TAGS.entryId),
    stringIn(properties, REPRESENTING_TAGS.address)?.toLowerCase(),
  ];
  const isTheirs = ({ kind, properties: row }: ObjectTree): boolean => {
    if (kind === MAPI_ATTACH) return false;
    if (entryId && binaryIn(row, PR_EC_CONTACT_ENTRYID)?.equals(entryId)) return true;
    const addresses = [PR_SMTP_ADDRESS, PR_EMAIL_ADDRESS].map((tag) => stringIn(row, tag)?.toLowerCase());
    return address !== undefined && addresses.includes(address);
  };
  const row = item.children.find(isTheirs);
  const before = row?.properties.get(PR_RECIPIENT_TRACKSTATUS_TIME);
  if (!row || (typeof before === 'bigint' && typeof at === 'bigint' && at < before)) return undefined;
  const answered = new Map(row.properties).set(PR_RECIPIENT_TRACKSTATUS, status);
  if (at !== undefined) answered.set(PR_RECIPIENT_TRACKSTATUS_TIME, at);
  const proposes = properties.get(names.PidLidAppointmentCounterProposal) === true;
  const [start, end] = [names.PidLidAppointmentProposedStartWhole, names.PidLidAppointmentProposedEndWhole].map((tag) =>
    properties.get(tag),
  );
  if (proposes && start !== undefined && end !== undefined)
    answered.set(PR_PROPOSED_NEWTIME, true).set(PR_PROPOSED_NEWTIME_START, start).set(PR_PROPOSED_NEWTIME_END, end);
  return {
    ...item,
    properties: proposes ? new Map(item.properties).set(names.PidLidAppointmentCounterProposal, true) : item.properties,
    children: item.children.map((child) => (child === row ? { ...row, properties: answered } : child)),
  };
}

const changeOccurrence = (
  { context }: Meeting,
  series: AppointmentRow,
  date: CalendarDate,
  message: ObjectTree | undefined,
): Promise<void> => changeItem(context, series.id, (item) => withOccurrence(item, date, message, context.tags));
