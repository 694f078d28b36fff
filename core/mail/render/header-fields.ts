import { foldAddress } from '../../directory/mail-address.ts';
import { millisecondsFromFileTime } from '../../mapi/file-time.ts';
import { IMPORTANCE_HIGH, IMPORTANCE_LOW, PRIO_NONURGENT, PRIO_URGENT } from '../../mapi/importance.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH } from '../../mapi/object-types.ts';
import type { PropertyTag, ReadonlyProperties } from '../../mapi/property.ts';
import { MAPI_BCC, MAPI_CC, MAPI_TO } from '../../mapi/recipient-types.ts';
import * as tags from '../../mapi/tags.ts';
import type { Mailbox } from '../address.ts';
import { messageIds, REPRESENTING_TAGS, SENDER_TAGS } from '../header-properties.ts';
import { subjectPrefix } from '../subject.ts';
import { type EntryAddresses, mailboxOf, mailboxOfEntry, RECIPIENT_WHO, replyEntries } from './entry-addresses.ts';
import { addressField, dateField, type Field, idField, textField } from './field.ts';

/** What the header of a mail depends on besides its message. */
export interface HeaderSources {
  readonly addresses: EntryAddresses;
  /** Whether hidden recipients are named: in files of one's own mail only. */
  readonly showBcc: boolean;
  /** Empty for a message without one. */
  readonly messageId: string;
  /** Milliseconds since 1970; undefined for a message that was never sent. */
  readonly date: number | undefined;
  /** The Date field as the mail had it when it came, if that says the same. */
  readonly dateText?: string | undefined;
}

/** The fields that the properties of a message make, in the order in which mail usually has them. */
export function headerFields(message: ObjectTree, sources: HeaderSources): Field[] {
  const { properties } = message;
  return [
    ...senderFields(properties, sources.addresses),
    ...replyToField(properties, sources.addresses),
    ...recipientFields(message, sources),
    ...subjectFields(properties),
    ...identityFields(sources),
    ...threadFields(properties),
    ...urgencyFields(properties),
    ...privacyFields(properties),
    ...responseFields(properties),
  ];
}

function identityFields({ date, dateText, messageId }: HeaderSources): Field[] {
  return [
    ...(date === undefined
      ? []
      : [dateText === undefined ? dateField('Date', date) : { name: 'Date', value: dateText }]),
    ...(messageId === '' ? [] : [{ name: 'Message-ID', value: messageId }]),
  ];
}

/** Who a mail is from, and who sent it for them if that is somebody else (RFC 5322 3.6.2). */
export interface Senders {
  readonly from: Mailbox | undefined;
  readonly sender: Mailbox | undefined;
}

/** Who a message is of; the sender only where it isn't the same. */
export function sendersOf(properties: ReadonlyProperties, addresses: EntryAddresses): Senders {
  const sender = mailboxOf(properties, SENDER_TAGS, addresses);
  const from = mailboxOf(properties, REPRESENTING_TAGS, addresses);
  if (!from || from.address === '') return { from: sender ?? from, sender: undefined };
  const same = !sender || sender.address === '' || foldAddress(sender.address) === foldAddress(from.address);
  return { from, sender: same ? undefined : sender };
}

function senderFields(properties: ReadonlyProperties, addresses: EntryAddresses): Field[] {
  const { from, sender } = sendersOf(properties, addresses);
  return [
    ...(from ? [addressField('From', [from])] : []),
    ...(sender ? [addressField('Sender', [sender])] : []),
    ...receiptField(properties, addresses, from),
  ];
}

/** Who wants to know that the mail is read (RFC 8098): who asked when it came, or whose it is. */
function receiptField(properties: ReadonlyProperties, addresses: EntryAddresses, from: Mailbox | undefined): Field[] {
  if (properties.get(tags.PR_READ_RECEIPT_REQUESTED) !== true) return [];
  const entryId = properties.get(tags.PR_REPORT_ENTRYID);
  const asked = Buffer.isBuffer(entryId) ? mailboxOfEntry(entryId, addresses) : undefined;
  const asker = asked?.address ? asked : from;
  return asker?.address ? [addressField('Disposition-Notification-To', [asker])] : [];
}

function replyToField(properties: ReadonlyProperties, addresses: EntryAddresses): Field[] {
  const named = replyEntries(properties).flatMap((entryId) => mailboxOfEntry(entryId, addresses) ?? []);
  return named.length > 0 ? [addressField('Reply-To', named)] : [];
}

/** A mail without visible recipients says so, for it needs one of the fields (RFC 5322 3.6.3, observed on 11.0.2). */
const UNDISCLOSED: Field = { name: 'To', value: 'undisclosed-recipients:;' };

