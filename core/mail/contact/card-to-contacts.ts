import ICAL from 'ical.js';
import { ATTACH_BY_VALUE } from '../../mapi/attachment-values.ts';
import { newGuid } from '../../mapi/entry-id.ts';
import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Properties, PropertyTag, PropertyValue } from '../../mapi/property.ts';
import * as tags from '../../mapi/tags.ts';
import { oneOffOf, SMTP } from '../address-book.ts';
import { ADDRESSES, DAYS, type FieldKey, MAIL_ADDRESSES, NAME_PARTS, TELEPHONES, TEXTS } from './contact-fields.ts';

/** The text is no vCard. */
export class NotACardError extends Error {
  override readonly name = 'NotACardError';
}

/** Cards of one file; an address book of a phone has thousands. */
const MAX_CARDS = 10_000;
/** PR_ICON_INDEX of contacts (MS-OXOCNTC 2.2.1.10). */
const ICON_CONTACT = 512;

type Parameters = Readonly<Record<string, string | string[]>>;
type Value = string | Value[];
type CardProperty = readonly [string, Parameters, string, ...Value[]];

/** The contacts of a file of vCards (RFC 6350, and the 3.0 and 2.1 that came before). Throws {@link NotACardError}. */
export function cardToContacts(text: string, named: NamedTags): ObjectTree[] {
  let parsed: unknown;
  try {
    parsed = ICAL.parse(text.replace(/\r\n?|\n/g, '\r\n').trim());
  } catch (cause) {
    throw new NotACardError('the file has no vCard that can be read', { cause });
  }
  const components = (Array.isArray(parsed) && typeof parsed[0] === 'string' ? [parsed] : parsed) as [
    string,
    CardProperty[],
  ][];
  const cards = components.filter(([name]) => name === 'vcard').slice(0, MAX_CARDS);
  if (cards.length === 0) throw new NotACardError('the file has no vCard');
  return cards.map(([, properties]) => new Contact(properties, named).tree());
}

