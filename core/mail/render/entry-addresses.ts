import { isAddressBookEntryId } from '../../mapi/address-book-entry-id.ts';
import { decodeFlatEntryList } from '../../mapi/flat-entry-list.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { decodeOneOff } from '../../mapi/one-off-entry-id.ts';
import type { PropertyTag, ReadonlyProperties } from '../../mapi/property.ts';
import * as tags from '../../mapi/tags.ts';
import type { Mailbox } from '../address.ts';
import { REPRESENTING_TAGS, SENDER_TAGS } from '../header-properties.ts';
import { MAX_RECIPIENTS } from '../limits.ts';

/** Name and mail address of those in the address book, by entry id in hexadecimal. */
export type EntryAddresses = ReadonlyMap<string, Mailbox>;

/** Finds them; asked once for a message. Who is unknown, or has no mail address, is left out. */
export type ResolveEntries = (entryIds: readonly Buffer[]) => Promise<EntryAddresses>;

/** Nobody is in the address book. */
export const noEntries: EntryAddresses = new Map();

export const entryKey = (entryId: Buffer): string => entryId.toString('hex');

/** Which properties tell who somebody is. */
export interface WhoTags {
  readonly name: PropertyTag;
  readonly address: PropertyTag;
  readonly entryId: PropertyTag;
  /** The mail address besides an address of another type. */
  readonly smtpAddress?: PropertyTag;
}

export const RECIPIENT_WHO: WhoTags = {
  name: tags.PR_DISPLAY_NAME,
  address: tags.PR_EMAIL_ADDRESS,
  entryId: tags.PR_EC_CONTACT_ENTRYID,
  smtpAddress: tags.PR_SMTP_ADDRESS,
};

/** The address book's entry ids in a message and in those within it. */
export function entryIdsIn(message: ObjectTree): Buffer[] {
  const found = new Map<string, Buffer>();
  const add = (value: unknown): void => {
    if (Buffer.isBuffer(value) && isAddressBookEntryId(value)) found.set(entryKey(value), value);
  };
  const visit = (object: ObjectTree): void => {
    for (const tag of [
      tags.PR_EC_CONTACT_ENTRYID,
      SENDER_TAGS.entryId,
      REPRESENTING_TAGS.entryId,
      tags.PR_REPORT_ENTRYID,
    ])
      add(object.properties.get(tag));
    for (const entryId of replyEntries(object.properties)) add(entryId);
    object.children.forEach(visit);
  };
  visit(message);
  return [...found.values()].slice(0, MAX_RECIPIENTS);
}

/** The entries of PR_REPLY_RECIPIENT_ENTRIES. */
export function replyEntries(properties: ReadonlyProperties): Buffer[] {
  const list = properties.get(tags.PR_REPLY_RECIPIENT_ENTRIES);
  return Buffer.isBuffer(list) ? decodeFlatEntryList(list) : [];
}

/**
 * Who a set of properties names: by mail address where they have one, else by entry
 * id. Undefined where they name nobody; an empty address where they name somebody
 * without a mail address (a group).
 */
export function mailboxOf(properties: ReadonlyProperties, who: WhoTags, known: EntryAddresses): Mailbox | undefined {
  const text = (tag: PropertyTag | undefined): string => {
    const value = tag === undefined ? undefined : properties.get(tag);
    return typeof value === 'string' ? value.trim() : '';
  };
  const name = text(who.name);
  const entryId = properties.get(who.entryId);
  const entry = Buffer.isBuffer(entryId) ? mailboxOfEntry(entryId, known) : undefined;
  const address =
    [text(who.smtpAddress), entry?.address, text(who.address)].find((candidate) => candidate?.includes('@')) ??
    (entry ? entry.address : '');
  const shown = name || entry?.name || text(who.address);
  return shown === '' && address === '' ? undefined : { name: shown, address };
}

/** Who an entry id names: one of the address book, or a one-off. */
export function mailboxOfEntry(entryId: Buffer, known: EntryAddresses): Mailbox | undefined {
  const oneOff = decodeOneOff(entryId);
  if (oneOff) return { name: oneOff.name, address: oneOff.address };
  return known.get(entryKey(entryId));
}
