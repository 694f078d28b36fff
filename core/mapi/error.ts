/**
 * The one error of the domain: a wire result code with words for the log.
 * Callers match `code`; only the operation frame turns it into `er`.
 */
export class KopanoError extends Error {
  override readonly name = 'KopanoError';
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
