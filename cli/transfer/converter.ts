import type { AddressBook } from '../../core/mail/address-book.ts';
import type { EntryAddresses } from '../../core/mail/render/entry-addresses.ts';
import { decodeAddressBookEntryId } from '../../core/mapi/address-book-entry-id.ts';
import { millisecondsFromFileTime } from '../../core/mapi/file-time.ts';
import { MSGFLAG_READ, MSGFLAG_UNSENT } from '../../core/mapi/message-flags.ts';
import { type NamedTags, namedProperties, namedTagsFromIds } from '../../core/mapi/named-properties.ts';
import type { ObjectTree } from '../../core/mapi/object-tree.ts';
import { type Properties, type PropertyTag, propertyId } from '../../core/mapi/property.ts';
import * as tags from '../../core/mapi/tags.ts';
import { RefusedError } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';

/** Servers number names from 1; property ids begin here (observed on 11.0.2). */
const NAMED_PROPERTY_BASE = 0x8500;
/** Flag of getIDsFromNames: give numbers to names that have none. */
const MAPI_CREATE = 0x02;

/** What the field Status of a kept mail says: read, old (as mail programs on Unix write it). */
const READ = 'RO';
const UNREAD = 'O';

/** Messages that came of a file, and what of it could not be one. */
export interface ReadFile {
  readonly messages: readonly ObjectTree[];
  readonly problems: readonly string[];
}

/** Makes files of messages, and messages of files. The converters are large, so they are read when they are needed. */
export class Converter {
  readonly #session: Session;
  #tags: Promise<NamedTags> | undefined;
  readonly #people = new Map<string, Promise<{ name: string; address: string } | undefined>>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** A message as mail, with as much of it as mail can hold. */
  async toMail(message: ObjectTree): Promise<Buffer> {
    const { messageToMail } = await import('../../core/mail/message-to-mail.ts');
    const isRead = (Number(message.properties.get(tags.PR_MESSAGE_FLAGS) ?? 0) & MSGFLAG_READ) !== 0;
    const arrival = arrivalOf(message);
    const delivered = arrival === undefined ? [] : [{ name: 'Delivery-Date', value: new Date(arrival).toUTCString() }];
    const { raw } = await messageToMail(message, {
      purpose: 'keep',
      now: arrival ?? Date.now(),
      resolveEntries: (entryIds) => this.#resolveEntries(entryIds),
      namesOf: (named) => this.#namesOf(named),
      furtherFields: [{ name: 'Status', value: isRead ? READ : UNREAD }, ...delivered],
    });
    return raw;
  }

  /**
   * The message that a mail is.
   *
   * @param receivedAt milliseconds since 1970, where the mail itself doesn't tell
   * @param read whether it was read, where the mail doesn't tell
   */
  async fromMail(mail: Buffer, receivedAt: number | undefined, read: boolean): Promise<ReadFile> {
    const { mailToMessage } = await import('../../core/mail/mail-to-message.ts');
    const { raw, status, arrivedAt } = withoutTraces(mail);
    const { message, unreadable } = await mailToMessage(raw, {
      receivedAt: receivedAt ?? arrivedAt ?? dateOf(raw) ?? Date.now(),
      namedTags: await this.#namedTags(),
    });
    const isRead = status === undefined ? read : /R/i.test(status);
    const flags = Number(message.properties.get(tags.PR_MESSAGE_FLAGS) ?? 0) & ~(MSGFLAG_READ | MSGFLAG_UNSENT);
    message.properties.set(tags.PR_MESSAGE_FLAGS, flags | (isRead ? MSGFLAG_READ : 0));
    const problems = unreadable === undefined ? [] : ['it is no mail that can be read; the original is attached'];
    return { messages: [message], problems };
  }

