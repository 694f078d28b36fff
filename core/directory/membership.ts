import { DISTLIST_SECURITY } from './object-class.ts';
import { RELATION_GROUP_MEMBER } from './relation.ts';

/** Groups in groups deeper than this give no rights; a cycle ends here too. */
const MAX_NESTING = 16;

/**
 * Ids of the security groups a principal (`:principalId`) is a member of,
 * directly or through other groups, Everyone aside: for use inside other
 * statements.
 */
export const GROUPS_OF_PRINCIPAL = `WITH RECURSIVE membership (group_id, depth) AS (
    SELECT parent_id, 1 FROM relation WHERE type = ${RELATION_GROUP_MEMBER} AND child_id = :principalId
    UNION DISTINCT
    SELECT r.parent_id, m.depth + 1 FROM relation r JOIN membership m ON r.child_id = m.group_id
    WHERE r.type = ${RELATION_GROUP_MEMBER} AND m.depth < ${MAX_NESTING}
  )
  SELECT m.group_id FROM membership m JOIN principal g ON g.id = m.group_id AND g.class = ${DISTLIST_SECURITY}`;
