import fc from 'fast-check';
import MailComposer from 'nodemailer/lib/mail-composer';

/** A mail made from parts that are known, to see what comes out of it. */
export interface RandomMail {
  readonly subject: string;
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly attachments: readonly RandomAttachment[];
}

export interface RandomAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly content: Buffer;
  readonly encoding: 'base64' | 'quoted-printable' | '8bit';
  readonly contentId: string | undefined;
}

/** Line ends of parts in 8bit or quoted-printable are the mail's, so lone ones don't survive. */
const textBytes = fc
  .array(
    fc.string({ unit: 'grapheme' }).filter((line) => !/[\r\n]/.test(line)),
    { maxLength: 20 },
  )
  .map((lines) => Buffer.from(lines.join('\r\n')));

const words = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength })
    .map((text) => text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim())
    .filter((text) => text !== '' && !text.includes('=?'));

const fileName = fc
  .tuple(words(40), fc.constantFrom('txt', 'pdf', 'tar.gz', 'docx'))
  .map(([base, extension]) => `${base.replace(/[\\/.:"]/g, '_')}.${extension}`);

const attachment: fc.Arbitrary<RandomAttachment> = fc
  .record({
    name: fileName,
    contentType: fc.constantFrom(
      'application/octet-stream',
      'image/png',
      'text/csv',
      'text/plain',
      'text/html',
      'audio/x-y',
    ),
    encoding: fc.constantFrom('base64' as const, 'quoted-printable' as const),
    contentId: fc.option(fc.uuid(), { nil: undefined }),
    binary: fc.uint8Array({ maxLength: 2000 }),
    text: textBytes,
  })
  .map(({ binary, text, ...rest }) => ({ ...rest, content: rest.encoding === 'base64' ? Buffer.from(binary) : text }));

const paragraph = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 300 })
  .map((text) => text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim())
  .filter((text) => text !== '');

/** A text that is the whole body of a mail gets the line end that ends the mail. */
const isWholeBody = ({ text, html, attachments }: RandomMail): boolean =>
  text === undefined && html === undefined && attachments.length === 1 && attachments[0]!.encoding !== 'base64';

export const randomMail: fc.Arbitrary<RandomMail> = fc
  .record({
    subject: words(120),
    text: fc.option(paragraph, { nil: undefined }),
    html: fc.option(
      paragraph.map((text) => `<p>${text.replace(/[<&]/g, '')}</p>`),
      { nil: undefined },
    ),
    attachments: fc.array(attachment, { maxLength: 6 }),
  })
  .filter((mail) => !isWholeBody(mail));

/** The mail as a sender's program would write it. */
export async function composed(mail: RandomMail): Promise<Buffer> {
  const composer = new MailComposer({
    from: 'bob@example.net',
    to: 'alice@example.org',
    subject: mail.subject,
    ...(mail.text !== undefined && { text: mail.text }),
    ...(mail.html !== undefined && { html: mail.html }),
    attachments: mail.attachments.map((each) => ({
      filename: each.name,
      contentType: each.contentType,
      content: each.content,
      contentTransferEncoding: each.encoding as 'base64' | 'quoted-printable',
      contentDisposition: 'attachment' as const,
      ...(each.contentId !== undefined && { cid: each.contentId }),
    })),
  });
  return (await composer.compile().build()) as Buffer;
}
