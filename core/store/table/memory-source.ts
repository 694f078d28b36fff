import type { PropertyTag, PropertyValue } from '../../mapi/property.ts';
import { type Restriction, restrictionNeeds } from '../../mapi/restriction.ts';
import { meets, type RestrictionSubject } from '../../mapi/restriction-evaluator.ts';
import { compareByKey, type SortKey } from '../../mapi/sort-order.ts';
import type { KeyValue, Position, RowKey, RowPage, RowSource, RowView, SourceRow } from './row-source.ts';
import { decodeSortValue, encodeSortValue } from './sort-values.ts';

/** A row that is in memory with everything tables, sort orders and restrictions ask for. */
export interface MemoryRow {
  /** Its object's number, unique in the table together with {@link order}. */
  readonly id: number;
  /** Which of several values of its object it shows; 0 by default. */
  readonly order?: number;
  /** A column's value, cut to the size of a cell. */
  value(tag: PropertyTag): PropertyValue | undefined;
  /** A value in full length. */
  whole(tag: PropertyTag): PropertyValue | undefined;
  /** Properties that it has, besides those that all rows have. */
  tags(): Iterable<PropertyTag>;
}

interface SortedRow extends SourceRow {
  readonly sorted: readonly (PropertyValue | undefined)[];
  readonly row: MemoryRow;
}

/** Where rows in memory come from. */
export interface MemoryRows {
  /** `needed`: what is asked of the rows besides their sort order and their restriction. */
  load(needed: readonly PropertyTag[]): Promise<readonly MemoryRow[]>;
  /** What a client is told when it asks for all columns. */
  columns(rows: readonly MemoryRow[]): readonly PropertyTag[] | Promise<readonly PropertyTag[]>;
  /** Reads what a page shows, where the rows in memory have only what they are sorted and chosen by. */
  complete?(rows: readonly MemoryRow[]): Promise<readonly MemoryRow[]>;
  /** Without a sort order, rows come as they were loaded; otherwise the highest number is first. */
  readonly inOrder?: boolean;
}

/**
 * Rows of which all are read at once: folders of a folder, address book
 * entries, sessions. There are hundreds of them, not hundreds of thousands.
 */
export class MemorySource implements RowSource {
  readonly #view: RowView;
  readonly #source: MemoryRows;
  #rows: Promise<readonly SortedRow[]> | undefined;

  constructor(view: RowView, source: MemoryRows) {
    this.#view = view;
    this.#source = source;
  }

  async count(): Promise<number> {
    return (await this.#sorted()).length;
  }

  async rowsBefore(position: Position): Promise<number> {
    return this.#indexOf(await this.#sorted(), position);
  }

  async positionOf(row: number): Promise<Position> {
    if (row <= 0) return 'start';
    return (await this.#sorted())[row]?.key ?? 'end';
  }

  async read(from: Position, most: number): Promise<RowPage> {
    const rows = await this.#sorted();
    const start = this.#indexOf(rows, from);
    const end = Math.min(start + most, rows.length);
    const page = rows.slice(start, end);
    return { rows: await this.#complete(page), next: rows[end]?.key ?? 'end' };
  }

  async #complete(page: readonly SortedRow[]): Promise<readonly SourceRow[]> {
    if (!this.#source.complete) return page;
    const complete = await this.#source.complete(page.map(({ row }) => row));
    return complete.map((row, index) => ({ key: page[index]!.key, value: (tag) => row.value(tag) }));
  }

  async find(restriction: Restriction, from: Position, backward: boolean): Promise<RowKey | undefined> {
    // Rows of which only a part is in memory are read once more, with what the restriction needs.
    const rows = this.#source.complete ? await this.#sort(restrictionNeeds(restriction).tags) : await this.#sorted();
    const start = Math.min(this.#indexOf(rows, from), backward ? rows.length - 1 : rows.length);
    const candidates = backward ? rows.slice(0, start + 1).reverse() : rows.slice(start);
    return candidates.find(({ row }) => meets(restriction, subjectOf(row)))?.key;
  }

  async locate(id: number, order: number): Promise<RowKey | undefined> {
    return (await this.#sorted()).find(({ key }) => key.id === id && key.order === order)?.key;
  }

  async some(ids: readonly number[]): Promise<readonly SourceRow[]> {
    const wanted = new Set(ids);
    return this.#complete((await this.#sorted()).filter(({ key }) => wanted.has(key.id)));
  }

  async before(key: RowKey): Promise<RowKey | undefined> {
    const rows = await this.#sorted();
    return rows[this.#indexOf(rows, key) - 1]?.key;
  }

  async columns(): Promise<readonly PropertyTag[]> {
    return this.#source.columns((await this.#sorted()).map(({ row }) => row));
  }

  #sorted(): Promise<readonly SortedRow[]> {
    this.#rows ??= this.#sort();
    return this.#rows;
  }

  async #sort(needed: Iterable<PropertyTag> = []): Promise<readonly SortedRow[]> {
    const { restriction, sort } = this.#view;
    const rows = await this.#source.load([...needed]);
    const chosen = restriction ? rows.filter((row) => meets(restriction, subjectOf(row))) : rows;
    if (sort.length === 0 && this.#source.inOrder) return chosen.map((row, index) => sortedRow(row, sort, [index]));
    return chosen.map((row) => sortedRow(row, sort)).sort((one, other) => this.#compare(one, other));
  }

  #compare(
    one: { sorted: SortedRow['sorted']; key: RowKey },
    other: { sorted: SortedRow['sorted']; key: RowKey },
  ): number {
    const { sort } = this.#view;
    for (const [index, key] of sort.entries()) {
      const order = compareByKey(key, one.sorted[index], other.sorted[index]);
      if (order !== 0) return order;
    }
    // Rows that sort alike are in the order of their numbers; without a sort order the newest is first.
    const byNumber = sort.length === 0 ? other.key.id - one.key.id : one.key.id - other.key.id;
    return byNumber || one.key.order - other.key.order;
  }

  /** Index of the first row at or behind a position. */
  #indexOf(rows: readonly SortedRow[], position: Position): number {
    if (position === 'start') return 0;
    if (position === 'end') return rows.length;
    if (this.#view.sort.length === 0 && this.#source.inOrder) {
      // The row may have moved since; where it is gone, its old place counts.
      const same = rows.findIndex((row) => row.key.id === position.id && row.key.order === position.order);
      return same >= 0 ? same : Math.min(Number(position.values[0] ?? 0), rows.length);
    }
    const { sort } = this.#view;
    const sorted = position.values.map((value, index) => decodeSortValue(sort[index]!, value));
    const place = { key: position, sorted };
    const index = rows.findIndex((row) => this.#compare(row, place) >= 0);
    return index < 0 ? rows.length : index;
  }
}

function sortedRow(row: MemoryRow, sort: readonly SortKey[], place?: readonly KeyValue[]): SortedRow {
  const sorted = sort.map(({ tag }) => row.value(tag));
  const values = sorted.map((value, index) => encodeSortValue(sort[index]!, value));
  return {
    row,
    sorted,
    key: { values: place ?? values, id: row.id, order: row.order ?? 0 },
    value: (tag) => row.value(tag),
  };
}

const subjectOf = (row: MemoryRow): RestrictionSubject => ({ value: (tag) => row.whole(tag) });
