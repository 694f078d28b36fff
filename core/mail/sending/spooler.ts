import { BadJobError, postpone, readJob, resume, type SpoolJob } from '../spool.ts';
import { ATTEMPTS, pauseAfter } from './backoff.ts';
import type { SendingContext } from './context.ts';
import { sendFinishedMail } from './finished-mail.ts';
import type { QueueItem } from './provider-reports.ts';
import { abandonSubmission, type Outcome, sendSubmission } from './submission.ts';

/**
 * Does the jobs of a batch. Answers the ids of those that have to come again;
 * that is only where not even the queue could be reached: what fails is put aside for a
 * time, and what fails for good is a dead letter. Never throws.
 */
export async function spoolBatch(context: SendingContext, items: readonly QueueItem[]): Promise<string[]> {
  const failed: string[] = [];
  for (const { id, body } of items)
    try {
      await spool(context, body);
    } catch (error) {
      context.platform.log.error({ error, item: id }, 'a job stays in the queue');
      failed.push(id);
    }
  return failed;
}

/** The same for jobs that were put aside and whose time may have come. */
export async function resumeBatch({ platform }: SendingContext, items: readonly QueueItem[]): Promise<string[]> {
  const failed: string[] = [];
  for (const { id, body } of items)
    try {
      await resume(platform.spool, body, platform.clock.now());
    } catch (error) {
      platform.log.error({ error, item: id }, 'a job could not be woken');
      failed.push(id);
    }
  return failed;
}

async function spool(context: SendingContext, body: string): Promise<void> {
  const { platform } = context;
  const before = platform.database.roundTrips;
  let job: SpoolJob;
  try {
    job = readJob(body);
  } catch (error) {
    if (!(error instanceof BadJobError)) throw error;
    platform.log.error({ error }, 'a job that nobody of us wrote');
    return bury(context, { body: body.slice(0, 1000) }, error.message);
  }
  let outcome: Outcome;
  try {
    outcome = await run(context, job);
  } catch (error) {
    await again(context, job, error instanceof Error ? `${error.name}: ${error.message}` : String(error), error);
    return;
  } finally {
    platform.log.debug({ statements: platform.database.roundTrips - before, kind: job.kind }, 'spooled');
  }
  if (outcome === 'done') return;
  if (outcome.failed) return again(context, job, 'the mail provider takes no mail');
  await postpone(platform.spool, job, outcome.later, platform.clock.now());
}

function run(context: SendingContext, job: SpoolJob): Promise<Outcome> {
  switch (job.kind) {
    case 'message':
      return sendSubmission(context, job);
    case 'mail':
      return sendFinishedMail(context, job);
    case 'abandon':
      return job.job.kind === 'message'
        ? abandonSubmission(context, job.job, job.reason)
        : sendFinishedMail(context, job.job, job.reason);
  }
}

/** Puts a job aside that failed, or buries it if it has failed too often. */
async function again(
  { platform, deadLetters }: SendingContext,
  job: SpoolJob,
  reason: string,
  error?: unknown,
): Promise<void> {
  const { log, clock, spool: queues } = platform;
  const attempt = (job.attempt ?? 0) + 1;
  if (attempt >= ATTEMPTS) return bury({ platform, deadLetters }, job, reason, error);
  log.warn({ error, reason, attempt, ...nameOf(job) }, 'a job is put aside');
  const now = clock.now();
  await postpone(queues, { ...job, attempt }, now + pauseAfter(attempt - 1), now);
}

/** Makes a dead letter of a job, with the reason. */
async function bury(
  { platform, deadLetters }: Pick<SendingContext, 'platform' | 'deadLetters'>,
  job: SpoolJob | { readonly body: string },
  reason: string,
  error?: unknown,
): Promise<void> {
  platform.log.error({ error, reason, ...('kind' in job ? nameOf(job) : {}) }, 'a job failed for good');
  const id = `dead-${platform.clock.now()}-${Math.random().toString(36).slice(2)}`;
  // What was to be given up is a letter as it was before, so that an operator decides anew.
  const letter = 'kind' in job && job.kind === 'abandon' ? job.job : job;
  await deadLetters.send(JSON.stringify({ ...letter, reason }), { groupId: id, deduplicationId: id });
}

function nameOf(job: SpoolJob): object {
  if (job.kind === 'abandon') return nameOf(job.job);
  return job.kind === 'message' ? { object: job.object } : { mail: job.id };
}