function recipientFields(message: ObjectTree, { addresses, showBcc }: HeaderSources): Field[] {
  const named = (type: number): Mailbox[] =>
    message.children
      .filter((child) => child.kind !== MAPI_ATTACH && child.properties.get(tags.PR_RECIPIENT_TYPE) === type)
      .flatMap((child) => mailboxOf(child.properties, RECIPIENT_WHO, addresses) ?? []);
  const field = (name: string, type: number): Field[] => {
    const mailboxes = named(type);
    return mailboxes.length > 0 ? [addressField(name, mailboxes)] : [];
  };
  const to = field('To', MAPI_TO);
  return [...(to.length > 0 ? to : [UNDISCLOSED]), ...field('Cc', MAPI_CC), ...(showBcc ? field('Bcc', MAPI_BCC) : [])];
}

function subjectFields(properties: ReadonlyProperties): Field[] {
  const subject = textOf(properties, tags.PR_SUBJECT);
  const topic = textOf(properties, tags.PR_CONVERSATION_TOPIC);
  const proper = subject?.slice(subjectPrefix(subject).length);
  return [
    ...(subject === undefined ? [] : [textField('Subject', subject)]),
    // The topic is what a conversation began with; mostly the subject says it, too.
    ...(topic === undefined || topic === proper ? [] : [textField('Thread-Topic', topic)]),
  ];
}

function threadFields(properties: ReadonlyProperties): Field[] {
  const ids = (name: string, tag: PropertyTag): Field[] =>
    [idField(name, messageIds(textOf(properties, tag) ?? ''))].filter((field) => field !== undefined);
  const index = properties.get(tags.PR_CONVERSATION_INDEX);
  return [
    ...ids('In-Reply-To', tags.PR_IN_REPLY_TO_ID),
    ...ids('References', tags.PR_INTERNET_REFERENCES),
    ...(Buffer.isBuffer(index) && index.length > 0
      ? [{ name: 'Thread-Index', value: index.toString('base64').replace(/.{64}(?=.)/g, '$& ') }]
      : []),
  ];
}

/** PR_IMPORTANCE, or else PR_PRIORITY, in the two ways that mail programs understand. */
function urgencyFields(properties: ReadonlyProperties): Field[] {
  const importance = properties.get(tags.PR_IMPORTANCE);
  const priority = properties.get(tags.PR_PRIORITY);
  const fields = (xPriority: string, word: string): Field[] => [
    { name: 'X-Priority', value: xPriority },
    { name: 'Importance', value: word },
  ];
  if (importance === IMPORTANCE_HIGH || (importance === undefined && priority === PRIO_URGENT))
    return fields('1 (Highest)', 'high');
  if (importance === IMPORTANCE_LOW || (importance === undefined && priority === PRIO_NONURGENT))
    return fields('5 (Lowest)', 'low');
  return importance === undefined && priority === undefined ? [] : [{ name: 'X-Priority', value: '3 (Normal)' }];
}

/** PR_SENSITIVITY (RFC 2156); none for what everybody may see. */
const SENSITIVITIES: readonly (string | undefined)[] = [undefined, 'Personal', 'Private', 'Company-Confidential'];

function privacyFields(properties: ReadonlyProperties): Field[] {
  const sensitivity = SENSITIVITIES[Number(properties.get(tags.PR_SENSITIVITY) ?? 0)];
  const expiry = properties.get(tags.PR_EXPIRY_TIME);
  return [
    ...(sensitivity ? [{ name: 'Sensitivity', value: sensitivity }] : []),
    ...(typeof expiry === 'bigint' ? [dateField('Expiry-Time', millisecondsFromFileTime(expiry))] : []),
  ];
}

/** Bits of PR_AUTO_RESPONSE_SUPPRESS and what they are called in mail (MS-OXCMAIL 2.1.3.2.21). */
const SUPPRESSED: readonly [number, string][] = [
  [0x01, 'DR'],
  [0x02, 'NDR'],
  [0x04, 'RN'],
  [0x08, 'NRN'],
  [0x10, 'OOF'],
  [0x20, 'AutoReply'],
];

function responseFields(properties: ReadonlyProperties): Field[] {
  const bits = Number(properties.get(tags.PR_AUTO_RESPONSE_SUPPRESS) ?? 0);
  const organization = textOf(properties, tags.PR_INTERNET_ORGANIZATION);
  const names =
    bits === 0xffffffff ? ['All'] : SUPPRESSED.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
  return [
    ...(names.length > 0 ? [{ name: 'X-Auto-Response-Suppress', value: names.join(', ') }] : []),
    ...(organization ? [textField('Organization', organization)] : []),
  ];
}

const textOf = (properties: ReadonlyProperties, tag: PropertyTag): string | undefined => {
  const value = properties.get(tag);
  return typeof value === 'string' ? value : undefined;
};
