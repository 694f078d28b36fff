import ICAL from 'ical.js';
import { dateFromFileTime } from '../../mapi/file-time.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH } from '../../mapi/object-types.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import * as tags from '../../mapi/tags.ts';
import { ADDRESSES, DAYS, type FieldKey, MAIL_ADDRESSES, NAME_PARTS, TELEPHONES, TEXTS } from './contact-fields.ts';

/** A property as jCard has it (RFC 7095 3.3). */
type CardProperty = [string, Record<string, string | string[]>, string, ...(string | string[])[]];

/** Class of contacts, with those that programs derive from it. */
const CONTACT = /^ipm\.contact(?:\.|$)/i;

/** Whether a message is a contact. */
export const isContact = (message: ObjectTree): boolean =>
  CONTACT.test(String(message.properties.get(tags.PR_MESSAGE_CLASS) ?? ''));

/** Whether an attachment is the picture of a contact. */
export const isContactPhoto = ({ kind, properties }: ObjectTree): boolean =>
  kind === MAPI_ATTACH && properties.get(tags.PR_ATTACHMENT_CONTACTPHOTO) === true;

/** A contact as a vCard 4.0 (RFC 6350), CRLF line ends; undefined for what is no contact. */
export function contactToCard(message: ObjectTree, named: NamedTags): string | undefined {
  if (!isContact(message)) return undefined;
  const card = new Card(message, named);
  return `${ICAL.stringify(['vcard', card.properties(), []] as never)}\r\n`;
}

class Card {
  readonly #message: ObjectTree;
  readonly #named: NamedTags;

  constructor(message: ObjectTree, named: NamedTags) {
    this.#message = message;
    this.#named = named;
  }

  properties(): CardProperty[] {
    return [
      ['version', {}, 'text', '4.0'],
      ['prodid', {}, 'text', '-//Kopano//EN'],
      ...this.#names(),
      ...TEXTS.flatMap(([name, key]) => this.#text(name, key)),
      ...this.#organisation(),
      ...this.#telephones(),
      ...this.#postalAddresses(),
      ...this.#mailAddresses(),
      ...DAYS.flatMap(([name, tag]) => this.#day(name, tag)),
      ...this.#photo(),
    ];
  }

  #value(key: FieldKey): string {
    const value = this.#message.properties.get(typeof key === 'number' ? key : this.#named[key]);
    return typeof value === 'string' ? value.replaceAll('\0', '').replace(/\r\n?/g, '\n').trim() : '';
  }

  #text(name: string, key: FieldKey): CardProperty[] {
    const value = this.#value(key);
    return value === '' ? [] : [[name, {}, 'text', value]];
  }

  /** A vCard has a name in one piece always. */
  #names(): CardProperty[] {
    const parts = NAME_PARTS.map((tag) => this.#value(tag));
    const shown =
      this.#value(tags.PR_DISPLAY_NAME) ||
      this.#value(tags.PR_SUBJECT) ||
      [parts[1], parts[0]].filter((part) => part !== '').join(' ') ||
      this.#value(tags.PR_COMPANY_NAME);
    return [
      ['fn', {}, 'text', shown],
      ...(parts.some((part) => part !== '') ? [['n', {}, 'text', parts] satisfies CardProperty] : []),
    ];
  }

  #organisation(): CardProperty[] {
    const parts = [this.#value(tags.PR_COMPANY_NAME), this.#value(tags.PR_DEPARTMENT_NAME)];
    return parts.some((part) => part !== '') ? [['org', {}, 'text', parts]] : [];
  }

  #telephones(): CardProperty[] {
    const written = new Set<PropertyTag>();
    return TELEPHONES.flatMap(({ tag, types }): CardProperty[] => {
      const number = this.#value(tag);
      if (number === '' || written.has(tag)) return [];
      written.add(tag);
      return [['tel', types.length > 0 ? { type: [...types] } : {}, 'text', number]];
    });
  }

  #postalAddresses(): CardProperty[] {
    return ADDRESSES.flatMap(({ type, parts }): CardProperty[] => {
      const values = parts.map((key) => this.#value(key));
      if (values.every((value) => value === '')) return [];
      return [['adr', type ? { type } : {}, 'text', ['', '', ...values]]];
    });
  }

  #mailAddresses(): CardProperty[] {
    return MAIL_ADDRESSES.flatMap((number): CardProperty[] => {
      const address = this.#value(`PidLidEmail${number}EmailAddress`);
      return address.includes('@') ? [['email', number === 1 ? { pref: '1' } : {}, 'text', address]] : [];
    });
  }

  #day(name: string, tag: PropertyTag): CardProperty[] {
    const value = this.#message.properties.get(tag);
    if (typeof value !== 'bigint') return [];
    const date = dateFromFileTime(value);
    return Number.isNaN(date.getTime()) ? [] : [[name, {}, 'date', date.toISOString().slice(0, 10)]];
  }

  #photo(): CardProperty[] {
    const photo = this.#message.children.find(isContactPhoto);
    const data = photo?.properties.get(tags.PR_ATTACH_DATA_BIN);
    if (!Buffer.isBuffer(data)) return [];
    const type = String(photo?.properties.get(tags.PR_ATTACH_MIME_TAG) ?? 'image/jpeg');
    return [
      [
        'photo',
        {},
        'uri',
        `data:${/^image\/[\w.+-]+$/.test(type) ? type : 'image/jpeg'};base64,${data.toString('base64')}`,
      ],
    ];
  }
}
