import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import type { Properties } from '../../mapi/property.ts';
import type { AddressBook } from '../address-book.ts';
import { decodeText } from '../charset.ts';
import type { MimePart } from '../mime.ts';
import { decodeTransfer } from '../transfer-encoding.ts';
import { CalendarNotUnderstoodError } from './calendar-file.ts';
import { type CalendarItem, calendarContent } from './calendar-to-messages.ts';

/** What a mail is besides a mail: an invitation, an answer to one, an appointment, a task. */
export interface Invitation {
  /** The part that says it. */
  readonly part: MimePart;
  /** What it makes the message; overrules what the mail's header says. */
  readonly properties: Properties;
  readonly exceptions: readonly ObjectTree[];
  /** Whether the part holds more than the message says, so that it stays a file, too. */
  readonly keepFile: boolean;
}

/** A calendar of a mail, and why it is only a file, or stays one. */
export interface CalendarsInMail {
  readonly invitation?: Invitation;
  /** Names files that have no name. */
  readonly fileNames: ReadonlyMap<MimePart, string>;
  readonly problem?: CalendarNotUnderstoodError;
}

/** What the file of a calendar is called that MAPI can't say at all, or not wholly. */
const NOT_UNDERSTOOD = 'not-in-your-calendar.ics';
const ONLY_IN_PART = 'original-of-this-event.ics';

/** Methods that make their mail a meeting message wherever in it they stand (RFC 5546). */
const MEETING_METHODS: ReadonlySet<string> = new Set(['REQUEST', 'REPLY', 'CANCEL', 'COUNTER']);

const isCalendar = (part: MimePart): boolean => part.contentType === 'text/calendar';

/** How a calendar stands in its mail. */
interface Place {
  readonly part: MimePart;
  /** The mail is nothing besides, or says the same in other words. */
  readonly isWhole: boolean;
}

function placesOf(part: MimePart, isWhole: boolean): Place[] {
  if (part.parts.length === 0) return isCalendar(part) ? [{ part, isWhole }] : [];
  const alternative = part.contentType === 'multipart/alternative';
  return part.parts.flatMap((child) => placesOf(child, alternative || (isWhole && part.parts.length === 1)));
}

/** The invitation, appointment or task that a mail is, if it is one. Never fails for what is in it. */
export function calendarsIn(
  root: MimePart,
  surroundings: { readonly tags: NamedTags; readonly addressBook: AddressBook; readonly now: number },
): CalendarsInMail {
  const fileNames = new Map<MimePart, string>();
  let problem: CalendarNotUnderstoodError | undefined;
  for (const { part, isWhole } of placesOf(root, true)) {
    const isFile = part.disposition.value === 'attachment';
    try {
      const content = calendarContent(textOf(part), surroundings);
      const [item] = content.items;
      const isMeeting = MEETING_METHODS.has(content.method ?? '');
      if (!isMeeting && (isFile || !isWhole)) continue;
      if (!item) throw content.left[0] ?? new CalendarNotUnderstoodError('the calendar is empty');
      if (content.items.length > 1) throw new CalendarNotUnderstoodError('the calendar has several items');
      const partly = item.approximate || content.left.length > 0;
      if (partly) fileNames.set(part, ONLY_IN_PART);
      problem = partly ? (content.left[0] ?? new CalendarNotUnderstoodError('it repeats a little otherwise')) : problem;
      return { invitation: invitationOf(part, item, isFile || partly), fileNames, ...(problem && { problem }) };
    } catch (error) {
      if (!(error instanceof CalendarNotUnderstoodError)) throw error;
      if (!isFile) fileNames.set(part, NOT_UNDERSTOOD);
      problem ??= error;
    }
  }
  return { fileNames, ...(problem && { problem }) };
}

const invitationOf = (part: MimePart, item: CalendarItem, keepFile: boolean): Invitation => ({
  part,
  properties: item.properties,
  exceptions: item.exceptions,
  keepFile,
});

/** Calendars are UTF-8 unless they say otherwise (RFC 5545 3.1.4); senders that say ASCII mean that, too. */
function textOf(part: MimePart): string {
  const bytes = decodeTransfer(part.body, part.encoding);
  if (!bytes) throw new CalendarNotUnderstoodError('the calendar is encoded in a way that nobody knows');
  const charset = part.contentTypeParameters.get('charset')?.toLowerCase();
  return decodeText(bytes, charset === undefined || charset === 'us-ascii' ? 'utf-8' : charset).text;
}
