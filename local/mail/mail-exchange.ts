import { randomBytes } from 'node:crypto';
import type { Log } from '../../core/platform/log.ts';
import type { ObjectStore } from '../buckets/object-store.ts';
import type { Queues } from '../queues/queues.ts';
import { readHeader } from './header-fields.ts';
import { receiptNotification } from './ses-receipt.ts';

/** Size of a message that SES receives (Amazon SES quotas: 40 MB with an S3 action). */
export const MAX_INBOUND_BYTES = 40 * 1024 * 1024;

/** A header is read up to here to tell the queue about it. */
const HEADER_READ_BYTES = 256 * 1024;

/** A message is larger than SES receives. */
export class MailTooLargeError extends Error {
  override readonly name = 'MailTooLargeError';
}

export interface Envelope {
  /** Empty for bounces. */
  readonly from: string;
  readonly recipients: readonly string[];
  /** Who brought it, for the trace header. */
  readonly client: string;
}

export interface MailExchangeOptions {
  readonly objects: ObjectStore;
  readonly queues: Queues;
  readonly bucket: string;
  /** Of the keys in the bucket, as the receipt rule has it. */
  readonly prefix: string;
  readonly queue: string;
  readonly topicArn: string;
  readonly log: Log;
}

/** The receiving half of SES: keeps raw mail in the bucket, then tells the queue. */
export class MailExchange {
  readonly #options: MailExchangeOptions;

  constructor(options: MailExchangeOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the message id once mail and event are on the disk; throws {@link MailTooLargeError}.
   * Who may come again with the same mail gives it an id, so that it is received once.
   */
  async receive(
    envelope: Envelope,
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    messageId: string = newMessageId(),
  ): Promise<string> {
    const { objects, queues, bucket, prefix, queue, topicArn, log } = this.#options;
    const receivedAt = Date.now();
    const key = prefix + messageId;
    const metadata = { contentType: 'message/rfc822', user: {} };
    const object = await objects.put(bucket, key, traced(envelope, messageId, content), metadata);
    try {
      const header = readHeader(await readStart(objects, bucket, key));
      const notification = receiptNotification(
        {
          messageId,
          receivedAt,
          storedAt: Date.now(),
          from: envelope.from,
          recipients: envelope.recipients,
          bucket,
          key,
          prefix,
          topicArn,
        },
        header,
      );
      queues.send(queue, [{ body: JSON.stringify(notification) }]);
    } catch (error) {
      // The sender will come again with it.
      await objects.delete(bucket, key);
      throw error;
    }
    log.info({ messageId, recipients: envelope.recipients.length, size: object.size }, 'mail received');
    return messageId;
  }
}

async function readStart(objects: ObjectStore, bucket: string, key: string): Promise<Buffer> {
  const { content } = await objects.open(bucket, key);
  try {
    const buffer = Buffer.alloc(HEADER_READ_BYTES);
    const { bytesRead } = await content.read(buffer, 0, HEADER_READ_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await content.close();
  }
}

/** The message with the trace fields that a final hop puts in front (RFC 5321 4.4). */
async function* traced(
  envelope: Envelope,
  messageId: string,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const only = envelope.recipients.length === 1 ? ` for <${envelope.recipients[0]}>` : '';
  yield Buffer.from(
    `Return-Path: <${envelope.from}>\r\n` +
      `Received: from ${envelope.client}\r\n by inbound-smtp.local with SMTP id ${messageId}${only};\r\n ${rfc5322Date(new Date())}\r\n`,
  );
  let size = 0;
  for await (const chunk of content) {
    size += chunk.byteLength;
    // Read to the end even so: an SMTP client only listens when it has sent everything.
    if (size <= MAX_INBOUND_BYTES) yield chunk;
  }
  if (size > MAX_INBOUND_BYTES) throw new MailTooLargeError(`The message is larger than ${MAX_INBOUND_BYTES} bytes.`);
}

/** SES message ids are 40 lower-case letters and digits. */
function newMessageId(): string {
  return Array.from(randomBytes(40), (byte) => 'abcdefghijklmnopqrstuvwxyz0123456789'[byte % 36]).join('');
}

export function rfc5322Date(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}
