import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH, MAPI_MAILUSER } from '../../mapi/object-types.ts';
import type { Properties } from '../../mapi/property.ts';
import { MAPI_TO } from '../../mapi/recipient-types.ts';
import * as tags from '../../mapi/tags.ts';
import type { Mailbox } from '../address.ts';
import { oneOffOf, SMTP } from '../address-book.ts';
import { messageToMail } from '../message-to-mail.ts';
import { renderingFrom } from '../rendering.ts';
import type { RuleScene } from './rule-run.ts';

/** The mail of a message that a rule's owner sends to some. */
export async function renderNew(
  { platform, recipient, receipt }: Pick<RuleScene, 'platform' | 'recipient' | 'receipt'>,
  message: ObjectTree,
  to: readonly Mailbox[],
  messageId: string,
  fields: Readonly<Record<string, string>>,
): Promise<Buffer> {
  const sender: Mailbox = { name: recipient.fullName, address: recipient.email };
  const properties: Properties = new Map([
    ...message.properties,
    [tags.PR_SENDER_NAME, sender.name],
    [tags.PR_SENDER_ADDRTYPE, SMTP],
    [tags.PR_SENDER_EMAIL_ADDRESS, sender.address],
    [tags.PR_SENDER_ENTRYID, oneOffOf(sender)],
    [tags.PR_SENT_REPRESENTING_NAME, sender.name],
    [tags.PR_SENT_REPRESENTING_ADDRTYPE, SMTP],
    [tags.PR_SENT_REPRESENTING_EMAIL_ADDRESS, sender.address],
    [tags.PR_SENT_REPRESENTING_ENTRYID, oneOffOf(sender)],
  ]);
  const rows = to.map(
    (mailbox): ObjectTree => ({
      kind: MAPI_MAILUSER,
      properties: new Map<number, string | number | Buffer>([
        [tags.PR_DISPLAY_NAME, mailbox.name || mailbox.address],
        [tags.PR_ADDRTYPE, SMTP],
        [tags.PR_EMAIL_ADDRESS, mailbox.address],
        [tags.PR_SMTP_ADDRESS, mailbox.address],
        [tags.PR_ENTRYID, oneOffOf(mailbox)],
        [tags.PR_RECIPIENT_TYPE, MAPI_TO],
      ]),
      children: [],
    }),
  );
  const files = message.children.filter(({ kind }) => kind === MAPI_ATTACH);
  const { raw } = await messageToMail(
    { ...message, properties, children: [...rows, ...files] },
    {
      purpose: 'send',
      ...renderingFrom(platform.database),
      now: receipt.receivedAt,
      messageId: `<${messageId}>`,
      furtherFields: Object.entries(fields).map(([name, value]) => ({ name, value })),
    },
  );
  return raw;
}
