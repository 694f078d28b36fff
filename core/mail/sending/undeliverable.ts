import type { Principal } from '../../directory/principal.ts';
import { ATTACH_EMBEDDED_MSG, RENDERING_POSITION_NONE } from '../../mapi/attachment-values.ts';
import { newGuid } from '../../mapi/entry-id.ts';
import { KopanoError } from '../../mapi/error.ts';
import { KCERR_NOT_FOUND } from '../../mapi/error-codes.ts';
import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH, MAPI_MAILUSER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import { encodeOneOff } from '../../mapi/one-off-entry-id.ts';
import type { Properties, PropertyTag, PropertyValue, ReadonlyProperties } from '../../mapi/property.ts';
import { MAPI_P1, MAPI_TO } from '../../mapi/recipient-types.ts';
import * as tags from '../../mapi/tags.ts';
import type { Statements } from '../../platform/database.ts';
import { type Arrival, deliver, findArrival, mailKey } from '../../store/delivery.ts';
import { smtpSearchKey } from '../address-book.ts';
import { displayLists } from '../recipients.ts';
import { subjectProperties } from '../subject.ts';
import type { SendingContext } from './context.ts';

/** A recipient that a message didn't reach. */
export interface Failed {
  readonly recipient: string;
  /** For people. */
  readonly reason: string;
  /** Enhanced status code (RFC 3463), where the other side told one. */
  readonly status?: string | undefined;
}

/** What is reported to a sender. */
export interface Report {
  /** Of one id only one report is made. */
  readonly id: string;
  readonly failed: readonly Failed[];
  /** Attached; absent when it is gone. */
  readonly original?: ObjectTree | undefined;
  /** What the report is about, of those that aren't failures. */
  readonly kind?: 'failed' | 'delayed' | 'complaint';
}

/** Classes of reports (MS-OXOMSG 2.2.2). */
const CLASSES = { failed: 'REPORT.IPM.Note.NDR', delayed: 'REPORT.IPM.Note.Delayed', complaint: 'IPM.Note' } as const;
const SUBJECTS = {
  failed: 'Undelivered Mail Returned to Sender',
  delayed: 'Delayed Mail (still being retried)',
  complaint: 'A recipient has complained of your mail',
} as const;
const OPENINGS = {
  failed: 'Your message could not be delivered to these recipients:',
  delayed:
    'Your message has not been delivered to these recipients yet. You need not send it again: delivery is tried further.',
  complaint:
    'These recipients, or their provider, have reported your message as unwanted. Nothing more is sent to them from here:',
} as const;
const CLOSINGS = {
  failed: 'Your message is attached. If you don’t know what to do about it, ask the administrator of your mail system.',
  delayed: '',
  complaint: '',
} as const;

/** Reports to a sender, into his inbox, that mail of his didn't arrive; once for each id. */
export async function reportFailures({ platform }: SendingContext, sender: Principal, report: Report): Promise<void> {
  const { log } = platform;
  const kind = report.kind ?? 'failed';
  const mail = { mailId: mailKey(`report ${report.id}`), recipient: sender.id };
  const arrival = await arrivalOf(platform.database, { ...mail, messageClass: CLASSES[kind] });
  if (!arrival) {
    log.warn({ report: report.id, principal: sender.id }, 'a sender without an inbox is told nothing');
    return;
  }
  if (arrival.delivered) return;
  const now = platform.clock.now();
  const tree = reportMessage(report, now);
  await deliver(platform, { ...mail, placements: [{ folder: arrival.folder, tree, isNewMail: true }], now });
  log.info({ report: report.id, principal: sender.id, recipients: report.failed.length, kind }, 'sender told');
}

/** Where a report arrives; undefined for those who have no mailbox. */
async function arrivalOf(
  statements: Statements,
  mail: Parameters<typeof findArrival>[1],
): Promise<Arrival | undefined> {
  try {
    return await findArrival(statements, mail);
  } catch (error) {
    if (error instanceof KopanoError && error.code === KCERR_NOT_FOUND) return undefined;
    throw error;
  }
}

