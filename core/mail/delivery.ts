import { principalProperties } from '../directory/address-book-properties.ts';
import type { Identity } from '../directory/identity.ts';
import { hasLogin, loginName } from '../directory/login-name.ts';
import { OBJECTTYPE_CONTAINER } from '../directory/object-class.ts';
import { findPrincipal, type Principal, principalEntryId } from '../directory/principal.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import { PR_MESSAGE_CLASS } from '../mapi/tags.ts';
import type { Log } from '../platform/log.ts';
import type { MailBucket } from '../platform/mail-bucket.ts';
import type { Platform } from '../platform/platform.ts';
import { type Arrival, deliver, findArrival, isDelivered, mailKey } from '../store/delivery.ts';
import { ensureMailbox } from '../store/lazy-mailbox.ts';
import { type PendingJob, pendingJobsOf } from '../store/pending-jobs.ts';
import { findPublicFolder } from '../store/public-folder.ts';
import { type Decision, decide } from './decision.ts';
import { DEFAULT_DELIVERY_SETTINGS, type DeliverySettings, type PublicFolderAddress } from './delivery-settings.ts';
import { isJunk } from './junk.ts';
import { headerLines, hops, MAX_HOPS } from './mail-header.ts';
import { type ConvertedMail, mailToMessage } from './mail-to-message.ts';
import { namedTagsOf } from './named-tags.ts';
import { deliveryPartId, sendPendingJobs, storeOutgoing } from './outgoing.ts';
import { personalCopy } from './personal-copy.ts';
import type { Receipt } from './receipt-notification.ts';
import { type Receiver, Receivers } from './receivers.ts';
import { redirectedMail } from './rules/redirect.ts';

/** What delivery needs of the world. */
export interface DeliveryContext {
  readonly platform: Platform;
  readonly mailBucket: MailBucket;
  /** As the original's defaults if left out. */
  readonly settings?: DeliverySettings;
  /** Who reports come from. */
  readonly postmaster?: string;
}

/** Nobody here has the address of a recipient, or who has it has no mailbox. */
export class UnknownRecipientError extends Error {
  override readonly name = 'UnknownRecipientError';
}

/** A mail didn't reach all of its recipients; those it did reach won't get it again. */
export class DeliveryIncompleteError extends AggregateError {
  override readonly name = 'DeliveryIncompleteError';
}

/** A received mail while it is delivered. */
export interface ReceivedMail {
  readonly platform: Platform;
  readonly settings: DeliverySettings;
  readonly postmaster: string;
  readonly receipt: Receipt;
  readonly raw: Buffer;
  readonly converted: ConvertedMail;
  readonly junk: boolean;
  readonly log: Log;
}

const DEFAULT_POSTMASTER = 'postmaster@localhost';
/** Recipients of a mail who get it at the same time: their mailboxes don't wait for each other. */
const AT_ONCE = 4;

/**
 * Delivers a received mail to all of its recipients, each exactly once however
 * often it is repeated. Throws {@link DeliveryIncompleteError} when some were not reached,
 * after it has tried all; and what the bucket or the database throw.
 */
export async function deliverMail(context: DeliveryContext, receipt: Receipt): Promise<void> {
  const { platform, mailBucket, settings = DEFAULT_DELIVERY_SETTINGS, postmaster = DEFAULT_POSTMASTER } = context;
  const log = platform.log.child({ mailId: receipt.mailId });
  const raw = await mailBucket.read(receipt.key);
  const receivers = new Receivers(platform, settings, receipt.recipients);
  const converted = await mailToMessage(
    raw,
    {
      receivedAt: receipt.receivedAt,
      resolveAddresses: (addresses) => receivers.resolve(addresses),
      namedTags: await namedTagsOf(platform.database),
    },
    receipt.recipients,
  );
  if (converted.calendarProblem !== undefined)
    log.info({ reason: String(converted.calendarProblem) }, 'a calendar stays a file');
  if (converted.unreadable !== undefined)
    log.warn({ error: converted.unreadable, bytes: raw.length }, 'mail unreadable; attached');
  const junk = isJunk(receipt, converted.message.properties, settings);
  const mail: ReceivedMail = { platform, settings, postmaster, receipt, raw, converted, junk, log };

  const waiting = receivers.list();
  const count = waiting.length;
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let receiver = waiting.shift(); receiver; receiver = waiting.shift()) {
      const who = 'principal' in receiver ? { principal: receiver.principal.id } : {};
      try {
        log.info({ ...who, bytes: raw.length }, await deliverTo(mail, receiver));
      } catch (error) {
        log.error({ error, ...who }, 'not delivered');
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, work));
  if (failures.length > 0)
    throw new DeliveryIncompleteError(failures, `${failures.length} of ${count} recipients not reached`);
}

function deliverTo(mail: ReceivedMail, receiver: Receiver): Promise<string> {
  switch (receiver.kind) {
    case 'mailbox':
      return deliverToMailbox(mail, receiver.principal, receiver.throughGroup);
    case 'outside':
      return passOn(mail, receiver.principal, receiver.via);
    case 'public folder':
      return deliverToPublicFolder(mail, receiver.place);
    case 'nobody':
      throw new UnknownRecipientError(receiver.why);
  }
}

