/** The mailer port: hands a finished message to the world. */
export interface Mailer {
  /**
   * Sends one raw message and answers the provider's message id. When this
   * resolves, the provider has taken the message over. It asks the provider
   * once, for asking twice may send twice.
   *
   * Throws {@link MailRejectedError} when repeating can't help, {@link MailNotTakenError}
   * when the provider has certainly not taken the message and may do so later, and anything
   * else when nobody knows whether it has.
   */
  send(mail: OutgoingMail): Promise<string>;
  /** The Message-ID under which the world sees a message: the provider may replace what the sender wrote. */
  headerId(providerId: string): string;
}

export interface OutgoingMail {
  /** Envelope sender, `user@domain`; empty: who the message itself says. */
  readonly from: string;
  /** Envelope recipients, at most {@link MAX_RECIPIENTS}. */
  readonly recipients: readonly string[];
  /** The message as RFC 5322 bytes with CRLF line ends, at most {@link MAX_MAIL_BYTES}. */
  readonly raw: Uint8Array;
  /** What the provider calls the message in all that it reports of it: letters, digits, `_` and `-`. */
  readonly label?: string;
}

/** Name of the tag under which reports carry the label. */
export const LABEL_TAG = 'sending';

/** Recipients of one call (Amazon SES quotas: 50 per message). */
export const MAX_RECIPIENTS = 50;

/** Size of a message (Amazon SES quotas: 40 MB after base64 encoding of its attachments). */
export const MAX_MAIL_BYTES = 40 * 1024 * 1024;

/** The provider refuses this message for good: it is malformed, too large, or its sender may not send. */
export class MailRejectedError extends Error {
  override readonly name = 'MailRejectedError';
}

/** The provider has not taken the message, but may do so later: it can't be reached, or asks to send more slowly. */
export class MailNotTakenError extends Error {
  override readonly name = 'MailNotTakenError';
}
