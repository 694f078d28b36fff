/**
 * Ids of the groups a principal (`:principalId`) is a member of, Everyone
 * aside: for use inside other statements. The number is the relation type of
 * group membership, see relation.ts.
 */
export const GROUPS_OF_PRINCIPAL = 'SELECT parent_id FROM relation WHERE type = 1 AND child_id = :principalId';
