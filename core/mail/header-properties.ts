import { fileTimeFromMilliseconds } from '../mapi/file-time.ts';
import { encodeFlatEntryList } from '../mapi/flat-entry-list.ts';
import {
  IMPORTANCE_HIGH,
  IMPORTANCE_LOW,
  IMPORTANCE_NORMAL,
  PRIO_NONURGENT,
  PRIO_NORMAL,
  PRIO_URGENT,
  SENSITIVITY_COMPANY_CONFIDENTIAL,
  SENSITIVITY_NONE,
  SENSITIVITY_PERSONAL,
  SENSITIVITY_PRIVATE,
} from '../mapi/importance.ts';
import { MSGFLAG_NRN_PENDING, MSGFLAG_RN_PENDING, MSGFLAG_UNMODIFIED } from '../mapi/message-flags.ts';
import type { Properties, PropertyTag, PropertyValue } from '../mapi/property.ts';
import * as tags from '../mapi/tags.ts';
import { displayName, type Mailbox, mailboxes } from './address.ts';
import { type AddressBook, oneOffOf, type RoleTags, roleProperties } from './address-book.ts';
import { decodeHeaderBytes } from './charset.ts';
import { allFields, firstField, firstText, type Header } from './header.ts';
import { MAX_FIELD_LENGTH } from './limits.ts';
import { type MailDate, parseMailDate, parseReceivedDate } from './mail-date.ts';
import { subjectProperties } from './subject.ts';

/** What the properties of a header depend on besides it. */
export interface HeaderSurroundings {
  readonly addressBook: AddressBook;
  /** Milliseconds since 1970; when the mail arrived, if its header doesn't say. Undefined for messages within mail. */
  readonly receivedAt: number | undefined;
}

export const SENDER_TAGS: RoleTags = {
  name: tags.PR_SENDER_NAME,
  addressType: tags.PR_SENDER_ADDRTYPE,
  address: tags.PR_SENDER_EMAIL_ADDRESS,
  entryId: tags.PR_SENDER_ENTRYID,
  searchKey: tags.PR_SENDER_SEARCH_KEY,
};

export const REPRESENTING_TAGS: RoleTags = {
  name: tags.PR_SENT_REPRESENTING_NAME,
  addressType: tags.PR_SENT_REPRESENTING_ADDRTYPE,
  address: tags.PR_SENT_REPRESENTING_EMAIL_ADDRESS,
  entryId: tags.PR_SENT_REPRESENTING_ENTRYID,
  searchKey: tags.PR_SENT_REPRESENTING_SEARCH_KEY,
};

/** The properties that a message has of its header; those of its recipients are in recipients.ts. */
export function headerProperties(header: Header, surroundings: HeaderSurroundings): Properties {
  return new Map([
    ...transportHeaders(header),
    ...identification(header),
    ...subjectOf(header),
    ...senders(header, surroundings.addressBook),
    ...replyTo(header),
    ...times(header, surroundings.receivedAt),
    ...urgency(header),
    ...readReceipt(header),
    ...conversationIndex(header),
    ...icon(header),
  ]);
}

const LINE_END = /\r?\n/g;

function transportHeaders(header: Header): Properties {
  const text = decodeHeaderBytes(header.raw).replaceAll('\0', '').replace(LINE_END, '\r\n');
  return new Map([[tags.PR_TRANSPORT_MESSAGE_HEADERS, text.replace(/(?:\r\n)+$/, '')]]);
}

function identification(header: Header): Properties {
  const properties: Properties = new Map();
  const messageId = firstField(header, 'message-id');
  if (messageId !== undefined) properties.set(tags.PR_INTERNET_MESSAGE_ID, messageIds(messageId)[0] ?? '<>');
  const lists: [string, PropertyTag][] = [
    ['in-reply-to', tags.PR_IN_REPLY_TO_ID],
    ['references', tags.PR_INTERNET_REFERENCES],
  ];
  for (const [name, tag] of lists) {
    const value = firstField(header, name);
    if (value !== undefined) properties.set(tag, messageIds(value).join(' '));
  }
  return properties;
}

