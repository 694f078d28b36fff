import { randomBytes, randomUUID } from 'node:crypto';
import type { Log } from '../../core/platform/log.ts';
import { ObjectMissingError, type ObjectStore, type StoredObject } from '../buckets/object-store.ts';
import type { Queues } from '../queues/queues.ts';
import { fieldValue, type HeaderBlock, readHeader } from './header-fields.ts';
import { type MailExchange, rfc5322Date } from './mail-exchange.ts';
import type { Relay } from './relay.ts';
import { bouncesOf, delayOf, type ReportedMail, reportsOf } from './ses-simulator.ts';

/** Recipients of one call (Amazon SES quotas). */
const MAX_RECIPIENTS = 50;

/** Keys count down, so that the newest mail is listed first. */
const END_OF_TIME = 9_999_999_999_999;

const NOTE = { contentType: 'application/json', user: {} };
/** Mails that may be unfinished at a time. */
const MOST_UNFINISHED = 100_000;

/** The sender asks for something that SES refuses. */
export class SendRefusedError extends Error {
  override readonly name = 'SendRefusedError';
}

export interface SendRequest {
  readonly api: 'v1' | 'v2';
  /** Envelope sender; the From field if undefined. */
  readonly from: string | undefined;
  /** Envelope recipients; those of the header if undefined or empty. */
  readonly recipients: readonly string[] | undefined;
  /** Come back with all that is reported of the mail. */
  readonly tags: readonly (readonly [name: string, value: string])[];
  readonly raw: Buffer;
}

export interface SentMail {
  readonly key: string;
  readonly messageId: string;
  readonly from: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly api: string;
  readonly sentAt: number;
  readonly size: number;
}

export interface OutboxOptions {
  readonly objects: ObjectStore;
  readonly bucket: string;
  readonly region: string;
  readonly accountId: string;
  readonly queues: Queues;
  /** Queue that hears of bounces and complaints. */
  readonly reportsQueue: string;
  /** Domains whose mail is received here: what is sent to them comes back in, as over their MX record. */
  readonly localDomains: readonly string[];
  readonly exchange: MailExchange;
  /** Bucket of what was taken but isn't done with. */
  readonly unfinished: string;
  /** Where mail for other domains goes; without, nothing leaves the machine. */
  readonly relay?: Relay | undefined;
  readonly log: Log;
}

/** What is remembered of a mail until it is done with. */
interface Unfinished {
  readonly messageId: string;
  readonly sentAt: number;
  readonly from: string;
  readonly recipients: readonly string[];
  readonly tags: SendRequest['tags'];
}

