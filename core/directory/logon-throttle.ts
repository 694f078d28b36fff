import { createHash } from 'node:crypto';
import type { SqlRow, Statements } from '../platform/database.ts';
import { foldName } from './login-name.ts';

/*
 * Whoever guesses passwords is slowed down: after a few wrong tries for one name
 * from one source, that source waits longer and longer for that name. Other
 * sources don't wait, so that nobody can be locked out from elsewhere, and what
 * is tried while one has to wait doesn't prolong the wait.
 */

/** Wrong tries that cost no wait: people mistype. */
const FREE_TRIES = 3;
const FIRST_WAIT_MS = 1_000;
/** Somebody who shares the source with a guesser waits no longer than this. */
const LONGEST_WAIT_MS = 300_000;
/** Wrong tries are forgotten after a day without another one. */
export const FAILURES_KEPT_MS = 24 * 3_600_000;

const SUBJECT_BYTES = 16;

/** What is counted: a name tried from a source. Kept as a digest, for a name may be a password in the wrong field. */
export const throttleSubject = (login: string, address: string): Buffer =>
  createHash('sha256').update(foldName(login)).update('\0').update(address).digest().subarray(0, SUBJECT_BYTES);

/** How long a source waits after so many wrong tries in a row, in ms. */
export const waitAfter = (failures: number): number =>
  failures < FREE_TRIES ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE_TRIES), LONGEST_WAIT_MS);

/** Wrong tries as a logon finds them, in its first statement. */
export const THROTTLE_COLUMNS = 'lof.failures AS lof_failures, lof.last AS lof_last';
export const THROTTLE_TABLE = 'logon_failure lof';
export const IS_SUBJECT = 'lof.subject = :subject';

/** The wrong tries of a subject before a logon. */
export interface Failures {
  readonly subject: Buffer;
  readonly count: number;
  /** May it be tried now? */
  readonly waits: boolean;
}

/** Reads {@link THROTTLE_COLUMNS}; `now` in ms since 1970. */
export function readFailures(row: SqlRow, subject: Buffer, now: number): Failures {
  if (row.lof_failures === null || row.lof_failures === undefined) return { subject, count: 0, waits: false };
  const age = now - Date.parse(`${String(row.lof_last).replace(' ', 'T')}Z`);
  if (age >= FAILURES_KEPT_MS) return { subject, count: 0, waits: false };
  const count = Number(row.lof_failures);
  return { subject, count, waits: age < waitAfter(count) };
}

/** DATETIME(3) in UTC. */
const dateTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '');

/**
 * Takes the one try that is free after a wait; answers whether it was still to be had. Costs a statement only
 * where there was a wait: of many who try at once, the others are told to wait again.
 */
export async function takeTry(statements: Statements, { subject, count }: Failures, now: number): Promise<boolean> {
  if (count < FREE_TRIES) return true;
  const { updated } = await statements.execute(
    'UPDATE logon_failure SET failures = failures + 1, last = :now WHERE subject = :subject AND failures = :count',
    { subject, count, now: dateTime(now) },
  );
  return updated === 1;
}

/** Counts a wrong try, unless {@link takeTry} has done so. */
export async function countFailure(statements: Statements, { subject, count }: Failures, now: number): Promise<void> {
  if (count >= FREE_TRIES) return;
  await statements.execute(
    `INSERT INTO logon_failure (subject, failures, last) VALUES (:subject, 1, :now)
     ON DUPLICATE KEY UPDATE failures = IF(last < :forgotten, 1, failures + 1), last = VALUES(last)`,
    { subject, now: dateTime(now), forgotten: dateTime(now - FAILURES_KEPT_MS) },
  );
}

/** Forgets the wrong tries of one who came in. */
export async function forgetFailures(statements: Statements, { subject, count }: Failures): Promise<void> {
  if (count === 0) return;
  await statements.execute('DELETE FROM logon_failure WHERE subject = :subject', { subject });
}

/** Removes what is too old to count; for housekeeping. Answers how many. */
export async function sweepFailures(statements: Statements, now: number): Promise<number> {
  const { updated } = await statements.execute('DELETE FROM logon_failure WHERE last < :forgotten LIMIT 10000', {
    forgotten: dateTime(now - FAILURES_KEPT_MS),
  });
  return updated;
}
