import { principalProperties } from '../../directory/address-book-properties.ts';
import { hasMailbox } from '../../directory/mail-address.ts';
import { KopanoError } from '../../mapi/error.ts';
import { KCERR_NO_ACCESS, KCERR_NO_SUPPORT, KCERR_NOT_FOUND, KCERR_STORE_FULL } from '../../mapi/error-codes.ts';
import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import { MSGFLAG_NRN_PENDING, MSGFLAG_READ, MSGFLAG_RN_PENDING, MSGFLAG_UNMODIFIED } from '../../mapi/message-flags.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { FOLDER_SEARCH, MAPI_FOLDER } from '../../mapi/object-types.ts';
import type { Properties } from '../../mapi/property.ts';
import type { RuleAction } from '../../mapi/rule.ts';
import * as tags from '../../mapi/tags.ts';
import { requireAccess } from '../../store/access.ts';
import { findArrival, mailKey } from '../../store/delivery.ts';
import { isFull } from '../../store/standing.ts';
import { findTarget } from '../../store/target.ts';
import { refusedByRule } from '../bounce.ts';
import { mailAddressOf } from '../mail-address-of.ts';
import { hasHeader, headerLines, hops, MAX_HOPS } from '../mail-header.ts';
import { mayBeAnswered } from '../out-of-office.ts';
import { personalCopy } from '../personal-copy.ts';
import { forward, RULE_ACTION_FIELD } from './forward.ts';
import { mayForwardTo, refusalNotice } from './forward-domains.ts';
import { type RuleTarget, ruleTargets, withPrincipals } from './recipients.ts';
import { reply } from './reply.ts';
import type { RuleRun } from './rule-run.ts';

/** Does what an action says, or throws for what it can't do; then nothing of it is done. */
export async function act(run: RuleRun, action: RuleAction): Promise<void> {
  switch (action.kind) {
    case 'move':
    case 'copy':
      return place(run, action.folder, action.kind === 'move');
    case 'mark as read':
      return markAsRead(run);
    case 'tag':
      run.set(action.property);
      return;
    case 'delete':
      run.deleted = true;
      return;
    case 'bounce':
      run.refusal = refusedByRule(action.code);
      run.deleted = true;
      return;
    case 'forward':
      return forwardTo(run, action);
    case 'delegate':
      return delegateTo(run, action);
    case 'reply':
      return replyWith(run, action);
    case 'defer':
      throw new KopanoError(KCERR_NO_SUPPORT, 'what the client is to do itself is not done here');
  }
}

/** Whether an action changes the message itself: within a rule these come first, so that what is moved has their effect. */
export const changesMessage = ({ kind }: RuleAction): boolean => kind === 'mark as read' || kind === 'tag';

async function place(run: RuleRun, entryId: Buffer, isMove: boolean): Promise<void> {
  const { platform, identity } = run.scene;
  const folder = await findTarget(platform.database, { entryId });
  if (folder?.object.kind !== MAPI_FOLDER || folder.folder?.type === FOLDER_SEARCH || folder.folder?.gone)
    throw new KopanoError(KCERR_NOT_FOUND, 'the folder does not exist any more');
  await requireAccess(platform.database, identity, folder, 'create', platform.settings.hosted);
  const foreign = folder.store.id !== run.scene.inbox.store.id;
  if (foreign && isFull(folder, platform.settings))
    throw new KopanoError(KCERR_STORE_FULL, 'the other mailbox is full');
  run.placements.push({
    folder,
    tree: run.message,
    isNewMail: isMove,
    ...(foreign && { by: identity }),
  });
  if (isMove) run.moved = true;
}

/** Nobody asks for a receipt of what a rule has read (SUPPRESS_RECEIPT in the original). */
function markAsRead(run: RuleRun): void {
  const flags = Number(run.message.properties.get(tags.PR_MESSAGE_FLAGS) ?? MSGFLAG_UNMODIFIED);
  run.set({
    tag: tags.PR_MESSAGE_FLAGS,
    value: (flags & ~(MSGFLAG_RN_PENDING | MSGFLAG_NRN_PENDING)) | MSGFLAG_READ,
  });
}

