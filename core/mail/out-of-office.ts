import type { Principal } from '../directory/principal.ts';
import { millisecondsFromFileTime } from '../mapi/file-time.ts';
import type { ObjectTree } from '../mapi/object-tree.ts';
import type { ReadonlyProperties } from '../mapi/property.ts';
import * as tags from '../mapi/tags.ts';
import { compose, domainOf } from './compose.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import { mailAddressOf } from './mail-address-of.ts';
import { hasHeader, headerLines, hops, MAX_HOPS } from './mail-header.ts';
import { deliveryPartId, type OutgoingMail } from './outgoing.ts';
import type { Receipt } from './receipt-notification.ts';

/** Subject where the user has set none (observed on 11.0.2). */
const DEFAULT_SUBJECT = 'Out of office';
/** Nobody sits behind these, whatever the domain (kopano-autorespond). */
const NOBODY: ReadonlySet<string> = new Set(['mailer-daemon', 'postmaster', 'root']);

/** A user's out-of-office message. */
export interface Absence {
  readonly subject: string;
  readonly text: string;
}

/** The out-of-office message of a store's properties, if it applies at a time (milliseconds since 1970). */
export function absenceAt(store: ReadonlyProperties, now: number): Absence | undefined {
  if (store.get(tags.PR_EC_OUTOFOFFICE) !== true) return undefined;
  const time = (tag: number): number | undefined => {
    const value = store.get(tag);
    return typeof value === 'bigint' ? millisecondsFromFileTime(value) : undefined;
  };
  const [from, until] = [time(tags.PR_EC_OUTOFOFFICE_FROM), time(tags.PR_EC_OUTOFOFFICE_UNTIL)];
  if ((from !== undefined && now < from) || (until !== undefined && now > until)) return undefined;
  const text = (tag: number): string | undefined => {
    const value = store.get(tag);
    return typeof value === 'string' ? value : undefined;
  };
  return {
    subject: text(tags.PR_EC_OUTOFOFFICE_SUBJECT) ?? DEFAULT_SUBJECT,
    text: text(tags.PR_EC_OUTOFOFFICE_MSG) ?? '',
  };
}

/** Whether a message may be answered by a machine at all (RFC 3834 2). */
export function mayBeAnswered(
  receipt: Receipt,
  message: ObjectTree,
  recipient: Principal,
  settings: DeliverySettings,
): boolean {
  const lines = headerLines(message.properties);
  if (receipt.from === '' || hasHeader(lines, settings.inhibitReply) || hops(lines) > MAX_HOPS) return false;
  if (message.properties.get(tags.PR_DELEGATED_BY_RULE) === true) return false;
  const sender = mailAddressOf(message.properties, 'sender');
  if (!sender.includes('@')) return false;
  const own = [recipient.email, ...(recipient.details.aliases ?? [])].map((address) => address.toLowerCase());
  if (own.includes(sender.toLowerCase())) return false;
  return ![sender, recipient.email].some((address) => NOBODY.has(localPart(address)));
}

/** Whether the user is named as one whose absence the sender should hear of. */
export function isAddressed({ properties }: ObjectTree, settings: DeliverySettings): boolean {
  const is = (tag: number): boolean => properties.get(tag) === true;
  if (is(tags.PR_MESSAGE_TO_ME)) return true;
  if (is(tags.PR_MESSAGE_CC_ME)) return settings.replyToCc;
  return is(tags.PR_EC_MESSAGE_BCC_ME) ? settings.replyToBcc : settings.replyToOthers;
}

/** The out-of-office reply to a message, as the original writes it, with Auto-Submitted (RFC 3834 5) besides. */
export async function absenceReply(
  absence: Absence,
  receipt: Receipt,
  message: ObjectTree,
  recipient: Principal,
): Promise<OutgoingMail> {
  const name = 'out of office';
  const subject = message.properties.get(tags.PR_SUBJECT);
  const sender = mailAddressOf(message.properties, 'sender');
  const raw = await compose({
    from: { name: recipient.fullName, address: recipient.email },
    to: [{ name: '', address: sender }],
    subject: typeof subject === 'string' ? `${absence.subject} [${subject}]` : absence.subject,
    text: absence.text,
    date: receipt.receivedAt,
    messageId: `${deliveryPartId(receipt.mailId, recipient.id, name)}@${domainOf(recipient.email)}`,
    inReplyTo: textOf(message, tags.PR_INTERNET_MESSAGE_ID),
    headers: {
      'X-Kopano-Vacation': 'autorespond',
      'X-Auto-Response-Suppress': 'All',
      Precedence: 'bulk',
      'Auto-Submitted': 'auto-replied',
    },
  });
  return { name, from: '', recipients: [sender], raw };
}

const localPart = (address: string): string => address.slice(0, address.lastIndexOf('@')).toLowerCase();
const textOf = ({ properties }: ObjectTree, tag: number): string | undefined => {
  const value = properties.get(tag);
  return typeof value === 'string' && /^<[^<>\s]+>$/.test(value) ? value : undefined;
};
