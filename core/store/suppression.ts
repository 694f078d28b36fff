import type { Statements } from '../platform/database.ts';
import { sqlList } from './sql-list.ts';

/*
 * Addresses that mail is not sent to any more: mail to them bounced for good, or
 * who has them complained. Going on would cost the site its name with all others.
 */

export const SUPPRESSION_SCHEMA: readonly string[] = [
  `CREATE TABLE suppressed_address (
    address VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    reason VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    detail VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    at DATETIME(3) NOT NULL,
    PRIMARY KEY (address)
  ) ENGINE=InnoDB`,
];

export type SuppressionReason = 'bounce' | 'complaint';

export interface Suppression {
  readonly address: string;
  readonly reason: SuppressionReason;
  /** What the other side said. */
  readonly detail: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** After a bounce an address gets another chance: mailboxes come back. A complaint stays until somebody forgives it. */
const BOUNCE_DAYS = 14;
const IN_FORCE = `(reason = 'complaint' OR at > UTC_TIMESTAMP(3) - INTERVAL ${BOUNCE_DAYS} DAY)`;

const DETAIL_CHARACTERS = 500;
const ADDRESS_CHARACTERS = 320;
/** Addresses asked for by one statement. */
const ADDRESSES_PER_STATEMENT = 500;

/** Records addresses; a complaint outweighs a bounce. */
export async function suppress(
  statements: Statements,
  addresses: readonly string[],
  reason: SuppressionReason,
  detail: string,
): Promise<void> {
  await statements.batch(
    `INSERT INTO suppressed_address (address, reason, detail, at) VALUES (:address, :reason, :detail, UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE detail = IF(reason = 'complaint', detail, VALUES(detail)),
       at = IF(reason = 'complaint', at, VALUES(at)), reason = IF(reason = 'complaint', reason, VALUES(reason))`,
    [...new Set(addresses)]
      .filter((address) => address.length <= ADDRESS_CHARACTERS)
      .map((address) => ({ address, reason, detail: detail.slice(0, DETAIL_CHARACTERS) })),
  );
}

/** Which of some (folded) addresses are suppressed now, and why. */
export async function suppressedOf(
  statements: Statements,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, Suppression>> {
  const found = new Map<string, Suppression>();
  for (let start = 0; start < addresses.length; start += ADDRESSES_PER_STATEMENT) {
    const list = sqlList('address', addresses.slice(start, start + ADDRESSES_PER_STATEMENT));
    const rows = await statements.query<Row>(
      `SELECT ${COLUMNS} FROM suppressed_address WHERE address IN (${list.sql}) AND ${IN_FORCE}`,
      list.parameters,
    );
    for (const row of rows) found.set(row.address, readRow(row));
  }
  return found;
}

/** Addresses listed at a time. */
const PAGE_ROWS = 500;

/** The suppressed addresses behind one, in order of their letters. */
export async function listSuppressed(statements: Statements, after = ''): Promise<Suppression[]> {
  const rows = await statements.query<Row>(
    `SELECT ${COLUMNS} FROM suppressed_address WHERE address > :after AND ${IN_FORCE} ORDER BY address LIMIT ${PAGE_ROWS}`,
    { after },
  );
  return rows.map(readRow);
}

/** Sends to a (folded) address again; answers whether it was suppressed. */
export async function unsuppress(statements: Statements, address: string): Promise<boolean> {
  const { updated } = await statements.execute('DELETE FROM suppressed_address WHERE address = :address', { address });
  return updated > 0;
}

const COLUMNS = 'address, reason, detail, CAST(UNIX_TIMESTAMP(at) * 1000 AS SIGNED) AS at_ms';

interface Row {
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly detail: string;
  readonly at_ms: number;
}

const readRow = ({ address, reason, detail, at_ms: at }: Row): Suppression => ({
  address,
  reason,
  detail,
  at: Number(at),
});
