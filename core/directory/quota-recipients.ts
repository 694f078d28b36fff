import type { Statements } from '../platform/database.ts';
import { hasMailbox } from './mail-address.ts';
import { listPrincipals, type Principal } from './principal.ts';
import { RELATION_QUOTA_COMPANY_RECIPIENT, RELATION_QUOTA_USER_RECIPIENT } from './relation.ts';

/** Whose quota mail: that about the users of a company, or about the company itself. */
export const USERS_QUOTA_MAIL = RELATION_QUOTA_USER_RECIPIENT;
export const COMPANY_QUOTA_MAIL = RELATION_QUOTA_COMPANY_RECIPIENT;

/**
 * Who gets the quota mail of companies besides those whom it is about, by company:
 * people with a mailbox. Two statements for all companies together.
 */
export async function quotaRecipients(
  statements: Statements,
  type: typeof USERS_QUOTA_MAIL | typeof COMPANY_QUOTA_MAIL,
  companyIds: readonly number[],
): Promise<Map<number, Principal[]>> {
  const recipients = new Map<number, Principal[]>();
  const companies = [...new Set(companyIds)].filter((id) => id !== 0);
  if (companies.length === 0) return recipients;
  const parameters = Object.fromEntries(companies.map((id, index) => [`company${index}`, id]));
  const list = Object.keys(parameters)
    .map((name) => `:${name}`)
    .join(', ');
  const relations = await statements.query<{ parent_id: number; child_id: number }>(
    `SELECT parent_id, child_id FROM relation WHERE type = ${type} AND parent_id IN (${list}) ORDER BY parent_id, child_id`,
    parameters,
  );
  if (relations.length === 0) return recipients;
  const named = await listPrincipals(statements, [
    { sql: `pri.id IN (SELECT child_id FROM relation WHERE type = ${type} AND parent_id IN (${list}))`, parameters },
  ]);
  const byId = new Map(named.filter(hasMailbox).map((principal) => [principal.id, principal]));
  for (const { parent_id, child_id } of relations) {
    const recipient = byId.get(child_id);
    if (recipient) recipients.set(parent_id, [...(recipients.get(parent_id) ?? []), recipient]);
  }
  return recipients;
}
