import libmime from 'libmime';
import MimeNode from 'nodemailer/lib/mime-node';
import type { Mailbox } from '../address.ts';

/** A header field as it is written: its value encoded, not yet folded. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** Words of ASCII that are longer can't be folded, and lines end at 998 characters (RFC 5322 2.1.1). */
const LONGEST_WORD = 200;
/** Longest encoded word with room for its frame (RFC 2047 2). */
const ENCODED_WORD = 52;
/** White space at the edges or doubled, and what looks encoded, reads differently when it is not encoded. */
const MISREAD = /^\s|\s$|\s{2}|=\?/;

/** A field of free text (RFC 5322 2.2.1), in encoded words (RFC 2047) where it has to be. */
export const textField = (name: string, text: string): Field => ({ name, value: encodedText(text) });

/** Text as encoded words where it isn't plain ASCII that reads the same. */
export function encodedText(text: string): string {
  const line = text.replace(/\r\n|[\r\n\0]/g, ' ');
  const plain = /^[\x20-\x7e]*$/.test(line) && !MISREAD.test(line) && !hasLongWord(line);
  return plain ? line : libmime.encodeWord(wellFormed(line), 'Q', ENCODED_WORD);
}

const hasLongWord = (line: string): boolean => line.split(' ').some((word) => word.length > LONGEST_WORD);

/** Lone surrogates can't be written as UTF-8. */
const wellFormed = (text: string): string => text.toWellFormed();

/** A field of addresses; somebody without an address stands as an empty group (RFC 5322 3.4, RFC 6854). */
export const addressField = (name: string, mailboxes: readonly Mailbox[]): Field => ({
  name,
  value: mailboxes.map(encodedMailbox).join(', '),
});

function encodedMailbox({ name, address }: Mailbox): string {
  if (address === '') return `${encodedPhrase(name || 'unknown')}:;`;
  const shown = shownName(name, address);
  if (!ORDINARY.test(address))
    return MimeNode.encodeHeaderValue('To', [{ name: shown.toWellFormed(), address: address.toWellFormed() }]);
  return shown === '' ? address : `${encodedPhrase(shown)} <${address}>`;
}

/** An address that needs neither quotes nor another alphabet (RFC 5322 3.4.1); its case is the sender's. */
const ORDINARY = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i;

/** A name that only repeats the address says nothing. */
const shownName = (name: string, address: string): string => (name === address ? '' : name);

/** A display name: words, or in quotes, or encoded. */
function encodedPhrase(name: string): string {
  if (/^[\w -]+$/.test(name) && !MISREAD.test(name)) return name;
  if (/^[\x20-\x7e]+$/.test(name) && !name.includes('=?')) return `"${name.replace(/["\\]/g, '\\$&')}"`;
  return libmime.encodeWord(wellFormed(name.replace(/[\r\n\0]/g, ' ')), 'Q', ENCODED_WORD);
}

/** Message ids (RFC 5322 3.6.4) in angle brackets; undefined where there are none. */
export function idField(name: string, ids: readonly string[]): Field | undefined {
  const usable = ids.map((id) => id.replace(/[^\x21-\x7e]/g, '')).filter((id) => id !== '' && id !== '<>');
  return usable.length > 0 ? { name, value: usable.join(' ') } : undefined;
}

/** A date in UTC (RFC 5322 3.3). */
export const dateField = (name: string, milliseconds: number): Field => ({
  name,
  value: new Date(milliseconds).toUTCString().replace('GMT', '+0000'),
});

/** Names that a field may have (RFC 5322 2.2). */
export const isFieldName = (name: string): boolean => /^[!-9;-~]{1,76}$/.test(name);
