import { findByMailAddress, foldAddress, hasMailbox } from '../../directory/mail-address.ts';
import type { Principal } from '../../directory/principal.ts';
import { findByEntryIds } from '../../directory/principals-by-entry.ts';
import { selfAndGroups, whoMaySendAs } from '../../directory/send-rights.ts';
import { decodeAddressBookEntryId, isAddressBookEntryId } from '../../mapi/address-book-entry-id.ts';
import { encodeFlatEntryList } from '../../mapi/flat-entry-list.ts';
import { decodeOneOff, encodeOneOff } from '../../mapi/one-off-entry-id.ts';
import type { Properties, ReadonlyProperties } from '../../mapi/property.ts';
import {
  PR_MESSAGE_CLASS,
  PR_REPLY_RECIPIENT_ENTRIES,
  PR_REPLY_RECIPIENT_NAMES,
  PR_SENT_REPRESENTING_EMAIL_ADDRESS,
  PR_SENT_REPRESENTING_ENTRYID,
  PR_SENT_REPRESENTING_NAME,
} from '../../mapi/tags.ts';
import { delegatesOf } from '../../store/delegates.ts';
import type { Mailbox } from '../address.ts';
import { emptyAddressBook, roleProperties } from '../address-book.ts';
import { REPRESENTING_TAGS, SENDER_TAGS } from '../header-properties.ts';
import type { SendingContext } from './context.ts';

/** Who a message is of, as far as the sender may say so. */
export interface Author {
  /** From of the header, and sender of the envelope. */
  readonly from: Mailbox;
  /** Sender of the header, where somebody sends on behalf of somebody else. */
  readonly sender?: Mailbox | undefined;
  /** Where answers go, if not to From. */
  readonly replyTo?: Mailbox | undefined;
  /** In whose name it is sent, if that is another user: his Sent Items get it, too. */
  readonly representee?: Principal | undefined;
}

/** The sender may not send this message; the text is for him. */
export class SenderRefusedError extends Error {
  override readonly name = 'SenderRefusedError';
}

const MEETINGS = new Set(['ipm.schedule.meeting.request', 'ipm.schedule.meeting.canceled']);

/**
 * Whose message it is, checked as the original spooler checks it: everybody sends
 * as himself; on behalf of whom he is a delegate of; and as whom he has the send-as right
 * of, himself or through a group. Throws {@link SenderRefusedError}.
 */
export async function authorOf(
  context: SendingContext,
  owner: Principal,
  properties: ReadonlyProperties,
): Promise<Author> {
  const own: Mailbox = { name: owner.fullName, address: owner.email };
  const claimed = await claimedAuthor(context, properties);
  const author =
    claimed === undefined || isOwn(owner, claimed)
      ? { from: claimed?.mailbox.address ? { ...claimed.mailbox, name: owner.fullName } : own }
      : await checked(context, owner, own, claimed, properties);
  requireOwnDomain(context, author.from.address);
  return author;
}

interface Claim {
  readonly mailbox: Mailbox;
  readonly principal: Principal | undefined;
}

/** Who the message says it is of; undefined where it leaves that to us. */
async function claimedAuthor({ platform }: SendingContext, properties: ReadonlyProperties): Promise<Claim | undefined> {
  const entryId = properties.get(PR_SENT_REPRESENTING_ENTRYID);
  if (!Buffer.isBuffer(entryId)) return undefined;
  const text = (tag: number): string => {
    const value = properties.get(tag);
    return typeof value === 'string' ? value.trim() : '';
  };
  if (isAddressBookEntryId(entryId)) {
    const principal = (await findByEntryIds(platform.database, [entryId])).get(entryId.toString('hex'));
    const name = principal?.fullName ?? text(PR_SENT_REPRESENTING_NAME);
    return { mailbox: { name, address: principal?.email ?? '' }, principal };
  }
  const oneOff = decodeOneOff(entryId);
  const name = oneOff?.name || text(PR_SENT_REPRESENTING_NAME);
  const address = (oneOff?.address ?? text(PR_SENT_REPRESENTING_EMAIL_ADDRESS)).trim();
  const principal = address === '' ? undefined : await principalOfAddress(platform, address);
  return { mailbox: { name: principal?.fullName ?? name, address }, principal };
}

