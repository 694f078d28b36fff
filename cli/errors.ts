/** Exit codes of `kgc`. */
export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** Ended by Ctrl-C, as shells count it. */
export const EXIT_INTERRUPTED = 130;

/** The command can't be carried out; the message says why, the hint what to do next. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly hint: string | undefined;

  constructor(message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
  }
}

/** The command line makes no sense. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';
}

/** Ctrl-C or Ctrl-D instead of an answer. */
export class InterruptedError extends CommandError {
  override readonly name = 'InterruptedError';
}
