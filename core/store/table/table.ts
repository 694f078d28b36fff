import { KopanoError } from '../../mapi/error.ts';
import {
  KCERR_INVALID_BOOKMARK,
  KCERR_INVALID_PARAMETER,
  KCERR_NOT_FOUND,
  KCERR_UNABLE_TO_COMPLETE,
  KCWARN_POSITION_CHANGED,
} from '../../mapi/error-codes.ts';
import { type Property, type PropertyTag, propertyType, withType } from '../../mapi/property.ts';
import { MV_FLAG, PT_STRING8, PT_UNICODE } from '../../mapi/property-types.ts';
import { RELOP_EQ, type Restriction, requireSoundRestriction } from '../../mapi/restriction.ts';
import { requireSoundSortOrder, type SortKey } from '../../mapi/sort-order.ts';
import { PR_INSTANCE_KEY } from '../../mapi/tags.ts';
import { type Category, isShown } from './categories.ts';
import { CategorySource } from './category-source.ts';
import { cellOf } from './cells.ts';
import {
  type Changed,
  changesFor,
  collapsedIn,
  collapseStateOf,
  decodeCollapseState,
  encodeCollapseState,
  expandedIn,
} from './collapse-state.ts';
import type { Position, RowKey, RowSource, SourceRow } from './row-source.ts';
import type { Bookmark, TableState } from './table-state.ts';

/** Bookmarks that every table has: its beginning, its current row and its end (MS-OXCTABL 2.2.2.1.1). */
export const BOOKMARK_BEGINNING = 0;
export const BOOKMARK_CURRENT = 1;
export const BOOKMARK_END = 2;

/** Flags of tableQueryRows, tableFindRow, tableQueryColumns and tableOpen. */
export const TBL_NOADVANCE = 0x01;
export const DIR_BACKWARD = 0x01;
export const TBL_ALL_COLUMNS = 0x01;
export const MAPI_UNICODE = 0x80000000;

/** Rows of one answer, however many are asked for: what fits into memory. Clients ask on until there are no more. */
const MOST_ROWS_AT_ONCE = 20_000;

/** Bookmarks of a table (observed limit of 11.0.2). */
const MAX_BOOKMARKS = 100;

/** What other rows, or another order of them, put an end to. */
const AFRESH = { position: 'start', bookmarks: {}, changed: {} } as const;

/**
 * An open table: how it shows its rows, and where it stands. Changes of it are
 * changes of its state, which the caller keeps.
 */
export class Table {
  #state: TableState;
  readonly #open: (state: TableState) => RowSource;
  #source: RowSource | undefined;

  constructor(state: TableState, open: (state: TableState) => RowSource) {
    this.#state = state;
    this.#open = open;
  }

  get state(): TableState {
    return this.#state;
  }