async function forwardTo(run: RuleRun, { flavor, recipients }: RuleAction & { kind: 'forward' }): Promise<void> {
  const { platform, settings, recipient } = run.scene;
  const lines = headerLines(run.message.properties);
  const marked = settings.forwardOnce && hasHeader(lines, [RULE_ACTION_FIELD]);
  if (marked || hops(lines) > MAX_HOPS || hasHeader(lines, settings.inhibitForward))
    throw new KopanoError(KCERR_NO_SUPPORT, 'the mail was forwarded or sent by a machine already');
  const targets = await ruleTargets(platform, recipients);
  if (targets.length === 0) throw new KopanoError(KCERR_NOT_FOUND, 'the rule forwards to nobody with an address');
  const refused = targets.find(({ address }) => !mayForwardTo(address, settings.forwardDomains));
  if (refused) {
    const { inbox } = run.scene;
    run.placements.push({ folder: inbox, tree: refusalNotice(run, refused.address), isNewMail: true });
    throw new KopanoError(KCERR_NO_ACCESS, 'the rule forwards to a domain that is not allowed');
  }
  const own = [
    recipient.email,
    ...(recipient.details.aliases ?? []),
    mailAddressOf(run.message.properties, 'representing'),
  ];
  const others = without(targets, own);
  if (others.length === 0) throw new KopanoError(KCERR_NO_SUPPORT, 'the mail would go back to where it comes from');
  run.mails.push(await forward(run, others, flavor));
  run.forwarded = true;
}

const without = (targets: readonly RuleTarget[], addresses: readonly string[]): RuleTarget[] => {
  const unwanted = new Set(addresses.map((address) => address.toLowerCase()));
  return targets.filter(({ address }) => !unwanted.has(address.toLowerCase()));
};

/** PR_RCVD_REPRESENTING_*: for whom the delegate received it. */
const REPRESENTED: readonly (readonly [number, number])[] = [
  [tags.PR_RECEIVED_BY_ENTRYID, tags.PR_RCVD_REPRESENTING_ENTRYID],
  [tags.PR_RECEIVED_BY_ADDRTYPE, tags.PR_RCVD_REPRESENTING_ADDRTYPE],
  [tags.PR_RECEIVED_BY_EMAIL_ADDRESS, tags.PR_RCVD_REPRESENTING_EMAIL_ADDRESS],
  [tags.PR_RECEIVED_BY_NAME, tags.PR_RCVD_REPRESENTING_NAME],
  [tags.PR_RECEIVED_BY_SEARCH_KEY, tags.PR_RCVD_REPRESENTING_SEARCH_KEY],
];

/**
 * Gives delegates a copy that says whom it was for. Those who have a mailbox here get it in
 * the same transaction, with all its properties; a mail could not carry them.
 */
async function delegateTo(run: RuleRun, { recipients }: RuleAction & { kind: 'delegate' }): Promise<void> {
  const { platform, receipt, recipient } = run.scene;
  const targets = await withPrincipals(platform, await ruleTargets(platform, recipients));
  const delegated: Properties = new Map(run.message.properties);
  for (const [from, to] of REPRESENTED) {
    const value = delegated.get(from);
    if (value !== undefined) delegated.set(to, value);
  }
  delegated.set(tags.PR_DELEGATED_BY_RULE, true);
  const copy: ObjectTree = { ...run.message, properties: delegated };
  const elsewhere: RuleTarget[] = [];
  for (const target of targets) {
    const { principal } = target;
    if (principal?.id === recipient.id) continue;
    if (!principal || !hasMailbox(principal)) {
      elsewhere.push(target);
      continue;
    }
    const arrival = await findArrival(platform.database, {
      mailId: mailKey(receipt.mailId),
      recipient: principal.id,
      messageClass: String(copy.properties.get(tags.PR_MESSAGE_CLASS) ?? ''),
    });
    if (isFull(arrival.folder, platform.settings))
      throw new KopanoError(KCERR_STORE_FULL, "the delegate's mailbox is full");
    const tree = personalCopy(copy, principalProperties(principal, platform.settings));
    run.placements.push({ folder: arrival.folder, tree, isNewMail: true });
  }
  if (elsewhere.length > 0) run.mails.push(await forward(run, elsewhere, 3));
}

async function replyWith(run: RuleRun, { template, outOfOffice }: RuleAction & { kind: 'reply' }): Promise<void> {
  const { receipt, recipient, settings } = run.scene;
  if (!mayBeAnswered(receipt, run.message, recipient, settings))
    throw new KopanoError(KCERR_NO_SUPPORT, 'the mail must not be answered by a machine');
  if (outOfOffice) run.awayReply = await reply(run, template, 'out of office rule');
  else run.mails.push(await reply(run, template, run.mailName('reply')));
}

/** PR_ICON_INDEX and PR_LAST_VERB_EXECUTED of what was forwarded (MS-OXOMSG 2.2.1.16). */
const ICON_MAIL_FORWARDED = 0x106;
const NOTEIVERB_FORWARD = 104;

/** What clients show of a message that was forwarded. */
export function markAsForwarded(run: RuleRun): void {
  run.set(
    { tag: tags.PR_ICON_INDEX, value: ICON_MAIL_FORWARDED },
    { tag: tags.PR_LAST_VERB_EXECUTED, value: NOTEIVERB_FORWARD },
    {
      tag: tags.PR_LAST_VERB_EXECUTION_TIME,
      value: fileTimeFromMilliseconds(run.scene.platform.clock.now()),
    },
  );
}