/** The sending half of SES: all of it is kept to be looked at. */
export class Outbox {
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Takes a mail over and answers its message id; throws {@link SendRefusedError}. */
  async send(request: SendRequest): Promise<string> {
    const { objects, bucket, region, log } = this.#options;
    const header = readHeader(request.raw);
    const from = request.from || addressesIn(fieldValue(header, 'From') ?? '')[0];
    if (!from) throw new SendRefusedError("Missing required header 'From'.");
    const recipients = request.recipients?.length ? request.recipients : headerRecipients(header);
    if (recipients.length === 0) throw new SendRefusedError('Missing final recipients.');
    if (recipients.length > MAX_RECIPIENTS) throw new SendRefusedError(`Recipient count exceeds ${MAX_RECIPIENTS}.`);

    const sentAt = Date.now();
    const messageId = `${randomBytes(8).toString('hex')}-${randomUUID()}-000000`;
    const raw = asSesSendsIt(request.raw, header, `<${messageId}@${region}.amazonses.com>`, sentAt);
    const user = {
      'message-id': messageId,
      from,
      recipients: JSON.stringify(recipients),
      subject: fieldValue(header, 'Subject') ?? '',
      api: request.api,
      'sent-at': String(sentAt),
    };
    const key = `${String(END_OF_TIME - sentAt).padStart(13, '0')}-${messageId}`;
    const unfinished: Unfinished = {
      messageId,
      sentAt,
      from: bareAddress(from),
      recipients: recipients.map(bareAddress),
      tags: request.tags,
    };
    // The note comes first: a mail that is kept is one that was taken, and whoever finds a note finishes it.
    await objects.put(this.#options.unfinished, key, Buffer.from(JSON.stringify(unfinished)), NOTE);
    await objects.put(bucket, key, raw, { contentType: 'message/rfc822', user });
    await this.#finish(key, unfinished, raw, header);
    log.info({ messageId, recipients: recipients.length, size: raw.length, api: request.api }, 'mail sent');
    return messageId;
  }

  /** Finishes what an instance that was killed had taken; SES wouldn't have forgotten it either. */
  async resume(): Promise<void> {
    const { objects, unfinished } = this.#options;
    for (const { key } of objects.list(unfinished, { most: MOST_UNFINISHED }).objects) {
      const mail = JSON.parse((await objects.read(unfinished, key)).toString()) as Unfinished;
      const kept = await this.read(key);
      if (kept) await this.#finish(key, mail, kept.raw, readHeader(kept.raw));
      // Its sender was never told that it was taken, and it wasn't.
      else await objects.delete(unfinished, key);
    }
  }

  /** Delivers a mail that was taken, and tells of it. May be done again. */
  async #finish(key: string, unfinished: Unfinished, raw: Buffer, header: HeaderBlock): Promise<void> {
    const { objects, region, accountId, relay } = this.#options;
    const { messageId, from, recipients } = unfinished;
    const mail: ReportedMail = { ...unfinished, header, region, accountId };
    const here = recipients.filter((recipient) => this.#isLocal(recipient));
    if (here.length > 0) {
      const envelope = { from, recipients: here, client: 'outbound-smtp.local' };
      await this.#options.exchange.receive(envelope, [raw], inboundId(messageId));
    }
    this.#report(reportsOf(mail));
    const done = (): Promise<void> => objects.delete(this.#options.unfinished, key);
    const away = recipients.filter((recipient) => !this.#isLocal(recipient));
    if (!relay || away.length === 0) return done();
    relay.send({
      from,
      recipients: away,
      raw,
      delayed: (waiting, answer) => this.#report([delayOf(mail, waiting, answer)]),
      done: (refusals) => {
        this.#report(bouncesOf(mail, refusals));
        return done();
      },
    });
  }

  #isLocal(recipient: string): boolean {
    return this.#options.localDomains.includes(recipient.split('@').at(-1)!.toLowerCase());
  }

  #report(reports: readonly object[]): void {
    const { queues, reportsQueue } = this.#options;
    if (reports.length === 0) return;
    queues.send(
      reportsQueue,
      reports.map((report) => ({ body: JSON.stringify(report) })),
    );
  }

  /** Newest first; `after` is the key of the last one seen. */
  list(most: number, after?: string): SentMail[] {
    return this.#options.objects.list(this.#options.bucket, { most, after }).objects.map(sentMailOf);
  }

  /** A mail and its raw message, or undefined. */
  async read(key: string): Promise<{ mail: SentMail; raw: Buffer } | undefined> {
    const { objects, bucket } = this.#options;
    try {
      return { mail: sentMailOf(objects.head(bucket, key)), raw: await objects.read(bucket, key) };
    } catch (error) {
      if (error instanceof ObjectMissingError) return undefined;
      throw error;
    }
  }
}

/** An id like those of received mail, the same for each attempt. */
const inboundId = (messageId: string): string => messageId.replaceAll('-', '').slice(0, 40);

function sentMailOf(object: StoredObject): SentMail {
  const { user } = object;
  return {
    key: object.key,
    messageId: user['message-id'] ?? '',
    from: user.from ?? '',
    recipients: JSON.parse(user.recipients ?? '[]') as string[],
    subject: user.subject ?? '',
    api: user.api ?? '',
    sentAt: Number(user['sent-at']),
    size: object.size,
  };
}

/**
 * SES sets its own Message-ID and Date and takes Bcc out (Amazon SES developer
 * guide, "Amazon SES header fields"); what is sent locally must not depend on
 * their staying.
 */
function asSesSendsIt(raw: Buffer, header: HeaderBlock, messageId: string, sentAt: number): Buffer {
  const replaced = new Set(['message-id', 'date', 'bcc', 'return-path']);
  const kept = header.fields.filter((field) => !replaced.has(field.name.toLowerCase()));
  const lines = kept.map((field) => field.source).join('');
  const added = `Message-ID: ${messageId}\r\nDate: ${rfc5322Date(new Date(sentAt))}\r\n`;
  const start = Buffer.from(`${lines}${added}\r\n`, 'latin1');
  return Buffer.concat([start, raw.subarray(header.bodyOffset)]);
}

function headerRecipients(header: HeaderBlock): string[] {
  const fields = ['To', 'Cc', 'Bcc'].map((name) => fieldValue(header, name) ?? '');
  return fields.flatMap(addressesIn);
}

/** The addresses in an address list; enough for what programs write, names with commas in quotes included. */
function addressesIn(list: string): string[] {
  const unquoted = list.replace(/"(?:[^"\\]|\\.)*"/g, '');
  return unquoted
    .split(/[,;]/)
    .map(bareAddress)
    .filter((address) => address.includes('@'));
}

/** `Anna <anna@demo.local>` → `anna@demo.local` */
function bareAddress(address: string): string {
  return (/<([^>]*)>/.exec(address)?.[1] ?? address).trim();
}
