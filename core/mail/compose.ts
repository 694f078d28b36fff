import MailComposer from 'nodemailer/lib/mail-composer';
import type { Mailbox } from './address.ts';

/** A mail that the server writes itself. */
export interface ComposedMail {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly subject: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly date: number;
  /** Without angle brackets; the same whenever it is composed anew. */
  readonly messageId: string;
  /** With angle brackets. */
  readonly inReplyTo?: string | undefined;
  /** Further fields. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Mails that are attached as they are. */
  readonly attached?: readonly { readonly name: string; readonly raw: Buffer }[];
}

/** The bytes of a mail. */
export async function compose(mail: ComposedMail): Promise<Buffer> {
  const composer = new MailComposer({
    from: { name: mail.from.name, address: mail.from.address },
    to: mail.to.map(({ name, address }) => ({ name, address })),
    subject: mail.subject,
    text: mail.text,
    textEncoding: 'base64',
    date: new Date(mail.date),
    messageId: `<${mail.messageId}>`,
    ...(mail.inReplyTo && { inReplyTo: mail.inReplyTo, references: mail.inReplyTo }),
    headers: { ...mail.headers },
    attachments: (mail.attached ?? []).map(({ name, raw }) => ({
      filename: name,
      content: raw,
      contentType: 'message/rfc822',
    })),
  });
  return await composer.compile().build();
}

/** The domain of an address, or of nobody. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1) || 'localhost';
