import type { Statements } from '../platform/database.ts';
import { RELATION_GROUP_MEMBER, RELATION_USER_SENDAS } from './relation.ts';
import { EVERYONE_ID } from './well-known.ts';

/** Groups in groups deeper than this give no rights; a cycle ends here too. */
const MAX_NESTING = 10;

/** Numbers of a principal and of all groups, of any kind, that it is in, directly or through others; one statement. */
export async function selfAndGroups(statements: Statements, principalId: number): Promise<ReadonlySet<number>> {
  const rows = await statements.query<{ id: number }>(
    `WITH RECURSIVE membership (id, depth) AS (
       SELECT parent_id, 1 FROM relation WHERE type = ${RELATION_GROUP_MEMBER} AND child_id = :principalId
       UNION DISTINCT
       SELECT r.parent_id, m.depth + 1 FROM relation r JOIN membership m ON r.child_id = m.id
       WHERE r.type = ${RELATION_GROUP_MEMBER} AND m.depth < ${MAX_NESTING}
     ) SELECT DISTINCT id FROM membership`,
    { principalId },
  );
  return new Set([principalId, EVERYONE_ID, ...rows.map(({ id }) => id)]);
}

/** Numbers of the users and groups that may send mail in the name of a principal; one statement. */
export async function whoMaySendAs(statements: Statements, principalId: number): Promise<readonly number[]> {
  const rows = await statements.query<{ id: number }>(
    `SELECT child_id AS id FROM relation WHERE type = ${RELATION_USER_SENDAS} AND parent_id = :principalId`,
    { principalId },
  );
  return rows.map(({ id }) => id);
}
