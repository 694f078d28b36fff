import type { Identity } from '../directory/identity.ts';
import type { Principal } from '../directory/principal.ts';
import type { ObjectTree } from '../mapi/object-tree.ts';
import type { PropertyTag, PropertyValue } from '../mapi/property.ts';
import * as tags from '../mapi/tags.ts';
import type { Arrival, Placement } from '../store/delivery.ts';
import { loadValue } from '../store/load.ts';
import { unpackProperties } from '../store/property-document.ts';
import { isFull } from '../store/standing.ts';
import { findTarget, type LoadedTarget } from '../store/target.ts';
import { bounce, canBounce, QUOTA_EXCEEDED, type Refusal } from './bounce.ts';
import type { ReceivedMail } from './delivery.ts';
import { meetingAnswer, meetingOutcome } from './meeting-delivery.ts';
import { type Absence, absenceAt, absenceReply, isAddressed, mayBeAnswered } from './out-of-office.ts';
import type { OutgoingMail } from './outgoing.ts';
import { processRules } from './rules/process-rules.ts';
import { splitMail } from './rules/raw-mail.ts';
import type { RuleRun } from './rules/rule-run.ts';
import { sentCopy, sentItems } from './sent-copy.ts';

/** A received mail with one of those who get it. */
export interface PersonalMail extends ReceivedMail {
  readonly principal: Principal;
  readonly identity: Identity;
  readonly arrival: Arrival;
}

/** What becomes of a mail for one recipient. */
export interface Decision {
  readonly placements: readonly Placement[];
  readonly mails: readonly OutgoingMail[];
  /** Sent, and kept, if its recipient has had none for a while. */
  readonly awayReply?: OutgoingMail | undefined;
  readonly awayReplyCopy?: Placement | undefined;
  /** For the log. */
  readonly summary: string;
}

/** The mailbox is over its hard limit, and nobody can be told. */
export class MailboxFullError extends Error {
  override readonly name = 'MailboxFullError';
}

/**
 * Decides what becomes of a mail for a recipient: junk or not, what the rules say, whether the
 * mailbox takes it, and whether the sender is told that the recipient is away. Changes nothing.
 */
export async function decide(mail: PersonalMail, message: ObjectTree): Promise<Decision> {
  const { arrival, principal, settings, receipt } = mail;
  if (mail.junk) {
    const folder = (await junkFolder(mail)) ?? arrival.folder;
    // A report about spam would go to somebody who never sent it.
    if (isFull(arrival.folder, mail.platform.settings))
      throw new MailboxFullError('the mailbox is full; nobody is told about junk');
    return { placements: [{ folder, tree: message, isNewMail: true }], mails: [], summary: 'delivered as junk' };
  }

  const meeting = await meetingOutcome(mail, message);
  const answers = meeting?.response ? [await meetingAnswer(mail, meeting.response)] : [];
  // A resource has answered by itself: nobody needs to see the request.
  if (meeting?.policy === 'accept' && meeting.done !== 'nothing')
    return { placements: [], mails: answers, summary: `meeting ${meeting.done}` };

  const absence = arrival.away ? await absenceOf(mail) : undefined;
  const run = hasRules(arrival.folder)
    ? await processRules(
        { ...mail, recipient: principal, inbox: arrival.folder, isAway: absence !== undefined },
        message,
      )
    : undefined;
  if (run?.refusal) return refuse(mail, run.refusal);

  const placements = placementsOf(run, arrival.folder, message);
  const own = placements.some(({ folder }) => folder.store.id === arrival.folder.store.id);
  if (own && isFull(arrival.folder, mail.platform.settings)) return refuse(mail, QUOTA_EXCEEDED);

  const final = run?.message ?? message;
  const told = absence && isAddressed(final, settings) && mayBeAnswered(receipt, final, principal, settings);
  const awayReply = told ? await absenceReply(absence, receipt, final, principal) : run?.awayReply;
  const mails = [...answers, ...(run?.mails ?? [])];
  const kept = settings.keepSent && (mails.length > 0 || awayReply) ? await sentItems(mail) : undefined;
  const copies: Placement[] = [];
  if (kept) for (const sent of mails) copies.push(await sentCopy(mail, kept, sent));
  return {
    placements: [...placements, ...copies],
    mails,
    awayReply,
    awayReplyCopy: kept && awayReply && (await sentCopy(mail, kept, awayReply)),
    summary: summaryOf(run),
  };
}

