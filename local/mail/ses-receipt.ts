import type { HeaderBlock } from './header-fields.ts';
import { fieldValue } from './header-fields.ts';

/** More header than this is cut off in the notification (Amazon SES developer guide, "Notification contents"). */
const MAX_HEADER_BYTES = 10 * 1024;

/**
 * What SES publishes to the topic of an S3 receipt action, and what thus
 * arrives in a queue that is subscribed with raw message delivery (Amazon SES
 * developer guide, "Contents of notifications for Amazon SES email receiving").
 */
export interface ReceiptNotification {
  readonly notificationType: 'Received';
  readonly mail: {
    readonly timestamp: string;
    /** Envelope sender; empty for bounces. */
    readonly source: string;
    readonly messageId: string;
    /** Recipients of the envelope, matched by a rule or not. */
    readonly destination: readonly string[];
    readonly headersTruncated: boolean;
    readonly headers: readonly { readonly name: string; readonly value: string }[];
    readonly commonHeaders: Readonly<Record<string, string | readonly string[]>>;
  };
  readonly receipt: {
    readonly timestamp: string;
    readonly processingTimeMillis: number;
    /** Envelope recipients that the rule matched. */
    readonly recipients: readonly string[];
    readonly spamVerdict: Verdict;
    readonly virusVerdict: Verdict;
    readonly spfVerdict: Verdict;
    readonly dkimVerdict: Verdict;
    readonly dmarcVerdict: Verdict;
    readonly action: {
      readonly type: 'S3';
      readonly topicArn: string;
      readonly bucketName: string;
      readonly objectKeyPrefix: string;
      readonly objectKey: string;
    };
  };
}

interface Verdict {
  readonly status: 'PASS' | 'FAIL' | 'GRAY' | 'PROCESSING_FAILED';
}

export interface Receipt {
  readonly messageId: string;
  readonly receivedAt: number;
  readonly storedAt: number;
  readonly from: string;
  readonly recipients: readonly string[];
  readonly bucket: string;
  readonly key: string;
  readonly prefix: string;
  readonly topicArn: string;
}

export function receiptNotification(receipt: Receipt, header: HeaderBlock): ReceiptNotification {
  const timestamp = new Date(receipt.receivedAt).toISOString();
  // Nothing here checks for spam or viruses; SES says GRAY when it can't tell.
  const unknown: Verdict = { status: 'GRAY' };
  const { headers, truncated } = truncatedHeaders(header);
  return {
    notificationType: 'Received',
    mail: {
      timestamp,
      source: receipt.from,
      messageId: receipt.messageId,
      destination: receipt.recipients,
      headersTruncated: truncated,
      headers,
      commonHeaders: commonHeaders(header, receipt.from),
    },
    receipt: {
      timestamp,
      processingTimeMillis: receipt.storedAt - receipt.receivedAt,
      recipients: receipt.recipients,
      spamVerdict: unknown,
      virusVerdict: unknown,
      spfVerdict: unknown,
      dkimVerdict: unknown,
      dmarcVerdict: unknown,
      action: {
        type: 'S3',
        topicArn: receipt.topicArn,
        bucketName: receipt.bucket,
        objectKeyPrefix: receipt.prefix,
        objectKey: receipt.key,
      },
    },
  };
}

function truncatedHeaders(header: HeaderBlock): {
  headers: { name: string; value: string }[];
  truncated: boolean;
} {
  const headers: { name: string; value: string }[] = [];
  let size = 0;
  for (const { name, value } of header.fields) {
    size += name.length + Buffer.byteLength(value) + 4;
    if (size > MAX_HEADER_BYTES) return { headers, truncated: true };
    headers.push({ name, value });
  }
  return { headers, truncated: false };
}

function commonHeaders(header: HeaderBlock, from: string): Record<string, string | string[]> {
  const common: Record<string, string | string[]> = { returnPath: from };
  for (const name of ['from', 'to', 'cc']) {
    const value = shortValue(header, name);
    if (value !== undefined) common[name] = [value];
  }
  for (const [key, name] of [
    ['date', 'Date'],
    ['subject', 'Subject'],
    ['messageId', 'Message-ID'],
  ] as const) {
    const value = shortValue(header, name);
    if (value !== undefined) common[key] = value;
  }
  return common;
}

/** A notification must fit into a queue's message, however long a field is. */
function shortValue(header: HeaderBlock, name: string): string | undefined {
  return fieldValue(header, name)?.slice(0, MAX_HEADER_BYTES);
}
