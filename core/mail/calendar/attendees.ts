import {
  RECIPIENT_ORGANIZER,
  RECIPIENT_SENDABLE,
  RESPONSE_ACCEPTED,
  RESPONSE_DECLINED,
  RESPONSE_NONE,
  RESPONSE_NOT_RESPONDED,
  RESPONSE_TENTATIVE,
} from '../../mapi/calendar-values.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_DISTLIST, MAPI_MAILUSER } from '../../mapi/object-types.ts';
import type { Properties } from '../../mapi/property.ts';
import { MAPI_BCC, MAPI_CC, MAPI_TO } from '../../mapi/recipient-types.ts';
import {
  PR_OBJECT_TYPE,
  PR_RECIPIENT_FLAGS,
  PR_RECIPIENT_TRACKSTATUS,
  PR_RECIPIENT_TYPE,
  PR_ROWID,
} from '../../mapi/tags.ts';
import { displayName, type Mailbox } from '../address.ts';
import { type AddressBook, addressKey, recipientDisplay, roleProperties } from '../address-book.ts';
import { MAX_RECIPIENTS } from '../limits.ts';
import { RECIPIENT_TAGS } from '../recipients.ts';
import { type Component, type ComponentProperty, parameterOf, textValue } from './calendar-file.ts';

/** Somebody who is to come to a meeting. */
export interface Attendee {
  readonly mailbox: Mailbox;
  /** MAPI_TO: has to come, MAPI_CC: may come, MAPI_BCC: a room or a thing. */
  readonly recipientType: number;
  /** PR_RECIPIENT_TRACKSTATUS. */
  readonly trackStatus: number;
}

/** PARTSTAT (RFC 5545 3.2.12). */
const TRACK_STATUS: ReadonlyMap<string, number> = new Map([
  ['TENTATIVE', RESPONSE_TENTATIVE],
  ['ACCEPTED', RESPONSE_ACCEPTED],
  ['DECLINED', RESPONSE_DECLINED],
]);

/** ROLE (RFC 5545 3.2.16). */
const RECIPIENT_TYPES: ReadonlyMap<string, number> = new Map([
  ['OPT-PARTICIPANT', MAPI_CC],
  ['NON-PARTICIPANT', MAPI_BCC],
]);

/** Who invites; undefined where nobody is named. */
export function organizerOf(event: Component): Mailbox | undefined {
  const property = event.getFirstProperty('organizer');
  return property ? mailboxOf(property) : undefined;
}

/** Who is invited, without the organiser. */
export function attendeesOf(event: Component): Attendee[] {
  const organizer = organizerOf(event)?.address.toLowerCase();
  return event
    .getAllProperties('attendee')
    .slice(0, MAX_RECIPIENTS)
    .flatMap((property): Attendee[] => {
      const mailbox = mailboxOf(property);
      if (!mailbox || mailbox.address.toLowerCase() === organizer) return [];
      const role = (parameterOf(property, 'role') ?? '').toUpperCase();
      const status = partStatOf(property);
      return [
        {
          mailbox,
          recipientType: RECIPIENT_TYPES.get(role) ?? MAPI_TO,
          // Who says nothing has not answered (RFC 5545 3.2.12).
          trackStatus: TRACK_STATUS.get(status ?? '') ?? RESPONSE_NOT_RESPONDED,
        },
      ];
    });
}

/** PARTSTAT, in capitals. */
export const partStatOf = (property: ComponentProperty): string | undefined =>
  parameterOf(property, 'partstat')?.toUpperCase();

/** Whom a CAL-ADDRESS names: mostly a mailto URL, else the EMAIL parameter tells (RFC 7986 6.2). */
function mailboxOf(property: ComponentProperty): Mailbox | undefined {
  const value = textValue(property)?.trim() ?? '';
  const named = parameterOf(property, 'email')?.trim();
  const address = /^mailto:/i.test(value) ? decoded(value.slice('mailto:'.length)) : (named ?? value);
  if (address === '') return undefined;
  // Names in quotation marks of their own.
  const name = (parameterOf(property, 'cn') ?? '').trim().replace(/^["'](.*)["']$/, '$1');
  return { name: name || address, address };
}

/** A mailto URL without its header fields (RFC 6068). */
function decoded(url: string): string {
  const address = url.replace(/\?.*$/, '').trim();
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

/** Recipient rows of a meeting: the organiser first. */
export function attendeeRows(
  organizer: Mailbox | undefined,
  attendees: readonly Attendee[],
  addressBook: AddressBook,
): ObjectTree[] {
  const rows = attendees.map(({ mailbox, recipientType, trackStatus }) =>
    attendeeRow(mailbox, recipientType, trackStatus, RECIPIENT_SENDABLE, addressBook),
  );
  if (organizer) {
    const flags = RECIPIENT_ORGANIZER | RECIPIENT_SENDABLE;
    rows.unshift(attendeeRow(organizer, MAPI_TO, RESPONSE_NONE, flags, addressBook));
  }
  return rows.map((row, index) => ({ ...row, properties: new Map([...row.properties, [PR_ROWID, index]]) }));
}

function attendeeRow(
  mailbox: Mailbox,
  recipientType: number,
  trackStatus: number,
  flags: number,
  addressBook: AddressBook,
): ObjectTree {
  const kind = (addressBook.get(addressKey(mailbox.address))?.get(PR_OBJECT_TYPE) ?? MAPI_MAILUSER) as number;
  const properties: Properties = new Map([
    ...roleProperties(mailbox, RECIPIENT_TAGS, addressBook),
    ...recipientDisplay(mailbox, addressBook),
    [PR_RECIPIENT_TYPE, recipientType],
    [PR_OBJECT_TYPE, kind],
    [PR_RECIPIENT_FLAGS, flags],
    [PR_RECIPIENT_TRACKSTATUS, trackStatus],
  ]);
  return { kind: kind === MAPI_DISTLIST ? MAPI_DISTLIST : MAPI_MAILUSER, properties, children: [] };
}

/** The names of those who are invited, as lists. */
export function attendeeStrings(attendees: readonly Attendee[], tags: NamedTags): Properties {
  const names = (types: readonly number[]): string =>
    attendees
      .filter(({ recipientType }) => types.includes(recipientType))
      .map(({ mailbox }) => displayName(mailbox))
      .join('; ');
  return new Map([
    [tags.PidLidToAttendeesString, names([MAPI_TO])],
    [tags.PidLidCcAttendeesString, names([MAPI_CC])],
    [tags.PidLidAllAttendeesString, names([MAPI_TO, MAPI_CC, MAPI_BCC])],
  ]);
}