/** Whose own or further address it is. */
export async function principalOfAddress(
  platform: SendingContext['platform'],
  address: string,
): Promise<Principal | undefined> {
  const { named } = await findByMailAddress(platform.database, { named: [address], recipients: [] }, platform.settings);
  return named.get(foldAddress(address));
}

const isOwn = (owner: Principal, { principal, mailbox }: Claim): boolean =>
  principal?.id === owner.id ||
  (owner.details.aliases ?? []).some((alias) => foldAddress(alias) === foldAddress(mailbox.address));

async function checked(
  context: SendingContext,
  owner: Principal,
  own: Mailbox,
  { mailbox, principal }: Claim,
  properties: ReadonlyProperties,
): Promise<Author> {
  const { platform, settings } = context;
  const isMeeting = MEETINGS.has(String(properties.get(PR_MESSAGE_CLASS) ?? '').toLowerCase());
  const allowed = settings.allowedSenders[foldAddress(mailbox.address)] ?? [];
  if (allowed.includes(owner.name)) return { from: mailbox, representee: withMailbox(principal) };
  if (!principal) {
    // Who forwards a meeting request of somebody elsewhere can't send as him; answers go to the organizer all the same.
    if (isMeeting && settings.delegateMeetings && mailbox.address !== '') return { from: own, replyTo: mailbox };
    throw new SenderRefusedError('The user or group you try to send as could not be found.');
  }
  const behalf: Author = { from: mailbox, sender: own };
  if (isMeeting && settings.delegateMeetings) return behalf;
  const { database } = platform;
  const mine = await selfAndGroups(database, owner.id);
  const delegates = hasMailbox(principal) ? await delegatesOf(platform, database, principal.id) : [];
  const isDelegate = delegates
    .filter(isAddressBookEntryId)
    .some((entryId) => mine.has(decodeAddressBookEntryId(entryId).id));
  if (isDelegate) return { ...behalf, representee: withMailbox(principal) };
  if ((await whoMaySendAs(database, principal.id)).some((id) => mine.has(id)))
    return { from: mailbox, representee: withMailbox(principal) };
  throw new SenderRefusedError(`You are not allowed to send as user or group "${principal.fullName}".`);
}

const withMailbox = (principal: Principal | undefined): Principal | undefined =>
  principal && hasMailbox(principal) ? principal : undefined;

function requireOwnDomain({ settings }: SendingContext, address: string): void {
  if (!address.includes('@')) throw new SenderRefusedError('The sender has no mail address.');
  const domain = foldAddress(address).split('@').at(-1)!;
  if (settings.senderDomains && !settings.senderDomains.includes(domain))
    throw new SenderRefusedError(`Mail can't be sent as ${address}: the domain ${domain} is not one of this site's.`);
}

/** What a message has of its author while it travels: plain addresses, whatever its copy in the mailbox has. */
export function authorProperties({ from, sender, replyTo }: Author): Properties {
  return new Map([
    ...roleProperties(from, REPRESENTING_TAGS, emptyAddressBook),
    ...roleProperties(sender ?? from, SENDER_TAGS, emptyAddressBook),
    ...(replyTo
      ? ([
          [
            PR_REPLY_RECIPIENT_ENTRIES,
            encodeFlatEntryList([encodeOneOff({ name: replyTo.name, addressType: 'SMTP', address: replyTo.address })]),
          ],
          [PR_REPLY_RECIPIENT_NAMES, replyTo.name || replyTo.address],
        ] as const)
      : []),
  ]);
}
