import { newGuid } from '../mapi/entry-id.ts';
import type { NamedTags } from '../mapi/named-properties.ts';
import type { ObjectTree } from '../mapi/object-tree.ts';
import { MAPI_MESSAGE } from '../mapi/object-types.ts';
import type { Properties, PropertyTag, PropertyValue } from '../mapi/property.ts';
import {
  PR_BODY,
  PR_CONVERSATION_TOPIC,
  PR_HTML,
  PR_INTERNET_CPID,
  PR_MESSAGE_CLASS,
  PR_SEARCH_KEY,
} from '../mapi/tags.ts';
import { type AddressBook, addressKey, emptyAddressBook, type ResolveAddresses } from './address-book.ts';
import { fileAttachment, hiddenOriginal, isShownInBody, messageAttachment, signedOriginal } from './attachments.ts';
import { type CalendarsInMail, calendarsIn, type Invitation } from './calendar/invitation.ts';
import { CP_UTF8 } from './code-page.ts';
import { type Content, readContent } from './content.ts';
import { headerProperties, namedAddresses } from './header-properties.ts';
import { htmlToText } from './html-text.ts';
import { bodyReferences } from './inline.ts';
import { type MimeMessage, type MimePart, parseMime } from './mime.ts';
import { receiptProperties } from './receipts.ts';
import { displayLists, recipientRows } from './recipients.ts';
import {
  CLASS_ENVELOPED,
  CLASS_SIGNED,
  isEnveloped,
  isPgpSigned,
  isSignature,
  isSigned,
  signedBytes,
} from './smime.ts';
import { standIn } from './stand-in.ts';
import { addTnefProperties, isTnef, numbered, type TnefAdditions, unpackTnef } from './tnef-message.ts';

const CLASS_NOTE = 'IPM.Note';

/** What a mail becomes depends on where it arrives. */
export interface MailSurroundings {
  /** Milliseconds since 1970: when it arrived, if its header doesn't say. */
  readonly receivedAt: number;
  /** Who of those it names is in the address book; without, nobody is. */
  readonly resolveAddresses?: ResolveAddresses;
  /** Tags of the named properties that mail has; without, they are left out. */
  readonly namedTags?: NamedTags;
}

/** What came of a mail. */
export interface ConvertedMail {
  readonly message: ObjectTree;
  /** Set when the mail couldn't be read and `message` only stands for it: why. */
  readonly unreadable?: unknown;
  /** Set when a calendar in it is no item of its own, or has more than the item says, and is attached: why. */
  readonly calendarProblem?: unknown;
  /** Who of those the mail names, or that were asked for besides, is in the address book. */
  readonly addressBook: AddressBook;
}

/**
 * Makes a message of a mail (RFC 5322, RFC 2045), with the properties that
 * the original delivery agent makes. Never fails for what is in the mail: one that can't
 * be read becomes a message that says so and has the original attached.
 * Only `resolveAddresses` may throw.
 *
 * @param alsoResolve further addresses to look up with those of the mail
 */
export async function mailToMessage(
  raw: Buffer,
  surroundings: MailSurroundings,
  alsoResolve: readonly string[] = [],
): Promise<ConvertedMail> {
  const { mail, unreadable } = await parse(raw);
  const named = mail ? addressesIn(mail.root) : [];
  const addresses = new Set([...alsoResolve, ...named].map(addressKey).filter((key) => key !== ''));
  const addressBook = (await surroundings.resolveAddresses?.([...addresses])) ?? emptyAddressBook;
  try {
    if (mail) {
      const converter = new Converter(surroundings, addressBook);
      const message = converter.message(mail, true);
      const { calendarProblem } = converter;
      return { message, addressBook, ...(calendarProblem !== undefined && { calendarProblem }) };
    }
  } catch (error) {
    return { message: standIn(raw, surroundings.receivedAt, addressBook), unreadable: error, addressBook };
  }
  return { message: standIn(raw, surroundings.receivedAt, addressBook), unreadable, addressBook };
}

async function parse(raw: Buffer): Promise<{ mail?: MimeMessage; unreadable?: unknown }> {
  try {
    return { mail: await parseMime(raw) };
  } catch (unreadable) {
    return { unreadable };
  }
}

/** The addresses of a mail and of the messages in it. */
const addressesIn = (part: MimePart): string[] => [
  ...namedAddresses(part.header),
  ...part.parts.flatMap(addressesIn),
  ...(part.message ? addressesIn(part.message.root) : []),
];

class Converter {
  readonly #surroundings: MailSurroundings;
  readonly #addressBook: AddressBook;
  /** Of the first calendar that MAPI can't wholly say. */
  calendarProblem: unknown;

  constructor(surroundings: MailSurroundings, addressBook: AddressBook) {
    this.#surroundings = surroundings;
    this.#addressBook = addressBook;
  }

