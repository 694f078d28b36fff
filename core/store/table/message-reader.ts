import { MAPI_ATTACH, MAPI_DISTLIST, MAPI_MAILUSER } from '../../mapi/object-types.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import { type Restriction, type RestrictionNeeds, restrictionNeeds } from '../../mapi/restriction.ts';
import { meets, type RestrictionSubject } from '../../mapi/restriction-evaluator.ts';
import type { Database, SqlRow } from '../../platform/database.ts';
import type { Platform } from '../../platform/platform.ts';
import { type RawDocuments, readObjectRow } from '../object-row.ts';
import { serverGuid } from '../server-guid.ts';
import { sqlList } from '../sql-list.ts';
import { pageOfKeys, type Sql, sourceOf } from './message-keys.ts';
import {
  bareRow,
  byColumns,
  extrasOf,
  MOST_ROWS,
  messageSelection,
  mostRows,
  PARENT_COLUMNS,
  type RawMessageRow,
  readParent,
  type Wanted,
} from './message-selection.ts';
import type { RestrictionSql } from './restriction-sql.ts';
import type { Position, RowKey } from './row-source.ts';
import { keyColumns, keyConditions, orderBy, readKey, type SortTerm } from './sort-terms.ts';
import type { StorePlace } from './store-place.ts';
import { StoreRow as MessageRow } from './store-row.ts';
import { readChildren } from './sub-objects.ts';

/** Which rows are read, and what of them. */
export interface Reading {
  readonly rows: Sql;
  readonly columns: readonly PropertyTag[];
  readonly restriction?: Restriction | undefined;
  /** The restriction in SQL; `rows` has it already. */
  readonly filter?: RestrictionSql | undefined;
  /** Values of the columns are needed in full length, though they are shown cut. */
  readonly inFull?: boolean;
  /** Nothing but the columns is asked of the rows. */
  readonly onlyColumns?: boolean;
  /** After so many responses it is enough, however many rows there are. */
  readonly responses?: number;
}

/** Some rows in order. */
export interface Batch {
  readonly rows: readonly MessageRow[];
  /** Where they go on; undefined where there are no more. */
  readonly next: RowKey | undefined;
}

/** Reads messages in the order of some terms, as many at once as a response has room for. */
export class MessageReader {
  readonly #platform: Platform;
  readonly #database: Database;
  readonly #place: StorePlace;
  readonly #terms: readonly SortTerm[];
  readonly #whole: boolean;

  /** `whole`: values aren't cut to the size of a cell. */
  constructor(platform: Platform, database: Database, place: StorePlace, terms: readonly SortTerm[], whole: boolean) {
    this.#platform = platform;
    this.#database = database;
    this.#place = place;
    this.#terms = terms;
    this.#whole = whole;
  }

