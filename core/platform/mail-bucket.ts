/** The port to the bucket of raw mail, by object key: what SES has received, and what waits to be sent. */
export interface MailBucket {
  /** The raw RFC 5322 message; throws {@link MailMissingError}. */
  read(key: string): Promise<Buffer>;
  /** Keeps a message. When this resolves, it is stored; one of the same key is replaced. */
  write(key: string, raw: Uint8Array): Promise<void>;
}

/** The mail that an event or a job names is not in the bucket. */
export class MailMissingError extends Error {
  override readonly name = 'MailMissingError';
}