  /** @param arrives whether the message is the mail itself, not one within it */
  message(mail: MimeMessage, arrives: boolean): ObjectTree {
    const { root } = mail;
    const rows = recipientRows(root.header, this.#addressBook);
    const { content, tnef } = this.#unpacked(readContent(root));
    const calendars = this.#calendars(root);
    const properties: Properties = new Map([
      [PR_MESSAGE_CLASS, CLASS_NOTE],
      [PR_SEARCH_KEY, newGuid()],
      ...headerProperties(root.header, {
        addressBook: this.#addressBook,
        receivedAt: arrives ? this.#surroundings.receivedAt : undefined,
      }),
      ...displayLists(rows),
      ...bodyProperties(content),
      ...this.#smartNoAttach(root, content),
      ...smimeProperties(root),
      ...receiptProperties(root),
    ]);
    for (const { properties: added } of tnef) addTnefProperties(properties, added);
    if (calendars.invitation && this.#surroundings.namedTags)
      invite(properties, calendars.invitation, content, this.#surroundings.namedTags);
    const attachments = this.#attachments(mail, content, calendars);
    const further = [...tnef.flatMap(({ children }) => children), ...(calendars.invitation?.exceptions ?? [])];
    return {
      kind: MAPI_MESSAGE,
      properties,
      children: [...rows, ...attachments, ...numbered(further, attachments.length)],
    };
  }

  /** The content without the winmail.dat that could be read, and what these hold. */
  #unpacked(content: Content): { content: Content; tnef: TnefAdditions[] } {
    const tnef: TnefAdditions[] = [];
    const attachments = content.attachments.filter((part) => {
      const additions = isTnef(part) ? unpackTnef(part, this.#surroundings.namedTags) : undefined;
      if (additions) tnef.push(additions);
      return additions === undefined;
    });
    return tnef.length === 0 ? { content, tnef } : { content: { ...content, attachments }, tnef };
  }

  /** What the mail is besides a mail; a signed or encrypted one stays what it is. */
  #calendars(root: MimePart): CalendarsInMail {
    const { namedTags, receivedAt } = this.#surroundings;
    if (!namedTags || isSigned(root) || isEnveloped(root)) return NO_CALENDARS;
    const calendars = calendarsIn(root, { tags: namedTags, addressBook: this.#addressBook, now: receivedAt });
    this.calendarProblem ??= calendars.problem;
    return calendars;
  }

  #attachments({ raw, root }: MimeMessage, content: Content, calendars: CalendarsInMail): ObjectTree[] {
    if (isSigned(root)) return [signedOriginal(signedBytes(raw, root.header), 0)];
    const { invitation, fileNames } = calendars;
    const references = bodyReferences(content.html?.text);
    const attachments = content.attachments
      .filter((part) => part !== invitation?.part || invitation.keepFile)
      .map((part, number) =>
        part.message
          ? messageAttachment(this.message(part.message, false), number)
          : fileAttachment(part, number, references, fileNames.get(part)),
      );
    return isPgpSigned(root)
      ? [...attachments, hiddenOriginal(signedBytes(raw, root.header), attachments.length)]
      : attachments;
  }

  /** Whether lists of mail show no paper clip: everything attached is in the body, or is the signature (observed on 11.0.2). */
  #smartNoAttach(root: MimePart, content: Content): Properties {
    const tag = this.#surroundings.namedTags?.PidLidSmartNoAttach;
    const signed = isSigned(root);
    const files = content.attachments.filter((part) => !signed || !isSignature(part));
    const references = bodyReferences(content.html?.text);
    const hidden = files.every((part) => isShownInBody(part, references));
    const applies = hidden && (signed || (content.html !== undefined && files.length > 0));
    return tag !== undefined && applies ? new Map([[tag, true]]) : new Map();
  }
}

const NO_CALENDARS: CalendarsInMail = { fileNames: new Map() };

/** Makes a message what its calendar says; the text of the mail says more than the calendar's, which stands for it. */
function invite(
  properties: Properties,
  { properties: said, exceptions }: Invitation,
  content: Content,
  tags: NamedTags,
): void {
  const hasText = content.text !== undefined || content.html !== undefined;
  for (const [tag, value] of said) {
    if (tag === PR_BODY && hasText) continue;
    // What the thread is called, the header knows.
    if (tag === PR_CONVERSATION_TOPIC && properties.has(tag)) continue;
    properties.set(tag, value);
  }
  const files = content.attachments.filter(({ contentType }) => contentType !== 'text/calendar');
  if (exceptions.length > 0 && files.length === 0) properties.set(tags.PidLidSmartNoAttach, true);
}

function bodyProperties(content: Content): Properties {
  const { text, html } = content;
  if (html)
    return new Map<PropertyTag, PropertyValue>([
      [PR_HTML, html.bytes],
      [PR_BODY, htmlToText(html.text)],
      [PR_INTERNET_CPID, html.codePage],
    ]);
  if (text)
    return new Map<PropertyTag, PropertyValue>([
      [PR_BODY, text.value],
      [PR_INTERNET_CPID, text.codePage],
    ]);
  return new Map([[PR_INTERNET_CPID, CP_UTF8]]);
}

function smimeProperties(root: MimePart): Properties {
  if (isSigned(root)) return new Map([[PR_MESSAGE_CLASS, CLASS_SIGNED]]);
  return isEnveloped(root) ? new Map([[PR_MESSAGE_CLASS, CLASS_ENVELOPED]]) : new Map();
}
