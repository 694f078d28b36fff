import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import { principalProperties } from '../directory/address-book-properties.ts';
import { foldAddress } from '../directory/mail-address.ts';
import type { Principal } from '../directory/principal.ts';
import type { ObjectTree } from '../mapi/object-tree.ts';
import { PR_MESSAGE_CLASS } from '../mapi/tags.ts';
import type { ServerSettings } from '../platform/platform.ts';
import type { Mailbox } from './address.ts';
import { mailToMessage } from './mail-to-message.ts';

/** What clients know quota mail by (original). */
const CLASS_QUOTA_WARNING = 'IPM.Note.StorageQuotaWarning';

export interface QuotaMail {
  /** Names the mail: the same one is the same mail. */
  readonly mailId: string;
  readonly from: Mailbox;
  /** Whom it is about first, then those who are told besides. */
  readonly recipients: readonly Principal[];
  readonly subject: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The message that tells that a store is full, as delivery would have made it of a mail that came from outside. */
export async function quotaMessage(mail: QuotaMail, settings: ServerSettings): Promise<ObjectTree> {
  const [first, ...others] = mail.recipients.map(({ fullName, email }) => ({ name: fullName, address: email }));
  const raw = await new MailComposer({
    from: { name: mail.from.name, address: mail.from.address },
    ...(first && { to: first }),
    cc: others,
    subject: mail.subject,
    text: mail.text,
    priority: 'high',
    date: new Date(mail.now),
    messageId: messageIdOf(mail),
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
  const known = new Map(
    mail.recipients.map((recipient) => [foldAddress(recipient.email), principalProperties(recipient, settings)]),
  );
  const { message } = await mailToMessage(raw, { receivedAt: mail.now, resolveAddresses: async () => known });
  message.properties.set(PR_MESSAGE_CLASS, CLASS_QUOTA_WARNING);
  return message;
}

/** The same for each making of a mail. */
function messageIdOf({ mailId, from }: QuotaMail): string {
  const digest = createHash('sha256').update(mailId).digest('hex').slice(0, 32);
  return `<${digest}.quota@${from.address.split('@').at(-1) || 'localhost'}>`;
}