async function deliverToMailbox(mail: ReceivedMail, principal: Principal, throughGroup: boolean): Promise<string> {
  const { platform, receipt, converted } = mail;
  const mailId = mailKey(receipt.mailId);
  const messageClass = String(converted.message.properties.get(PR_MESSAGE_CLASS) ?? '');
  const arrival = await arrivalOf(platform, principal, { mailId, recipient: principal.id, messageClass });
  if (arrival.delivered) return alreadyDelivered(platform, mailId, principal.id, arrival);
  const message = personalCopy(converted.message, principalProperties(principal, platform.settings), throughGroup);
  const decision = await decide({ ...mail, principal, identity: identityOf(platform, principal), arrival }, message);
  return finish(mail, mailId, principal.id, decision);
}

/** Where the mail arrives; one who comes from a directory gets a mailbox with the first mail. */
async function arrivalOf(
  platform: Platform,
  principal: Principal,
  mail: Parameters<typeof findArrival>[1],
): Promise<Arrival> {
  try {
    return await findArrival(platform.database, mail);
  } catch (error) {
    const missing = error instanceof KopanoError && error.code === KCERR_NOT_FOUND;
    if (!missing || !(await ensureMailbox(platform, principal))) throw error;
    return await findArrival(platform.database, mail);
  }
}

async function finish(mail: ReceivedMail, mailId: Buffer, recipient: number, decision: Decision): Promise<string> {
  const { platform, receipt } = mail;
  const store = (outgoing: Decision['mails'][number]): Promise<PendingJob> =>
    storeOutgoing(platform, receipt.mailId, recipient, outgoing);
  const jobs: PendingJob[] = [];
  for (const outgoing of decision.mails) jobs.push(await store(outgoing));
  const { outcome, jobs: waiting } = await deliver(platform, {
    mailId,
    recipient,
    placements: decision.placements,
    jobs,
    ...(decision.awayReply && {
      autoReply: {
        to: decision.awayReply.recipients[0]!,
        everySeconds: mail.settings.replyEverySeconds,
        job: await store(decision.awayReply),
        copy: decision.awayReplyCopy,
      },
    }),
    now: platform.clock.now(),
  });
  await sendPendingJobs(platform, waiting);
  return outcome === 'delivered' ? decision.summary : outcome;
}

/** A repetition changes nothing; but what the first delivery had to send may still wait. */
async function alreadyDelivered(
  platform: Platform,
  mailId: Buffer,
  recipient: number,
  { unsent }: Pick<Arrival, 'unsent'>,
): Promise<string> {
  if (unsent) await sendPendingJobs(platform, await pendingJobsOf(platform.database, { mailId, recipient }));
  return 'already delivered';
}

/** Sends a mail on to an address of the outside world, as it is. */
async function passOn(mail: ReceivedMail, contact: Principal, via: Principal): Promise<string> {
  const { platform, receipt, postmaster, converted } = mail;
  const mailId = mailKey(receipt.mailId);
  if (await isDelivered(platform.database, mailId, contact.id))
    return alreadyDelivered(platform, mailId, contact.id, { unsent: true });
  if (hops(headerLines(converted.message.properties)) > MAX_HOPS)
    throw new UnknownRecipientError('the mail goes round in a circle');
  const name = 'pass on';
  const sender = { ...via, email: via.email || postmaster };
  const messageId = `${deliveryPartId(receipt.mailId, contact.id, name)}@${postmaster.slice(postmaster.lastIndexOf('@') + 1)}`;
  const target = { name: contact.fullName, address: contact.email };
  return finish(mail, mailId, contact.id, {
    placements: [],
    mails: [
      {
        name,
        from: receipt.from === '' ? '' : sender.email,
        recipients: [contact.email],
        raw: redirectedMail({ ...mail, recipient: sender }, [target], messageId),
      },
    ],
    summary: 'passed on to an outside address',
  });
}

/** Public folders are no principals: the delivery is noted under the mail's id with the folder's number. */
async function deliverToPublicFolder(mail: ReceivedMail, place: PublicFolderAddress): Promise<string> {
  const { platform, receipt, converted } = mail;
  const companyId = place.company === undefined ? 0 : await companyOf(platform, place.company);
  const path = place.folder.split('/').filter((name) => name !== '');
  const folder = await findPublicFolder(platform.database, path, companyId);
  const mailId = mailKey(`${folder.object.id}/${receipt.mailId}`);
  if (await isDelivered(platform.database, mailId, 0)) return 'already delivered';
  const placements = [{ folder, tree: converted.message, isNewMail: true }];
  return finish(mail, mailId, 0, { placements, mails: [], summary: 'delivered to a public folder' });
}

async function companyOf({ database, settings }: Platform, name: string): Promise<number> {
  const company = await findPrincipal(database, [hasLogin(name, OBJECTTYPE_CONTAINER, settings)]);
  if (!company) throw new UnknownRecipientError('the company of a public folder does not exist');
  return company.id;
}

/** Who a principal is when rules act for him. */
const identityOf = ({ settings }: Platform, principal: Principal): Identity => ({
  principalId: principal.id,
  name: loginName(principal, settings),
  fullName: principal.fullName,
  adminLevel: principal.adminLevel,
  companyId: principal.companyId,
  entryId: principalEntryId(principal),
});
