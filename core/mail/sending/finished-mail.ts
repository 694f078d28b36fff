import { hasMailbox } from '../../directory/mail-address.ts';
import { findPrincipal, type Principal } from '../../directory/principal.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MailMissingError } from '../../platform/mail-bucket.ts';
import { type Handover, partsOf } from '../../store/handover.ts';
import { mailToMessage } from '../mail-to-message.ts';
import { type MailJob, outboundKey } from '../spool.ts';
import { principalOfAddress } from './author.ts';
import type { SendingContext } from './context.ts';
import { envelopeOfAddresses } from './envelope.ts';
import { giveUp, handOver, type Plan, plan, planParts } from './parts.ts';
import type { Outcome } from './submission.ts';
import { reportFailures } from './undeliverable.ts';

/** Sends a finished mail, as far as that is still to be done; safe to repeat at any point. */
export async function sendFinishedMail(context: SendingContext, job: MailJob, abandoned?: string): Promise<Outcome> {
  const { platform } = context;
  const known = await partsOf(platform.database, job.id);
  const planned = known.length > 0 ? { parts: known, fresh: false } : await planMail(context, job);
  if (!planned) return 'done';
  const progress =
    abandoned === undefined
      ? await handOver(context, planned, () => platform.spool.mails.read(outboundKey(job)))
      : await giveUp(context, planned.parts, abandoned);
  if (progress.later !== undefined) return { later: progress.later, failed: progress.refused === true };
  await report(context, job, progress.parts);
  return 'done';
}

async function planMail(context: SendingContext, job: MailJob): Promise<Plan | undefined> {
  const sender = job.from === '' ? undefined : await principalOfAddress(context.platform, job.from);
  const envelope = await envelopeOfAddresses(context, job.recipients);
  const principalId = sender && hasMailbox(sender) ? sender.id : undefined;
  return plan(context, { sending: job.id, principalId, sender: job.from }, planParts(envelope));
}

async function report(context: SendingContext, job: MailJob, parts: readonly Handover[]): Promise<void> {
  const failed = parts.flatMap(({ failure, recipients }) =>
    failure === undefined ? [] : recipients.map((recipient) => ({ recipient, reason: failure })),
  );
  if (failed.length === 0) return;
  const sender = await senderOf(context, parts[0]!);
  // Of what machines send nobody is told: that is how mail loops begin.
  if (!sender) context.platform.log.warn({ mail: job.id, recipients: failed.length }, 'nobody to tell');
  else await reportFailures(context, sender, { id: job.id, original: await originalOfMail(context, job.id), failed });
}

/** Who is told of what becomes of a part. */
export async function senderOf({ platform }: SendingContext, part: Handover): Promise<Principal | undefined> {
  if (part.principalId === undefined) return undefined;
  return findPrincipal(platform.database, [
    { sql: 'pri.id = :principalId', parameters: { principalId: part.principalId } },
  ]);
}

/** A finished mail as a message; undefined when the bucket has it no more. */
export async function originalOfMail({ platform }: SendingContext, id: string): Promise<ObjectTree | undefined> {
  try {
    const raw = await platform.spool.mails.read(outboundKey({ id }));
    return (await mailToMessage(raw, { receivedAt: platform.clock.now() })).message;
  } catch (error) {
    if (error instanceof MailMissingError) return undefined;
    throw error;
  }
}
