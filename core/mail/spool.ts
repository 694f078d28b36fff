import { createHash, randomUUID } from 'node:crypto';
import { ConfigurationError } from '../platform/configuration.ts';
import type { Platform } from '../platform/platform.ts';
import type { Spool } from '../platform/spool.ts';
import { waitingSubmissions } from '../store/sent-message.ts';

/**
 * The catalogue of the spooler's jobs. Each may come more than once, and late:
 * whoever does it finds out first whether it is still to be done.
 */
export type SpoolJob = MessageJob | MailJob | AbandonJob;

/** What every job has. */
interface Timed {
  /** How often it was tried in vain. */
  readonly attempt?: number;
  /** Not to be done before this time, in ms since 1970. */
  readonly notBefore?: number;
}

/** A message that a client submitted: its row in the outgoing queue is what counts, this only wakes the spooler. */
export interface MessageJob extends Timed {
  readonly kind: 'message';
  /** Number of the message, which stays the same where it is moved to. */
  readonly object: number;
  /** GUID of its store in hex; messages of one store are sent in order. */
  readonly store: string;
}

/** A finished mail, whose bytes wait in the mail bucket under {@link outboundKey}. */
export interface MailJob extends Timed {
  readonly kind: 'mail';
  /** Names the mail among all: 64 hex digits. */
  readonly id: string;
  /** Envelope sender; empty for answers by machines, which must never be answered (RFC 3834, RFC 5321 4.5.5). */
  readonly from: string;
  /** Envelope recipients, any number. */
  readonly recipients: readonly string[];
}

/** A job that an operator gave up: the sender is told, and the message leaves the queue. */
export interface AbandonJob extends Timed {
  readonly kind: 'abandon';
  readonly job: MessageJob | MailJob;
  readonly reason: string;
}

/** A job that nobody of us wrote. */
export class BadJobError extends Error {
  override readonly name = 'BadJobError';
}

/** A function that never has mail to send tried to. */
export function requireSpool({ spool }: Platform): Spool {
  if (!spool) throw new ConfigurationError('This function knows no way to the spooler.');
  return spool;
}

/** Where finished mails wait in the mail bucket, which lets them expire; `infra/data.ts` grants access by it. */
export const OUTBOUND_PREFIX = 'outbound/';

export const outboundKey = ({ id }: Pick<MailJob, 'id'>): string => OUTBOUND_PREFIX + id;

/** A finished mail for the world. */
export interface FinishedMail {
  /** Envelope sender, `user@domain`; empty for automatic answers and reports, of which no failure is ever told. */
  readonly from: string;
  /** Envelope recipients, `user@domain`; more than 50 are sent in several parts. */
  readonly recipients: readonly string[];
  /** RFC 5322 bytes with CRLF line ends, at most 40 MB. */
  readonly raw: Uint8Array;
  /** Names the mail among all that are ever sent: for the same id it is sent once, however often this is called. */
  readonly dedupeId: string;
}

/**
 * Hands a finished mail to the spooler. When this resolves, the mail and its
 * job are stored: it will be sent once. Safe to repeat after any failure, with
 * the same dedupeId; the spooler remembers what it has sent for 30 days.
 */
export async function sendMail(platform: Platform, mail: FinishedMail): Promise<void> {
  const spool = requireSpool(platform);
  if (mail.recipients.length === 0) return;
  const id = createHash('sha256').update(mail.dedupeId).digest('hex');
  await spool.mails.write(outboundKey({ id }), mail.raw);
  await enqueue(spool, { kind: 'mail', id, from: mail.from, recipients: mail.recipients });
}

/** Puts a job on the queue, to be done as soon as possible. */
export async function enqueue(spool: Spool, job: SpoolJob): Promise<void> {
  // Doing a job twice is harmless, losing one is not: SQS must not take a later job for an earlier one of the same kind.
  await spool.jobs.send(JSON.stringify(job), { groupId: groupOf(job), deduplicationId: randomUUID() });
}

/** Longest delay of an SQS message. */
const LONGEST_DELAY_SECONDS = 900;