  #change(change: Partial<TableState>, rows: 'same rows' | 'other rows' = 'same rows'): void {
    this.#state = { ...this.#state, ...change };
    if (rows === 'other rows') this.#source = undefined;
  }

  #rows(): RowSource {
    this.#source ??= this.#open(this.#state);
    return this.#source;
  }

  setColumns(columns: readonly PropertyTag[]): void {
    this.#change({ columns }, 'other rows');
  }

  /** The columns that were set, or all there are. */
  async columns(flags: number): Promise<readonly PropertyTag[]> {
    if ((flags & TBL_ALL_COLUMNS) === 0) return this.#state.columns;
    const all = new Set(await this.#rows().columns());
    return [...all].sort((one, other) => one - other).map((tag) => textTypeOf(this.#state.flags, tag));
  }

  /** Sorts anew and goes to the beginning. */
  sort(keys: readonly SortKey[], categories: number, expanded: number): void {
    const { state } = this;
    const same = state.categories === categories && state.expanded === expanded && sameKeys(state.sort, keys);
    if (same) {
      this.#change({ position: 'start' });
      return;
    }
    requireSoundSortOrder(keys);
    this.#change({ sort: keys, categories, expanded, ...AFRESH }, 'other rows');
  }

  /** Shows only what meets the restriction, from the beginning. */
  restrict(restriction: Restriction | undefined): void {
    if (!restriction && !this.#state.restriction) return;
    if (restriction) requireSoundRestriction(restriction);
    this.#change({ restriction, ...AFRESH }, 'other rows');
  }

  /** The next rows, as cells of the columns. */
  async queryRows(most: number, flags: number): Promise<Property[][]> {
    const { position } = this.#state;
    const page = await this.#rows().read(position, Math.min(most, MOST_ROWS_AT_ONCE));
    if ((flags & TBL_NOADVANCE) === 0 && !(position === 'start' && page.rows.length === 0))
      this.#change({ position: page.next });
    return this.#cells(page.rows);
  }

  #cells(rows: readonly SourceRow[]): Property[][] {
    return rows.map((row) => this.#state.columns.map((column) => cellOf(column, row.value(column))));
  }

  /** How many rows there are, and how many of them are before the current one. */
  async rowCount(): Promise<{ count: number; row: number }> {
    const count = await this.#rows().count();
    const { position } = this.#state;
    return { count, row: position === 'end' ? count : await this.#rows().rowsBefore(position) };
  }

  /**
   * Moves by rows from a bookmark. Answers by how many it moved, and
   * KCWARN_POSITION_CHANGED where the bookmark's row has another number now.
   */
  async seek(bookmark: number, rows: number): Promise<{ sought: number; warning?: number }> {
    if (bookmark === BOOKMARK_BEGINNING && rows <= 0) {
      this.#change({ position: 'start' });
      return { sought: 0 };
    }
    if (bookmark === BOOKMARK_CURRENT && rows === 0) return { sought: 0 };
    const { count, row: current } = await this.rowCount();
    const { origin, changed } = await this.#origin(bookmark, current, count);
    const destination = Math.max(0, Math.min(origin + rows, count));
    this.#change({ position: destination === count && count > 0 ? 'end' : await this.#rows().positionOf(destination) });
    // From a bookmark of the table's own, the way is told from where the table stood (observed on 11.0.2).
    const from = bookmark === BOOKMARK_BEGINNING ? 0 : bookmark === BOOKMARK_END ? count : current;
    return { sought: destination - from, ...(changed && { warning: KCWARN_POSITION_CHANGED }) };
  }

  async #origin(bookmark: number, current: number, count: number): Promise<{ origin: number; changed: boolean }> {
    if (bookmark === BOOKMARK_BEGINNING) return { origin: 0, changed: false };
    if (bookmark === BOOKMARK_CURRENT) return { origin: current, changed: false };
    if (bookmark === BOOKMARK_END) return { origin: count, changed: false };
    const kept = await this.#bookmarked(bookmark);
    const origin = await this.#rows().rowsBefore(kept.position);
    return { origin, changed: origin !== kept.row };
  }

  /** A bookmark whose row is still there. */
  async #bookmarked(bookmark: number): Promise<Bookmark> {
    const kept = this.#state.bookmarks[bookmark];
    if (!kept) throw new KopanoError(KCERR_INVALID_BOOKMARK, `the table has no bookmark ${bookmark}`);
    const { position } = kept;
    if (position === 'start' || position === 'end') return kept;
    const { rows } = await this.#rows().read(position, 1);
    if (!rows[0] || !isSameRow(rows[0].key, position))
      throw new KopanoError(KCERR_INVALID_BOOKMARK, `the row of bookmark ${bookmark} is gone`);
    return kept;
  }

  /** Goes to the next row, from a bookmark on, that meets a restriction; stays where it is and throws KCERR_NOT_FOUND if there is none. */
  async find(restriction: Restriction, bookmark: number, flags: number): Promise<void> {
    requireSoundRestriction(restriction);
    const backward = (flags & DIR_BACKWARD) !== 0;
    const instance = bookmark === BOOKMARK_BEGINNING ? instanceOf(restriction) : undefined;
    const found = instance
      ? await this.#rows().locate(instance.id, instance.order)
      : await this.#rows().find(restriction, await this.#placeOf(bookmark), backward);
    if (!found) throw new KopanoError(KCERR_NOT_FOUND, 'no row meets the restriction');
    this.#change({ position: found });
  }

  async #placeOf(bookmark: number): Promise<Position> {
    if (bookmark === BOOKMARK_BEGINNING) return 'start';
    if (bookmark === BOOKMARK_CURRENT) return this.#state.position;
    if (bookmark === BOOKMARK_END) return 'end';
    return (await this.#bookmarked(bookmark)).position;
  }

  /** Marks the current row; answers the bookmark's number. */
  createBookmark(): Promise<number> {
    return this.#createBookmark(this.#state.position);
  }

  async #createBookmark(position: Position): Promise<number> {
    const { bookmarks, nextBookmark } = this.#state;
    if (Object.keys(bookmarks).length >= MAX_BOOKMARKS)
      throw new KopanoError(KCERR_UNABLE_TO_COMPLETE, `a table has at most ${MAX_BOOKMARKS} bookmarks`);
    const row = await this.#rows().rowsBefore(position);
    this.#change({ bookmarks: { ...bookmarks, [nextBookmark]: { position, row } }, nextBookmark: nextBookmark + 1 });
    return nextBookmark;
  }

  freeBookmark(bookmark: number): void {
    const { [bookmark]: freed, ...others } = this.#state.bookmarks;
    if (!freed) throw new KopanoError(KCERR_INVALID_BOOKMARK, `the table has no bookmark ${bookmark}`);
    this.#change({ bookmarks: others });
  }

  /** Shows what is in a category. Answers the first of these rows, after which the table goes on, and how many are left. */
  async expand(instanceKey: Buffer, most: number): Promise<{ rows: Property[][]; left: number }> {
    const { category, around } = await this.#category(instanceKey);
    if (!around.every(({ isExpanded }) => isExpanded))
      throw new KopanoError(KCERR_NOT_FOUND, 'a category in a collapsed one is expanded after that');
    const source = this.#changeCategories(expandedIn(this.#state.changed, category));
    const all = await source.all();
    const inside = all.filter((row) => row.around.at(-1)?.number === category.number);
    const shown = inside.slice(0, Math.min(most, MOST_ROWS_AT_ONCE));
    const last = all.findLastIndex((row) => row.around.some(({ number }) => number === category.number));
    const next = inside[shown.length] ?? all.slice(last + 1).find(isShown);
    this.#change({ position: next?.key ?? 'end' });
    return { rows: this.#cells(await source.complete(shown)), left: inside.length - shown.length };
  }

  /** Hides what is in a category, and answers how many rows that is on all levels. */
  async collapse(instanceKey: Buffer): Promise<number> {
    const { category, source } = await this.#category(instanceKey);
    const inside = (await source.all()).filter(({ around }) => around.includes(category));
    this.#changeCategories(collapsedIn(this.#state.changed, category));
    return inside.length;
  }

  /** Which categories are expanded, together with a row, for {@link restoreCollapseState}. */
  async collapseState(instanceKey: Buffer): Promise<Buffer> {
    const rows = this.#isCategorised() ? await this.#categories().all() : [];
    const instance = instanceFromKey(instanceKey);
    return encodeCollapseState(
      collapseStateOf(
        rows,
        rows.find(({ key }) => instance && isSameRow(key, instance)),
      ),
    );
  }

  /** Expands and collapses what was so then. Answers a bookmark at that row; where it is gone, at its category. */
  async restoreCollapseState(kept: Buffer): Promise<number> {
    const state = decodeCollapseState(kept);
    if (!this.#isCategorised()) return BOOKMARK_BEGINNING;
    const before = this.#categories();
    const source = this.#changeCategories(changesFor(await before.all(), state, this.#state.expanded));
    if (!state.row) return BOOKMARK_BEGINNING;
    const places = [state.row, ...state.row.around.map((order) => ({ id: 0, order })).reverse()];
    for (const { id, order } of places) {
      const key = await source.locate(id, order);
      if (!key) continue;
      const { rows } = await source.read(key, 1);
      return this.#createBookmark(rows[0]?.key ?? 'end');
    }
    return BOOKMARK_BEGINNING;
  }

  #isCategorised(): boolean {
    return this.#rows() instanceof CategorySource;
  }

  #categories(): CategorySource {
    const rows = this.#rows();
    if (!(rows instanceof CategorySource)) throw new KopanoError(KCERR_NOT_FOUND, 'the table has no categories');
    return rows;
  }

  async #category(
    instanceKey: Buffer,
  ): Promise<{ category: Category; around: readonly Category[]; source: CategorySource }> {
    const instance = instanceFromKey(instanceKey);
    if (!instance) throw new KopanoError(KCERR_INVALID_PARAMETER, 'that is no instance key');
    const source = this.#categories();
    const row = (await source.all()).find(({ key, category }) => category && isSameRow(key, instance));
    if (!row?.category) throw new KopanoError(KCERR_NOT_FOUND, 'the table has no such category');
    return { category: row.category, around: row.around, source };
  }

  #changeCategories(changed: Changed): CategorySource {
    const source = this.#categories();
    if (changed === this.#state.changed) return source;
    const after = source.changedTo(changed);
    this.#change({ changed });
    this.#source = after;
    return after;
  }
}