class Contact {
  readonly #card: readonly CardProperty[];
  readonly #named: NamedTags;
  readonly #properties: Properties = new Map<PropertyTag, PropertyValue>([
    [tags.PR_MESSAGE_CLASS, 'IPM.Contact'],
    [tags.PR_ICON_INDEX, ICON_CONTACT],
    [tags.PR_SEARCH_KEY, newGuid()],
  ]);

  constructor(card: readonly CardProperty[], named: NamedTags) {
    this.#card = card;
    this.#named = named;
  }

  tree(): ObjectTree {
    const name = this.#names();
    for (const [property, key] of TEXTS) this.#set(key, texts(this.#first(property))[0]);
    const [company, department] = texts(this.#first('org'));
    this.#set(tags.PR_COMPANY_NAME, company);
    this.#set(tags.PR_DEPARTMENT_NAME, department);
    this.#telephones();
    this.#postalAddresses();
    this.#mailAddresses(name);
    this.#days();
    const photo = this.#photo();
    return { kind: MAPI_MESSAGE, properties: this.#properties, children: photo ? [photo] : [] };
  }

  #all(name: string): CardProperty[] {
    return this.#card.filter(([each]) => each === name);
  }

  #first(name: string): CardProperty | undefined {
    return this.#card.find(([each]) => each === name);
  }

  /** Empty texts are left out. */
  #set(key: FieldKey, text: string | undefined): void {
    const value = text?.replaceAll('\0', '').trim();
    if (value) this.#properties.set(typeof key === 'number' ? key : this.#named[key], value);
  }

  #names(): string {
    const parts = texts(this.#first('n'));
    NAME_PARTS.forEach((tag, index) => {
      this.#set(tag, parts[index]);
    });
    const name = texts(this.#first('fn'))[0]?.trim() || [parts[1], parts[0]].filter(Boolean).join(' ');
    for (const tag of [tags.PR_DISPLAY_NAME, tags.PR_SUBJECT, tags.PR_CONVERSATION_TOPIC]) this.#set(tag, name);
    this.#set('PidLidFileUnder', [parts[0], parts[1]].filter(Boolean).join(', ') || name);
    return name;
  }

  /** Each number into the first free place that its types fit. */
  #telephones(): void {
    for (const property of this.#all('tel')) {
      const types = typesOf(property[1]);
      const place = TELEPHONES.find(
        ({ tag, types: wanted }) => !this.#properties.has(tag) && wanted.every((type) => types.includes(type)),
      );
      if (place) this.#set(place.tag, texts(property)[0]?.replace(/^tel:/i, ''));
    }
  }

  #postalAddresses(): void {
    for (const property of this.#all('adr')) {
      const types = typesOf(property[1]);
      const fields = ADDRESSES.find(({ type }) => type === undefined || types.includes(type))!;
      const [, extended, ...parts] = texts(property);
      if (extended) parts[0] = [extended, parts[0]].filter(Boolean).join('\n');
      fields.parts.forEach((key, index) => {
        this.#set(key, parts[index]);
      });
    }
  }

  #mailAddresses(name: string): void {
    const addresses = this.#all('email')
      .map((property) => texts(property)[0]?.trim() ?? '')
      .filter((address) => address !== '')
      .slice(0, MAIL_ADDRESSES.length);
    addresses.forEach((address, index) => {
      const number = MAIL_ADDRESSES[index]!;
      this.#set(`PidLidEmail${number}EmailAddress`, address);
      this.#set(`PidLidEmail${number}AddressType`, SMTP);
      this.#set(`PidLidEmail${number}OriginalDisplayName`, address);
      this.#set(`PidLidEmail${number}DisplayName`, name ? `${name} (${address})` : address);
      this.#properties.set(
        this.#named[`PidLidEmail${number}OriginalEntryId`],
        oneOffOf({ name: name || address, address }),
      );
    });
    if (addresses.length === 0) return;
    // Which of the three a client may send to, as numbers and as bits (MS-OXOCNTC 2.2.1.2.11).
    this.#properties.set(
      this.#named.PidLidAddressBookProviderEmailList,
      addresses.map((_, index) => index),
    );
    this.#properties.set(this.#named.PidLidAddressBookProviderArrayType, (1 << addresses.length) - 1);
  }

  #days(): void {
    for (const [property, tag] of DAYS) {
      const found = this.#first(property) ?? this.#first(`x-${property}`);
      const date = /^(\d{4})-?(\d\d)-?(\d\d)/.exec(texts(found)[0] ?? '');
      const time = date ? Date.UTC(Number(date[1]), Number(date[2]) - 1, Number(date[3])) : Number.NaN;
      if (!Number.isNaN(time)) this.#properties.set(tag, fileTimeFromMilliseconds(time));
    }
  }

  #photo(): ObjectTree | undefined {
    const property = this.#first('photo');
    const value = texts(property)[0] ?? '';
    const inline = /^data:(image\/[\w.+-]+);base64,(.+)$/s.exec(value);
    const encoded = typesOf({ type: property?.[1].encoding ?? [] }).some((type) => type === 'b' || type === 'base64');
    if (!inline && !encoded) return undefined;
    const kind = typesOf(property?.[1] ?? {}).find((type) => /^(?:jpeg|png|gif)$/.test(type)) ?? 'jpeg';
    const type = inline?.[1] ?? `image/${kind}`;
    const data = Buffer.from(inline?.[2] ?? value, 'base64');
    const name = `ContactPicture.${type.slice('image/'.length)}`;
    return {
      kind: MAPI_ATTACH,
      properties: new Map<PropertyTag, PropertyValue>([
        [tags.PR_ATTACH_NUM, 0],
        [tags.PR_RECORD_KEY, newGuid()],
        [tags.PR_ATTACH_METHOD, ATTACH_BY_VALUE],
        [tags.PR_ATTACH_LONG_FILENAME, name],
        [tags.PR_ATTACH_FILENAME, name],
        [tags.PR_ATTACH_MIME_TAG, type],
        [tags.PR_ATTACH_DATA_BIN, data],
        [tags.PR_ATTACHMENT_CONTACTPHOTO, true],
        [tags.PR_ATTACHMENT_HIDDEN, true],
      ]),
      children: [],
    };
  }
}

/** The values of a property as texts; parts that hold several are joined. */
function texts(property: CardProperty | undefined): string[] {
  if (!property) return [];
  const [, , , ...values] = property;
  const parts = values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
  return parts.map((part) => (Array.isArray(part) ? part.flat(4).join(' ') : String(part)));
}

/** TYPE values; in 2.1 they stand as parameters of their own. */
const typesOf = (parameters: Parameters): string[] =>
  [parameters.type ?? [], Object.keys(parameters)].flat().flatMap((type) => type.toLowerCase().split(','));
