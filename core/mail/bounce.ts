import MimeNode from 'nodemailer/lib/mime-node';
import { domainOf } from './compose.ts';
import { deliveryPartId, type OutgoingMail } from './outgoing.ts';
import type { Receipt } from './receipt-notification.ts';

/** Why a mail goes back to its sender. */
export interface Refusal {
  /** Enhanced status code (RFC 3463). */
  readonly status: string;
  /** What a mail server would have answered (RFC 5321). */
  readonly answer: string;
  /** For people. */
  readonly text: string;
}

/** The original's answer to mail for a mailbox over its hard limit. */
export const QUOTA_EXCEEDED: Refusal = {
  status: '5.2.2',
  answer: '552 5.2.2 Quota exceeded',
  text: 'The mailbox is full. It takes mail again when its owner has made room.',
};

/** A rule of the recipient refuses the mail (MS-OXORULE 2.2.5.1.2.4: 0x0D too large, 0x1F form, 0x26 denied). */
export const refusedByRule = (code: number): Refusal =>
  code === 0x0d
    ? { status: '5.2.3', answer: '552 5.2.3 Message too large', text: 'The recipient refuses mail of this size.' }
    : { status: '5.7.1', answer: '550 5.7.1 Refused by the recipient', text: 'The recipient refuses this mail.' };

/** Whether there is anybody to send a report to: none is sent about a report (RFC 5321 4.5.5). */
export const canBounce = (receipt: Receipt): boolean => receipt.from.includes('@');

/**
 * The report that a mail was not delivered to a recipient (RFC 3464), with the
 * header of the mail. The caller has checked that it can be sent.
 */
export async function bounce(
  receipt: Receipt,
  mail: { readonly raw: Buffer; readonly headerBytes: number },
  recipient: { readonly id: number; readonly address: string },
  refusal: Refusal,
  postmaster: string,
): Promise<OutgoingMail> {
  const name = 'bounce';
  const domain = domainOf(postmaster);
  const report = new MimeNode('multipart/report; report-type=delivery-status');
  report.setHeader({
    From: { name: 'Mail Delivery System', address: postmaster },
    To: receipt.from,
    Subject: 'Undelivered Mail Returned to Sender',
    Date: new Date(receipt.receivedAt).toUTCString().replace('GMT', '+0000'),
    'Message-ID': `<${deliveryPartId(receipt.mailId, recipient.id, name)}@${domain}>`,
    'Auto-Submitted': 'auto-replied',
    'X-Auto-Response-Suppress': 'All',
  });
  report
    .createChild('text/plain; charset=utf-8')
    .setContent(
      `Your message could not be delivered to\r\n\r\n    ${recipient.address}\r\n\r\n${refusal.text}\r\n\r\nThe answer was: ${refusal.answer}\r\n`,
    );
  report
    .createChild('message/delivery-status')
    .setContent(
      `Reporting-MTA: dns; ${domain}\r\nArrival-Date: ${new Date(receipt.receivedAt).toUTCString().replace('GMT', '+0000')}\r\n\r\n` +
        `Final-Recipient: rfc822; ${recipient.address}\r\nAction: failed\r\nStatus: ${refusal.status}\r\n` +
        `Diagnostic-Code: smtp; ${refusal.answer}\r\n`,
    );
  report.createChild('text/rfc822-headers').setContent(mail.raw.subarray(0, mail.headerBytes));
  return { name, from: '', recipients: [receipt.from], raw: await report.build() };
}
