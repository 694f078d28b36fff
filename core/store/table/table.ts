import { KopanoError } from '../../mapi/error.ts';
import {
  KCERR_INVALID_BOOKMARK,
  KCERR_NOT_FOUND,
  KCERR_UNABLE_TO_COMPLETE,
  KCWARN_POSITION_CHANGED,
} from '../../mapi/error-codes.ts';
import { type Property, type PropertyTag, propertyType, withType } from '../../mapi/property.ts';
import { MV_FLAG, PT_STRING8, PT_UNICODE } from '../../mapi/property-types.ts';
import { RELOP_EQ, type Restriction, requireSoundRestriction } from '../../mapi/restriction.ts';
import { requireSoundSortOrder, type SortKey } from '../../mapi/sort-order.ts';
import { PR_INSTANCE_KEY } from '../../mapi/tags.ts';
import { cellOf } from './cells.ts';
import type { Position, RowKey, RowSource } from './row-source.ts';
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
    this.#change({ sort: keys, categories, expanded, position: 'start', bookmarks: {} }, 'other rows');
  }

  /** Shows only what meets the restriction, from the beginning. */
  restrict(restriction: Restriction | undefined): void {
    if (!restriction && !this.#state.restriction) return;
    if (restriction) requireSoundRestriction(restriction);
    this.#change({ restriction, position: 'start', bookmarks: {} }, 'other rows');
  }

  /** The next rows, as cells of the columns. */
  async queryRows(most: number, flags: number): Promise<Property[][]> {
    const { columns, position } = this.#state;
    const page = await this.#rows().read(position, Math.min(most, MOST_ROWS_AT_ONCE));
    if ((flags & TBL_NOADVANCE) === 0 && !(position === 'start' && page.rows.length === 0))
      this.#change({ position: page.next });
    return page.rows.map((row) => columns.map((column) => cellOf(column, row.value(column))));
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
  async createBookmark(): Promise<number> {
    const { bookmarks, nextBookmark, position } = this.#state;
    if (Object.keys(bookmarks).length >= MAX_BOOKMARKS)
      throw new KopanoError(KCERR_UNABLE_TO_COMPLETE, `a table has at most ${MAX_BOOKMARKS} bookmarks`);
    const { row } = await this.rowCount();
    this.#change({ bookmarks: { ...bookmarks, [nextBookmark]: { position, row } }, nextBookmark: nextBookmark + 1 });
    return nextBookmark;
  }

  freeBookmark(bookmark: number): void {
    const { [bookmark]: freed, ...others } = this.#state.bookmarks;
    if (!freed) throw new KopanoError(KCERR_INVALID_BOOKMARK, `the table has no bookmark ${bookmark}`);
    this.#change({ bookmarks: others });
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

const isSameRow = (one: RowKey, other: RowKey): boolean => one.id === other.id && one.order === other.order;

/** Bytes of PR_INSTANCE_KEY: the object's number and which of several values the row shows. */
const INSTANCE_KEY_BYTES = 8;

/** The one row that a restriction on PR_INSTANCE_KEY means. */
function instanceOf(restriction: Restriction): { id: number; order: number } | undefined {
  if (restriction.kind !== 'property' || restriction.relation !== RELOP_EQ || restriction.tag !== PR_INSTANCE_KEY)
    return undefined;
  const key = restriction.value.value;
  if (!Buffer.isBuffer(key) || key.length !== INSTANCE_KEY_BYTES) return undefined;
  return { id: key.readUInt32LE(0), order: key.readUInt32LE(4) };
}
