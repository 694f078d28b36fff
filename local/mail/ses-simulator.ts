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
 * The events that SES publishes of a mail, one for each recipient that mishaps
 * (Amazon SES developer guide, "Examples of event data"). Of other addresses
 * nothing is ever heard here.
 */
export function reportsOf(mail: ReportedMail): object[] {
  return mail.recipients.flatMap((recipient) => {
    // As with the real simulator, a label may stand behind the name: bounce+label@…
    const verdict = SIMULATOR[recipient.toLowerCase().replace(/\+[^@]*@/, '@')];
    return verdict ? [{ eventType: verdict, ...details(verdict, recipient), mail: mailOf(mail) }] : [];
  });
}

function details(verdict: Verdict, recipient: string): object {
  const feedbackId = `${randomBytes(8).toString('hex')}-${randomBytes(4).toString('hex')}-000000`;
  const timestamp = new Date().toISOString();
  if (verdict === 'Complaint') {
    const complainedRecipients = [{ emailAddress: recipient }];
    return {
      complaint: {
        feedbackId,
        complaintSubType: null,
        complainedRecipients,
        timestamp,
        complaintFeedbackType: 'abuse',
      },
    };
  }
  return {
    bounce: {
      feedbackId,
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

function mailOf({ messageId, sentAt, from, recipients, header, region, accountId }: ReportedMail): object {
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
    },
  };
}
