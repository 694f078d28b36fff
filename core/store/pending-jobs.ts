import type { SqlValue, Statements } from '../platform/database.ts';

/*
 * What a delivery has to send (forwards, replies, bounces), written in its
 * transaction and removed once the spool has it: an outbox. A function that dies in
 * between leaves the rows; who delivers the mail again, or the housekeeping, sends them.
 */

/** A job for the spool. */
export interface PendingJob {
  /** Names the job for ever, so that the spool takes it once however often it is sent. */
  readonly jobId: string;
  /** What is sent to the queue. */
  readonly body: string;
}

/** Of which delivery. */
export interface JobOrigin {
  readonly mailId: Buffer;
  readonly recipient: number;
}

export const PENDING_JOB_SCHEMA: readonly string[] = [
  `CREATE TABLE pending_job (
    job_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    mail_id VARBINARY(200) NOT NULL,
    principal_id INT UNSIGNED NOT NULL,
    body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    at DATETIME(3) NOT NULL,
    PRIMARY KEY (job_id),
    KEY pending_job_origin (mail_id, principal_id),
    KEY pending_job_age (at)
  ) ENGINE=InnoDB`,
];

/** SQL that is true where a delivery (`:mailId`, `:recipient`) has jobs left. */
export const HAS_PENDING_JOBS =
  'EXISTS (SELECT 1 FROM pending_job pj WHERE pj.mail_id = :mailId AND pj.principal_id = :recipient)';

/** Writes the jobs of a delivery, in its transaction. */
export async function addPendingJobs(
  transaction: Statements,
  { mailId, recipient }: JobOrigin,
  jobs: readonly PendingJob[],
): Promise<void> {
  if (jobs.length === 0) return;
  const parameters: Record<string, SqlValue> = { mailId, recipient };
  const rows = jobs.map(({ jobId, body }, index) => {
    parameters[`jobId${index}`] = jobId;
    parameters[`body${index}`] = body;
    return `(:jobId${index}, :mailId, :recipient, :body${index}, UTC_TIMESTAMP(3))`;
  });
  await transaction.execute(
    `INSERT INTO pending_job (job_id, mail_id, principal_id, body, at) VALUES ${rows.join(', ')}`,
    parameters,
  );
}

/** The jobs that a delivery has left. */
export async function pendingJobsOf(statements: Statements, { mailId, recipient }: JobOrigin): Promise<PendingJob[]> {
  const rows = await statements.query<{ job_id: string; body: string }>(
    'SELECT job_id, body FROM pending_job WHERE mail_id = :mailId AND principal_id = :recipient ORDER BY job_id',
    { mailId, recipient },
  );
  return rows.map(({ job_id: jobId, body }) => ({ jobId, body }));
}

/** Some of the jobs that wait for longer than so many seconds: whoever should have sent them is gone. */
export async function stalePendingJobs(statements: Statements, seconds: number, limit: number): Promise<PendingJob[]> {
  const rows = await statements.query<{ job_id: string; body: string }>(
    `SELECT job_id, body FROM pending_job WHERE at < UTC_TIMESTAMP(3) - INTERVAL :seconds SECOND ORDER BY at LIMIT ${limit}`,
    { seconds },
  );
  return rows.map(({ job_id: jobId, body }) => ({ jobId, body }));
}

/** Forgets jobs that the spool has. */
export async function removePendingJobs(statements: Statements, jobs: readonly PendingJob[]): Promise<void> {
  if (jobs.length === 0) return;
  const parameters: Record<string, SqlValue> = {};
  const list = jobs.map(({ jobId }, index) => {
    parameters[`jobId${index}`] = jobId;
    return `:jobId${index}`;
  });
  await statements.execute(`DELETE FROM pending_job WHERE job_id IN (${list.join(', ')})`, parameters);
}
