import type { SqlValue, Statements } from '../platform/database.ts';

/** Further addresses of principals, folded: an index of what their details say, for mail that arrives. */
export const ALIAS_SCHEMA: readonly string[] = [
  `CREATE TABLE mail_alias (
    address VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    principal_id INT UNSIGNED NOT NULL,
    PRIMARY KEY (address, principal_id),
    KEY mail_alias_principal (principal_id)
  ) ENGINE=InnoDB`,
];

/** Fills the index from the details of principals that were there before it. */
export const ALIAS_FILL = `INSERT IGNORE INTO mail_alias (address, principal_id)
  SELECT LOWER(TRIM(listed.alias)), p.id FROM principal p,
    JSON_TABLE(p.details, '$.aliases[*]' COLUMNS (alias VARCHAR(255) PATH '$')) listed
  WHERE listed.alias IS NOT NULL`;

/** The form under which mail addresses are compared: the domain has no case (RFC 5321 2.4), and nobody minds the local part's. */
export const foldAddress = (address: string): string => address.trim().toLowerCase();

/** Longer addresses don't exist (RFC 5321 4.5.3.1). */
const ADDRESS_CHARACTERS = 255;

/** Writes the further addresses of a principal in place of those it had, in a transaction. */
export async function writeAliases(
  statements: Statements,
  principalId: number,
  aliases: readonly string[],
  isNew = false,
): Promise<void> {
  if (!isNew) await statements.execute('DELETE FROM mail_alias WHERE principal_id = :principalId', { principalId });
  const addresses = [...new Set(aliases.map(foldAddress))].filter(
    (address) => address !== '' && address.length <= ADDRESS_CHARACTERS,
  );
  if (addresses.length === 0) return;
  const parameters: Record<string, SqlValue> = { principalId };
  const rows = addresses.map((address, index) => {
    parameters[`address${index}`] = address;
    return `(:address${index}, :principalId)`;
  });
  await statements.execute(
    `INSERT IGNORE INTO mail_alias (address, principal_id) VALUES ${rows.join(', ')}`,
    parameters,
  );
}

/** Does the same for many principals at once, from what their details say; `ids`: a JSON list of their numbers. */
export async function refillAliases(statements: Statements, ids: string): Promise<void> {
  const meant = `SELECT j.id FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id INT UNSIGNED PATH '$')) j`;
  await statements.execute(`DELETE FROM mail_alias WHERE principal_id IN (${meant})`, { ids });
  await statements.execute(`${ALIAS_FILL} AND p.id IN (${meant})`, { ids });
}