/** The report as a message, with the properties of the original spooler's. */
export function reportMessage({ failed, original, kind = 'failed' }: Report, now: number): ObjectTree {
  const time = fileTimeFromMilliseconds(now);
  const lines = failed.map(({ recipient, reason }) => `    ${recipient}\r\n        ${reason}`);
  const text = [OPENINGS[kind], ...lines, ...(CLOSINGS[kind] ? [CLOSINGS[kind]] : [])].join('\r\n\r\n');
  const rows = failed.map((each, index) => failedRow(each, index, time, kind === 'failed'));
  const properties: Properties = new Map<PropertyTag, PropertyValue>([
    [tags.PR_MESSAGE_CLASS, CLASSES[kind]],
    ...subjectProperties(SUBJECTS[kind], undefined),
    [tags.PR_MESSAGE_FLAGS, 0],
    [tags.PR_CLIENT_SUBMIT_TIME, time],
    [tags.PR_MESSAGE_DELIVERY_TIME, time],
    [tags.PR_REPORT_TIME, time],
    [tags.PR_SEARCH_KEY, newGuid()],
    [tags.PR_SENDER_NAME, 'Mail Delivery System'],
    [tags.PR_SENT_REPRESENTING_NAME, 'Mail Delivery System'],
    [tags.PR_BODY, `${text}\r\n`],
    ...displayLists(rows),
    ...(original ? aboutOriginal(original.properties) : []),
  ]);
  return { kind: MAPI_MESSAGE, properties, children: [...rows, ...(original ? [attached(original)] : [])] };
}

/** Whom clients offer to send the message to again. */
function failedRow({ recipient, reason, status }: Failed, index: number, time: bigint, isFinal: boolean): ObjectTree {
  const properties: Properties = new Map<PropertyTag, PropertyValue>([
    [tags.PR_ROWID, index],
    [tags.PR_OBJECT_TYPE, MAPI_MAILUSER],
    [tags.PR_RECIPIENT_TYPE, MAPI_TO],
    [tags.PR_DISPLAY_NAME, recipient],
    [tags.PR_ADDRTYPE, 'SMTP'],
    [tags.PR_EMAIL_ADDRESS, recipient],
    [tags.PR_SMTP_ADDRESS, recipient],
    [tags.PR_EC_CONTACT_ENTRYID, encodeOneOff({ name: recipient, addressType: 'SMTP', address: recipient })],
    [tags.PR_SEARCH_KEY, smtpSearchKey(recipient)],
    [tags.PR_TRANSMITABLE_DISPLAY_NAME, recipient],
    [tags.PR_REPORT_TEXT, reason],
    [tags.PR_REPORT_TIME, time],
  ]);
  if (isFinal)
    properties
      .set(tags.PR_NDR_STATUS_CODE, statusNumber(status))
      .set(tags.PR_NDR_REASON_CODE, MAPI_REASON_TRANSFER_FAILED)
      .set(tags.PR_NDR_DIAG_CODE, MAPI_DIAG_MAIL_RECIPIENT_UNKNOWN);
  return { kind: MAPI_MAILUSER, properties, children: [] };
}

/** PR_NDR_REASON_CODE and PR_NDR_DIAG_CODE as the original writes them, whatever the reason (MS-OXOMSG 2.2.2.35, 2.2.2.34). */
const MAPI_REASON_TRANSFER_FAILED = 0;
const MAPI_DIAG_MAIL_RECIPIENT_UNKNOWN = 35;

/** `5.1.1` → 511, as PR_NDR_STATUS_CODE has it; 550 where nobody told. */
const statusNumber = (status: string | undefined): number => {
  const digits = /^([245])\.(\d)\.(\d)$/.exec(status ?? '');
  return digits ? Number(digits.slice(1).join('')) : 550;
};

