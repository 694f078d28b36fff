/** The mailer port: hands a finished message to the world. */
export interface Mailer {
  /**
   * Sends one raw message and answers the provider's message id. When this
   * resolves, the provider has taken the message over.
   *
   * Throws {@link MailRejectedError} when repeating can't help, and anything
   * else when it may.
   */
  send(mail: OutgoingMail): Promise<string>;
}

export interface OutgoingMail {
  /** Envelope sender, `user@domain`. */
  readonly from: string;
  /** Envelope recipients, at most {@link MAX_RECIPIENTS}. */
  readonly recipients: readonly string[];
  /** The message as RFC 5322 bytes with CRLF line ends, at most {@link MAX_MAIL_BYTES}. */
  readonly raw: Uint8Array;
}

/** Recipients of one call (Amazon SES quotas: 50 per message). */
export const MAX_RECIPIENTS = 50;

/** Size of a message (Amazon SES quotas: 40 MB after base64 encoding of its attachments). */
export const MAX_MAIL_BYTES = 40 * 1024 * 1024;

/** The provider refuses this message for good: it is malformed, too large, or its sender may not send. */
export class MailRejectedError extends Error {
  override readonly name = 'MailRejectedError';
}