/** Puts a job aside for a time; if that is longer than SQS can wait, it is put aside again each time it comes up. */
export async function postpone(spool: Spool, job: SpoolJob, notBefore: number, now: number): Promise<void> {
  const seconds = Math.max(0, Math.ceil((notBefore - now) / 1000));
  await spool.postponed.send(JSON.stringify({ ...job, notBefore }), {
    delaySeconds: Math.min(seconds, LONGEST_DELAY_SECONDS),
  });
}

/** What waits on the queue of postponed jobs goes on: to the spooler if its time has come, or back. */
export async function resume(spool: Spool, body: string, now: number): Promise<void> {
  const job = readJob(body);
  if (job.notBefore !== undefined && job.notBefore > now) await postpone(spool, job, job.notBefore, now);
  else await enqueue(spool, job);
}

/** When the spooler is woken a second time for a submission, in case that the first one never got to the queue. */
const SECOND_WAKING_MS = 60_000;

/**
 * Wakes the spooler in a minute. To be called before the submission is
 * committed: then a function that dies right after the commit has lost nothing.
 */
export function wakeLater(platform: Platform, message: Pick<MessageJob, 'object' | 'store'>): Promise<void> {
  const now = platform.clock.now();
  const { object, store } = message;
  return postpone(requireSpool(platform), { kind: 'message', object, store }, now + SECOND_WAKING_MS, now);
}

/** Wakes the spooler for a submission that is committed. Never fails: if need be {@link wakeLater} has done it. */
export async function wakeNow(platform: Platform, message: Pick<MessageJob, 'object' | 'store'>): Promise<void> {
  try {
    const { object, store } = message;
    await enqueue(requireSpool(platform), { kind: 'message', object, store });
  } catch (error) {
    platform.log.warn({ error, object: message.object }, 'the spooler was not woken at once');
  }
}

/** Submissions younger than this are woken by those who submit them. */
const FORGOTTEN_SECONDS = 3600;

/**
 * Wakes the spooler for every submission that waits: those of which the job was
 * lost with its queue, and those whose time comes later than a queue can wait. Answers how
 * many there are.
 */
export async function wakeForgotten(platform: Platform): Promise<number> {
  const spool = requireSpool(platform);
  let woken = 0;
  for (let after = 0; ; ) {
    const page = await waitingSubmissions(platform.database, { after, seconds: FORGOTTEN_SECONDS });
    for (const message of page) await enqueue(spool, { kind: 'message', ...message });
    woken += page.length;
    const last = page.at(-1);
    if (!last) return woken;
    after = last.object;
  }
}

/** One sender's messages leave in order; mails don't wait for each other. */
function groupOf(job: SpoolJob): string {
  if (job.kind === 'abandon') return groupOf(job.job);
  return job.kind === 'message' ? job.store : job.id;
}

/** The job of a queue's message; throws {@link BadJobError}. */
export function readJob(body: string): SpoolJob {
  let job: unknown;
  try {
    job = JSON.parse(body);
  } catch (cause) {
    throw new BadJobError('not JSON', { cause });
  }
  return checkJob(job);
}

function checkJob(value: unknown): SpoolJob {
  const job = (value ?? {}) as Record<string, unknown>;
  const isText = (name: string): boolean => typeof job[name] === 'string';
  const isTime = (name: string): boolean => job[name] === undefined || Number.isFinite(job[name]);
  if (isTime('attempt') && isTime('notBefore')) {
    if (job.kind === 'message' && Number.isInteger(job.object) && isText('store')) return job as unknown as MessageJob;
    const { recipients } = job;
    const areTexts = Array.isArray(recipients) && recipients.every((recipient) => typeof recipient === 'string');
    if (job.kind === 'mail' && /^[0-9a-f]{64}$/.test(String(job.id)) && isText('from') && areTexts)
      return job as unknown as MailJob;
    if (job.kind === 'abandon' && isText('reason')) {
      const inner = checkJob(job.job);
      if (inner.kind !== 'abandon') return { ...(job as unknown as AbandonJob), job: inner };
    }
  }
  throw new BadJobError(`not a job: kind ${JSON.stringify(job.kind)}`);
}
