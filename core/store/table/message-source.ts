import type { PropertyTag } from '../../mapi/property.ts';
import type { Restriction } from '../../mapi/restriction.ts';
import * as tags from '../../mapi/tags.ts';
import type { Database } from '../../platform/database.ts';
import type { Platform } from '../../platform/platform.ts';
import { sqlList } from '../sql-list.ts';
import { ALWAYS_COLUMNS } from './default-columns.ts';
import { chosen, type MessageList, type Sql, sourceOf } from './message-keys.ts';
import { type Batch, MessageReader, type Reading } from './message-reader.ts';
import { MOST_ROWS } from './message-selection.ts';
import { HAS_MORE_PROPERTIES, type RestrictionSql, restrictionSql } from './restriction-sql.ts';
import type { Position, RowKey, RowPage, RowSource, RowView } from './row-source.ts';
import { keyColumns, keyConditions, orderBy, readKey, type SortTerm, sortTerms } from './sort-terms.ts';
import type { StorePlace } from './store-place.ts';
import type { StoreRow as MessageRow } from './store-row.ts';

/** Rows of one reading, in as many statements as they need. */
const MOST_AT_ONCE = 20_000;
/** Objects of a folder that are looked at to tell which properties occur. */
const SAMPLED_OBJECTS = 500;

/** The messages of a folder, read by index and joined with their documents page by page. */
export class MessageSource implements RowSource {
  readonly #database: Database;
  readonly #view: RowView;
  readonly #list: MessageList;
  readonly #terms: readonly SortTerm[];
  readonly #filter: RestrictionSql | undefined;
  readonly #reader: MessageReader;

