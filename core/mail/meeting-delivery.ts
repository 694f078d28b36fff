import { principalProperties } from '../directory/address-book-properties.ts';
import { NONACTIVE_EQUIPMENT } from '../directory/object-class.ts';
import type { ObjectTree } from '../mapi/object-tree.ts';
import { MAPI_MAILUSER } from '../mapi/object-types.ts';
import { propertyTag } from '../mapi/property.ts';
import { PT_BOOLEAN } from '../mapi/property-types.ts';
import * as tags from '../mapi/tags.ts';
import { loadValue } from '../store/load.ts';
import { NAMED_PROPERTY_BASE, numbersOfNames } from '../store/named-properties.ts';
import { findTarget } from '../store/target.ts';
import { type MeetingOutcome, type MeetingPolicy, processMeeting } from './calendar/meeting-processing.ts';
import { domainOf } from './compose.ts';
import type { PersonalMail } from './decision.ts';
import { mayPass } from './may-pass.ts';
import { messageToMail } from './message-to-mail.ts';
import { namedTagsOf } from './named-tags.ts';
import { deliveryPartId, type OutgoingMail } from './outgoing.ts';
import { renderingFrom } from './rendering.ts';

const MEETING = /^IPM\.Schedule\.Meeting\./i;
const REQUEST = /^IPM\.Schedule\.Meeting\.Request$/i;
const CANCELLATION = /^IPM\.Schedule\.Meeting\.Canceled$/i;

/** Whether a message is about a meeting at all. */
export const isMeeting = (message: ObjectTree): boolean =>
  MEETING.test(String(message.properties.get(tags.PR_MESSAGE_CLASS) ?? ''));

/** Which of PR_FREEBUSY_ENTRYIDS is the message that keeps the settings (MS-OXODLGT 2.2.6: delegate information). */
const SETTINGS_INDEX = 1;
/** Property set of Kopano's own names, and in it the number of what says whether meetings are processed (observed on 11.0.2). */
const PSETID_KC = Buffer.from('c8d8ae634940754bbc8896df9d723f2f', 'hex');
const AUTO_PROCESS = 1;

/**
 * Has a meeting message processed as its recipient wants: answered by itself, or entered into the
 * calendar. Undefined where it is none, or nothing is wanted. What can't be processed is delivered like other mail.
 */
export async function meetingOutcome(
  mail: PersonalMail,
  message: ObjectTree,
): Promise<(MeetingOutcome & { readonly policy: MeetingPolicy['kind'] }) | undefined> {
  const { platform, principal, log } = mail;
  if (!isMeeting(message)) return undefined;
  try {
    const policy = await policyOf(mail, message);
    if (!policy) return undefined;
    const context = {
      platform,
      tags: await namedTagsOf(platform.database),
      owner: principal.id,
      self: principalProperties(principal, platform.settings),
      now: platform.clock.now(),
    };
    const outcome = await processMeeting(context, message, policy);
    log.info({ principal: principal.id, done: outcome.done }, 'meeting processed');
    return { ...outcome, policy: policy.kind };
  } catch (error) {
    if (mayPass(error)) throw error;
    log.warn({ error, principal: principal.id }, 'a meeting could not be processed; it is delivered only');
    return undefined;
  }
}

async function policyOf(mail: PersonalMail, message: ObjectTree): Promise<MeetingPolicy | undefined> {
  const { principal, settings } = mail;
  const wanted = await settingsOf(mail);
  const messageClass = String(message.properties.get(tags.PR_MESSAGE_CLASS));
  const asked = message.properties.get(tags.PR_RESPONSE_REQUESTED) === true;
  const answers = CANCELLATION.test(messageClass) || (REQUEST.test(messageClass) && asked);
  if (wanted.accept && answers)
    return {
      kind: 'accept',
      declineConflicts: wanted.declineConflicts,
      declineRecurring: wanted.declineRecurring,
      capacity: principal.class === NONACTIVE_EQUIPMENT ? Math.max(1, principal.details.capacity ?? 1) : 1,
    };
  return (wanted.process ?? settings.processMeetings) ? { kind: 'process' } : undefined;
}

interface MeetingSettings {
  readonly accept: boolean;
  readonly declineConflicts: boolean;
  readonly declineRecurring: boolean;
  /** Undefined where the user never said. */
  readonly process: boolean | undefined;
}

/** What the local free/busy message of a mailbox says; three statements. */
async function settingsOf({ platform, arrival }: PersonalMail): Promise<MeetingSettings> {
  const { database } = platform;
  const root = await findTarget(database, { id: arrival.folder.store.rootId });
  const ids = root && (await loadValue(platform, root.documents, tags.PR_FREEBUSY_ENTRYIDS));
  const entryId = Array.isArray(ids) ? ids[SETTINGS_INDEX] : undefined;
  const found = Buffer.isBuffer(entryId) && entryId.length > 0 ? await findTarget(database, { entryId }) : undefined;
  const own = found && found.store.id === arrival.folder.store.id && !found.object.deleted ? found : undefined;
  const [number] = await numbersOfNames(database, [{ guid: PSETID_KC, number: AUTO_PROCESS }], false);
  const flag = async (tag: number): Promise<boolean | undefined> => {
    const value = own && (await loadValue(platform, own.documents, tag));
    return typeof value === 'boolean' ? value : undefined;
  };
  return {
    accept: (await flag(tags.PR_PROCESS_MEETING_REQUESTS)) ?? false,
    declineConflicts: (await flag(tags.PR_DECLINE_CONFLICTING_MEETING_REQUESTS)) ?? false,
    declineRecurring: (await flag(tags.PR_DECLINE_RECURRING_MEETING_REQUESTS)) ?? false,
    process: number ? await flag(propertyTag(NAMED_PROPERTY_BASE + number, PT_BOOLEAN)) : undefined,
  };
}

/** The mail of an answer to the organiser. */
export async function meetingAnswer(
  { principal, receipt, platform }: PersonalMail,
  response: ObjectTree,
): Promise<OutgoingMail> {
  const name = 'meeting answer';
  const { raw } = await messageToMail(response, {
    purpose: 'send',
    now: receipt.receivedAt,
    messageId: `<${deliveryPartId(receipt.mailId, principal.id, name)}@${domainOf(principal.email)}>`,
    furtherFields: [{ name: 'Auto-Submitted', value: 'auto-replied' }],
    ...renderingFrom(platform.database),
  });
  const recipients = response.children
    .filter(({ kind }) => kind === MAPI_MAILUSER)
    .map(({ properties }) =>
      String(properties.get(tags.PR_SMTP_ADDRESS) ?? properties.get(tags.PR_EMAIL_ADDRESS) ?? ''),
    )
    .filter((address) => address.includes('@'));
  return { name, from: principal.email, recipients, raw };
}