/** A column with the text type that the client opened the table for. */
export function textTypeOf(flags: number, tag: PropertyTag): PropertyTag {
  const type = propertyType(tag);
  const single = type & ~MV_FLAG;
  if (single !== PT_STRING8 && single !== PT_UNICODE) return tag;
  return withType(tag, (type & MV_FLAG) | (flags & MAPI_UNICODE ? PT_UNICODE : PT_STRING8));
}

const sameKeys = (some: readonly SortKey[], others: readonly SortKey[]): boolean =>
  some.length === others.length &&
  some.every((key, index) => key.tag === others[index]!.tag && key.order === others[index]!.order);

const isSameRow = (one: Pick<RowKey, 'id' | 'order'>, other: Pick<RowKey, 'id' | 'order'>): boolean =>
  one.id === other.id && one.order === other.order;

/** Bytes of PR_INSTANCE_KEY: the object's number and which of several values the row shows. */
const INSTANCE_KEY_BYTES = 8;

/** The one row that a restriction on PR_INSTANCE_KEY means. */
function instanceOf(restriction: Restriction): { id: number; order: number } | undefined {
  if (restriction.kind !== 'property' || restriction.relation !== RELOP_EQ || restriction.tag !== PR_INSTANCE_KEY)
    return undefined;
  const key = restriction.value.value;
  return Buffer.isBuffer(key) ? instanceFromKey(key) : undefined;
}

function instanceFromKey(key: Buffer): { id: number; order: number } | undefined {
  if (key.length !== INSTANCE_KEY_BYTES) return undefined;
  return { id: key.readUInt32LE(0), order: key.readUInt32LE(4) };
}
