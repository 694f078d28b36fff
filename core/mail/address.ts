import addressparser from 'nodemailer/lib/addressparser';
import { allFields, decodeWords, type Header } from './header.ts';
import { MAX_RECIPIENTS } from './limits.ts';

/** Somebody a header names. */
export interface Mailbox {
  /** As the header says it, decoded; empty where it says none. */
  readonly name: string;
  /** `local@domain`; empty for a group without members. */
  readonly address: string;
}

/** Characters of an address field that are read: room for {@link MAX_RECIPIENTS} with long names. */
const MAX_FIELD_CHARACTERS = 160 * 1024;

/** What mail to hidden recipients names instead of them. */
const UNDISCLOSED = /^undisclosed[- ]recipients?$/i;

/** Everybody that the fields of a name (in lower case) name; members instead of groups, a group itself if it has none. */
export function mailboxes(header: Header, name: string): Mailbox[] {
  return allFields(header, name)
    .flatMap((value) => parseMailboxes(value))
    .slice(0, MAX_RECIPIENTS);
}

/** Reads an address field (RFC 5322 3.4). */
export function parseMailboxes(value: string): Mailbox[] {
  const entries = addressparser(withAddressesOutside(value.slice(0, MAX_FIELD_CHARACTERS)));
  return entries.flatMap((entry): Mailbox[] => {
    if (entry.group === undefined) return entry.address || entry.name ? [mailboxOf(entry)] : [];
    const members = entry.group.flatMap((member) => (member.group === undefined ? [mailboxOf(member)] : []));
    if (members.length > 0) return members;
    const name = decodeWords(entry.name).trim();
    return name === '' || UNDISCLOSED.test(name) ? [] : [{ name, address: '' }];
  });
}

/** How somebody is shown: by name, or else by address. */
export const displayName = (mailbox: Mailbox): string => mailbox.name || mailbox.address;

const mailboxOf = (entry: { readonly name: string; readonly address: string }): Mailbox => ({
  name: unquoted(decodeWords(entry.name)),
  address: decodeWords(entry.address).trim(),
});

/** Some senders encode name and address together in one word (against RFC 2047 5). */
const withAddressesOutside = (value: string): string =>
  value.replace(/=\?[^?\s]{1,60}\?[bq]\?[^?]{1,1000}\?=/gi, (word) => {
    const decoded = decodeWords(word);
    return /<[^<>\s]+@[^<>\s]+>$/.test(decoded) ? decoded : word;
  });

/** Quotes around a name that were themselves encoded. */
const unquoted = (name: string): string =>
  name
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .replace(/^'(.*)'$/, '$1')
    .trim();
