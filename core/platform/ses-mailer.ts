import { SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { MAX_MAIL_BYTES, MAX_RECIPIENTS, type Mailer, MailRejectedError, type OutgoingMail } from './mailer.ts';

/** Up to this size SendRawEmail takes a message (Amazon SES API v1: 10 MB); larger ones need the v2 API. */
export const MAX_V1_MAIL_BYTES = 10 * 1024 * 1024;

/** Errors of the two APIs that say that this message will never be taken. */
const FINAL_ERRORS = new Set([
  'MessageRejected',
  'MailFromDomainNotVerified',
  'MailFromDomainNotVerifiedException',
  'BadRequestException',
  'InvalidParameterValue',
  'ValidationError',
]);

/** Mail out through Amazon SES. */
export class SesMailer implements Mailer {
  readonly #v1: SESClient;
  readonly #v2: SESv2Client;

  constructor(v1: SESClient = new SESClient({}), v2: SESv2Client = new SESv2Client({})) {
    this.#v1 = v1;
    this.#v2 = v2;
  }

  async send(mail: OutgoingMail): Promise<string> {
    const { length } = mail.recipients;
    if (length === 0 || length > MAX_RECIPIENTS) {
      throw new MailRejectedError(`${length} recipients; SES takes 1 to ${MAX_RECIPIENTS}`);
    }
    if (mail.raw.byteLength > MAX_MAIL_BYTES) {
      throw new MailRejectedError(`a message of ${mail.raw.byteLength} bytes; SES takes ${MAX_MAIL_BYTES}`);
    }
    try {
      return mail.raw.byteLength <= MAX_V1_MAIL_BYTES ? await this.#sendV1(mail) : await this.#sendV2(mail);
    } catch (cause) {
      if (cause instanceof Error && FINAL_ERRORS.has(cause.name)) throw new MailRejectedError(cause.message, { cause });
      throw cause;
    }
  }

  async #sendV1(mail: OutgoingMail): Promise<string> {
    const { MessageId } = await this.#v1.send(
      new SendRawEmailCommand({
        Source: mail.from,
        Destinations: [...mail.recipients],
        RawMessage: { Data: mail.raw },
      }),
    );
    return MessageId!;
  }

  async #sendV2(mail: OutgoingMail): Promise<string> {
    const { MessageId } = await this.#v2.send(
      new SendEmailCommand({
        FromEmailAddress: mail.from,
        // For raw content these are the envelope only; the message's own headers stay as they are.
        Destination: { ToAddresses: [...mail.recipients] },
        Content: { Raw: { Data: mail.raw } },
      }),
    );
    return MessageId!;
  }
}