  /** Rows from a position on that meet the restriction, as many as are wanted and there are. */
  async read(reading: Reading, from: Position, most: number): Promise<Batch> {
    const rows: MessageRow[] = [];
    if (from === 'end') return { rows, next: undefined };
    // Where candidates may fail, few more than wanted would cost many statements.
    const many = reading.filter !== undefined && !reading.filter.exact;
    // Texts that sort come with the rows, too.
    const isLong = this.#terms.some(({ type }) => type === 'text' || type === 'bytes');
    const room = isLong ? MOST_ROWS : mostRows(this.#wanted(reading, most));
    let next: RowKey | undefined;
    let responses = reading.responses ?? Number.POSITIVE_INFINITY;
    for (let position = from; ; position = next) {
      const batch: Batch = await this.#candidates(reading, position, many ? room : Math.min(most - rows.length, room));
      const passed = await this.#thatMeet(batch.rows, reading);
      const missing = most - rows.length;
      rows.push(...passed.slice(0, missing));
      next = passed[missing]?.key ?? batch.next;
      responses -= 1;
      if (next === undefined || rows.length === most || responses === 0) break;
    }
    const { columns, inFull } = reading;
    await Promise.all(rows.filter((row) => row.hasElsewhere).map((row) => this.#complete(row, columns, inFull)));
    return { rows, next };
  }

  /** The last row at or before a position that meets the restriction. */
  async last(reading: Reading, from: RowKey | 'end'): Promise<RowKey | undefined> {
    const most = reading.filter?.exact ? 1 : MOST_ROWS;
    for (let position: RowKey | 'end' | undefined = from; position !== undefined; ) {
      const batch: Batch = await this.#candidatesBackward(reading, position, most);
      const [found] = await this.#thatMeet(batch.rows, reading);
      if (found) return found.key;
      position = batch.next;
    }
    return undefined;
  }

  async #candidates(reading: Reading, from: Position, most: number): Promise<Batch> {
    const keys = pageOfKeys(reading.rows, reading.filter, this.#terms, from, most + 1);
    const order = `page.part, ${orderBy(this.#terms)}`;
    const wanted = this.#wanted(reading, most);
    const found = await this.#database.query<RawMessageRow>(
      `WITH ${keys.sql}
      SELECT ${keyColumns(this.#terms)}o.id, ${this.#selection(wanted, order)}
      FROM page JOIN object o ON o.id = page.id ${this.#parents.join} ORDER BY ${order} LIMIT :most`,
      keys.parameters,
    );
    if (byColumns(wanted)) return this.#toBatch(await this.#withDocuments(found, wanted), most);
    return this.#toBatch(found, most);
  }

  async #candidatesBackward(reading: Reading, from: RowKey | 'end', most: number): Promise<Batch> {
    const key = from === 'end' ? undefined : keyConditions(this.#terms, from);
    const order = orderBy(this.#terms, true);
    const found = await this.#database.query<RawMessageRow>(
      `WITH page AS (
        SELECT o.id FROM ${sourceOf(reading.rows)} WHERE ${reading.rows.sql}${key ? ` AND ${key.upTo}` : ''} ORDER BY ${order} LIMIT :most
      )
      SELECT ${keyColumns(this.#terms)}o.id, ${this.#selection(this.#wanted(reading, most), order)}
      FROM page JOIN object o ON o.id = page.id ${this.#parents.join} ORDER BY ${order}`,
      { ...reading.rows.parameters, ...key?.parameters, most: most + 1 },
    );
    return this.#toBatch(found, most);
  }

  /** The rows, with the documents of those whose columns didn't have all. */
  async #withDocuments(rows: readonly RawMessageRow[], wanted: Wanted): Promise<readonly RawMessageRow[]> {
    const documents = new Map<number, Partial<RawDocuments>>();
    const selection = messageSelection({ ...wanted, many: false }, 'o.id');
    let lacking = rows.filter(({ o_props }) => o_props === '').map(({ o_id }) => o_id);
    while (lacking.length > 0) {
      const asked = lacking.slice(0, MOST_ROWS);
      const list = sqlList('row', asked);
      const found = await this.#database.query<RawMessageRow>(
        `SELECT ${selection} FROM object o WHERE o.id IN (${list.sql}) ORDER BY o.id`,
        list.parameters,
      );
      // What is gone by now has none.
      for (const id of asked) documents.set(id, { o_props: '{}' });
      const withoutRoom = found.filter(({ o_props }) => o_props === null).map(({ o_id }) => o_id);
      for (const { o_id, o_props = '{}', o_overflow = null } of found) documents.set(o_id, { o_props, o_overflow });
      lacking = [...withoutRoom, ...lacking.slice(MOST_ROWS)];
    }
    return rows.map((row) => (row.o_props === '' ? { ...row, ...documents.get(row.o_id) } : row));
  }

