import { randomBytes } from 'node:crypto';
import { type AddressBookEntryId, encodeAddressBookEntryId, NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import { ICS_AB_CHANGE, ICS_AB_DELETE, ICS_AB_NEW } from '../mapi/change-types.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_COLLISION } from '../mapi/error-codes.ts';
import { DuplicateKeyError, type SqlParameters, type SqlRow, type Statements } from '../platform/database.ts';
import { logPrincipals } from './address-book-log.ts';
import { writeAliases } from './alias.ts';
import { nameKey } from './login-name.ts';
import { mapiTypeOf, NONACTIVE_CONTACT } from './object-class.ts';
import { type PrincipalDetails, parseDetails, printDetails } from './principal-details.ts';
import { EVERYONE_ID, SYSTEM_ID } from './well-known.ts';

/** A user, group or company. */
export interface Principal {
  readonly id: number;
  /** See object-class.ts. */
  readonly class: number;
  /** Stable over servers; empty for SYSTEM and Everyone. */
  readonly externalId: Buffer;
  /** 0 without hosted mode, and for companies, SYSTEM and Everyone. */
  readonly companyId: number;
  /** Empty without a company. */
  readonly companyName: string;
  /** Name without the company; see {@link loginName} for what clients see. */
  readonly name: string;
  readonly fullName: string;
  readonly email: string;
  readonly adminLevel: number;
  /** Not shown in the address book. */
  readonly hidden: boolean;
  readonly details: PrincipalDetails;
}

/** What a principal can be made of; the id is given by the database. */
export type PrincipalDraft = Omit<Principal, 'id' | 'externalId' | 'companyName'>;

/** SQL with its parameters. */
export interface Criterion {
  readonly sql: string;
  readonly parameters: SqlParameters;
}

/** The internal principals: they are on every server and have no external id. */
export const isInternal = (id: number): boolean => id === EVERYONE_ID || id === SYSTEM_ID;

/** Select list of a {@link Principal}, of {@link PRINCIPAL_TABLES}. */
export const PRINCIPAL_COLUMNS = `pri.id AS pri_id, pri.class AS pri_class, pri.external_id AS pri_external_id,
  pri.company_id AS pri_company_id, pri.name AS pri_name, pri.full_name AS pri_full_name, pri.email AS pri_email,
  pri.admin_level AS pri_admin_level, pri.hidden AS pri_hidden, pri.details AS pri_details,
  pco.full_name AS pri_company_name`;
export const PRINCIPAL_TABLES = 'principal pri LEFT JOIN principal pco ON pco.id = pri.company_id';

interface PrincipalRow {
  readonly pri_id: number;
  readonly pri_class: number;
  readonly pri_external_id: Buffer;
  readonly pri_company_id: number;
  readonly pri_company_name: string | null;
  readonly pri_name: string;
  readonly pri_full_name: string;
  readonly pri_email: string;
  readonly pri_admin_level: number;
  readonly pri_hidden: number;
  readonly pri_details: string;
}

/** Reads a row of {@link PRINCIPAL_COLUMNS}. */
export function readPrincipal(selected: SqlRow): Principal {
  const row = selected as unknown as PrincipalRow;
  return {
    id: row.pri_id,
    class: row.pri_class,
    externalId: isInternal(row.pri_id) ? NO_EXTERNAL_ID : row.pri_external_id,
    companyId: row.pri_company_id,
    companyName: row.pri_company_name ?? '',
    name: row.pri_name,
    fullName: row.pri_full_name,
    email: row.pri_email,
    adminLevel: row.pri_admin_level,
    hidden: row.pri_hidden !== 0,
    details: parseDetails(row.pri_details),
  };
}

/** The entry id of a principal in the address book. */
export const principalEntryId = (principal: Pick<Principal, 'id' | 'class' | 'externalId'>): Buffer =>
  encodeAddressBookEntryId({
    objectType: mapiTypeOf(principal.class),
    id: principal.id,
    externalId: principal.externalId,
  });

/** How requests name a principal. */
export type PrincipalReference = Pick<AddressBookEntryId, 'id' | 'externalId'>;

/** Condition that picks the principal of a reference; the external id decides where there is one. */
export const isReferenced = ({ id, externalId }: PrincipalReference): Criterion =>
  externalId.length
    ? { sql: 'pri.external_id = :externalId', parameters: { externalId } }
    : { sql: 'pri.id = :principalId', parameters: { principalId: id } };

/** Finds one principal that meets all criteria. Locks its row inside a transaction that will change it. */
export async function findPrincipal(
  statements: Statements,
  criteria: readonly Criterion[],
  lock = false,
): Promise<Principal | undefined> {
  const [row] = await statements.query(
    `SELECT ${PRINCIPAL_COLUMNS} FROM ${PRINCIPAL_TABLES} WHERE ${conjunction(criteria)} LIMIT 1${lock ? ' FOR UPDATE' : ''}`,
    parametersOf(criteria),
  );
  return row && readPrincipal(row);
}

/** Rows that one answer of the Data API may hold, whatever their size. */
const PAGE_ROWS = 1000;
/** What the rows of one answer may weigh: the Data API answers at most 1 MiB. */
const PAGE_BYTES = 900_000;
/** Estimated weight of a row: texts escaped, and the rest. */
const ROW_BYTES = '2 * (LENGTH(pri.details) + LENGTH(pri.name) + LENGTH(pri.full_name) + LENGTH(pri.email)) + 600';

/** Lists the principals that meet all criteria in the order of their ids; a statement for each page. */
export async function listPrincipals(statements: Statements, criteria: readonly Criterion[]): Promise<Principal[]> {
  const principals: Principal[] = [];
  for (let after = 0; ; after = principals.at(-1)!.id) {
    const rows = await statements.query(
      `SELECT * FROM (
        SELECT found.*, SUM(found.bytes) OVER (ORDER BY found.pri_id) AS total, COUNT(*) OVER () AS candidates FROM (
          SELECT ${PRINCIPAL_COLUMNS}, ${ROW_BYTES} AS bytes FROM ${PRINCIPAL_TABLES}
          WHERE pri.id > :after AND ${conjunction(criteria)} ORDER BY pri.id LIMIT ${PAGE_ROWS}
        ) found
      ) page WHERE page.total <= ${PAGE_BYTES} OR page.total = page.bytes ORDER BY page.pri_id`,
      { ...parametersOf(criteria), after },
    );
    principals.push(...rows.map(readPrincipal));
    if (rows.length === 0 || (rows.length === rows[0]!.candidates && rows.length < PAGE_ROWS)) return principals;
  }
}

/** All criteria together. */
export const conjunction = (criteria: readonly Criterion[]): string =>
  criteria.length ? criteria.map(({ sql }) => `(${sql})`).join(' AND ') : '1 = 1';
export const parametersOf = (criteria: readonly Criterion[]): SqlParameters =>
  Object.assign({}, ...criteria.map(({ parameters }) => parameters));

/** External ids as the genuine database directory makes them: 16 random bytes. */
const EXTERNAL_ID_BYTES = 16;

/** Columns of a principal that change. */
const written = (principal: PrincipalDraft): SqlParameters => ({
  class: principal.class,
  companyId: principal.companyId,
  name: principal.name,
  nameKey: principal.class === NONACTIVE_CONTACT ? null : nameKey(principal.class, principal.companyId, principal.name),
  fullName: principal.fullName,
  email: principal.email,
  adminLevel: principal.adminLevel,
  hidden: principal.hidden ? 1 : 0,
  details: printDetails(principal.details),
});

/** Creates a principal, in a transaction; throws KCERR_COLLISION if the name is taken. `password` is a hash, see password.ts. */
export async function insertPrincipal(
  statements: Statements,
  draft: PrincipalDraft,
  password: string | null,
  externalId: Buffer = randomBytes(EXTERNAL_ID_BYTES),
): Promise<Pick<Principal, 'id' | 'class' | 'externalId'>> {
  const { generatedId } = await unlessTaken(draft.name, () =>
    statements.execute(
      `INSERT INTO principal
         (class, external_id, company_id, name, name_key, full_name, email, admin_level, hidden, details, password)
       VALUES
         (:class, :externalId, :companyId, :name, :nameKey, :fullName, :email, :adminLevel, :hidden, :details, :password)`,
      { ...written(draft), externalId, password },
    ),
  );
  await writeAliases(statements, generatedId, draft.details.aliases ?? [], true);
  await logPrincipals(statements, ICS_AB_NEW, 'p.id = :id', { id: generatedId });
  return { id: generatedId, class: draft.class, externalId };
}

/** Writes what changed, in a transaction; throws KCERR_COLLISION if the name is taken. An undefined password stays as it is. */
export async function updatePrincipal(
  statements: Statements,
  id: number,
  draft: PrincipalDraft,
  password?: string,
): Promise<void> {
  await unlessTaken(draft.name, () =>
    statements.execute(
      `UPDATE principal SET class = :class, company_id = :companyId, name = :name, name_key = :nameKey,
         full_name = :fullName, email = :email, admin_level = :adminLevel, hidden = :hidden, details = :details
         ${password === undefined ? '' : ', password = :password'}
       WHERE id = :id`,
      { ...written(draft), id, ...(password !== undefined && { password }) },
    ),
  );
  await writeAliases(statements, id, draft.details.aliases ?? []);
  await logPrincipals(statements, ICS_AB_CHANGE, 'p.id = :id', { id });
}

/** Writes a new password hash. */
export async function updatePassword(statements: Statements, id: number, password: string): Promise<void> {
  await statements.execute('UPDATE principal SET password = :password WHERE id = :id', { id, password });
}

async function unlessTaken<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof DuplicateKeyError)
      throw new KopanoError(KCERR_COLLISION, `"${name}" exists already`, { cause });
    throw cause;
  }
}