/** The properties of a report that are those of what it is about. */
function aboutOriginal(original: ReadonlyProperties): [PropertyTag, PropertyValue][] {
  const copied: readonly (readonly [PropertyTag, readonly PropertyTag[]])[] = [
    [tags.PR_SENDER_NAME, [tags.PR_RECEIVED_BY_NAME, tags.PR_ORIGINAL_SENDER_NAME]],
    [tags.PR_SENDER_ADDRTYPE, [tags.PR_RECEIVED_BY_ADDRTYPE, tags.PR_ORIGINAL_SENDER_ADDRTYPE]],
    [tags.PR_SENDER_EMAIL_ADDRESS, [tags.PR_RECEIVED_BY_EMAIL_ADDRESS, tags.PR_ORIGINAL_SENDER_EMAIL_ADDRESS]],
    [tags.PR_SENDER_ENTRYID, [tags.PR_RECEIVED_BY_ENTRYID, tags.PR_ORIGINAL_SENDER_ENTRYID]],
    [tags.PR_SENDER_SEARCH_KEY, [tags.PR_RECEIVED_BY_SEARCH_KEY, tags.PR_ORIGINAL_SENDER_SEARCH_KEY]],
    [tags.PR_SENT_REPRESENTING_NAME, [tags.PR_RCVD_REPRESENTING_NAME, tags.PR_ORIGINAL_SENT_REPRESENTING_NAME]],
    [
      tags.PR_SENT_REPRESENTING_ADDRTYPE,
      [tags.PR_RCVD_REPRESENTING_ADDRTYPE, tags.PR_ORIGINAL_SENT_REPRESENTING_ADDRTYPE],
    ],
    [
      tags.PR_SENT_REPRESENTING_EMAIL_ADDRESS,
      [tags.PR_RCVD_REPRESENTING_EMAIL_ADDRESS, tags.PR_ORIGINAL_SENT_REPRESENTING_EMAIL_ADDRESS],
    ],
    [
      tags.PR_SENT_REPRESENTING_ENTRYID,
      [tags.PR_RCVD_REPRESENTING_ENTRYID, tags.PR_ORIGINAL_SENT_REPRESENTING_ENTRYID],
    ],
    [
      tags.PR_SENT_REPRESENTING_SEARCH_KEY,
      [tags.PR_RCVD_REPRESENTING_SEARCH_KEY, tags.PR_ORIGINAL_SENT_REPRESENTING_SEARCH_KEY],
    ],
    [tags.PR_DISPLAY_TO, [tags.PR_ORIGINAL_DISPLAY_TO]],
    [tags.PR_DISPLAY_CC, [tags.PR_ORIGINAL_DISPLAY_CC]],
    [tags.PR_DISPLAY_BCC, [tags.PR_ORIGINAL_DISPLAY_BCC]],
    [tags.PR_SUBJECT, [tags.PR_ORIGINAL_SUBJECT]],
    [tags.PR_CLIENT_SUBMIT_TIME, [tags.PR_ORIGINAL_SUBMIT_TIME]],
    [tags.PR_SEARCH_KEY, [tags.PR_ORIGINAL_SEARCH_KEY]],
  ];
  return copied.flatMap(([from, to]) => {
    const value = original.get(from);
    return value === undefined ? [] : to.map((tag): [PropertyTag, PropertyValue] => [tag, value]);
  });
}

/** The message itself, without those whom it was sent to again. */
function attached(original: ObjectTree): ObjectTree {
  const subject = original.properties.get(tags.PR_SUBJECT);
  const children = original.children.filter(
    ({ properties }) => (Number(properties.get(tags.PR_RECIPIENT_TYPE) ?? 0) & MAPI_P1) === 0,
  );
  const properties: Properties = new Map<PropertyTag, PropertyValue>([
    [tags.PR_ATTACH_NUM, 0],
    [tags.PR_RECORD_KEY, newGuid()],
    [tags.PR_ATTACH_METHOD, ATTACH_EMBEDDED_MSG],
    [tags.PR_ATTACH_MIME_TAG, 'message/rfc822'],
    [tags.PR_RENDERING_POSITION, RENDERING_POSITION_NONE],
    ...(subject === undefined ? [] : ([[tags.PR_DISPLAY_NAME, subject]] as const)),
  ]);
  return { kind: MAPI_ATTACH, properties, children: [{ ...original, children }] };
}
