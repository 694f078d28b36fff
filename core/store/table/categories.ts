import { createHash } from 'node:crypto';
import { foldCase } from '../../mapi/collation.ts';
import { MSGFLAG_READ } from '../../mapi/message-flags.ts';
import type { PropertyTag, PropertyValue } from '../../mapi/property.ts';
import { compareByKey, type SortKey, TABLE_SORT_CATEG_MAX, TABLE_SORT_CATEG_MIN } from '../../mapi/sort-order.ts';
import * as tags from '../../mapi/tags.ts';
import { isInstanceColumn, severalTag } from './cells.ts';
import type { MemoryRow } from './memory-source.ts';
import type { RowKey } from './row-source.ts';
import { encodeSortValue } from './sort-values.ts';

/** PR_ROW_TYPE of the rows of categories (MS-OXCTABL 2.2.1.2). */
export const TBL_EXPANDED_CATEGORY = 3;
export const TBL_COLLAPSED_CATEGORY = 4;

/** How a table is divided into categories. */
export interface Categorisation {
  readonly sort: readonly SortKey[];
  /** How many of the sort keys are categories. */
  readonly count: number;
  /** How many of those show their rows at first. */
  readonly expanded: number;
  /** Categories that were expanded or collapsed since, by their numbers. */
  readonly changed: Readonly<Record<string, boolean>>;
}

/** A row of a category, or of an object in it. */
export interface CategorisedRow {
  readonly key: RowKey;
  /** Absent for the row of an object. */
  readonly category?: Category;
  readonly object?: MemoryRow;
  /** The categories around it, outermost first. */
  readonly around: readonly Category[];
  readonly ordered: readonly (PropertyValue | undefined)[];
}

export interface Category {
  /** Number that its instance key has; follows from its values, so that it stays the same. */
  readonly number: number;
  /** Which of the sort keys it is of. */
  readonly depth: number;
  /** The values that all in it have. */
  readonly values: ReadonlyMap<PropertyTag, PropertyValue | undefined>;
  readonly rows: MemoryRow[];
  readonly inner: Category[];
  readonly isExpanded: boolean;
  /** Whether it, or one around it, was expanded or collapsed since: then those in it begin collapsed. */
  readonly isChanged: boolean;
  unread: number;
  /** Highest or lowest value in it that it is ordered by. */
  extreme?: PropertyValue | undefined;
}

const isExtreme = (key: SortKey | undefined): boolean =>
  key?.order === TABLE_SORT_CATEG_MAX || key?.order === TABLE_SORT_CATEG_MIN;

/** The sort keys that are categories, each with the one of an extreme behind it. */
interface Level {
  readonly column: number;
  readonly key: SortKey;
  readonly extreme?: SortKey;
}

function levelsOf({ sort, count }: Categorisation): Level[] {
  const levels: Level[] = [];
  for (let column = 0; column < count && column < sort.length; column++) {
    const next = sort[column + 1];
    const level = { column, key: sort[column]!, ...(isExtreme(next) && { extreme: next! }) };
    levels.push(level);
    if (level.extreme) column++;
  }
  return levels;
}

/** All rows, of categories and of objects, in order, whether they show or not. */
export function categorise(objects: readonly MemoryRow[], how: Categorisation): CategorisedRow[] {
  const levels = levelsOf(how);
  const keys = orderKeys(how);
  const rows: CategorisedRow[] = [];
  collect(categoriesOf(objects, levels, how), { levels, keys, sort: how.sort }, [], [], rows);
  return rows.sort((one, other) => compareRows(one, other, keys));
}

/** The outermost categories. As what sorts alike is together, only the last category may go on. */
function categoriesOf(objects: readonly MemoryRow[], levels: readonly Level[], how: Categorisation): Category[] {
  const top: Category[] = [];
  const taken = new Set<number>();
  for (const { object, values } of sortedByLevels(objects, levels)) {
    let among = top;
    let outer: Category | undefined;
    let path = '';
    for (const [depth, level] of levels.entries()) {
      const value = values[depth];
      path += pathPart(level.key, value);
      let category = among.at(-1);
      if (!category || compareByKey(level.key, categorised(category, level.key), value) !== 0) {
        category = newCategory(numberOf(path, taken), level, value, outer, how);
        among.push(category);
      }
      add(category, level, object);
      outer = category;
      among = category.inner;
    }
  }
  return top;
}

/** Counts an object in one of its categories. */
function add(category: Category, { extreme }: Level, object: MemoryRow): void {
  const flags = object.value(tags.PR_MESSAGE_FLAGS);
  category.rows.push(object);
  if (typeof flags === 'number' && (flags & MSGFLAG_READ) === 0) category.unread += 1;
  if (extreme) raise(category, extreme, object.value(extreme.tag));
}

