import type { ObjectTree } from '../mapi/object-tree.ts';
import { MAPI_DISTLIST, MAPI_MAILUSER } from '../mapi/object-types.ts';
import type { Properties } from '../mapi/property.ts';
import { MAPI_BCC, MAPI_CC, MAPI_TO } from '../mapi/recipient-types.ts';
import {
  PR_ADDRTYPE,
  PR_DISPLAY_BCC,
  PR_DISPLAY_CC,
  PR_DISPLAY_NAME,
  PR_DISPLAY_TO,
  PR_EC_CONTACT_ENTRYID,
  PR_EMAIL_ADDRESS,
  PR_OBJECT_TYPE,
  PR_RECIPIENT_TYPE,
  PR_ROWID,
  PR_SEARCH_KEY,
} from '../mapi/tags.ts';
import { mailboxes } from './address.ts';
import { type AddressBook, addressKey, type RoleTags, recipientDisplay, roleProperties } from './address-book.ts';
import type { Header } from './header.ts';
import { MAX_RECIPIENTS } from './limits.ts';

/** The fields that name recipients, and what they make them. Bcc is there in mail that a client saved. */
const FIELDS = [
  ['to', MAPI_TO],
  ['cc', MAPI_CC],
  ['bcc', MAPI_BCC],
] as const;

/** A recipient's entry id has a tag of its own, since PR_ENTRYID would be the row's (observed on 11.0.2). */
export const RECIPIENT_TAGS: RoleTags = {
  name: PR_DISPLAY_NAME,
  addressType: PR_ADDRTYPE,
  address: PR_EMAIL_ADDRESS,
  entryId: PR_EC_CONTACT_ENTRYID,
  searchKey: PR_SEARCH_KEY,
};

/** The rows of those whom the header names as recipients. */
export function recipientRows(header: Header, addressBook: AddressBook): ObjectTree[] {
  const named = FIELDS.flatMap(([field, type]) => mailboxes(header, field).map((mailbox) => ({ mailbox, type })));
  return named.slice(0, MAX_RECIPIENTS).map(({ mailbox, type }, index) => {
    const kind = (addressBook.get(addressKey(mailbox.address))?.get(PR_OBJECT_TYPE) ?? MAPI_MAILUSER) as number;
    const properties: Properties = new Map([
      ...roleProperties(mailbox, RECIPIENT_TAGS, addressBook),
      ...recipientDisplay(mailbox, addressBook),
      [PR_RECIPIENT_TYPE, type],
      [PR_OBJECT_TYPE, kind],
      [PR_ROWID, index],
    ]);
    return { kind: kind === MAPI_DISTLIST ? MAPI_DISTLIST : MAPI_MAILUSER, properties, children: [] };
  });
}

/** PR_DISPLAY_TO and its like: the names of the rows. */
export function displayLists(rows: readonly ObjectTree[]): Properties {
  const names = (type: number): string =>
    rows
      .filter((row) => row.properties.get(PR_RECIPIENT_TYPE) === type)
      .map((row) => row.properties.get(PR_DISPLAY_NAME) ?? '')
      .join('; ');
  return new Map([
    [PR_DISPLAY_TO, names(MAPI_TO)],
    [PR_DISPLAY_CC, names(MAPI_CC)],
    [PR_DISPLAY_BCC, names(MAPI_BCC)],
  ]);
}
