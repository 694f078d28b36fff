import { createHash } from 'node:crypto';
import type { Platform } from '../platform/platform.ts';
import { type PendingJob, removePendingJobs, stalePendingJobs } from '../store/pending-jobs.ts';
import { enqueue, type MailJob, outboundKey, readJob, requireSpool } from './spool.ts';

/*
 * What a delivery sends: forwards, replies, bounces. Its bytes go into the bucket first, then the
 * job is written in the delivery's transaction, then the spool gets it. Wherever a function dies, a
 * repetition goes on; and for the spooler a job of the same id is the same mail.
 */

/** A mail that a delivery sends. */
export interface OutgoingMail {
  /** Tells it from the others of the same delivery, the same whenever the delivery is repeated. */
  readonly name: string;
  /** Envelope sender; empty for what must not be answered. */
  readonly from: string;
  readonly recipients: readonly string[];
  readonly raw: Buffer;
}

/** Names something of a delivery for ever: 64 hexadecimal digits. */
export const deliveryPartId = (mailId: string, recipient: number, name: string): string =>
  createHash('sha256')
    .update(JSON.stringify([mailId, recipient, name]))
    .digest('hex');

/** Stores the bytes of a mail and answers the job to be written in the delivery's transaction. */
export async function storeOutgoing(
  platform: Platform,
  mailId: string,
  recipient: number,
  mail: OutgoingMail,
): Promise<PendingJob> {
  const job: MailJob = {
    kind: 'mail',
    id: deliveryPartId(mailId, recipient, mail.name),
    from: mail.from,
    recipients: mail.recipients,
  };
  await requireSpool(platform).mails.write(outboundKey(job), mail.raw);
  return { jobId: job.id, body: JSON.stringify(job) };
}

/** Gives jobs to the spool and forgets them. Safe to repeat. */
export async function sendPendingJobs(platform: Platform, jobs: readonly PendingJob[]): Promise<void> {
  if (jobs.length === 0) return;
  const spool = requireSpool(platform);
  for (const { body } of jobs) await enqueue(spool, readJob(body));
  await removePendingJobs(platform.database, jobs);
}

/** Jobs that wait longer than the queue takes to repeat a delivery have been forgotten. */
const STALE_SECONDS = 1800;
const AT_ONCE = 100;

/** Gives the spool what functions that died for good have left behind; answers how many jobs. */
export async function sendForgottenJobs(platform: Platform): Promise<number> {
  if (!platform.spool) return 0;
  for (let total = 0; ; ) {
    const jobs = await stalePendingJobs(platform.database, STALE_SECONDS, AT_ONCE);
    await sendPendingJobs(platform, jobs);
    total += jobs.length;
    if (jobs.length < AT_ONCE) return total;
  }
}
