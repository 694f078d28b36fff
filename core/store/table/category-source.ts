import { type PropertyTag, type PropertyValue, propertyId, unicodeTag } from '../../mapi/property.ts';
import { type Restriction, restrictionNeeds } from '../../mapi/restriction.ts';
import { meets, type RestrictionSubject } from '../../mapi/restriction-evaluator.ts';
import * as tags from '../../mapi/tags.ts';
import { instanceKeyOf } from '../load.ts';
import {
  type Categorisation,
  type CategorisedRow,
  type Category,
  categorise,
  compareRows,
  isShown,
  orderKeys,
  TBL_COLLAPSED_CATEGORY,
  TBL_EXPANDED_CATEGORY,
} from './categories.ts';
import { isInstanceColumn, severalTag } from './cells.ts';
import type { MemoryRow, MemoryRows } from './memory-source.ts';
import type { Position, RowKey, RowPage, RowSource, RowView, SourceRow } from './row-source.ts';
import { decodeSortValue } from './sort-values.ts';

type Objects = Promise<readonly MemoryRow[]>;

/** Rows in categories. They are counted and ordered by what is in them, so that all rows are looked at. */
export class CategorySource implements RowSource {
  readonly #view: RowView;
  readonly #source: MemoryRows;
  readonly #how: Categorisation;
  #objects: Objects | undefined;
  #rows: Promise<readonly CategorisedRow[]> | undefined;

  constructor(view: RowView, source: MemoryRows, how: Categorisation, objects?: Objects) {
    this.#view = view;
    this.#source = source;
    this.#how = how;
    this.#objects = objects;
  }

  /** The same rows with other categories expanded. */
  changedTo(changed: Categorisation['changed']): CategorySource {
    return new CategorySource(this.#view, this.#source, { ...this.#how, changed }, this.#objects);
  }

  async count(): Promise<number> {
    return (await this.#shown()).length;
  }

  async rowsBefore(position: Position): Promise<number> {
    return this.#indexOf(await this.#shown(), position);
  }

  async positionOf(row: number): Promise<Position> {
    if (row <= 0) return 'start';
    return (await this.#shown())[row]?.key ?? 'end';
  }

  async read(from: Position, most: number): Promise<RowPage> {
    const rows = await this.#shown();
    const start = this.#indexOf(rows, from);
    const end = Math.min(start + most, rows.length);
    return { rows: await this.complete(rows.slice(start, end)), next: rows[end]?.key ?? 'end' };
  }

  async find(restriction: Restriction, from: Position, backward: boolean): Promise<RowKey | undefined> {
    const rows = await this.#shownWith(restriction);
    const start = Math.min(this.#indexOf(rows, from), backward ? rows.length - 1 : rows.length);
    const candidates = backward ? rows.slice(0, start + 1).reverse() : rows.slice(start);
    return candidates.find((row) => meets(restriction, subjectOf(row)))?.key;
  }

  /** Any row, whether it shows or not. */
  async locate(id: number, order: number): Promise<RowKey | undefined> {
    return (await this.all()).find(({ key }) => key.id === id && key.order === order)?.key;
  }

  async some(ids: readonly number[]): Promise<readonly SourceRow[]> {
    const wanted = new Set(ids);
    return this.complete((await this.#shown()).filter(({ object }) => object && wanted.has(object.id)));
  }

  async before(key: RowKey): Promise<RowKey | undefined> {
    const rows = await this.#shown();
    return rows[this.#indexOf(rows, key) - 1]?.key;
  }

  async columns(): Promise<readonly PropertyTag[]> {
    return this.#source.columns(await this.#chosen());
  }

  /** All rows, whether they show or not. */
  all(): Promise<readonly CategorisedRow[]> {
    this.#rows ??= this.#chosen().then((objects) => categorise(objects, this.#how));
    return this.#rows;
  }

  /** The columns of some rows. */
  async complete(rows: readonly CategorisedRow[]): Promise<readonly SourceRow[]> {
    const objects = rows.flatMap(({ object }) => (object ? [object] : []));
    const complete = this.#source.complete && objects.length > 0 ? await this.#source.complete(objects) : objects;
    const completed = new Map(objects.map((object, index) => [object, complete[index]!]));
    return rows.map(({ key, category, object }) => ({
      key,
      value: (tag) =>
        category ? categoryValue(category, tag) : objectValue(completed.get(object!)!, this.#how.count, tag),
    }));
  }

  #chosen(): Objects {
    this.#objects ??= this.#load([]);
    return this.#objects;
  }

  async #load(needed: readonly PropertyTag[]): Objects {
    const { restriction } = this.#view;
    const rows = await this.#source.load(needed);
    return restriction ? rows.filter((row) => meets(restriction, { value: (tag) => row.whole(tag) })) : rows;
  }

  async #shown(): Promise<readonly CategorisedRow[]> {
    return (await this.all()).filter(isShown);
  }

  /** Rows of which only a part is in memory are read once more, with what a restriction needs. */
  async #shownWith(restriction: Restriction): Promise<readonly CategorisedRow[]> {
    if (!this.#source.complete) return this.#shown();
    return categorise(await this.#load([...restrictionNeeds(restriction).tags]), this.#how).filter(isShown);
  }

  /** Index of the first row at or behind a position. */
  #indexOf(rows: readonly CategorisedRow[], position: Position): number {
    if (position === 'start') return 0;
    if (position === 'end') return rows.length;
    const same = rows.findIndex(({ key }) => key.id === position.id && key.order === position.order);
    if (same >= 0) return same;
    const keys = orderKeys(this.#how);
    const ordered = position.values.map((value, index) => decodeSortValue(keys[index]!, value));
    const index = rows.findIndex((row) => compareRows(row, { key: position, ordered }, keys) >= 0);
    return index < 0 ? rows.length : index;
  }
}

/** Below categories, PR_DEPTH is their number (as on 11.0.2). */
const objectValue = (row: MemoryRow, depth: number, tag: PropertyTag): PropertyValue | undefined =>
  propertyId(tag) === propertyId(tags.PR_DEPTH) ? depth : row.value(tag);

function categoryValue(category: Category, tag: PropertyTag): PropertyValue | undefined {
  switch (propertyId(tag)) {
    case propertyId(tags.PR_INSTANCE_KEY):
      return instanceKeyOf(0, category.number);
    case propertyId(tags.PR_ROW_TYPE):
      return category.isExpanded ? TBL_EXPANDED_CATEGORY : TBL_COLLAPSED_CATEGORY;
    case propertyId(tags.PR_DEPTH):
      return category.depth;
    case propertyId(tags.PR_CONTENT_COUNT):
      return category.rows.length;
    case propertyId(tags.PR_CONTENT_UNREAD):
      return category.unread;
    default:
      return category.values.get(unicodeTag(isInstanceColumn(tag) ? severalTag(tag) : tag));
  }
}

const subjectOf = ({ category, object }: CategorisedRow): RestrictionSubject => ({
  value: (tag) => (category ? categoryValue(category, tag) : object!.whole(tag)),
});