/** Message ids in angle brackets (RFC 5322 3.6.4); a value without brackets is one id. */
export function messageIds(value: string): string[] {
  const bounded = value.slice(0, MAX_FIELD_LENGTH);
  const found = bounded.match(/<[^<>]*>/g);
  if (found) return found.map((id) => id.replace(/\s+/g, ''));
  const bare = bounded.trim();
  return bare === '' ? [] : [`<${bare}>`];
}

function subjectOf(header: Header): Properties {
  const subject = firstText(header, 'subject');
  const topic = firstText(header, 'thread-topic');
  if (subject !== undefined) return subjectProperties(subject, topic);
  return topic === undefined ? new Map() : new Map([[tags.PR_CONVERSATION_TOPIC, topic]]);
}

/** From is who the mail is of, Sender who sent it for them; one stands for the other where it is missing. */
function senders(header: Header, addressBook: AddressBook): Properties {
  const from = mailboxes(header, 'from')[0];
  const sender = mailboxes(header, 'sender').find((mailbox) => mailbox.address !== '') ?? from;
  return new Map([
    ...(from ? roleProperties(from, REPRESENTING_TAGS, addressBook) : []),
    ...(sender ? roleProperties(sender, SENDER_TAGS, addressBook) : []),
  ]);
}

function replyTo(header: Header): Properties {
  const answered = mailboxes(header, 'reply-to');
  if (answered.length === 0) return new Map();
  return new Map<PropertyTag, PropertyValue>([
    [tags.PR_REPLY_RECIPIENT_ENTRIES, encodeFlatEntryList(answered.map(oneOffOf))],
    [tags.PR_REPLY_RECIPIENT_NAMES, answered.map(displayName).join('; ')],
  ]);
}

function times(header: Header, receivedAt: number | undefined): Properties {
  const properties: Properties = new Map();
  const sent = parseMailDate(firstField(header, 'date') ?? '');
  if (sent) setDate(properties, sent, tags.PR_CLIENT_SUBMIT_TIME, tags.PR_EC_CLIENT_SUBMIT_DATE);
  // The newest Received field comes first.
  const received = parseReceivedDate(firstField(header, 'received') ?? '');
  const delivered = received ?? (receivedAt === undefined ? sent : dateOfClock(receivedAt));
  if (delivered) setDate(properties, delivered, tags.PR_MESSAGE_DELIVERY_TIME, tags.PR_EC_MESSAGE_DELIVERY_DATE);
  const expiry = parseMailDate(firstField(header, 'expiry-time') ?? '');
  if (expiry) properties.set(tags.PR_EXPIRY_TIME, fileTimeFromMilliseconds(expiry.time));
  return properties;
}

