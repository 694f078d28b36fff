import { DatabaseUnavailableError, DuplicateKeyError } from './database.ts';

/** The database refused a statement for a reason other than a duplicate key. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
  /** MySQL's error number, or 0 where the service itself refused the call. */
  readonly code: number;

  constructor(message: string, code: number, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const ER_DUP_ENTRY = 1062;
const ER_LOCK_WAIT_TIMEOUT = 1205;
const ER_LOCK_DEADLOCK = 1213;
const CONFLICTS: ReadonlySet<number> = new Set([ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK]);

/** What can be done about a failed call. */
export type Failure =
  /** The call had no effect and may be repeated at once or a little later. */
  | 'not-executed'
  /** It isn't known whether the call had an effect. */
  | 'unknown'
  /** The database gave up a lock or the whole transaction for another one. */
  | 'conflict'
  | 'final';

/** Names under which the SDK throws what the service, or the way to it, did before a statement ran. */
const NOT_EXECUTED = new Set([
  'DatabaseResumingException',
  'ThrottlingException',
  'TooManyRequestsException',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const UNKNOWN = new Set([
  'DatabaseUnavailableException',
  'InternalServerErrorException',
  'ServiceUnavailableError',
  'TimeoutError',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);

export function classify(error: unknown): Failure {
  const { name, code } = error as { name?: string; code?: string };
  for (const key of [name, code]) {
    if (key === undefined) continue;
    if (NOT_EXECUTED.has(key)) return 'not-executed';
    if (UNKNOWN.has(key)) return 'unknown';
  }
  const number = serverErrorCode((error as Error).message ?? '');
  return CONFLICTS.has(number) ? 'conflict' : 'final';
}

/** True if the error, or what caused it, is a lock lost to another transaction. */
export function isConflict(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof StatementError) return CONFLICTS.has(cause.code);
  }
  return false;
}

/** The error that callers of the database port see. */
export function portError(error: unknown): Error {
  const original = error as Error;
  const failure = classify(error);
  if (failure === 'not-executed' || failure === 'unknown') {
    return new DatabaseUnavailableError(`The database gave no answer (${original.name})`, { cause: error });
  }
  const code = serverErrorCode(original.message ?? '');
  if (code === ER_DUP_ENTRY) {
    // The duplicate value may be personal data, and error messages are logged: only the key's name passes.
    const key = /for key '([^']*)'/.exec(original.message)?.[1] ?? 'unknown';
    return new DuplicateKeyError(`Duplicate entry for key ${key}`);
  }
  return new StatementError(`${original.name}: ${original.message}`, code, { cause: error });
}

/**
 * MySQL's error number in the service's text, which is the only place where
 * it stands: "…; Error code: 1062; SQLState: 23000" of current clusters,
 * "Database error code: 1062. Message: …" of older ones; 0 if there is none.
 */
export function serverErrorCode(message: string): number {
  const number = /(?:^|; |Database )error code: (\d+)/i.exec(message)?.[1];
  if (number !== undefined) return Number(number);
  if (/^Duplicate entry .* for key /s.test(message)) return ER_DUP_ENTRY;
  if (message.startsWith('Deadlock found when trying to get lock')) return ER_LOCK_DEADLOCK;
  if (message.startsWith('Lock wait timeout exceeded')) return ER_LOCK_WAIT_TIMEOUT;
  return 0;
}