  /** `whole`: values aren't cut to the size of a cell. */
  constructor(platform: Platform, database: Database, place: StorePlace, view: RowView, whole = false) {
    this.#database = database;
    this.#view = view;
    this.#terms = sortTerms(view.sort);
    const index = this.#terms[0]?.index;
    this.#list = {
      folderId: place.folder.id,
      associated: place.associated,
      deleted: place.deleted,
      ...(place.search && { search: { ...place.search, ...(index !== undefined && { index }) } }),
    };
    this.#filter = view.restriction && restrictionSql(view.restriction);
    this.#reader = new MessageReader(platform, database, place, this.#terms, whole);
  }

  async count(): Promise<number> {
    if (this.#filter || this.#list.search) return this.#countWhere(undefined);
    const { associated, deleted } = this.#list;
    const counter = `${deleted ? 'deleted_' : ''}${associated ? 'associated_' : deleted ? '' : 'content_'}count`;
    const [row] = await this.#database.query<{ n: number }>(`SELECT ${counter} AS n FROM folder WHERE id = :folderId`, {
      folderId: this.#list.folderId,
    });
    return Math.max(row?.n ?? 0, 0);
  }

  async rowsBefore(position: Position): Promise<number> {
    if (position === 'start') return 0;
    if (position === 'end') return this.count();
    return this.#countWhere(position);
  }

  async positionOf(row: number): Promise<Position> {
    if (row <= 0) return 'start';
    if (this.#filter && !this.#filter.exact) return this.#positionByReading(row);
    const rows = chosen(this.#list, this.#filter);
    const [found] = await this.#database.query(
      `SELECT ${keyColumns(this.#terms)}o.id FROM ${sourceOf(rows)} WHERE ${rows.sql} ORDER BY ${orderBy(this.#terms)} LIMIT 1 OFFSET :row`,
      { ...rows.parameters, row },
    );
    return found ? readKey(this.#terms, found) : 'end';
  }

  async read(from: Position, most: number): Promise<RowPage> {
    const reading = { ...this.#reading(this.#view.columns), onlyColumns: true };
    const { rows, next } = await this.#reader.read(reading, from, most);
    return { rows, next: next ?? 'end' };
  }

  async find(restriction: Restriction, from: Position, backward: boolean): Promise<RowKey | undefined> {
    const both = this.#view.restriction
      ? ({ kind: 'and', parts: [this.#view.restriction, restriction] } as const)
      : restriction;
    const filter = restrictionSql(both);
    const reading: Reading = { rows: chosen(this.#list, filter), columns: [], restriction: both, filter };
    if (!backward) return (await this.#reader.read(reading, from, 1)).rows[0]?.key;
    // Before the first row there is nothing to look at but that row.
    const first = from === 'start' ? (await this.read('start', 1)).rows[0]?.key : from;
    return first && this.#reader.last(reading, first);
  }

  async locate(id: number, order: number): Promise<RowKey | undefined> {
    if (order !== 0) return undefined;
    const rows = chosen(this.#list, this.#filter, { sql: 'o.id = :id', parameters: { id } });
    const reading = { ...this.#reading([]), rows };
    return (await this.#reader.read(reading, 'start', 1)).rows[0]?.key;
  }

  async some(ids: readonly number[]): Promise<readonly MessageRow[]> {
    const found: MessageRow[] = [];
    for (let start = 0; start < ids.length; start += MOST_ROWS) {
      const list = sqlList('row', ids.slice(start, start + MOST_ROWS));
      const picked = { sql: `o.id IN (${list.sql})`, parameters: list.parameters };
      const rows: Sql = { ...chosen(this.#list, this.#filter, picked), scattered: true };
      const reading = { ...this.#reading(this.#view.columns), rows, onlyColumns: true };
      found.push(...(await this.#readAll(reading)));
    }
    return found;
  }

  async before(key: RowKey): Promise<RowKey | undefined> {
    return this.#reader.last(this.#reading([], key), 'end');
  }

  /** All messages that meet the restriction, with the given columns only, but in full length. */
  async all(columns: readonly PropertyTag[]): Promise<MessageRow[]> {
    return this.#readAll({ ...this.#reading(columns), inFull: true, onlyColumns: true });
  }

  /** Some messages by their numbers, with the columns of the view. */
  async withIds(ids: readonly number[]): Promise<Map<number, MessageRow>> {
    const rows = new Map<number, MessageRow>();
    for (let start = 0; start < ids.length; start += MOST_ROWS) {
      const list = sqlList('row', ids.slice(start, start + MOST_ROWS));
      const picked = { sql: `o.id IN (${list.sql})`, parameters: list.parameters };
      const reading = { rows: chosen(this.#list, undefined, picked), columns: this.#view.columns, inFull: true };
      for (const row of await this.#readAll(reading)) rows.set(row.key.id, row);
    }
    return rows;
  }

  async columns(): Promise<readonly PropertyTag[]> {
    const rows = chosen(this.#list);
    const found = await this.#database.query<{ tag: string }>(
      `SELECT DISTINCT j.tag FROM (SELECT o.props FROM ${sourceOf(rows)} WHERE ${rows.sql} ORDER BY o.id DESC LIMIT ${SAMPLED_OBJECTS}) s
        JOIN JSON_TABLE(JSON_KEYS(s.props), '$[*]' COLUMNS (tag VARCHAR(8) PATH '$')) j`,
      rows.parameters,
    );
    const always = this.#list.associated ? ALWAYS_COLUMNS : [...ALWAYS_COLUMNS, tags.PR_MSG_STATUS];
    if (found.length === 0) return always;
    const stored = found.map(({ tag }) => Number.parseInt(tag, 16)).filter((tag) => !Number.isNaN(tag));
    const kept = [tags.PR_MESSAGE_FLAGS, tags.PR_MESSAGE_SIZE, tags.PR_HASATTACH, tags.PR_CHANGE_KEY];
    return [...always, ...kept, ...stored];
  }

  /** The rows of the view, or those of them before a key. */
  #reading(columns: readonly PropertyTag[], before?: RowKey): Reading {
    return {
      rows: chosen(this.#list, this.#filter, this.#before(before)),
      columns,
      restriction: this.#view.restriction,
      filter: this.#filter,
    };
  }

  #before(key: RowKey | undefined): Sql | undefined {
    if (!key) return undefined;
    const { before, parameters } = keyConditions(this.#terms, key, 'q');
    return { sql: before, parameters };
  }

  async #readAll(reading: Reading): Promise<MessageRow[]> {
    const rows: MessageRow[] = [];
    for (let position: Position | undefined = 'start'; position !== undefined; ) {
      const batch: Batch = await this.#reader.read(reading, position, MOST_AT_ONCE);
      rows.push(...batch.rows);
      position = batch.next;
    }
    return rows;
  }

  /** Counts the rows, or those before a key. */
  async #countWhere(before: RowKey | undefined): Promise<number> {
    const filter = this.#filter;
    if (filter && !filter.exact) return this.#countByReading(before);
    const rows = chosen(this.#list, filter, this.#before(before));
    const more = filter?.usesDocuments ? `CAST(SUM(${HAS_MORE_PROPERTIES}) AS SIGNED)` : '0';
    const [row] = await this.#database.query<{ n: number; more: number | null }>(
      `SELECT COUNT(*) AS n, ${more} AS more FROM ${sourceOf(rows)} WHERE ${rows.sql}`,
      rows.parameters,
    );
    return row && !row.more ? row.n : this.#countByReading(before);
  }

  /** The slow way, for restrictions that only the evaluator understands. */
  async #countByReading(before: RowKey | undefined): Promise<number> {
    return (await this.#readAll(this.#reading([], before))).length;
  }

  async #positionByReading(row: number): Promise<Position> {
    const { next } = await this.#reader.read(this.#reading([]), 'start', row);
    return next ?? 'end';
  }
}
