import { randomUUID } from 'node:crypto';
import { millisecondsFromFileTime } from '../mapi/file-time.ts';
import { type NamedTags, namedTagsFromNames } from '../mapi/named-properties.ts';
import type { ObjectTree } from '../mapi/object-tree.ts';
import type { PropertyTag, ReadonlyProperties } from '../mapi/property.ts';
import * as tags from '../mapi/tags.ts';
import type { PropertyName } from '../store/named-properties.ts';
import { isException } from './calendar/exception-message.ts';
import { calendarOfMessage, isEvent, type RenderedCalendar } from './calendar/message-to-calendar.ts';
import { decodeText } from './charset.ts';
import { charsetOf } from './code-page.ts';
import { contactToCard, isContactPhoto } from './contact/contact-to-card.ts';
import { firstField, type Header } from './header.ts';
import { messageIds } from './header-properties.ts';
import { bodyReferences } from './inline.ts';
import { MAX_MULTIPART_DEPTH } from './limits.ts';
import { parseMailDate } from './mail-date.ts';
import { attachmentsOf, embeddedMessage, filePart, isInline } from './render/attachment-part.ts';
import { type Bodies, bodiesOf } from './render/body.ts';
import { type EntryAddresses, entryIdsIn, noEntries, type ResolveEntries } from './render/entry-addresses.ts';
import type { Field } from './render/field.ts';
import { headerFields, sendersOf } from './render/header-fields.ts';
import { keptFields, transportHeader } from './render/kept-fields.ts';
import { namedFields, namedTagsIn } from './render/named-fields.ts';
import { isEightBit, type Mail, mailBytes, mailStream, multipart, type Part, sizeOf } from './render/part.ts';
import { isReceipt, reportedMessageId, reportOf } from './render/report-body.ts';
import { secureBody } from './render/secure-body.ts';
import { htmlPart, plainPart, textPart } from './render/text-part.ts';
import { tnefPart } from './render/tnef-part.ts';

/** What a mail depends on besides its message. */
export interface RenderSurroundings {
  /**
   * - `send`: the mail goes to others. Hidden recipients, and traces of a former life that would
   *   mislead mail servers, are left out.
   * - `keep`: the mail is kept as a file, and has as much of the message as mail can hold.
   */
  readonly purpose: 'send' | 'keep';
  /** Milliseconds since 1970: Date of a message that doesn't know when it was sent. */
  readonly now: number;
  /** With angle brackets; overrules that of the message. Without any, a random one is made. */
  readonly messageId?: string;
  /** Domain of a message id that is made; by default the sender's. */
  readonly messageIdDomain?: string;
  /** Who entry ids of the address book name; without, only what the message says itself. */
  readonly resolveEntries?: ResolveEntries;
  /** Names of named properties, for the header fields that they hold; without, there are none. */
  readonly namesOf?: (tags: readonly PropertyTag[]) => Promise<ReadonlyMap<PropertyTag, PropertyName>>;
  /** Fields besides, of which the message knows nothing: `Auto-Submitted` and its like. Plain ASCII. */
  readonly furtherFields?: readonly Field[];
  /** Makes boundaries predictable, for comparisons only: who knows them can write parts. */
  readonly boundary?: string;
}

/** A message as a mail. */
export interface RenderedMail {
  /** RFC 5322, CRLF line ends, without envelope. */
  readonly raw: Buffer;
  /** With angle brackets; empty for a kept message that has none. */
  readonly messageId: string;
}

/**
 * Writes a message as a mail (RFC 5322, RFC 2045): what the original spooler makes
 * of it. The counterpart of mailToMessage. The sender is taken as the message says; who
 * sends it has to have checked that before. Throws what the given functions throw, and
 * nothing for what is in the message: a part that can't be written is written as a file.
 */
export async function messageToMail(message: ObjectTree, surroundings: RenderSurroundings): Promise<RenderedMail> {
  const entryIds = entryIdsIn(message);
  const addresses =
    entryIds.length > 0 && surroundings.resolveEntries ? await surroundings.resolveEntries(entryIds) : noEntries;
  const named = [...namedTagsIn(message)];
  const names = named.length > 0 && surroundings.namesOf ? await surroundings.namesOf(named) : new Map();
  const renderer = new Renderer(surroundings, addresses, names);
  const messageId = renderer.messageIdOf(message, true);
  const mail = renderer.mail(message, messageId, 0);
  return { raw: await bytesOf(mail, surroundings.boundary), messageId };
}

