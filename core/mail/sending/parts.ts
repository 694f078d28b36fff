import { MAX_RECIPIENTS, MailNotTakenError, MailRejectedError } from '../../platform/mailer.ts';
import {
  claimPart,
  failPart,
  type Handover,
  notePart,
  type PlannedPart,
  partsOf,
  planHandover,
  releasePart,
  type Sending,
} from '../../store/handover.ts';
import type { SendingContext } from './context.ts';
import type { Envelope } from './envelope.ts';

/** The parts of a sending: as many recipients as the provider takes at a time, and those that can't be reached. */
export function planParts({ recipients, unreachable }: Envelope): PlannedPart[] {
  const parts: PlannedPart[] = [];
  for (let start = 0; start < recipients.length; start += MAX_RECIPIENTS)
    parts.push({ recipients: recipients.slice(start, start + MAX_RECIPIENTS) });
  for (const [reason, those] of Map.groupBy(unreachable, ({ reason: why }) => why))
    parts.push({ recipients: those.map(({ recipient }) => recipient), failure: reason });
  return parts;
}

/** How far a sending is. */
export interface Progress {
  /** All parts, as they are now. */
  readonly parts: readonly Handover[];
  /** When those that are left can be tried again, in ms since 1970; undefined when none is left. */
  readonly later?: number | undefined;
  /** Whether it was the provider that couldn't be reached or didn't want to; otherwise somebody else is at it. */
  readonly refused?: boolean;
}

/** The parts of a sending, and whether the caller has just planned them, so that they are his to try. */
export interface Plan {
  readonly parts: readonly Handover[];
  readonly fresh: boolean;
}

/** Plans a sending and claims its parts. Undefined where a submission was taken back. */
export async function plan(
  { platform }: SendingContext,
  sending: Sending,
  parts: readonly PlannedPart[],
): Promise<Plan | undefined> {
  const { database, clock } = platform;
  const now = clock.now();
  if (!(await planHandover(database, sending, parts, now))) {
    // Somebody else was faster, or it was taken back.
    const others = await partsOf(database, sending.sending);
    return others.length > 0 ? { parts: others, fresh: false } : undefined;
  }
  const planned = parts.map(({ recipients, failure }, index) => ({
    ...sending,
    part: index + 1,
    recipients,
    claimed: now,
    failure,
  }));
  return { parts: planned, fresh: true };
}

/** The name under which the provider reports of a part. */
export const labelOf = ({ sending, part }: Pick<Handover, 'sending' | 'part'>): string => `${sending}_${part}`;

/** The part of a label; undefined for what is none of ours. */
export function partOfLabel(label: string): Pick<Handover, 'sending' | 'part'> | undefined {
  const found = /^([\w-]{1,80})_(\d{1,5})$/.exec(label);
  return found ? { sending: found[1]!, part: Number(found[2]) } : undefined;
}

/**
 * Hands the parts over that are still open. A part that was just planned by the
 * caller (`fresh`) is tried at once; one that somebody left without an end only after
 * a time in which the provider would have told that it has taken it.
 */
export async function handOver(
  context: SendingContext,
  { parts, fresh }: Plan,
  mail: () => Promise<Uint8Array>,
): Promise<Progress> {
  const { platform, settings } = context;
  const { database, clock } = platform;
  const done: Handover[] = [];
  let later: number | undefined;
  let refused = false;
  const wait = (until: number): void => {
    later = Math.max(later ?? 0, until);
  };
  for (const part of parts) {
    if (part.providerId !== undefined || part.failure !== undefined) {
      done.push(part);
      continue;
    }
    const doubtUntil = part.claimed + settings.doubtSeconds * 1000;
    const now = clock.now();
    if (!fresh && (doubtUntil > now || !(await claimPart(database, part, now)))) {
      wait(Math.max(doubtUntil, now));
      done.push(part);
      continue;
    }
    const outcome = await handOverPart(context, part, mail);
    if (outcome === 'doubtful') wait(now + settings.doubtSeconds * 1000);
    if (outcome === 'not taken') {
      wait(now);
      refused = true;
    }
    done.push(typeof outcome === 'string' ? part : outcome);
  }
  return { parts: done, later, refused };
}

async function handOverPart(
  { platform, mailer }: SendingContext,
  part: Handover,
  mail: () => Promise<Uint8Array>,
): Promise<Handover | 'doubtful' | 'not taken'> {
  const { database, log, clock } = platform;
  const about = { sending: part.sending, part: part.part, recipients: part.recipients.length };
  let raw: Uint8Array;
  try {
    raw = await mail();
  } catch (error) {
    await releasePart(database, part);
    throw error;
  }
  let providerId: string;
  try {
    const { sender: from, recipients } = part;
    providerId = await mailer.send({ from, recipients, raw, label: labelOf(part) });
  } catch (error) {
    if (error instanceof MailRejectedError) {
      log.warn({ ...about, error }, 'the provider refuses a mail for good');
      await failPart(database, part, error.message, clock.now());
      return { ...part, failure: error.message };
    }
    if (error instanceof MailNotTakenError) {
      log.warn({ ...about, error }, 'the provider takes no mail now');
      await releasePart(database, part);
      return 'not taken';
    }
    log.warn({ ...about, error }, 'nobody knows whether the provider has taken a mail');
    return 'doubtful';
  }
  await notePart(database, part, providerId);
  log.info({ ...about, providerId, bytes: raw.byteLength }, 'mail handed over');
  return { ...part, providerId };
}

/** Gives up all parts that are still open. Those that may have left already wait until that is known. */
export async function giveUp(
  { platform, settings }: SendingContext,
  parts: readonly Handover[],
  reason: string,
): Promise<Progress> {
  const { database, clock } = platform;
  const now = clock.now();
  const done: Handover[] = [];
  let later: number | undefined;
  for (const part of parts) {
    const isOpen = part.providerId === undefined && part.failure === undefined;
    const doubtUntil = part.claimed + settings.doubtSeconds * 1000;
    if (!isOpen) done.push(part);
    else if (doubtUntil > now || !(await claimPart(database, part, now))) {
      later = Math.max(later ?? 0, doubtUntil, now);
      done.push(part);
    } else {
      await failPart(database, part, reason, now);
      done.push({ ...part, failure: reason });
    }
  }
  return { parts: done, later };
}
