import { type AddressBookTable, isEverybody } from '../../directory/address-book.ts';
import { narrowing } from '../../directory/address-book-filter.ts';
import { Everybody, type EverybodyPlace, type EverybodyRow } from '../../directory/address-book-page.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import type { Restriction } from '../../mapi/restriction.ts';
import { meets } from '../../mapi/restriction-evaluator.ts';
import { isDescending } from '../../mapi/sort-order.ts';
import { PR_DISPLAY_NAME } from '../../mapi/tags.ts';
import { addressBookColumns, toRow } from './address-book-source.ts';
import type { Position, RowKey, RowPage, RowSource, RowView, SourceRow } from './row-source.ts';
import type { TableReader } from './table-sources.ts';

/** Rows that are looked through at once, where something is searched that no index knows. */
const SEARCHED_ROWS = 500;

/** Whether a view of the address book can be read along an index: everybody, by number or by name. */
export function isIndexed(table: AddressBookTable, view: RowView): boolean {
  const [key, ...more] = view.sort;
  return (
    isEverybody(table) && view.restriction === undefined && more.length === 0 && (!key || key.tag === PR_DISPLAY_NAME)
  );
}

/** Everybody in the global address book: pages of it cost the same however many there are. */
export class EverybodySource implements RowSource {
  readonly #everybody: Everybody;
  readonly #byName: boolean;
  readonly #hosted: boolean;

  constructor({ platform, database, identity }: TableReader, view: RowView) {
    const [key] = view.sort;
    this.#byName = key !== undefined;
    this.#hosted = platform.settings.hosted;
    const order = { by: key ? 'name' : 'number', descending: key !== undefined && isDescending(key) } as const;
    this.#everybody = new Everybody({ statements: database, viewer: identity, settings: platform.settings }, order);
  }

  count(): Promise<number> {
    return this.#everybody.count();
  }

  async rowsBefore(position: Position): Promise<number> {
    if (position === 'start') return 0;
    return this.#everybody.count(position === 'end' ? undefined : placeOf(position));
  }

  async positionOf(row: number): Promise<Position> {
    if (row <= 0) return 'start';
    const place = await this.#everybody.nth(row);
    return place ? this.#keyOf(place) : 'end';
  }

  async read(from: Position, most: number): Promise<RowPage> {
    if (from === 'end' || most <= 0) return { rows: [], next: from };
    const rows = await this.#everybody.from(from === 'start' ? undefined : placeOf(from), most + 1);
    const next = rows[most];
    return { rows: rows.slice(0, most).map((row) => this.#rowOf(row)), next: next ? this.#keyOf(next.place) : 'end' };
  }

  async find(restriction: Restriction, from: Position, backward: boolean): Promise<RowKey | undefined> {
    if (backward) return this.#findBackward(restriction, from);
    const narrowed = narrowing(restriction, this.#hosted);
    for (let position = from; position !== 'end'; ) {
      const start = position === 'start' ? undefined : placeOf(position);
      const rows = await this.#everybody.from(start, SEARCHED_ROWS + 1, narrowed);
      const found = rows.slice(0, SEARCHED_ROWS).find((row) => isMet(restriction, row));
      if (found) return this.#keyOf(found.place);
      const next = rows[SEARCHED_ROWS];
      position = next ? this.#keyOf(next.place) : 'end';
    }
    return undefined;
  }

  /** The last one at or before a position; everything up to it is read, for nobody searches backwards. */
  async #findBackward(restriction: Restriction, from: Position): Promise<RowKey | undefined> {
    const most = (await this.rowsBefore(from)) + (from === 'end' ? 0 : 1);
    const rows = await this.#everybody.from(undefined, most);
    const found = rows.findLast((row) => isMet(restriction, row));
    return found && this.#keyOf(found.place);
  }

  async locate(id: number, order: number): Promise<RowKey | undefined> {
    const [row] = order === 0 ? await this.#everybody.some([id]) : [];
    return row && this.#keyOf(row.place);
  }

  async some(ids: readonly number[]): Promise<readonly SourceRow[]> {
    return (await this.#everybody.some(ids)).map((row) => this.#rowOf(row));
  }

  async before(key: RowKey): Promise<RowKey | undefined> {
    const place = await this.#everybody.before(placeOf(key));
    return place && this.#keyOf(place);
  }

  columns(): Promise<readonly PropertyTag[]> {
    return Promise.resolve(addressBookColumns(false));
  }

  #keyOf = ({ id, name }: EverybodyPlace): RowKey => ({ values: this.#byName ? [name] : [], id, order: 0 });

  #rowOf({ place, properties }: EverybodyRow): SourceRow {
    const row = toRow(properties, 0);
    return { key: this.#keyOf(place), value: (tag) => row.value(tag) };
  }
}

const placeOf = ({ id, values }: RowKey): EverybodyPlace => ({ id, name: String(values[0] ?? '') });

function isMet(restriction: Restriction, { properties }: EverybodyRow): boolean {
  const row = toRow(properties, 0);
  return meets(restriction, { value: (tag) => row.whole(tag) });
}
