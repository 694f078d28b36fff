import { isMailUser } from '../directory/object-class.ts';
import { QUOTA_SOFTLIMIT } from '../directory/quota.ts';
import { wakeLater, wakeNow } from '../mail/spool.ts';
import { objectTypeOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_TYPE, KCERR_NO_ACCESS, KCERR_STORE_FULL } from '../mapi/error-codes.ts';
import { MAPI_MESSAGE } from '../mapi/object-types.ts';
import { grantsOn } from '../store/access.ts';
import { standingOf } from '../store/standing.ts';
import { findOwner } from '../store/store-properties.ts';
import { abortSubmission, EC_SUBMIT_MASTER, finishMessage, submitMessage as submit } from '../store/submission.ts';
import type { LoadedTarget, TargetName } from '../store/target.ts';
import { actorOf } from './actor.ts';
import { type Context, type Operations, onTarget } from './context.ts';
import { isBoundByQuota, requireNeed, requireTarget } from './target.ts';

const named = (entryId: Buffer): TargetName | undefined =>
  objectTypeOf(entryId) === undefined ? undefined : { entryId };

/** The message, of a store that is the caller's or that he administers. */
async function requireOwnMessage(context: Context): Promise<LoadedTarget> {
  const message = requireTarget(context);
  if (message.object.kind !== MAPI_MESSAGE) throw new KopanoError(KCERR_INVALID_TYPE, 'not a message');
  const { hosted } = context.platform.settings;
  const grants = await grantsOn(context.database, context.session.identity, message, hosted);
  if (!grants.full) throw new KopanoError(KCERR_NO_ACCESS, 'mail is sent from the own store');
  return message;
}

/** Puts a message into the outgoing queue and wakes the spooler. Stores over their soft quota send no more; public stores never send. */
const submitMessage = onTarget<'submitMessage'>(
  (args) => named(args.sEntryId),
  async (context, args) => {
    const message = await requireOwnMessage(context);
    const owner = await findOwner(context.database, message.store);
    if (!owner || !isMailUser(owner.class)) throw new KopanoError(KCERR_NO_ACCESS, 'only mailboxes send');
    if (isBoundByQuota(context) && standingOf(message, context.platform.settings) >= QUOTA_SOFTLIMIT)
      throw new KopanoError(KCERR_STORE_FULL, 'the store is over its quota for sending');
    const job = { object: message.object.id, store: message.store.guid.toString('hex') };
    const isForSpooler = (args.ulFlags & EC_SUBMIT_MASTER) !== 0;
    if (isForSpooler) await wakeLater(context.platform, job);
    await submit(actorOf(context), message, args.ulFlags);
    if (isForSpooler) await wakeNow(context.platform, job);
    return {};
  },
);

/**
 * Tells that a message was sent. Of the spooler's queue only our own spooler can tell: a spooler of the original beside
 * it finds rows there that it can't send and calls them finished, by which mail would be lost.
 */
const finishedMessage = onTarget<'finishedMessage'>(
  (args) => named(args.sEntryId),
  async (context, args) => {
    const message = await requireOwnMessage(context);
    if ((args.ulFlags & EC_SUBMIT_MASTER) === 0) await finishMessage(actorOf(context), message);
    return {};
  },
);

/** Takes a submission back. */
const abortSubmit = onTarget<'abortSubmit'>(
  (args) => named(args.sEntryId),
  async (context) => {
    const message = requireTarget(context);
    await requireNeed(context, message, 'own');
    await abortSubmission(actorOf(context), message);
    return {};
  },
);

export const submission = { submitMessage, finishedMessage, abortSubmit } satisfies Partial<Operations>;
