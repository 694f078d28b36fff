import { randomBytes } from 'node:crypto';
import { fieldValue, type HeaderBlock } from './header-fields.ts';

/** What is known of a mail that SES tells more about. */
export interface ReportedMail {
  readonly messageId: string;
  readonly sentAt: number;
  readonly from: string;
  readonly recipients: readonly string[];
  /** As the sender wrote it. */
  readonly header: HeaderBlock;
  /** That the sender gave it. */
  readonly tags: readonly (readonly [name: string, value: string])[];
  readonly region: string;
  readonly accountId: string;
}

type Verdict = 'Bounce' | 'Complaint';

/** The mailbox simulator of SES (Amazon SES developer guide, "Using the mailbox simulator"): addresses that mishap. */
const SIMULATOR: Readonly<Record<string, Verdict>> = {
  'bounce@simulator.amazonses.com': 'Bounce',
  'suppressionlist@simulator.amazonses.com': 'Bounce',
  'complaint@simulator.amazonses.com': 'Complaint',
};

/**
 * The events that SES publishes of a mail: that it was taken, and one for each
 * recipient that mishaps (Amazon SES developer guide, "Examples of event data").
 */
export function reportsOf(mail: ReportedMail): object[] {
  const mishaps = mail.recipients.flatMap((recipient) => {
    // As with the real simulator, a label may stand behind the name: bounce+label@…
    const verdict = SIMULATOR[recipient.toLowerCase().replace(/\+[^@]*@/, '@')];
    return verdict ? [{ eventType: verdict, ...details(verdict, recipient), mail: mailOf(mail) }] : [];
  });
  return [{ eventType: 'Send', mail: mailOf(mail), send: {} }, ...mishaps];
}

/** A recipient that a mail server refused. */
export interface Refusal {
  readonly recipient: string;
  /** What it said. */
  readonly answer: string;
  readonly permanent: boolean;
}

/** The events of a mail that didn't reach some recipients for good. */
export const bouncesOf = (mail: ReportedMail, refusals: readonly Refusal[]): object[] =>
  refusals.map(({ recipient, answer, permanent }) => ({
    eventType: 'Bounce',
    bounce: {
      feedbackId: feedbackId(),
      bounceType: permanent ? 'Permanent' : 'Transient',
      bounceSubType: 'General',
      bouncedRecipients: [
        {
          emailAddress: recipient,
          action: 'failed',
          status: /\b[45]\.\d+\.\d+\b/.exec(answer)?.[0] ?? (permanent ? '5.0.0' : '4.4.7'),
          diagnosticCode: `smtp; ${answer}`,
        },
      ],
      timestamp: new Date().toISOString(),
      reportingMTA: 'dns; relay.local',
    },
    mail: mailOf(mail),
  }));

/** The event of a mail that waits for a mail server. */
export const delayOf = (mail: ReportedMail, recipients: readonly string[], answer: string): object => ({
  eventType: 'DeliveryDelay',
  deliveryDelay: {
    delayType: 'TransientCommunicationFailure',
    delayedRecipients: recipients.map((emailAddress) => ({
      emailAddress,
      status: '4.4.1',
      diagnosticCode: `smtp; ${answer}`,
    })),
    timestamp: new Date().toISOString(),
  },
  mail: mailOf(mail),
});

const feedbackId = (): string => `${randomBytes(8).toString('hex')}-${randomBytes(4).toString('hex')}-000000`;

function details(verdict: Verdict, recipient: string): object {
  const timestamp = new Date().toISOString();
  if (verdict === 'Complaint') {
    const complainedRecipients = [{ emailAddress: recipient }];
    return {
      complaint: {
        feedbackId: feedbackId(),
        complaintSubType: null,
        complainedRecipients,
        timestamp,
        complaintFeedbackType: 'abuse',
      },
    };
  }
  return {
    bounce: {
      feedbackId: feedbackId(),
      bounceType: 'Permanent',
      bounceSubType: 'General',
      bouncedRecipients: [
        {
          emailAddress: recipient,
          action: 'failed',
          status: '5.1.1',
          diagnosticCode: 'smtp; 550 5.1.1 user unknown',
        },
      ],
      timestamp,
      reportingMTA: 'dns; simulator.amazonses.com',
    },
  };
}

function mailOf({ messageId, sentAt, from, recipients, header, tags, region, accountId }: ReportedMail): object {
  const common = (name: string): string[] => {
    const value = fieldValue(header, name);
    return value === undefined ? [] : [value];
  };
  const [subject] = common('Subject');
  const domain = from.split('@').at(-1) ?? '';
  return {
    timestamp: new Date(sentAt).toISOString(),
    source: from,
    sourceArn: `arn:aws:ses:${region}:${accountId}:identity/${domain}`,
    sendingAccountId: accountId,
    messageId,
    destination: recipients,
    headersTruncated: false,
    headers: header.fields.map(({ name, value }) => ({ name, value })),
    commonHeaders: { from: common('From'), to: common('To'), messageId, ...(subject !== undefined && { subject }) },
    tags: {
      'ses:configuration-set': ['kopano'],
      'ses:source-ip': ['127.0.0.1'],
      'ses:from-domain': [domain],
      'ses:caller-identity': ['local'],
      ...Object.fromEntries(tags.map(([name, value]) => [name, [value]])),
    },
  };
}
