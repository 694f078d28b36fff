import type { SqlValue, Statements } from '../platform/database.ts';
import { CONTAINER_COMPANY, isDistributionList, isMailUser } from './object-class.ts';
import { isInternal, listPrincipals, type Principal } from './principal.ts';
import { RELATION_GROUP_MEMBER } from './relation.ts';
import { EVERYONE_ID } from './well-known.ts';

/** Groups in groups deeper than this get no mail; a cycle ends here too. */
const MAX_NESTING = 16;

/** Whether mail to a principal is mail to its members. */
export const hasMembers = (principal: Pick<Principal, 'class'>): boolean =>
  isDistributionList(principal.class) || principal.class === CONTAINER_COMPANY;

/**
 * The users and contacts who get mail for some groups or companies, directly or through groups in
 * them, by the group's id. A statement for the groups and one for a page of members.
 */
export async function mailMembers(
  statements: Statements,
  groups: readonly Pick<Principal, 'id' | 'class'>[],
): Promise<Map<number, Principal[]>> {
  const wanted = [...new Map(groups.filter(hasMembers).map((group) => [group.id, group])).values()];
  if (wanted.length === 0) return new Map();
  const parameters: Record<string, SqlValue> = {};
  const roots = wanted.map(({ id }, index) => {
    parameters[`group${index}`] = id;
    return `:group${index}`;
  });
  const pairs = await statements.query<{ root: number; id: number }>(
    `WITH RECURSIVE below (root, id, depth) AS (
      SELECT parent_id, child_id, 1 FROM relation WHERE type = ${RELATION_GROUP_MEMBER} AND parent_id IN (${roots.join(', ')})
      UNION DISTINCT
      SELECT b.root, r.child_id, b.depth + 1 FROM relation r JOIN below b ON r.parent_id = b.id
      WHERE r.type = ${RELATION_GROUP_MEMBER} AND b.depth < ${MAX_NESTING}
    )
    SELECT DISTINCT root, id FROM below
    UNION SELECT company_id, id FROM principal WHERE company_id IN (${roots.join(', ')})`,
    parameters,
  );
  const everyone = wanted.some(({ id }) => id === EVERYONE_ID);
  const people = await membersOf(statements, [...new Set(pairs.map(({ id }) => id))], everyone);
  const members = new Map<number, Principal[]>(
    wanted.map(({ id }) => [id, id === EVERYONE_ID ? [...people.values()] : []]),
  );
  for (const { root, id } of pairs) {
    const person = people.get(id);
    if (person && !members.get(root)?.includes(person)) members.get(root)?.push(person);
  }
  return members;
}

/** Ids bound by one statement. */
const IDS_PER_STATEMENT = 800;

async function membersOf(
  statements: Statements,
  ids: readonly number[],
  everyone: boolean,
): Promise<Map<number, Principal>> {
  const people: Principal[] = [];
  if (everyone) people.push(...(await listPrincipals(statements, [])));
  for (let start = 0; !everyone && start < ids.length; start += IDS_PER_STATEMENT) {
    const parameters: Record<string, SqlValue> = {};
    const list = ids.slice(start, start + IDS_PER_STATEMENT).map((id, index) => {
      parameters[`id${index}`] = id;
      return `:id${index}`;
    });
    people.push(...(await listPrincipals(statements, [{ sql: `pri.id IN (${list.join(', ')})`, parameters }])));
  }
  return new Map(
    people.filter(({ id, class: kind }) => isMailUser(kind) && !isInternal(id)).map((person) => [person.id, person]),
  );
}
