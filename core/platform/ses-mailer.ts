import { SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import {
  LABEL_TAG,
  MAX_MAIL_BYTES,
  MAX_RECIPIENTS,
  type Mailer,
  MailNotTakenError,
  MailRejectedError,
  type OutgoingMail,
} from './mailer.ts';

/** Up to this size SendRawEmail takes a message (Amazon SES API v1: 10 MB); larger ones need the v2 API. */
export const MAX_V1_MAIL_BYTES = 10 * 1024 * 1024;

/** The region whose mail servers have no region in their names. */
const US_EAST = 'us-east-1';

/** Errors of the two APIs that say that this message will never be taken. */
const FINAL_ERRORS = new Set([
  'MessageRejected',
  'MailFromDomainNotVerified',
  'MailFromDomainNotVerifiedException',
  'BadRequestException',
  'InvalidParameterValue',
  'ValidationError',
]);

/** What the way to the service says before a request was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'CredentialsProviderError']);

/**
 * How the service is asked: once, because the SDK's repetitions after a lost
 * answer would send twice; and on a new connection each time, because one that rested
 * while the function was frozen may be dead, and then nobody knows what became of the request.
 */
const CLIENT = {
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 5_000,
    requestTimeout: 60_000,
    httpAgent: { keepAlive: false },
    httpsAgent: { keepAlive: false },
  },
};

/** Options of an SES client that sends no message twice by itself. */
export const sendingOnce = <Options extends object>(options?: Options): Options & typeof CLIENT => ({
  ...(options as Options),
  ...CLIENT,
});

/** Mail out through Amazon SES. */
export class SesMailer implements Mailer {
  readonly #v1: SESClient;
  readonly #v2: SESv2Client;

  constructor(v1: SESClient = new SESClient(sendingOnce()), v2: SESv2Client = new SESv2Client(sendingOnce())) {
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
    } catch (error) {
      throw meaningOf(error);
    }
  }

  /** SES writes its own Message-ID, made of its id and its region (Amazon SES developer guide, "Message-ID header"). */
  headerId(providerId: string): string {
    const region = process.env.AWS_REGION ?? US_EAST;
    return `<${providerId}@${region === US_EAST ? 'email' : region}.amazonses.com>`;
  }

  async #sendV1({ from, recipients, raw, label }: OutgoingMail): Promise<string> {
    const { MessageId } = await this.#v1.send(
      new SendRawEmailCommand({
        ...(from !== '' && { Source: from }),
        Destinations: [...recipients],
        RawMessage: { Data: raw },
        ...(label !== undefined && { Tags: [{ Name: LABEL_TAG, Value: label }] }),
      }),
    );
    return MessageId!;
  }

  async #sendV2({ from, recipients, raw, label }: OutgoingMail): Promise<string> {
    const { MessageId } = await this.#v2.send(
      new SendEmailCommand({
        ...(from !== '' && { FromEmailAddress: from }),
        // For raw content these are the envelope only; the message's own headers stay as they are.
        Destination: { ToAddresses: [...recipients] },
        Content: { Raw: { Data: raw } },
        ...(label !== undefined && { EmailTags: [{ Name: LABEL_TAG, Value: label }] }),
      }),
    );
    return MessageId!;
  }
}

/** The error as the port has it. A refusal (4xx) is an answer: nothing was taken; a fault (5xx) or silence tells nothing. */
function meaningOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (FINAL_ERRORS.has(error.name)) return new MailRejectedError(error.message, { cause: error });
  const { code, $metadata } = error as { code?: string; $metadata?: { readonly httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  const refused = status >= 400 && status < 500;
  if (refused || NOT_SENT.has(error.name) || (code !== undefined && NOT_SENT.has(code)))
    return new MailNotTakenError(error.message, { cause: error });
  return error;
}