  #selection(wanted: Wanted, order: string): string {
    return `${this.#parents.columns}${messageSelection(wanted, order)}`;
  }

  #wanted({ columns, restriction, filter, inFull, onlyColumns }: Reading, most: number): Wanted {
    const evaluates = restriction !== undefined && filter !== undefined && (!filter.exact || filter.usesDocuments);
    return {
      columns,
      evaluated: evaluates ? [...restrictionNeeds(restriction).tags] : [],
      whole: this.#whole || inFull === true,
      documents: filter?.usesDocuments ?? false,
      bare: onlyColumns === true && !this.#place.search,
      many: most > MOST_ROWS,
    };
  }

  /** Rows of search folders come with the folders they lie in. */
  get #parents(): { columns: string; join: string } {
    return this.#place.search
      ? { columns: `${PARENT_COLUMNS}, `, join: 'LEFT JOIN object p ON p.id = o.parent_id' }
      : { columns: '', join: '' };
  }

  #placeOf(raw: RawMessageRow): StorePlace {
    const { search } = this.#place;
    if (!search) return this.#place;
    const rights = search.rights?.get(raw.o_parent_id);
    return {
      ...this.#place,
      folder: readParent(raw),
      ...(rights !== undefined && { grants: { full: false, creator: false, rights } }),
    };
  }

  async #toBatch(found: readonly RawMessageRow[], most: number): Promise<Batch> {
    const rows: MessageRow[] = [];
    const guid = found[0]?.x_guid === undefined ? undefined : await serverGuid(this.#platform.database);
    for (const raw of found) {
      const key = readKey(this.#terms, raw as unknown as SqlRow);
      // One row more than wanted tells where to go on; so does the first one whose document had no room.
      if (rows.length === most || raw.o_props === null) return { rows, next: key };
      const place = this.#placeOf(raw);
      rows.push(
        new MessageRow(place, {
          key,
          target: { object: readObjectRow(bareRow(raw, place)), store: place.store, parent: place.folder },
          documents: raw.o_props === undefined ? undefined : { props: raw.o_props, overflow: raw.o_overflow ?? null },
          extras: extrasOf(raw, guid),
          uncut: this.#whole,
        }),
      );
    }
    return { rows, next: undefined };
  }

  /** Values that are too much for the row are fetched from elsewhere. */
  #complete(row: MessageRow, columns: readonly PropertyTag[], inFull = false): Promise<void> {
    const { blobs } = this.#platform;
    return this.#whole || inFull ? row.fetch(blobs, columns) : row.fetchRest(blobs, columns);
  }

  /** Of the candidates those that meet the restriction, where SQL couldn't say. */
  async #thatMeet(rows: readonly MessageRow[], { restriction, filter }: Reading): Promise<readonly MessageRow[]> {
    if (!restriction || !filter) return rows;
    const doubtful = filter.exact ? rows.filter((row) => filter.usesDocuments && row.hasMore) : rows;
    if (doubtful.length === 0) return rows;
    const needs = restrictionNeeds(restriction);
    await Promise.all(doubtful.map((row) => row.fetch(this.#platform.blobs, needs.tags)));
    const below = await this.#subObjects(doubtful, needs);
    const failed = new Set(doubtful.filter((row) => !meets(restriction, row.subject(below.get(row.key.id)))));
    return failed.size === 0 ? rows : rows.filter((row) => !failed.has(row));
  }

  async #subObjects(rows: readonly MessageRow[], needs: RestrictionNeeds): Promise<Map<number, SubObjects>> {
    const found = new Map<number, SubObjects>();
    const kinds: [keyof SubObjects, readonly number[], ReadonlySet<PropertyTag> | undefined][] = [
      ['recipients', [MAPI_MAILUSER, MAPI_DISTLIST], needs.recipients],
      ['attachments', [MAPI_ATTACH], needs.attachments],
    ];
    for (const [name, objectKinds, wanted] of kinds) {
      if (!wanted) continue;
      const ids = rows.map((row) => row.key.id);
      for (const [id, children] of await readChildren(this.#platform, this.#database, ids, objectKinds, wanted)) {
        found.set(id, { ...found.get(id), [name]: children });
      }
    }
    return found;
  }
}

type SubObjects = Pick<RestrictionSubject, 'recipients' | 'attachments'>;
