import type { ObjectTree } from '../../mapi/object-tree.ts';
import type { ReadonlyProperties } from '../../mapi/property.ts';
import * as tags from '../../mapi/tags.ts';
import type { Mailbox } from '../address.ts';
import { messageIds } from '../header-properties.ts';
import { CLASS_NOT_READ, CLASS_READ } from '../receipts.ts';
import { attachmentsOf, filePart } from './attachment-part.ts';
import type { Part } from './part.ts';

const NOTIFICATION = 'message/disposition-notification';
const DELIVERY_STATUS = 'message/delivery-status';

/** What kind of report a message is, and the part that says so to machines; undefined for no report. */
export interface Report {
  /** Content type of the multipart (RFC 6522). */
  readonly type: string;
  readonly status: Part;
  /** The attachment that `status` is, if it is one. */
  readonly attachment?: ObjectTree;
}

/**
 * Messages that were read or deleted unread (RFC 8098), and those that came
 * with a delivery status (RFC 3464).
 */
export function reportOf(message: ObjectTree, reader: Mailbox | undefined): Report | undefined {
  const delivery = attachedReport(message, DELIVERY_STATUS, 'delivery-status');
  if (delivery) return delivery;
  if (!isReceipt(message.properties)) return undefined;
  const deleted = classOf(message.properties) === CLASS_NOT_READ.toLowerCase();
  return (
    attachedReport(message, NOTIFICATION, 'disposition-notification') ?? {
      type: 'multipart/report; report-type=disposition-notification',
      status: {
        type: NOTIFICATION,
        encoding: '7bit',
        content: Buffer.from(notification(message.properties, reader, deleted)),
      },
    }
  );
}

const classOf = (properties: ReadonlyProperties): string =>
  String(properties.get(tags.PR_MESSAGE_CLASS) ?? '').toLowerCase();

/** Whether a message tells that another one was read, or deleted unread. */
export const isReceipt = (properties: ReadonlyProperties): boolean =>
  [CLASS_READ, CLASS_NOT_READ].some((name) => name.toLowerCase() === classOf(properties));

function attachedReport(message: ObjectTree, type: string, reportType: string): Report | undefined {
  const attachment = attachmentsOf(message).find(({ properties }) => properties.get(tags.PR_ATTACH_MIME_TAG) === type);
  if (!attachment) return undefined;
  const { disposition: _, fileName: __, ...status } = filePart(attachment, false);
  return { type: `multipart/report; report-type=${reportType}`, status, attachment };
}

/** The message that a report is about: what it came with, or what clients give a report they write (observed on 11.0.2). */
export function reportedMessageId(properties: ReadonlyProperties): string | undefined {
  const original = properties.get(tags.PR_ORIGINAL_INTERNET_MESSAGE_ID) ?? properties.get(tags.PR_INTERNET_MESSAGE_ID);
  return typeof original === 'string' ? messageIds(original)[0] : undefined;
}

function notification(properties: ReadonlyProperties, reader: Mailbox | undefined, deleted: boolean): string {
  const original = reportedMessageId(properties);
  const lines = [
    'Reporting-UA: Kopano',
    ...(reader?.address ? [`Final-Recipient: rfc822;${oneLine(reader.address)}`] : []),
    ...(original ? [`Original-Message-ID: ${oneLine(original)}`] : []),
    `Disposition: manual-action/MDN-sent-manually; ${deleted ? 'deleted' : 'displayed'}`,
  ];
  return `${lines.join('\r\n')}\r\n`;
}

const oneLine = (text: string): string => text.replace(/[^\x20-\x7e]/g, '');