/** A mail stays in the inbox unless a rule has moved or deleted it; copies that rules made stay in any case. */
function placementsOf(run: RuleRun | undefined, inbox: LoadedTarget, message: ObjectTree): Placement[] {
  if (!run) return [{ folder: inbox, tree: message, isNewMail: true }];
  const stays = !run.moved && !run.deleted;
  return [...(stays ? [{ folder: inbox, tree: run.message, isNewMail: true }] : []), ...run.placements];
}

function summaryOf(run: RuleRun | undefined): string {
  if (run?.deleted) return 'deleted by a rule';
  return run?.moved ? 'moved by a rule' : 'delivered';
}

/** Whether a folder has any rules; tells it without reading them. */
function hasRules(folder: LoadedTarget): boolean {
  const { values, large, rest } = unpackProperties(folder.documents.props, folder.documents.overflow);
  return values.has(tags.PR_RULES_DATA) || large.has(tags.PR_RULES_DATA) || rest !== undefined;
}

/**
 * The sender gets the mail back, as from a mail server that doesn't take it. Where nobody
 * can be told, or the site wants mail for full mailboxes to wait, the mail stays in the queue and ends in the dead letters.
 */
async function refuse(mail: PersonalMail, refusal: Refusal): Promise<Decision> {
  const { receipt, raw, principal, settings, postmaster, platform } = mail;
  const waits = refusal === QUOTA_EXCEEDED && settings.overQuota === 'retry';
  if (waits || !canBounce(receipt) || !platform.spool) {
    if (refusal !== QUOTA_EXCEEDED) return { placements: [], mails: [], summary: 'refused by a rule; nobody to tell' };
    throw new MailboxFullError('the mailbox is over its hard limit');
  }
  const headerBytes = raw.length - splitMail(raw).rest.length;
  const recipient = { id: principal.id, address: principal.email };
  const report = await bounce(receipt, { raw, headerBytes }, recipient, refusal, postmaster);
  return { placements: [], mails: [report], summary: `sent back: ${refusal.answer}` };
}

/** PR_ADDITIONAL_REN_ENTRYIDS: the folder of junk mail (MS-OXOSFLD 2.2.4). */
const JUNK_INDEX = 4;

/** The junk folder, which the inbox names; undefined where there is none. */
async function junkFolder({ platform, arrival }: PersonalMail): Promise<LoadedTarget | undefined> {
  const { documents, store } = arrival.folder;
  const folders = await loadValue(platform, documents, tags.PR_ADDITIONAL_REN_ENTRYIDS);
  const entryId = Array.isArray(folders) ? folders[JUNK_INDEX] : undefined;
  if (!Buffer.isBuffer(entryId) || entryId.length === 0) return undefined;
  const folder = await findTarget(platform.database, { entryId });
  return folder?.folder && folder.store.id === store.id && !folder.folder.gone ? folder : undefined;
}

/** The out-of-office message of the recipient's store, if it applies now; one statement. */
async function absenceOf({ platform, arrival, receipt }: PersonalMail): Promise<Absence | undefined> {
  const store = await findTarget(platform.database, { id: arrival.folder.store.id });
  if (!store) return undefined;
  const found = new Map<PropertyTag, PropertyValue>();
  for (const tag of [
    tags.PR_EC_OUTOFOFFICE,
    tags.PR_EC_OUTOFOFFICE_FROM,
    tags.PR_EC_OUTOFOFFICE_UNTIL,
    tags.PR_EC_OUTOFOFFICE_SUBJECT,
    tags.PR_EC_OUTOFOFFICE_MSG,
  ]) {
    const value = await loadValue(platform, store.documents, tag);
    if (value !== undefined) found.set(tag, value);
  }
  return absenceAt(found, receipt.receivedAt);
}