/** Objects with the values of their categories; of those that sort alike, the first gives its value to the category. */
function sortedByLevels(
  objects: readonly MemoryRow[],
  levels: readonly Level[],
): { readonly object: MemoryRow; readonly values: readonly (PropertyValue | undefined)[] }[] {
  const rows = objects.map((object) => ({ object, values: levels.map(({ key }) => object.value(key.tag)) }));
  return rows.sort((one, other) => {
    for (const [depth, { key }] of levels.entries()) {
      const order = compareByKey(key, one.values[depth], other.values[depth]);
      if (order !== 0) return order;
    }
    return one.object.id - other.object.id || (one.object.order ?? 0) - (other.object.order ?? 0);
  });
}

const valueTag = ({ tag }: SortKey): PropertyTag => (isInstanceColumn(tag) ? severalTag(tag) : tag);

const categorised = (category: Category, key: SortKey): PropertyValue | undefined => category.values.get(valueTag(key));

/** A value as the number of a category is made from it: texts in another case are mostly the same category. */
const pathPart = (key: SortKey, value: PropertyValue | undefined): string =>
  JSON.stringify(encodeSortValue(key, typeof value === 'string' ? foldCase(value) : value));

/** A number for the values on the way to a category; the next free one where two of a table meet. */
function numberOf(path: string, taken: Set<number>): number {
  let number = createHash('sha256').update(path).digest().readUInt32LE() >>> 1;
  while (taken.has(number)) number += 1;
  taken.add(number);
  return number;
}

function newCategory(
  number: number,
  level: Level,
  value: PropertyValue | undefined,
  outer: Category | undefined,
  how: Categorisation,
): Category {
  const values = new Map(outer?.values);
  values.set(valueTag(level.key), value);
  const change = how.changed[number];
  return {
    number,
    depth: level.column,
    values,
    rows: [],
    inner: [],
    isExpanded: change ?? isExpandedAtFirst(level.column, outer, how.expanded),
    isChanged: change !== undefined || outer?.isChanged === true,
    unread: 0,
  };
}

/** Whether a category shows its rows as long as nobody expanded or collapsed it. */
export const isExpandedAtFirst = (
  depth: number,
  outer: Pick<Category, 'isExpanded' | 'isChanged'> | undefined,
  expanded: number,
): boolean => depth < expanded && (!outer || (outer.isExpanded && !outer.isChanged));

/** What is missing is worse than any value, for both extremes. */
function raise(category: Category, key: SortKey, value: PropertyValue | undefined): void {
  const { extreme } = category;
  if (value === undefined) return;
  const order = extreme === undefined ? 0 : compareByKey(key, value, extreme);
  const isBetter = key.order === TABLE_SORT_CATEG_MAX ? order > 0 : order < 0;
  if (extreme === undefined || isBetter) category.extreme = value;
}

/** What a row is ordered by. */
interface Order {
  readonly levels: readonly Level[];
  readonly keys: readonly SortKey[];
  readonly sort: readonly SortKey[];
}

function collect(
  among: readonly Category[],
  order: Order,
  around: readonly Category[],
  prefix: readonly (PropertyValue | undefined)[],
  rows: CategorisedRow[],
): void {
  for (const category of among) {
    const { key, extreme } = order.levels[around.length]!;
    const value = categorised(category, key);
    const ordered = extreme ? [...prefix, category.extreme, value] : [...prefix, value];
    rows.push({ key: keyOf(0, category.number, ordered, order.keys), category, around, ordered });
    const inside = [...around, category];
    if (inside.length < order.levels.length) {
      collect(category.inner, order, inside, ordered, rows);
      continue;
    }
    for (const object of category.rows) {
      const all = [...ordered, ...order.sort.slice(ordered.length).map(({ tag }) => object.value(tag))];
      rows.push({ key: keyOf(object.id, object.order ?? 0, all, order.keys), object, around: inside, ordered: all });
    }
  }
}

const keyOf = (
  id: number,
  order: number,
  ordered: readonly (PropertyValue | undefined)[],
  keys: readonly SortKey[],
): RowKey => ({ id, order, values: ordered.map((value, index) => encodeSortValue(keys[index]!, value)) });

/** The keys that rows are ordered by: the extreme of a category comes before its value, in the direction of that. */
export function orderKeys(how: Categorisation): SortKey[] {
  const keys = levelsOf(how).flatMap(({ key, extreme }) =>
    extreme
      ? [
          { tag: extreme.tag, order: key.order },
          { tag: key.tag, order: extreme.order },
        ]
      : [key],
  );
  return [...keys, ...how.sort.slice(keys.length)];
}

/** Order of two rows: what has fewer values is a category and comes before its rows. */
export function compareRows(
  one: Pick<CategorisedRow, 'ordered' | 'key'>,
  other: Pick<CategorisedRow, 'ordered' | 'key'>,
  keys: readonly SortKey[],
): number {
  const length = Math.min(one.ordered.length, other.ordered.length);
  for (let index = 0; index < length; index++) {
    const order = compareByKey(keys[index]!, one.ordered[index], other.ordered[index]);
    if (order !== 0) return order;
  }
  return one.ordered.length - other.ordered.length || one.key.id - other.key.id || one.key.order - other.key.order;
}

/** Whether a row shows: all categories around it are expanded. */
export const isShown = ({ around }: CategorisedRow): boolean => around.every(({ isExpanded }) => isExpanded);
