import type { ReadonlyProperties } from '../mapi/property.ts';
import * as tags from '../mapi/tags.ts';
import { SMTP } from './address-book.ts';

/** Who sent a mail, or in whose name: two roles that delivery asks for. */
const ROLES = {
  sender: { type: tags.PR_SENDER_ADDRTYPE, address: tags.PR_SENDER_EMAIL_ADDRESS, key: tags.PR_SENDER_SEARCH_KEY },
  representing: {
    type: tags.PR_SENT_REPRESENTING_ADDRTYPE,
    address: tags.PR_SENT_REPRESENTING_EMAIL_ADDRESS,
    key: tags.PR_SENT_REPRESENTING_SEARCH_KEY,
  },
} as const;

/**
 * The mail address of somebody in a role of a message; empty for nobody. Of who is in the
 * address book the message says the login name, but the search key holds the mail address.
 */
export function mailAddressOf(message: ReadonlyProperties, role: keyof typeof ROLES): string {
  const { type, address, key } = ROLES[role];
  const text = message.get(address);
  if (message.get(type) === SMTP) return typeof text === 'string' ? text : '';
  const search = message.get(key);
  const found = Buffer.isBuffer(search) ? search.toString().replace(/\0$/, '') : '';
  const colon = found.indexOf(':');
  return colon < 0 ? '' : found.slice(colon + 1).toLowerCase();
}
