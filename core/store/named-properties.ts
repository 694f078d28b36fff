import { KopanoError } from '../mapi/error.ts';
import { KCERR_NO_ACCESS, KCERR_TOO_BIG } from '../mapi/error-codes.ts';
import type { Database, SqlValue, Statements } from '../platform/database.ts';

/** Name of a named property (MS-OXCDATA 2.6.1): a GUID with a number or a string. */
export interface PropertyName {
  readonly guid?: Buffer;
  readonly number?: number;
  readonly name?: string;
}

/** Clients add this to the numbers they are given to get property ids (observed on 11.0.2). */
export const NAMED_PROPERTY_BASE = 0x8500;
/** Highest number: property ids end at 0xFFFE. */
const MAX_NAMED_PROPERTIES = 0xfffe - NAMED_PROPERTY_BASE;
/** Names looked up by one statement. */
const NAMES_PER_STATEMENT = 300;
/** On the wire 0 means "no such name", so numbers are one higher than in the table. */
const WIRE_OFFSET = 1;

const keyOf = (name: PropertyName): string =>
  `${name.guid?.toString('hex')}:${name.number !== undefined ? `#${name.number}` : `$${name.name}`}`;

const isComplete = (name: PropertyName): boolean =>
  name.guid !== undefined && name.guid.length === 16 && (name.number !== undefined || name.name !== undefined);

/** The numbers of names, in order; 0 for one that is unknown (and not created). */
export async function numbersOfNames(
  database: Database,
  names: readonly PropertyName[],
  create: boolean,
): Promise<number[]> {
  const wanted = new Map(names.filter(isComplete).map((name) => [keyOf(name), name]));
  let known = await lookUp(database, [...wanted.values()]);
  const missing = [...wanted].filter(([key]) => !known.has(key)).map(([, name]) => name);
  if (create && names.some((name) => !isComplete(name)))
    throw new KopanoError(KCERR_NO_ACCESS, 'a property name needs a GUID and a number or a string');
  if (create && missing.length > 0) {
    await insert(database, missing);
    known = new Map([...known, ...(await lookUp(database, missing))]);
  }
  return names.map((name) => {
    const id = known.get(keyOf(name));
    return id === undefined ? 0 : id + WIRE_OFFSET;
  });
}

async function lookUp(statements: Statements, names: readonly PropertyName[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let start = 0; start < names.length; start += NAMES_PER_STATEMENT) {
    const parameters: Record<string, SqlValue> = {};
    const conditions = names.slice(start, start + NAMES_PER_STATEMENT).map((name, index) => {
      parameters[`guid${index}`] = name.guid!;
      parameters[`key${index}`] = name.number ?? name.name!;
      return `(guid = :guid${index} AND ${name.number !== undefined ? 'number' : 'name'} = :key${index})`;
    });
    const rows = await statements.query<{ id: number; guid: Buffer; number: number | null; name: string | null }>(
      `SELECT id, guid, number, name FROM named_property WHERE ${conditions.join(' OR ')}`,
      parameters,
    );
    for (const row of rows)
      found.set(
        keyOf({ guid: row.guid, ...(row.number !== null ? { number: row.number } : { name: row.name ?? '' }) }),
        row.id,
      );
  }
  return found;
}

async function insert(database: Database, names: readonly PropertyName[]): Promise<void> {
  for (let start = 0; start < names.length; start += NAMES_PER_STATEMENT) {
    const parameters: Record<string, SqlValue> = {};
    const rows = names.slice(start, start + NAMES_PER_STATEMENT).map((name, index) => {
      parameters[`guid${index}`] = name.guid!;
      parameters[`number${index}`] = name.number ?? null;
      parameters[`name${index}`] = name.number === undefined ? name.name! : null;
      return `(:guid${index}, :number${index}, :name${index})`;
    });
    // Somebody else may create the same name meanwhile.
    const { generatedId } = await database.execute(
      `INSERT IGNORE INTO named_property (guid, number, name) VALUES ${rows.join(', ')}`,
      parameters,
    );
    if (generatedId + names.length > MAX_NAMED_PROPERTIES)
      throw new KopanoError(KCERR_TOO_BIG, 'there are no property ids left');
  }
}

/** The names of numbers, in order; empty for unknown ones. */
export async function namesOfNumbers(database: Database, numbers: readonly number[]): Promise<PropertyName[]> {
  const byId = new Map<number, PropertyName>();
  const ids = [...new Set(numbers)].filter((number) => number >= WIRE_OFFSET).map((number) => number - WIRE_OFFSET);
  for (let start = 0; start < ids.length; start += NAMES_PER_STATEMENT) {
    const parameters: Record<string, SqlValue> = {};
    const list = ids.slice(start, start + NAMES_PER_STATEMENT).map((id, index) => {
      parameters[`id${index}`] = id;
      return `:id${index}`;
    });
    const rows = await database.query<{ id: number; guid: Buffer; number: number | null; name: string | null }>(
      `SELECT id, guid, number, name FROM named_property WHERE id IN (${list.join(', ')})`,
      parameters,
    );
    for (const { id, guid, number, name } of rows)
      byId.set(id, { guid, ...(number !== null && { number }), ...(name !== null && { name }) });
  }
  return numbers.map((number) => byId.get(number - WIRE_OFFSET) ?? {});
}
