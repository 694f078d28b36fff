import type { SortKey } from '../../mapi/sort-order.ts';
import { isDescending } from '../../mapi/sort-order.ts';
import type { SqlColumn, SqlParameters, SqlValue } from '../../platform/database.ts';
import { type MessageColumn, sortColumn } from './message-columns.ts';
import type { KeyValue, RowKey } from './row-source.ts';

/** One key of an order in SQL. */
export interface SortTerm {
  /** What is sorted by, the row being `o`. */
  readonly sql: string;
  readonly descending: boolean;
  readonly type: MessageColumn['type'];
  readonly index?: string;
}

/**
 * The order of rows that the client left open: the newest first (observed on 11.0.2). Numbers of objects don't tell,
 * for function instances take them in blocks; what counts up with each arrival in a folder does.
 */
const NEWEST_FIRST: SortTerm = { sql: 'o.imap_id', descending: true, type: 'number', index: 'object_imap' };

/** The terms of a sort order, at least one; keys that order nothing are left out. */
export function sortTerms(keys: readonly SortKey[]): SortTerm[] {
  const terms: SortTerm[] = [];
  for (const key of keys) {
    const column = sortColumn(key.tag);
    if (!column) continue;
    terms.push({
      sql: column.sql,
      descending: isDescending(key),
      type: column.type,
      ...(column.index !== undefined && { index: column.index }),
    });
  }
  return terms.length > 0 ? terms : [NEWEST_FIRST];
}

const direction = (descending: boolean): string => (descending ? 'DESC' : 'ASC');

/** ORDER BY of the terms. Rows that sort alike come in the order of their numbers (observed on 11.0.2). */
export function orderBy(terms: readonly SortTerm[], backward = false): string {
  const keys = terms.map((term) => `${term.sql} ${direction(term.descending !== backward)}`);
  return [...keys, `o.id ${direction(backward)}`].join(', ');
}

/** Select list of the values that make up a row's key, labelled k0, k1 … */
export const keyColumns = (terms: readonly SortTerm[]): string =>
  terms.map((term, index) => `${selected(term)} AS k${index}, `).join('');

/** 64-bit numbers leave the database as text, because its JSON would round them. */
const selected = (term: SortTerm): string => (term.type === 'bigint' ? `CAST(${term.sql} AS CHAR)` : term.sql);

/** The key of a row that was selected with {@link keyColumns} and its `id`. */
export function readKey(terms: readonly SortTerm[], row: Readonly<Record<string, SqlColumn>>): RowKey {
  return { values: terms.map((_, index) => toKeyValue(row[`k${index}`] ?? null)), id: row.id as number, order: 0 };
}

function toKeyValue(value: SqlColumn): KeyValue {
  if (Buffer.isBuffer(value)) return `b:${value.toString('base64')}`;
  return typeof value === 'string' ? `t:${value}` : value;
}

function toSqlValue(value: KeyValue | undefined): SqlValue {
  if (typeof value !== 'string') return value ?? null;
  return value.startsWith('b:') ? Buffer.from(value.slice(2), 'base64') : value.slice(2);
}

/** Conditions on where rows stand relative to a key. */
export interface KeyConditions {
  /** Rows that sort like the key in the first term (where there is just one), from its number on. */
  readonly alike: string;
  /** Rows that sort behind the key in the first term; undefined where there can be none. */
  readonly behind: string | undefined;
  /** Rows from the key on. */
  readonly from: string;
  /** Rows before the key. */
  readonly before: string;
  /** Rows up to the key. */
  readonly upTo: string;
  readonly parameters: SqlParameters;
}

/** The conditions for a key; its parameters are p0, p1 … and pId, or begin with another letter. */
export function keyConditions(terms: readonly SortTerm[], key: RowKey, letter = 'p'): KeyConditions {
  const parameters: Record<string, SqlValue> = { [`${letter}Id`]: key.id };
  const places = terms.map((term, index) => {
    const value = toSqlValue(key.values[index]);
    if (value === null) return placeOfNothing(term);
    const name = `${letter}${index}`;
    parameters[name] = value;
    const bound = term.type === 'bigint' ? `CAST(:${name} AS SIGNED)` : `:${name}`;
    return placeOf(term, bound);
  });
  const chain = (side: 'behind' | 'before', tie: string): string => {
    const alternatives: string[] = [];
    const alikes: string[] = [];
    for (const place of places) {
      const beyond = place[side];
      if (beyond !== undefined) alternatives.push([...alikes, beyond].join(' AND '));
      alikes.push(place.alike);
    }
    alternatives.push([...alikes, tie].join(' AND '));
    return `(${alternatives.map((condition) => `(${condition})`).join(' OR ')})`;
  };
  return {
    alike: `${places[0]!.alike} AND o.id >= :${letter}Id`,
    behind: places[0]!.behind,
    from: chain('behind', `o.id >= :${letter}Id`),
    before: chain('before', `o.id < :${letter}Id`),
    upTo: chain('before', `o.id <= :${letter}Id`),
    parameters,
  };
}

interface Place {
  readonly alike: string;
  readonly behind: string | undefined;
  readonly before: string | undefined;
}

/** Missing values sort first, or last when descending. */
function placeOf(term: SortTerm, bound: string): Place {
  const less = `(${term.sql} < ${bound} OR ${term.sql} IS NULL)`;
  const more = `${term.sql} > ${bound}`;
  return {
    alike: `${term.sql} = ${bound}`,
    behind: term.descending ? less : more,
    before: term.descending ? more : less,
  };
}

function placeOfNothing(term: SortTerm): Place {
  const present = `${term.sql} IS NOT NULL`;
  return {
    alike: `${term.sql} IS NULL`,
    behind: term.descending ? undefined : present,
    before: term.descending ? present : undefined,
  };
}
