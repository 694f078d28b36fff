import type { SqlParameters, Statements } from '../platform/database.ts';
import { EVERYONE_ID, SYSTEM_ID } from './well-known.ts';

/*
 * What changed in the address book, for clients that keep a copy of it. The log
 * tells entry ids, so that of what is deleted one can still say what it was.
 */

/**
 * Logs a change of the principals `p` that meet a condition, which must exist at
 * this moment. Belongs into the transaction of the change. Those who log are put
 * in line (by the row of Everyone, which always exists) until they commit: so
 * numbers appear in their order, and no reader passes one by.
 *
 * @param type ICS_AB_NEW, ICS_AB_CHANGE or ICS_AB_DELETE
 */
export async function logPrincipals(
  statements: Statements,
  type: number,
  condition: string,
  parameters: SqlParameters,
): Promise<void> {
  await statements.query(`SELECT id FROM principal WHERE id = ${EVERYONE_ID} FOR UPDATE`);
  await statements.execute(
    `INSERT INTO address_book_change (principal_id, class, external_id, company_id, ics_type, at)
     SELECT p.id, p.class, p.external_id, p.company_id, :icsType, UTC_TIMESTAMP(3) FROM principal p
     WHERE (${condition}) AND p.id NOT IN (${EVERYONE_ID}, ${SYSTEM_ID})`,
    { ...parameters, icsType: type },
  );
}
