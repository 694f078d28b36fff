import { ICS_AB_CHANGE } from '../mapi/change-types.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_COLLISION, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import { DuplicateKeyError, type Statements } from '../platform/database.ts';
import { logPrincipals } from './address-book-log.ts';
import type { Criterion } from './principal.ts';

/** How two principals relate; numbers as in the genuine database. The parent is the one that has the list. */
export const RELATION_GROUP_MEMBER = 1;
/** The child (a company) sees the parent (a company). */
export const RELATION_COMPANY_VIEW = 2;
/** The child (a user) administers the parent (a company). */
export const RELATION_COMPANY_ADMIN = 3;
/** The child gets the quota mail for users of the parent (a company). */
export const RELATION_QUOTA_USER_RECIPIENT = 4;
/** The child gets the quota mail for the parent (a company) itself. */
export const RELATION_QUOTA_COMPANY_RECIPIENT = 5;
/** The child may send mail in the name of the parent. */
export const RELATION_USER_SENDAS = 6;

/** A relation of two principals. */
export interface Relation {
  readonly type: number;
  readonly parentId: number;
  readonly childId: number;
}

/** Relates two principals, in a transaction. Throws KCERR_COLLISION if they relate so already. */
export async function addRelation(statements: Statements, relation: Relation): Promise<void> {
  try {
    await statements.execute('INSERT INTO relation (type, parent_id, child_id) VALUES (:type, :parentId, :childId)', {
      ...relation,
    });
  } catch (cause) {
    if (cause instanceof DuplicateKeyError)
      throw new KopanoError(KCERR_COLLISION, 'the relation exists already', { cause });
    throw cause;
  }
  await logChange(statements, relation);
}

/** Ends a relation, in a transaction. Throws KCERR_NOT_FOUND if they don't relate so. */
export async function removeRelation(statements: Statements, relation: Relation): Promise<void> {
  const { updated } = await statements.execute(
    'DELETE FROM relation WHERE type = :type AND parent_id = :parentId AND child_id = :childId',
    { ...relation },
  );
  if (updated === 0) throw new KopanoError(KCERR_NOT_FOUND, 'there is no such relation');
  await logChange(statements, relation);
}

/** For copies of the address book a group changes with its members, and who sees or administers a company with that. */
async function logChange(statements: Statements, { type, parentId, childId }: Relation): Promise<void> {
  const changed = new Map([
    [RELATION_GROUP_MEMBER, parentId],
    [RELATION_COMPANY_VIEW, childId],
    [RELATION_COMPANY_ADMIN, childId],
  ]).get(type);
  if (changed !== undefined) await logPrincipals(statements, ICS_AB_CHANGE, 'p.id = :id', { id: changed });
}

/** Condition: the principal is in a list of the parent. */
export const isChildOf = (type: number, parentId: number): Criterion => ({
  sql: 'pri.id IN (SELECT child_id FROM relation WHERE type = :relationType AND parent_id = :relationParentId)',
  parameters: { relationType: type, relationParentId: parentId },
});

/** Condition: the child is in a list of the principal. */
export const isParentOf = (type: number, childId: number): Criterion => ({
  sql: 'pri.id IN (SELECT parent_id FROM relation WHERE type = :relationType AND child_id = :relationChildId)',
  parameters: { relationType: type, relationChildId: childId },
});