/** The bytes of a mail, put together as they come: a list of pieces would double what a large one takes. */
async function bytesOf(mail: Mail, boundary: string | undefined): Promise<Buffer> {
  let bytes = Buffer.allocUnsafe(sizeOf(mail));
  let length = 0;
  for await (const chunk of mailBytes(mail, boundary)) {
    if (length + chunk.length > bytes.length) {
      const larger = Buffer.allocUnsafe(Math.ceil((length + chunk.length) * GROWTH));
      bytes.copy(larger, 0, 0, length);
      bytes = larger;
    }
    chunk.copy(bytes, length);
    length += chunk.length;
  }
  return bytes.subarray(0, length);
}

/** Growth of a mail that turns out larger than it looked. */
const GROWTH = 1.25;

class Renderer {
  readonly #surroundings: RenderSurroundings;
  readonly #addresses: EntryAddresses;
  readonly #names: ReadonlyMap<PropertyTag, PropertyName>;
  readonly #namedTags: NamedTags;

  constructor(
    surroundings: RenderSurroundings,
    addresses: EntryAddresses,
    names: ReadonlyMap<PropertyTag, PropertyName>,
  ) {
    this.#surroundings = surroundings;
    this.#addresses = addresses;
    this.#names = names;
    this.#namedTags = namedTagsFromNames(names);
  }

  mail(message: ObjectTree, messageId: string, depth: number): Mail {
    const cameWith = transportHeader(message.properties);
    return {
      fields: this.#fields(message, cameWith, messageId, depth),
      body: secureBody(message, cameWith) ?? this.#body(message, depth),
    };
  }