/**
 * Deletes a principal with its relations, in a transaction; a company with all who belong to it.
 * Their sessions end with them, for a session needs its principal. Stores stay,
 * without owner, until an operator hooks or removes them.
 */
export const deletePrincipal = (statements: Statements, id: number): Promise<void> =>
  deletePrincipals(statements, [id]);

/** Deletes several in the same way. */
export async function deletePrincipals(statements: Statements, ids: readonly number[]): Promise<void> {
  const parameters = { ids: JSON.stringify(ids) };
  const meant = `SELECT j.id FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id INT UNSIGNED PATH '$')) j`;
  await logPrincipals(statements, ICS_AB_DELETE, `p.id IN (${meant}) OR p.company_id IN (${meant})`, parameters);
  const rows = await statements.query<{ id: number }>(
    `SELECT p.id FROM principal p WHERE p.id IN (${meant}) OR p.company_id IN (${meant})`,
    parameters,
  );
  const doomed = { ids: JSON.stringify(rows.map(({ id }) => id)) };
  for (const statement of [
    `DELETE FROM relation WHERE parent_id IN (${meant}) OR child_id IN (${meant})`,
    `DELETE FROM mail_alias WHERE principal_id IN (${meant})`,
    `DELETE FROM directory_entry WHERE principal_id IN (${meant})`,
    `DELETE FROM principal WHERE id IN (${meant})`,
  ])
    await statements.execute(statement, doomed);
}
