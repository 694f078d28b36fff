import type { SqlValue, Statements } from '../platform/database.ts';

/*
 * What was handed over to the provider, or was about to be. A row is written before
 * the provider is asked and says so afterwards; so nobody sends a part a second time
 * because the one who sent it died, and a bounce finds the message that it is about.
 */

export const HANDOVER_SCHEMA: readonly string[] = [
  // A part is what one call to the provider takes: at most 50 recipients. provider_id, failure: how it ended.
  // claimed: when it was last tried, in ms since 1970; who finds it without an end waits for a time before he tries himself.
  `CREATE TABLE handover (
    sending VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    part SMALLINT UNSIGNED NOT NULL,
    object_id INT UNSIGNED NULL,
    principal_id INT UNSIGNED NULL,
    sender VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    recipients MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    claimed BIGINT UNSIGNED NOT NULL,
    provider_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
    failure VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    PRIMARY KEY (sending, part),
    UNIQUE KEY handover_provider (provider_id),
    KEY handover_object (object_id),
    KEY handover_age (claimed)
  ) ENGINE=InnoDB`,
];

/** A part of a sending. */
export interface Handover {
  readonly sending: string;
  readonly part: number;
  /** The submitted message; absent for finished mails. */
  readonly objectId?: number | undefined;
  /** Who is told of failures. */
  readonly principalId?: number | undefined;
  /** Envelope sender. */
  readonly sender: string;
  readonly recipients: readonly string[];
  /** When it was last tried, in ms since 1970; 0 for one that may be tried at once. */
  readonly claimed: number;
  /** The provider's id: it has taken the part. */
  readonly providerId?: string | undefined;
  /** Why the provider will never take it. */
  readonly failure?: string | undefined;
}

/** What is known of a sending before it has parts. */
export interface Sending {
  readonly sending: string;
  readonly objectId?: number | undefined;
  readonly principalId?: number | undefined;
  readonly sender: string;
}

/** A part that is planned: to be handed over, or given up from the start. */
export interface PlannedPart {
  readonly recipients: readonly string[];
  readonly failure?: string | undefined;
}

const FAILURE_CHARACTERS = 1000;

const COLUMNS = `sending, part, object_id, principal_id, sender, recipients, provider_id, failure, claimed`;

interface Row {
  readonly sending: string;
  readonly part: number;
  readonly object_id: number | null;
  readonly principal_id: number | null;
  readonly sender: string;
  readonly recipients: string;
  readonly provider_id: string | null;
  readonly failure: string | null;
  readonly claimed: number;
}

const readRow = (row: Row): Handover => ({
  sending: row.sending,
  part: row.part,
  ...(row.object_id !== null && { objectId: row.object_id }),
  ...(row.principal_id !== null && { principalId: row.principal_id }),
  sender: row.sender,
  recipients: JSON.parse(row.recipients) as string[],
  claimed: Number(row.claimed),
  ...(row.provider_id !== null && { providerId: row.provider_id }),
  ...(row.failure !== null && { failure: row.failure }),
});

/**
 * Plans the parts of a sending and claims them for the caller, in one statement
 * and all or none. Answers whether it did: not if they were planned before, nor, for a
 * message, if its submission was taken back.
 */
export async function planHandover(
  statements: Statements,
  { sending, objectId, principalId, sender }: Sending,
  parts: readonly PlannedPart[],
  now: number,
): Promise<boolean> {
  const rows = parts.map(({ recipients, failure }) => ({
    r: JSON.stringify(recipients),
    ...(failure !== undefined && { f: failure.slice(0, FAILURE_CHARACTERS) }),
  }));
  const parameters: Record<string, SqlValue> = {
    sending,
    principalId: principalId ?? null,
    sender,
    parts: JSON.stringify(rows),
    now,
  };
  const values = `j.part, :principalId, :sender, j.recipients, :now, j.failure`;
  const table = `JSON_TABLE(:parts, '$[*]' COLUMNS (part FOR ORDINALITY,
    recipients MEDIUMTEXT CHARACTER SET utf8mb4 PATH '$.r', failure VARCHAR(1000) CHARACTER SET utf8mb4 PATH '$.f')) j`;
  // The row of the queue is locked by reading it here, so that taking back comes before or after, never in between.
  const { updated } =
    objectId === undefined
      ? await statements.execute(
          `INSERT IGNORE INTO handover (sending, object_id, part, principal_id, sender, recipients, claimed, failure)
           SELECT :sending, NULL, ${values} FROM ${table}`,
          parameters,
        )
      : await statements.execute(
          `INSERT IGNORE INTO handover (sending, object_id, part, principal_id, sender, recipients, claimed, failure)
           SELECT :sending, q.object_id, ${values} FROM outgoing q JOIN ${table}
           WHERE q.object_id = :objectId AND q.master = 1 AND ${SENDING_OF_QUEUE} = :sending LOCK IN SHARE MODE`,
          { ...parameters, objectId },
        );
  return updated > 0;
}

