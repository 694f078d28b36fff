import { KopanoError } from '../../mapi/error.ts';
import { KCERR_NO_ACCESS, KCERR_NOT_FOUND } from '../../mapi/error-codes.ts';
import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Properties } from '../../mapi/property.ts';
import * as tags from '../../mapi/tags.ts';
import { readMessageTree } from '../../store/message-tree.ts';
import { findTarget } from '../../store/target.ts';
import { domainOf } from '../compose.ts';
import { mailAddressOf } from '../mail-address-of.ts';
import { deliveryPartId, type OutgoingMail } from '../outgoing.ts';
import { RULE_ACTION_FIELD } from './forward.ts';
import { renderNew } from './render-new.ts';
import type { RuleRun } from './rule-run.ts';

/** Answers a message with a template that lies in the owner's mailbox. The caller has checked that it may be answered. */
export async function reply(run: RuleRun, templateId: Buffer, name: string): Promise<OutgoingMail> {
  const { platform, recipient, receipt, inbox } = run.scene;
  const template = await findTarget(platform.database, { entryId: templateId });
  if (template?.object.kind !== MAPI_MESSAGE || template.object.deleted)
    throw new KopanoError(KCERR_NOT_FOUND, 'the template does not exist');
  if (template.store.id !== inbox.store.id)
    throw new KopanoError(KCERR_NO_ACCESS, 'the template lies in another mailbox');
  const tree = await readMessageTree(platform, platform.database, template);
  const { properties: original } = run.message;

  const properties: Properties = new Map(tree.properties);
  for (const tag of [tags.PR_INTERNET_MESSAGE_ID, tags.PR_MESSAGE_DELIVERY_TIME, tags.PR_TRANSPORT_MESSAGE_HEADERS])
    properties.delete(tag);
  properties.set(tags.PR_CLIENT_SUBMIT_TIME, fileTimeFromMilliseconds(receipt.receivedAt));
  if (!properties.get(tags.PR_SUBJECT)) properties.set(tags.PR_SUBJECT, `BT: ${original.get(tags.PR_SUBJECT) ?? ''}`);
  const inReplyTo = original.get(tags.PR_INTERNET_MESSAGE_ID);
  if (typeof inReplyTo === 'string') properties.set(tags.PR_IN_REPLY_TO_ID, inReplyTo);

  const to = {
    name: String(original.get(tags.PR_SENDER_NAME) ?? ''),
    address: mailAddressOf(original, 'sender'),
  };
  const messageId = `${deliveryPartId(receipt.mailId, recipient.id, name)}@${domainOf(recipient.email)}`;
  const raw = await renderNew(run.scene, { ...tree, properties }, [to], messageId, {
    [RULE_ACTION_FIELD]: 'reply',
    'Auto-Submitted': 'auto-replied',
  });
  // Nobody is told of its failure (RFC 3834 3.3).
  return { name, from: '', recipients: [to.address], raw };
}
