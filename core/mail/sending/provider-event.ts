import { LABEL_TAG } from '../../platform/mailer.ts';

/** Something that the provider tells of a mail that it has taken (Amazon SES developer guide, "Examples of event data"). */
export type ProviderEvent = {
  /** The provider's id of the mail. */
  readonly providerId: string;
  /** What we call it, see {@link LABEL_TAG}; undefined for mail that wasn't sent by the spooler. */
  readonly label: string | undefined;
  /** Envelope sender. */
  readonly source: string;
} & (
  | { readonly kind: 'taken' }
  | {
      readonly kind: 'bounce' | 'complaint' | 'delay' | 'rejection';
      /** Names the event among all. */
      readonly id: string;
      readonly recipients: readonly EventRecipient[];
      /** Mail to them is in vain from now on. */
      readonly final: boolean;
    }
);

export interface EventRecipient {
  readonly address: string;
  readonly status?: string | undefined;
  /** What the other side said. */
  readonly diagnosis: string;
}

/** An item of the reports queue is not what SES publishes. */
export class NotAnEventError extends Error {
  override readonly name = 'NotAnEventError';
}

/** What SES says when an event destination is made. */
const GREETING = /^Successfully validated SNS topic/;

interface Raw {
  readonly eventType?: string;
  readonly notificationType?: string;
  readonly mail?: {
    readonly messageId?: string;
    readonly source?: string;
    readonly destination?: readonly string[];
    readonly tags?: Readonly<Record<string, readonly string[]>>;
  };
  readonly bounce?: {
    readonly feedbackId?: string;
    readonly bounceType?: string;
    readonly bounceSubType?: string;
    readonly bouncedRecipients?: readonly RawRecipient[];
  };
  readonly complaint?: {
    readonly feedbackId?: string;
    readonly complaintFeedbackType?: string | null;
    readonly complainedRecipients?: readonly RawRecipient[];
  };
  readonly reject?: { readonly reason?: string };
  readonly deliveryDelay?: {
    readonly delayType?: string;
    readonly timestamp?: string;
    readonly delayedRecipients?: readonly RawRecipient[];
  };
}

interface RawRecipient {
  readonly emailAddress?: string;
  readonly status?: string;
  readonly diagnosticCode?: string;
}

/** Reads an item of the reports queue. Undefined for what is of no interest. Throws {@link NotAnEventError}. */
export function readProviderEvent(body: string): ProviderEvent | undefined {
  const raw = parse(body);
  if (raw === 'greeting') return undefined;
  const providerId = raw.mail?.messageId;
  if (typeof providerId !== 'string' || providerId === '') throw new NotAnEventError('the event is of no mail');
  const about = { providerId, label: raw.mail?.tags?.[LABEL_TAG]?.[0], source: raw.mail?.source ?? '' };
  switch (raw.eventType ?? raw.notificationType) {
    case 'Send':
      return { ...about, kind: 'taken' };
    case 'Bounce': {
      const { bounce } = raw;
      const id = `${bounce?.feedbackId ?? providerId}`;
      const subType = bounce?.bounceSubType ?? '';
      return {
        ...about,
        kind: 'bounce',
        id,
        recipients: recipientsOf(bounce?.bouncedRecipients, explain(subType)),
        final: bounce?.bounceType === 'Permanent',
      };
    }
    case 'Complaint': {
      const { complaint } = raw;
      const type = complaint?.complaintFeedbackType ?? 'unwanted';
      return {
        ...about,
        kind: 'complaint',
        id: `${complaint?.feedbackId ?? providerId}`,
        recipients: recipientsOf(complaint?.complainedRecipients, `reported as ${type}`),
        // Somebody who says that it wasn't spam after all has not complained.
        final: type !== 'not-spam',
      };
    }
    case 'Reject':
      return {
        ...about,
        kind: 'rejection',
        id: `${providerId}-rejected`,
        recipients: recipientsOf(
          raw.mail?.destination?.map((emailAddress) => ({ emailAddress })),
          raw.reject?.reason ?? 'refused by the mail provider',
        ),
        final: false,
      };
    case 'DeliveryDelay':
      return {
        ...about,
        kind: 'delay',
        id: `${providerId}-delayed`,
        recipients: recipientsOf(raw.deliveryDelay?.delayedRecipients, raw.deliveryDelay?.delayType ?? 'delayed'),
        final: false,
      };
    case undefined:
      throw new NotAnEventError('the item is no event');
    default:
      return undefined;
  }
}

function parse(body: string): Raw | 'greeting' {
  if (GREETING.test(body)) return 'greeting';
  let value: unknown;
  try {
    value = JSON.parse(body);
    // A topic that doesn't deliver raw messages has them in an envelope.
    const inner = (value as { Message?: unknown } | null)?.Message;
    if (typeof inner === 'string') {
      if (GREETING.test(inner)) return 'greeting';
      value = JSON.parse(inner);
    }
  } catch (cause) {
    throw new NotAnEventError('the item is no JSON', { cause });
  }
  if (typeof value !== 'object' || value === null) throw new NotAnEventError('the item is no JSON object');
  return value as Raw;
}

const recipientsOf = (raw: readonly RawRecipient[] | undefined, otherwise: string): EventRecipient[] =>
  (raw ?? []).flatMap(({ emailAddress, status, diagnosticCode }) =>
    typeof emailAddress === 'string'
      ? [{ address: bare(emailAddress), status, diagnosis: diagnosticCode ?? otherwise }]
      : [],
  );

/** `Anna <anna@example.org>` → `anna@example.org` */
const bare = (address: string): string => (/<([^>]*)>/.exec(address)?.[1] ?? address).trim();

/** What SES's kinds of bounces mean. */
const explain = (subType: string): string =>
  new Map([
    ['NoEmail', 'there is no such address'],
    ['MailboxFull', 'the mailbox is full'],
    ['MessageTooLarge', 'the message is too large'],
    ['ContentRejected', 'the content was refused'],
    ['AttachmentRejected', 'an attachment was refused'],
    ['Suppressed', 'the address bounced lately; the mail provider sends nothing to it'],
    ['OnAccountSuppressionList', 'the address is on the suppression list of the mail provider'],
  ]).get(subType) ?? 'the receiving server refused the message';
