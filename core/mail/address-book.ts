import { DT_MAILUSER } from '../mapi/display-types.ts';
import { encodeOneOff } from '../mapi/one-off-entry-id.ts';
import type { Properties, PropertyTag, ReadonlyProperties } from '../mapi/property.ts';
import {
  PR_ADDRTYPE,
  PR_DISPLAY_NAME,
  PR_DISPLAY_TYPE,
  PR_EMAIL_ADDRESS,
  PR_ENTRYID,
  PR_SEARCH_KEY,
  PR_SMTP_ADDRESS,
} from '../mapi/tags.ts';
import { displayName, type Mailbox } from './address.ts';

/** Rows of the address book by e-mail address in lower case: who of those that a mail names is at home here. */
export type AddressBook = ReadonlyMap<string, ReadonlyProperties>;

/** Finds those who are in the address book; asked once for a mail, with all its addresses in lower case. */
export type ResolveAddresses = (addresses: readonly string[]) => Promise<AddressBook>;

/** Nobody is at home. */
export const emptyAddressBook: AddressBook = new Map();

/** Address type of mail addresses. */
export const SMTP = 'SMTP';

export const addressKey = (address: string): string => address.toLowerCase();

/** What PR_SEARCH_KEY and its like hold: type and address in capitals, ended by a zero. */
export const smtpSearchKey = (address: string): Buffer => Buffer.from(`${SMTP}:${address}`.toUpperCase().concat('\0'));

/** Which property of a message says what of somebody. */
export interface RoleTags {
  readonly name: PropertyTag;
  readonly addressType: PropertyTag;
  readonly address: PropertyTag;
  readonly entryId: PropertyTag;
  readonly searchKey: PropertyTag;
}

/** Somebody in a role (sender, receiver …): as the address book knows them, or a one-off of what the mail says. */
export function roleProperties(mailbox: Mailbox, tags: RoleTags, addressBook: AddressBook): Properties {
  const known = addressBook.get(addressKey(mailbox.address));
  return known ? knownRole(known, tags) : oneOffRole(mailbox, tags);
}

/** Somebody of the address book in a role. */
export function knownRole(row: ReadonlyProperties, tags: RoleTags): Properties {
  const properties: Properties = new Map();
  const copy = (from: PropertyTag, to: PropertyTag): void => {
    const value = row.get(from);
    if (value !== undefined) properties.set(to, value);
  };
  copy(PR_DISPLAY_NAME, tags.name);
  copy(PR_ADDRTYPE, tags.addressType);
  copy(PR_EMAIL_ADDRESS, tags.address);
  copy(PR_ENTRYID, tags.entryId);
  copy(PR_SEARCH_KEY, tags.searchKey);
  return properties;
}

const oneOffRole = (mailbox: Mailbox, tags: RoleTags): Properties =>
  new Map<PropertyTag, string | Buffer>([
    [tags.name, displayName(mailbox)],
    [tags.addressType, SMTP],
    [tags.address, mailbox.address],
    [tags.entryId, oneOffOf(mailbox)],
    [tags.searchKey, smtpSearchKey(mailbox.address)],
  ]);

/** The entry id of somebody who is in no address book. */
export const oneOffOf = (mailbox: Mailbox): Buffer =>
  encodeOneOff({ name: displayName(mailbox), addressType: SMTP, address: mailbox.address });

/** What a recipient row shows besides its role. */
export function recipientDisplay(mailbox: Mailbox, addressBook: AddressBook): Properties {
  const known = addressBook.get(addressKey(mailbox.address));
  return new Map<PropertyTag, string | number>([
    [PR_SMTP_ADDRESS, (known?.get(PR_SMTP_ADDRESS) as string | undefined) ?? mailbox.address],
    [PR_DISPLAY_TYPE, (known?.get(PR_DISPLAY_TYPE) as number | undefined) ?? DT_MAILUSER],
  ]);
}
