import { principalProperties } from '../directory/address-book-properties.ts';
import { findByAliasOrLogin, findByMailAddress, foldAddress, hasMailbox } from '../directory/mail-address.ts';
import type { Principal } from '../directory/principal.ts';
import type { MailBucket } from '../platform/mail-bucket.ts';
import type { Platform } from '../platform/platform.ts';
import { deliver } from '../store/delivery.ts';
import type { AddressBook } from './address-book.ts';
import { type ConvertedMail, mailToMessage } from './mail-to-message.ts';
import { namedTagsOf } from './named-tags.ts';
import { personalCopy } from './personal-copy.ts';
import type { Receipt } from './receipt-notification.ts';

/** What delivery needs of the world. */
export interface DeliveryContext {
  readonly platform: Platform;
  readonly mailBucket: MailBucket;
}

/** Nobody here has the address of a recipient, or who has it has no mailbox. */
export class UnknownRecipientError extends Error {
  override readonly name = 'UnknownRecipientError';
}

/** A mail didn't reach all of its recipients; those it did reach won't get it again. */
export class DeliveryIncompleteError extends AggregateError {
  override readonly name = 'DeliveryIncompleteError';
}

/**
 * Delivers a received mail to all of its recipients, each exactly once however
 * often it is repeated. Throws {@link DeliveryIncompleteError} when some were not reached,
 * after it has tried all; and what the bucket or the database throw.
 */
export async function deliverMail(context: DeliveryContext, receipt: Receipt): Promise<void> {
  const { platform, mailBucket } = context;
  const log = platform.log.child({ mailId: receipt.mailId });
  const raw = await mailBucket.read(receipt.key);
  const principals = new Map<string, Principal>();
  const mail = await mailToMessage(
    raw,
    {
      receivedAt: receipt.receivedAt,
      resolveAddresses: (addresses) => resolve(platform, addresses, receipt.recipients, principals),
      namedTags: await namedTagsOf(platform.database),
    },
    receipt.recipients,
  );
  if (mail.unreadable !== undefined)
    log.warn({ error: mail.unreadable, bytes: raw.length }, 'mail unreadable; attached');

  const failures: unknown[] = [];
  const reached = new Set<number>();
  for (const recipient of receipt.recipients) {
    const principal = principals.get(foldAddress(recipient));
    try {
      if (!principal || !hasMailbox(principal)) {
        throw new UnknownRecipientError(principal ? 'the recipient has no mailbox' : 'no such recipient');
      }
      // Two of the addresses may be one person's.
      if (reached.has(principal.id)) continue;
      reached.add(principal.id);
      const outcome = await deliverTo(context, receipt, mail, principal);
      log.info({ principal: principal.id, bytes: raw.length }, outcome);
    } catch (error) {
      log.error({ error, principal: principal?.id }, 'not delivered');
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw new DeliveryIncompleteError(
      failures,
      `${failures.length} of ${receipt.recipients.length} recipients not reached`,
    );
  }
}

async function deliverTo(
  { platform }: DeliveryContext,
  receipt: Receipt,
  mail: ConvertedMail,
  principal: Principal,
): Promise<'delivered' | 'already delivered'> {
  const tree = personalCopy(mail.message, principalProperties(principal, platform.settings));
  return await deliver(platform, { mailId: receipt.mailId, recipient: principal.id, tree, now: platform.clock.now() });
}

/** Addresses of a mail that are looked up; the others of an endless list are shown as the mail says them. */
const MAX_RESOLVED = 500;

/**
 * Looks up everybody at once, and those recipients one by one who are only known
 * by a further name. Who receives is put into `principals`, by folded address.
 */
async function resolve(
  platform: Platform,
  addresses: readonly string[],
  recipients: readonly string[],
  principals: Map<string, Principal>,
): Promise<AddressBook> {
  const { database, settings } = platform;
  const found = await findByMailAddress(database, addresses.slice(0, Math.max(MAX_RESOLVED, recipients.length)));
  for (const recipient of recipients) {
    const address = foldAddress(recipient);
    const principal = found.get(address) ?? (await findByAliasOrLogin(database, address, settings));
    if (!principal) continue;
    found.set(address, principal);
    principals.set(address, principal);
  }
  return new Map(
    [...found]
      .filter(([, principal]) => isShown(principal, [...principals.values()], settings.hosted))
      .map(([address, principal]) => [address, principalProperties(principal, settings)]),
  );
}

/** Whether mail shows somebody as the address book does: not who is hidden there, and no company to another. */
const isShown = (principal: Principal, receivers: readonly Principal[], hosted: boolean): boolean =>
  !principal.hidden && (!hosted || receivers.every((receiver) => receiver.companyId === principal.companyId));
