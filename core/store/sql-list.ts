import type { SqlValue } from '../platform/database.ts';

/**
 * `:name0, :name1, …` for an IN list, with its parameters: values are bound,
 * never written into the statement.
 */
export function sqlList(
  name: string,
  values: readonly SqlValue[],
): { sql: string; parameters: Record<string, SqlValue> } {
  const parameters: Record<string, SqlValue> = {};
  const sql = values.map((value, index) => {
    parameters[`${name}${index}`] = value;
    return `:${name}${index}`;
  });
  return { sql: sql.join(', '), parameters };
}
