/** The port to the bucket where SES keeps received raw mail, by object key. */
export interface MailBucket {
  /** The raw RFC 5322 message; throws {@link MailMissingError}. */
  read(key: string): Promise<Buffer>;
}

/** The mail that an event names is not in the bucket. */
export class MailMissingError extends Error {
  override readonly name = 'MailMissingError';
}
