/** What SES tells of a mail it received: where it lies and for whom it is. */
export interface Receipt {
  /** Given by SES; names the mail for idempotency. */
  readonly mailId: string;
  /** Key of the raw mail in the mail bucket. */
  readonly key: string;
  /** Envelope recipients that the receipt rule matched. */
  readonly recipients: readonly string[];
  /** Envelope sender; empty for bounces and other mail that must not be answered. */
  readonly from: string;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** SES is sure that it is spam, or carries a virus. */
  readonly spam: boolean;
  readonly virus: boolean;
}

/** A queue item is not what SES publishes for received mail. */
export class NotAReceiptError extends Error {
  override readonly name = 'NotAReceiptError';
}

/** SES publishes a greeting with this id when a receipt rule is made; there is no mail of it. */
const SETUP_MAIL_ID = 'AMAZON_SES_SETUP_NOTIFICATION';
/** Of a column that is a key; SES ids have 40 characters. */
const MAX_MAIL_ID_BYTES = 200;

/**
 * Reads a queue item: SES's notification of a received mail (Amazon SES developer
 * guide, "Contents of notifications for Amazon SES email receiving"), as it
 * is or in the envelope of a topic that doesn't deliver raw messages.
 * Answers undefined for the greeting that SES sends when a rule is made. Throws
 * {@link NotAReceiptError}.
 */
export function readReceipt(body: string): Receipt | undefined {
  const outer = objectOf(body);
  const notification = typeof outer.Message === 'string' ? objectOf(outer.Message) : outer;
  const mail = notification.mail as Partial<SesMail> | undefined;
  const receipt = notification.receipt as Partial<SesReceipt> | undefined;
  if (notification.notificationType !== 'Received') {
    throw new NotAReceiptError('the item is not a notification of a received mail');
  }
  const mailId = mail?.messageId;
  if (typeof mailId !== 'string' || mailId === '' || Buffer.byteLength(mailId) > MAX_MAIL_ID_BYTES) {
    throw new NotAReceiptError('the notification has no usable message id');
  }
  if (mailId === SETUP_MAIL_ID) return undefined;
  const key = receipt?.action?.objectKey;
  if (receipt?.action?.type !== 'S3' || typeof key !== 'string' || key === '') {
    throw new NotAReceiptError('the notification names no mail in a bucket');
  }
  const recipients = receipt.recipients;
  if (!Array.isArray(recipients) || recipients.length === 0 || !recipients.every((each) => typeof each === 'string')) {
    throw new NotAReceiptError('the notification names no recipients');
  }
  const receivedAt = Date.parse(receipt.timestamp ?? mail?.timestamp ?? '');
  return {
    mailId,
    key,
    recipients,
    from: typeof mail?.source === 'string' ? bareAddress(mail.source) : '',
    receivedAt: Number.isNaN(receivedAt) ? Date.now() : receivedAt,
    spam: receipt.spamVerdict?.status === 'FAIL',
    virus: receipt.virusVerdict?.status === 'FAIL',
  };
}

/** A null sender may be written `<>`. */
const bareAddress = (source: string): string => source.trim().replace(/^<(.*)>$/, '$1');

interface SesMail {
  readonly messageId: string;
  readonly source: string;
  readonly timestamp: string;
}

interface SesReceipt {
  readonly timestamp: string;
  readonly recipients: readonly string[];
  readonly spamVerdict: { readonly status: string };
  readonly virusVerdict: { readonly status: string };
  readonly action: { readonly type: string; readonly objectKey?: string };
}

function objectOf(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new NotAReceiptError('the item is no JSON', { cause });
  }
  if (typeof value !== 'object' || value === null) throw new NotAReceiptError('the item is no JSON object');
  return value as Record<string, unknown>;
}