/** SQL: how the submission of a row `q` of the outgoing queue is called. A message that is submitted again gets another name. */
export const SENDING_OF_QUEUE = `CONCAT('m', q.object_id, '-', DATE_FORMAT(q.at, '%Y%m%d%H%i%s%f'))`;

/** SQL condition: somebody has begun to send what the row `q` of the outgoing queue names. */
export const IS_BEING_SENT = `EXISTS (SELECT 1 FROM handover h WHERE h.object_id = q.object_id AND h.sending = ${SENDING_OF_QUEUE})`;

/** Whether a sending has parts by now, whatever the transaction has read before. */
export async function isPlanned(transaction: Statements, sending: string): Promise<boolean> {
  const [row] = await transaction.query(
    'SELECT part FROM handover WHERE sending = :sending LIMIT 1 LOCK IN SHARE MODE',
    { sending },
  );
  return row !== undefined;
}

/** The parts of a sending in order. */
export async function partsOf(statements: Statements, sending: string): Promise<Handover[]> {
  const rows: Handover[] = [];
  // A page stays below what a response may weigh: 50 recipients of 320 characters each.
  for (;;) {
    const page = await statements.query<Row>(
      `SELECT ${COLUMNS} FROM handover WHERE sending = :sending AND part > :last ORDER BY part LIMIT 30`,
      { sending, last: rows.at(-1)?.part ?? 0 },
    );
    rows.push(...page.map(readRow));
    if (page.length < 30) return rows;
  }
}

/** The part of which the provider tells by its id. */
export async function partOfProvider(statements: Statements, providerId: string): Promise<Handover | undefined> {
  const [row] = await statements.query<Row>(`SELECT ${COLUMNS} FROM handover WHERE provider_id = :providerId`, {
    providerId,
  });
  return row && readRow(row);
}

const PART = 'sending = :sending AND part = :part AND provider_id IS NULL AND failure IS NULL';

/** Takes over a part that somebody else left without an end; answers whether nobody was faster. */
export async function claimPart(statements: Statements, part: Handover, now: number): Promise<boolean> {
  const { updated } = await statements.execute(`UPDATE handover SET claimed = :now WHERE ${PART} AND claimed = :seen`, {
    sending: part.sending,
    part: part.part,
    now,
    seen: part.claimed,
  });
  return updated > 0;
}

/** Gives a part free that the provider has certainly not taken. */
export async function releasePart(statements: Statements, { sending, part }: Handover): Promise<void> {
  await statements.execute(`UPDATE handover SET claimed = 0 WHERE ${PART}`, { sending, part });
}

/** Notes that the provider has taken a part. */
export async function notePart(
  statements: Statements,
  { sending, part }: Pick<Handover, 'sending' | 'part'>,
  providerId: string,
): Promise<void> {
  await statements.execute(`UPDATE handover SET provider_id = :providerId WHERE ${PART}`, {
    sending,
    part,
    providerId,
  });
}

/** The same for many parts, of which the provider tells by itself; what is known already stays as it is. */
export async function noteParts(
  statements: Statements,
  taken: readonly { readonly sending: string; readonly part: number; readonly providerId: string }[],
): Promise<void> {
  await statements.batch(
    `UPDATE handover SET provider_id = :providerId WHERE ${PART}`,
    taken.map(({ sending, part, providerId }) => ({ sending, part, providerId })),
  );
}

/** Notes that the provider will never take a part. */
export async function failPart(
  statements: Statements,
  { sending, part }: Handover,
  failure: string,
  now: number,
): Promise<void> {
  await statements.execute(`UPDATE handover SET failure = :failure, claimed = :now WHERE ${PART}`, {
    sending,
    part,
    failure: failure.slice(0, FAILURE_CHARACTERS),
    now,
  });
}

/** How long is remembered what was sent: bounces come within days, and jobs within the 14 days that a queue keeps them. */
export const HANDOVER_DAYS = 30;