function setDate(properties: Properties, date: MailDate, timeTag: PropertyTag, dayTag: PropertyTag): void {
  properties.set(timeTag, fileTimeFromMilliseconds(date.time));
  properties.set(dayTag, fileTimeFromMilliseconds(date.day));
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
/** Whole seconds, as all other dates of mail. */
const dateOfClock = (time: number): MailDate => ({
  time: Math.floor(time / SECOND_MS) * SECOND_MS,
  day: Math.floor(time / DAY_MS) * DAY_MS,
});

interface Urgency {
  readonly importance: number;
  readonly priority: number;
}
const NORMAL: Urgency = { importance: IMPORTANCE_NORMAL, priority: PRIO_NORMAL };
const HIGH: Urgency = { importance: IMPORTANCE_HIGH, priority: PRIO_URGENT };
const LOW: Urgency = { importance: IMPORTANCE_LOW, priority: PRIO_NONURGENT };

/** Importance (RFC 2156), overruled by X-Priority where that is present; none without either (observed on 11.0.2). */
function urgency(header: Header): Properties {
  const urgent = xPriority(header) ?? importanceField(header) ?? priorityField(header);
  const properties: Properties = urgent
    ? new Map([
        [tags.PR_IMPORTANCE, urgent.importance],
        [tags.PR_PRIORITY, urgent.priority],
      ])
    : new Map();
  const sensitivity = word(header, 'sensitivity');
  if (sensitivity !== undefined)
    properties.set(tags.PR_SENSITIVITY, SENSITIVITIES.get(sensitivity) ?? SENSITIVITY_NONE);
  return properties;
}

const SENSITIVITIES: ReadonlyMap<string, number> = new Map([
  ['personal', SENSITIVITY_PERSONAL],
  ['private', SENSITIVITY_PRIVATE],
  ['company-confidential', SENSITIVITY_COMPANY_CONFIDENTIAL],
]);

function xPriority(header: Header): Urgency | undefined {
  const value = word(header, 'x-priority');
  if (value === undefined) return undefined;
  if (/^[12]/.test(value)) return HIGH;
  return /^[45]/.test(value) ? LOW : NORMAL;
}

function importanceField(header: Header): Urgency | undefined {
  const value = word(header, 'importance');
  if (value === undefined) return undefined;
  if (value === 'high') return HIGH;
  return value === 'low' ? LOW : NORMAL;
}

/** RFC 2156 again; not read by the original, which shows such mail as normal. */
function priorityField(header: Header): Urgency | undefined {
  const value = word(header, 'priority');
  if (value === 'urgent') return HIGH;
  return value === 'non-urgent' ? LOW : undefined;
}

const word = (header: Header, name: string): string | undefined => firstField(header, name)?.trim().toLowerCase();

/** Disposition-Notification-To (RFC 8098); clients answer as the flags say. */
function readReceipt(header: Header): Properties {
  const flags = new Map<PropertyTag, PropertyValue>([[tags.PR_MESSAGE_FLAGS, MSGFLAG_UNMODIFIED]]);
  const asker: Mailbox | undefined = mailboxes(header, 'disposition-notification-to')[0];
  if (!asker || asker.address === '') return flags;
  return flags
    .set(tags.PR_MESSAGE_FLAGS, MSGFLAG_UNMODIFIED | MSGFLAG_RN_PENDING | MSGFLAG_NRN_PENDING)
    .set(tags.PR_READ_RECEIPT_REQUESTED, true)
    .set(tags.PR_REPORT_ENTRYID, oneOffOf(asker))
    .set(tags.PR_REPORT_NAME, asker.address);
}

/** PR_ICON_INDEX of an out-of-office answer. */
const ICON_OUT_OF_OFFICE = 0x11b;

/** What the original's out-of-office answers say in a field of their own (observed on 11.0.2). */
const icon = (header: Header): Properties =>
  firstField(header, 'x-kopano-vacation') === undefined
    ? new Map()
    : new Map([[tags.PR_ICON_INDEX, ICON_OUT_OF_OFFICE]]);

/** PR_CONVERSATION_INDEX travels in base64 (MS-OXCMAIL 2.2.3.2.23). */
function conversationIndex(header: Header): Properties {
  const value = firstField(header, 'thread-index');
  if (value === undefined) return new Map();
  const index = Buffer.from(value.slice(0, MAX_FIELD_LENGTH), 'base64');
  return index.length > 0 ? new Map([[tags.PR_CONVERSATION_INDEX, index]]) : new Map();
}

/** Every address whose owner may be in the address book. */
export const namedAddresses = (header: Header): string[] =>
  ['from', 'sender', 'to', 'cc', 'bcc'].flatMap((name) => mailboxes(header, name).map(({ address }) => address));

/** Whether a header has anything of a mail at all. */
export const isMailHeader = (header: Header): boolean =>
  ['from', 'date', 'subject', 'to', 'received', 'message-id'].some((name) => allFields(header, name).length > 0);