  /** Appointments and tasks as one calendar; undefined where a message is none. */
  async toCalendar(messages: readonly ObjectTree[]): Promise<string | undefined> {
    const { calendarOfItems, calendarOfMessage } = await import('../../core/mail/calendar/message-to-calendar.ts');
    const surroundings = { tags: await this.#namedTags(), now: Date.now() };
    if (messages.some((message) => calendarOfMessage(message, surroundings) === undefined)) return undefined;
    return calendarOfItems(messages, surroundings);
  }

  /** The appointments and tasks of a calendar. */
  async fromCalendar(text: string): Promise<ReadFile> {
    const { calendarContent, itemMessage } = await import('../../core/mail/calendar/calendar-to-messages.ts');
    const addressBook: AddressBook = new Map();
    const content = calendarContent(text, { tags: await this.#namedTags(), addressBook, now: Date.now() });
    return {
      messages: content.items.map((item) => asRead(itemMessage(item, addressBook))),
      problems: content.left.map(({ message }) => message),
    };
  }

  /** Contacts as vCards, one after the other; undefined where a message is none. */
  async toCards(messages: readonly ObjectTree[]): Promise<string | undefined> {
    const { contactToCard } = await import('../../core/mail/contact/contact-to-card.ts');
    const named = await this.#namedTags();
    const cards = messages.map((message) => contactToCard(message, named));
    return cards.every((card) => card !== undefined) ? cards.join('') : undefined;
  }

  /** The contacts of a file of vCards. */
  async fromCards(text: string): Promise<ReadFile> {
    const { cardToContacts } = await import('../../core/mail/contact/card-to-contacts.ts');
    return { messages: cardToContacts(text, await this.#namedTags()).map(asRead), problems: [] };
  }

  #namedTags(): Promise<NamedTags> {
    this.#tags ??= this.#session
      .call('getIDsFromNames', {
        lpsNamedProps: namedProperties.map(({ guid, number, name }) => ({
          lpguid: guid,
          ...(number !== undefined && { lpId: number }),
          ...(name !== undefined && { lpString: name }),
        })),
        ulFlags: MAPI_CREATE,
      })
      .then(({ lpsPropTags }) => namedTagsFromIds(lpsPropTags.map((number) => number + NAMED_PROPERTY_BASE)));
    return this.#tags;
  }

  async #namesOf(named: readonly PropertyTag[]) {
    const numbers = named.map((tag) => propertyId(tag) - NAMED_PROPERTY_BASE);
    const { lpsNames } = await this.#session.call('getNamesFromIDs', { lpsPropTags: numbers });
    return new Map(
      named.map((tag, index) => {
        const { lpguid, lpId, lpString } = lpsNames[index] ?? {};
        return [
          tag,
          {
            ...(lpguid && { guid: lpguid }),
            ...(lpId !== undefined && { number: lpId }),
            ...(lpString !== undefined && { name: lpString }),
          },
        ] as const;
      }),
    );
  }

  /** Who entry ids of the address book name; users are asked for once. */
  async #resolveEntries(entryIds: readonly Buffer[]): Promise<EntryAddresses> {
    const found = new Map<string, { name: string; address: string }>();
    for (const entryId of entryIds) {
      const key = entryId.toString('hex');
      if (!this.#people.has(key)) this.#people.set(key, this.#personOf(entryId));
      const person = await this.#people.get(key);
      if (person) found.set(key, person);
    }
    return found;
  }

  async #personOf(entryId: Buffer): Promise<{ name: string; address: string } | undefined> {
    try {
      const { id } = decodeAddressBookEntryId(entryId);
      const { lpsUser } = await this.#session.call('getUser', { ulUserId: id, sUserId: entryId });
      return lpsUser && { name: lpsUser.lpszFullName ?? '', address: lpsUser.lpszMailAddress ?? '' };
    } catch (error) {
      // Somebody who is gone, or a group: the message itself says who it was.
      if (error instanceof RefusedError) return undefined;
      throw error;
    }
  }
}

/** When a message arrived, or else was sent; milliseconds since 1970. */
export function arrivalOf({ properties }: ObjectTree): number | undefined {
  const time = properties.get(tags.PR_MESSAGE_DELIVERY_TIME) ?? properties.get(tags.PR_CLIENT_SUBMIT_TIME);
  return typeof time === 'bigint' ? millisecondsFromFileTime(time) : undefined;
}

function asRead(message: ObjectTree): ObjectTree {
  const properties: Properties = new Map([...message.properties, [tags.PR_MESSAGE_FLAGS, MSGFLAG_READ]]);
  return { ...message, properties };
}

const END_OF_HEADER = /(?<=\n)\r?\n/;
const FIELD = (name: string): RegExp => new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)\\r?\\n`, 'im');
const STATUS = FIELD('Status');
const DELIVERY_DATE = FIELD('Delivery-Date');

/** A mail without what a mailbox file says of it: whether it was read, and when it arrived. */
function withoutTraces(raw: Buffer): { raw: Buffer; status: string | undefined; arrivedAt: number | undefined } {
  const text = raw.toString('latin1');
  const end = text.search(END_OF_HEADER);
  const header = end < 0 ? text : text.slice(0, end);
  const status = STATUS.exec(header)?.[1];
  const arrived = DELIVERY_DATE.exec(header)?.[1];
  const rest = header.replace(STATUS, '').replace(DELIVERY_DATE, '');
  return {
    raw: Buffer.concat([Buffer.from(rest, 'latin1'), raw.subarray(header.length)]),
    status,
    arrivedAt: timeOf(arrived),
  };
}

function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** What the header says of when the mail was written. */
function dateOf(raw: Buffer): number | undefined {
  const text = raw.subarray(0, 64 * 1024).toString('latin1');
  return timeOf(/^date:[ \t]*([^\r\n]*)/im.exec(text)?.[1]);
}