  /**
   * A report that a client writes has the id of what it is about; its own is made. Only mail that is
   * sent needs an id: empty for others without one.
   */
  messageIdOf(message: ObjectTree, outermost: boolean): string {
    const { messageId, messageIdDomain } = this.#surroundings;
    if (outermost && messageId !== undefined) return messageId;
    const { properties } = message;
    const own = String(properties.get(tags.PR_INTERNET_MESSAGE_ID) ?? '');
    const [id] = messageIds(own);
    const aboutAnother =
      isReceipt(properties) &&
      properties.get(tags.PR_ORIGINAL_INTERNET_MESSAGE_ID) === undefined &&
      reportedMessageId(properties) === id;
    if (id !== undefined && id !== '<>' && /^[\x21-\x7e]{3,900}$/.test(id) && !aboutAnother) return id;
    if (!outermost || this.#surroundings.purpose === 'keep') return '';
    const { from } = sendersOf(properties, this.#addresses);
    const domain = messageIdDomain ?? /@([a-z0-9.-]+)$/i.exec(from?.address ?? '')?.[1] ?? 'localhost';
    return `<kopano.${randomUUID()}@${domain}>`;
  }

  #fields(message: ObjectTree, cameWith: Header, messageId: string, depth: number): Field[] {
    const keep = this.#surroundings.purpose === 'keep';
    const kept = keptFields(cameWith, keep ? 'all' : 'trace');
    const date = keep ? timeOf(message.properties, tags.PR_CLIENT_SUBMIT_TIME) : this.#dateToSend(message, depth);
    const came = new Set(kept.others.map(({ name }) => name.toLowerCase()));
    const own = headerFields(message, {
      addresses: this.#addresses,
      showBcc: keep,
      messageId,
      date,
      dateText: date === undefined ? undefined : sameDate(cameWith, date),
    }).filter(({ name }) => !came.has(name.toLowerCase()));
    const further = depth === 0 ? (this.#surroundings.furtherFields ?? []) : [];
    const written = new Set([...kept.others, ...own, ...further].map(({ name }) => name.toLowerCase()));
    const named = namedFields(message.properties, this.#names).filter(({ name }) => !written.has(name.toLowerCase()));
    return [...kept.places, ...own, ...further, ...kept.others, ...named];
  }

  /** When a message was sent or came, else now; messages within it needn't have a date. */
  #dateToSend({ properties }: ObjectTree, depth: number): number | undefined {
    const known = timeOf(properties, tags.PR_CLIENT_SUBMIT_TIME) ?? timeOf(properties, tags.PR_MESSAGE_DELIVERY_TIME);
    return known ?? (depth > 0 ? undefined : this.#surroundings.now);
  }

  #body(message: ObjectTree, depth: number): Part {
    const bodies = bodiesOf(message.properties);
    const html = bodies.html && decodeText(bodies.html.bytes, charsetOf(bodies.html.codePage)).text;
    const references = bodyReferences(html);
    const { from } = sendersOf(message.properties, this.#addresses);
    const report = reportOf(message, from);
    const calendar = this.#calendar(message);
    const attachments = attachmentsOf(message).filter(
      // The exceptions of a series are in its calendar.
      (attachment) => attachment !== report?.attachment && !(calendar && isException(attachment)),
    );
    const inline = attachments.filter((attachment) => isInline(attachment, references));
    const files = attachments.filter((attachment) => !inline.includes(attachment));
    const content = this.#content(calendar, bodies, inline);
    const tnef = tnefPart(message.properties, bodies, this.#names);
    const parts: Part[] = [
      ...(content ? [content] : []),
      ...(report ? [report.status] : []),
      ...files.map((attachment) => this.#attachment(attachment, depth)),
      ...(tnef ? [tnef] : []),
    ];
    if (report) return { type: report.type, parts };
    return parts.length === 0 ? plainPart('', bodies.codePage) : multipart('multipart/mixed', parts);
  }

  /** What a message about a meeting, or an appointment, is for calendars (RFC 6047). */
  #calendar(message: ObjectTree): RenderedCalendar | undefined {
    if (!isEvent(message.properties)) return undefined;
    const surroundings = { tags: this.#namedTags, addresses: this.#addresses, now: this.#surroundings.now };
    return calendarOfMessage(message, surroundings);
  }

  /** What is read: texts that say the same, the HTML with what it shows. Undefined for a message without any. */
  #content(calendar: RenderedCalendar | undefined, bodies: Bodies, inline: readonly ObjectTree[]): Part | undefined {
    const shown = bodies.html && [
      htmlPart(bodies.html.bytes, bodies.html.codePage),
      ...inline.map((attachment) => filePart(attachment, true)),
    ];
    const alternatives: Part[] = [
      ...(bodies.text !== undefined ? [plainPart(bodies.text, bodies.codePage)] : []),
      ...(shown ? [multipart('multipart/related; type="text/html"', shown)] : []),
      ...(calendar ? [calendarPart(calendar)] : []),
    ];
    return alternatives.length > 0 ? multipart('multipart/alternative', alternatives) : undefined;
  }

  #attachment(attachment: ObjectTree, depth: number): Part {
    const message = embeddedMessage(attachment);
    if (!message || depth >= MAX_MULTIPART_DEPTH) return filePart(attachment, false);
    // A card has a picture, but no files.
    const card = attachmentsOf(message).every(isContactPhoto) ? contactToCard(message, this.#namedTags) : undefined;
    if (card !== undefined)
      return {
        ...textPart('text/vcard', Buffer.from(card), 'utf-8'),
        disposition: 'attachment',
        fileName: `${nameOf(message, attachment)}.vcf`,
      };
    const mail = this.mail(message, this.messageIdOf(message, false), depth + 1);
    const eightBit = 'verbatim' in mail.body ? mail.body.verbatim.some((byte) => byte > 0x7f) : isEightBit(mail.body);
    return {
      type: 'message/rfc822',
      encoding: eightBit ? '8bit' : '7bit',
      disposition: 'attachment',
      fileName: `${nameOf(message, attachment)}.eml`,
      size: sizeOf(mail),
      content: () => mailStream(mail, this.#surroundings.boundary && `${this.#surroundings.boundary}-${depth}`),
    };
  }
}

const calendarPart = ({ method, text }: RenderedCalendar): Part => {
  const part = textPart('text/calendar', Buffer.from(text), 'utf-8');
  return { ...part, type: `${part.type}; method=${method.replace(/[^\w-]/g, '')}` };
};

/** A name for a message as a file. */
function nameOf(message: ObjectTree, attachment: ObjectTree): string {
  const name = message.properties.get(tags.PR_SUBJECT) ?? attachment.properties.get(tags.PR_DISPLAY_NAME);
  const clean = String(name ?? '')
    .replace(/[\p{C}\\/:*?"<>|]+/gu, ' ')
    .trim()
    .slice(0, 80)
    .trim();
  return clean || 'message';
}

/** A time in milliseconds since 1970, if a message has it. */
function timeOf(properties: ReadonlyProperties, tag: PropertyTag): number | undefined {
  const time = properties.get(tag);
  const milliseconds = typeof time === 'bigint' ? millisecondsFromFileTime(time) : Number.NaN;
  return Math.abs(milliseconds) <= LAST_DATE ? milliseconds : undefined;
}

/** Of ECMAScript dates. */
const LAST_DATE = 8_640_000_000_000_000;

/** The Date field with which a mail came, zone and all, if it is still the date of the message. */
function sameDate(cameWith: Header, date: number): string | undefined {
  const text = firstField(cameWith, 'date');
  const parsed = text === undefined ? undefined : parseMailDate(text);
  const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);
  const plain = text !== undefined && /^[\x20-\x7e]{1,200}$/.test(text);
  return plain && parsed && seconds(parsed.time) === seconds(date) ? text : undefined;
}
