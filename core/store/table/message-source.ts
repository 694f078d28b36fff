import { MAPI_ATTACH, MAPI_DISTLIST, MAPI_MAILUSER } from '../../mapi/object-types.ts';
import { type PropertyTag, propertyId, unicodeTag } from '../../mapi/property.ts';
import { type Restriction, type RestrictionNeeds, restrictionNeeds } from '../../mapi/restriction.ts';
import { meets, type RestrictionSubject } from '../../mapi/restriction-evaluator.ts';
import * as tags from '../../mapi/tags.ts';
import type { Database, SqlRow } from '../../platform/database.ts';
import type { Platform } from '../../platform/platform.ts';
import { OBJECT_COLUMNS, type RawDocuments, type RawObjectRow, readObjectRow } from '../object-row.ts';
import { serverGuid } from '../server-guid.ts';
import { ALWAYS_COLUMNS } from './default-columns.ts';
import { COMPUTED_IDS } from './message-columns.ts';
import { chosen, type MessageList, pageOfKeys, type Sql } from './message-keys.ts';
import { HAS_MORE_PROPERTIES, type RestrictionSql, restrictionSql } from './restriction-sql.ts';
import type { Position, RowKey, RowPage, RowSource, RowView } from './row-source.ts';
import { keyColumns, keyConditions, orderBy, readKey, type SortTerm, sortTerms } from './sort-terms.ts';
import type { StorePlace } from './store-place.ts';
import { StoreRow as MessageRow } from './store-row.ts';
import { readChildren } from './sub-objects.ts';

/** Rows of one statement: their columns take below 2 KB each, of the 1 MiB of a response. */
const MOST_ROWS = 256;
/** Documents of one statement; in JSON they may grow to twice their size. */
const DOCUMENT_BYTES = 400_000;
/** Objects of a folder that are looked at to tell which properties occur. */
const SAMPLED_OBJECTS = 500;

/** The messages of a folder, read by index and joined with their documents page by page. */
export class MessageSource implements RowSource {
  readonly #platform: Platform;
  readonly #database: Database;
  readonly #place: StorePlace;
  readonly #view: RowView;
  readonly #list: MessageList;
  readonly #terms: readonly SortTerm[];
  readonly #filter: RestrictionSql | undefined;
  readonly #whole: boolean;

  /** `whole`: values aren't cut to the size of a cell. */
  constructor(platform: Platform, database: Database, place: StorePlace, view: RowView, whole = false) {
    this.#platform = platform;
    this.#database = database;
    this.#place = place;
    this.#view = view;
    this.#list = { folderId: place.folder.id, associated: place.associated, deleted: place.deleted };
    this.#terms = sortTerms(view.sort);
    this.#filter = view.restriction && restrictionSql(view.restriction);
    this.#whole = whole;
  }

  async count(): Promise<number> {
    if (this.#filter) return this.#countWhere(undefined);
    const { associated, deleted } = this.#list;
    const counter = deleted
      ? associated
        ? 'deleted_associated_count'
        : 'deleted_count'
      : associated
        ? 'associated_count'
        : 'content_count';
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
      `SELECT ${keyColumns(this.#terms)}o.id FROM object o WHERE ${rows.sql} ORDER BY ${orderBy(this.#terms)} LIMIT 1 OFFSET :row`,
      { ...rows.parameters, row },
    );
    return found ? readKey(this.#terms, found) : 'end';
  }

  async read(from: Position, most: number): Promise<RowPage> {
    return this.#read(from, most, this.#view.columns, this.#view.restriction, this.#filter);
  }

  /** Values that are too much for the rows are fetched from elsewhere. */
  async #complete(rows: readonly MessageRow[], columns: readonly PropertyTag[]): Promise<void> {
    await Promise.all(
      rows.map((row) =>
        this.#whole ? row.fetch(this.#platform.blobs, columns) : row.fetchRest(this.#platform.blobs, columns),
      ),
    );
  }

  async find(restriction: Restriction, from: Position, backward: boolean): Promise<RowKey | undefined> {
    const both = this.#and(restriction);
    const filter = restrictionSql(both);
    if (!backward) {
      const { rows } = await this.#read(from, 1, [], both, filter);
      return rows[0]?.key;
    }
    // Before the first row there is nothing to look at but that row.
    const first = from === 'start' ? (await this.read('start', 1)).rows[0]?.key : from;
    for (let position = first; position !== undefined; ) {
      const batch: Batch = await this.#readBackward(position, both, filter);
      const [found] = await this.#thatMeet(batch.rows, both, filter);
      if (found) return found.key;
      position = batch.next;
    }
    return undefined;
  }

  async locate(id: number, order: number): Promise<RowKey | undefined> {
    if (order !== 0) return undefined;
    const rows = chosen(this.#list, this.#filter);
    const [found] = await this.#database.query(
      `SELECT ${keyColumns(this.#terms)}o.id FROM object o WHERE ${rows.sql} AND o.id = :id`,
      { ...rows.parameters, id },
    );
    if (!found) return undefined;
    const key = readKey(this.#terms, found);
    if (!this.#filter || this.#filter.exact) return key;
    const { rows: here } = await this.#read(key, 1, [], this.#view.restriction, this.#filter);
    return here[0]?.key.id === id ? key : undefined;
  }

  async columns(): Promise<readonly PropertyTag[]> {
    const rows = chosen(this.#list, undefined);
    const found = await this.#database.query<{ tag: string }>(
      `SELECT DISTINCT j.tag FROM (SELECT o.props FROM object o WHERE ${rows.sql} ORDER BY o.id DESC LIMIT ${SAMPLED_OBJECTS}) s
        JOIN JSON_TABLE(JSON_KEYS(s.props), '$[*]' COLUMNS (tag VARCHAR(8) PATH '$')) j`,
      rows.parameters,
    );
    if (found.length === 0) return this.#list.associated ? ALWAYS_COLUMNS : [...ALWAYS_COLUMNS, tags.PR_MSG_STATUS];
    const stored = found.map(({ tag }) => Number.parseInt(tag, 16)).filter((tag) => !Number.isNaN(tag));
    const kept = [tags.PR_MESSAGE_FLAGS, tags.PR_MESSAGE_SIZE, tags.PR_HASATTACH, tags.PR_CHANGE_KEY];
    return [...ALWAYS_COLUMNS, ...(this.#list.associated ? [] : [tags.PR_MSG_STATUS]), ...kept, ...stored];
  }

  #and(restriction: Restriction): Restriction {
    return this.#view.restriction ? { kind: 'and', parts: [this.#view.restriction, restriction] } : restriction;
  }

  #before(key: RowKey | undefined): Sql | undefined {
    if (!key) return undefined;
    const { before, parameters } = keyConditions(this.#terms, key, 'q');
    return { sql: before, parameters };
  }

  /** Counts the rows, or those before a key. */
  async #countWhere(before: RowKey | undefined): Promise<number> {
    const filter = this.#filter;
    if (filter && !filter.exact) return this.#countByReading(before);
    const rows = chosen(this.#list, filter, this.#before(before));
    const more = filter?.usesDocuments ? `CAST(SUM(${HAS_MORE_PROPERTIES}) AS SIGNED)` : '0';
    const [row] = await this.#database.query<{ n: number; more: number | null }>(
      `SELECT COUNT(*) AS n, ${more} AS more FROM object o WHERE ${rows.sql}`,
      rows.parameters,
    );
    return row && !row.more ? row.n : this.#countByReading(before);
  }

  /** The slow way, for restrictions that only the evaluator understands. */
  async #countByReading(before: RowKey | undefined): Promise<number> {
    let count = 0;
    for (let position: Position = 'start'; position !== 'end'; ) {
      const page: RowPage = await this.#read(position, MOST_ROWS, [], this.#view.restriction, this.#filter, before);
      count += page.rows.length;
      position = page.next;
    }
    return count;
  }

  async #positionByReading(row: number): Promise<Position> {
    let position: Position = 'start';
    for (let left = row; left > 0 && position !== 'end'; ) {
      const page: RowPage = await this.#read(
        position,
        Math.min(left, MOST_ROWS),
        [],
        this.#view.restriction,
        this.#filter,
      );
      if (page.rows.length === 0) return 'end';
      left -= page.rows.length;
      position = page.next;
    }
    return position;
  }

  /** Reads rows that meet the restriction, until there are enough or no more. */
  async #read(
    from: Position,
    most: number,
    columns: readonly PropertyTag[],
    restriction: Restriction | undefined,
    filter: RestrictionSql | undefined,
    before?: RowKey,
  ): Promise<RowPage> {
    const rows: MessageRow[] = [];
    if (from === 'end') return { rows, next: 'end' };
    const evaluates = filter !== undefined && !filter.exact;
    for (let position: Position = from; ; ) {
      const wanted = Math.min(most - rows.length, MOST_ROWS);
      // Where many candidates may fail, few more than wanted would cost many statements.
      const batch: Batch = await this.#readBatch(
        position,
        evaluates ? MOST_ROWS : wanted,
        columns,
        restriction,
        filter,
        before,
      );
      const passed = await this.#thatMeet(batch.rows, restriction, filter);
      for (const row of passed) {
        if (rows.length === most) {
          await this.#complete(rows, columns);
          return { rows, next: row.key };
        }
        rows.push(row);
      }
      if (batch.next === undefined || rows.length === most) {
        await this.#complete(rows, columns);
        return { rows, next: batch.next ?? 'end' };
      }
      position = batch.next;
    }
  }

  /** Candidates in order, as many as go into one response. */
  async #readBatch(
    from: Position,
    most: number,
    columns: readonly PropertyTag[],
    restriction: Restriction | undefined,
    filter: RestrictionSql | undefined,
    before: RowKey | undefined,
  ): Promise<Batch> {
    const rows = chosen(this.#list, filter, this.#before(before));
    const keys = pageOfKeys(rows, filter, this.#terms, from, most + 1);
    const selection = this.#selection(columns, restriction, filter);
    const order = `page.part, ${orderBy(this.#terms)}`;
    const found = await this.#database.query<RawMessageRow>(
      `WITH ${keys.sql}
      SELECT ${keyColumns(this.#terms)}o.id, ${selection(order)}
      FROM page JOIN object o ON o.id = page.id ORDER BY ${order} LIMIT :most`,
      keys.parameters,
    );
    return this.#toBatch(found, most);
  }

  /** Candidates backwards from a position, all of which are before it or at it. */
  async #readBackward(from: Position, restriction: Restriction, filter: RestrictionSql): Promise<Batch> {
    const rows = chosen(this.#list, filter);
    const key = from === 'start' || from === 'end' ? undefined : keyConditions(this.#terms, from);
    const selection = this.#selection([], restriction, filter);
    const order = orderBy(this.#terms, true);
    const most = filter.exact ? 1 : MOST_ROWS;
    const found = await this.#database.query<RawMessageRow>(
      `WITH page AS (SELECT o.id FROM object o WHERE ${rows.sql}${key ? ` AND ${key.upTo}` : ''} ORDER BY ${order} LIMIT :most)
      SELECT ${keyColumns(this.#terms)}o.id, ${selection(order)}
      FROM page JOIN object o ON o.id = page.id ORDER BY ${order}`,
      { ...rows.parameters, ...key?.parameters, most: most + 1 },
    );
    return this.#toBatch(found, most);
  }

  async #toBatch(found: readonly RawMessageRow[], most: number): Promise<Batch> {
    const rows: MessageRow[] = [];
    const guid = found.some((raw) => 'x_guid' in raw) ? await serverGuid(this.#platform.database) : undefined;
    for (const raw of found) {
      const key = readKey(this.#terms, raw as unknown as SqlRow);
      // One row more than wanted tells where to go on; so does the first one whose document had no room.
      if (rows.length === most || raw.o_props === null) return { rows, next: key };
      rows.push(this.#toRow(raw, key, guid));
    }
    return { rows, next: undefined };
  }

  #toRow(raw: RawMessageRow, key: RowKey, guid: Buffer | undefined): MessageRow {
    return new MessageRow(this.#place, {
      key,
      target: { object: readObjectRow(raw), store: this.#place.store, parent: this.#place.folder },
      documents: raw.o_props === undefined ? undefined : { props: raw.o_props, overflow: raw.o_overflow ?? null },
      extras: {
        ...(raw.x_deleted_on !== undefined && { deletedOn: raw.x_deleted_on }),
        ...(raw.x_store_entry_id !== undefined && { storeEntryId: raw.x_store_entry_id }),
        ...(raw.x_parent_name !== undefined && { parentName: raw.x_parent_name }),
        ...(raw.x_outgoing !== undefined && { outgoingFlags: raw.x_outgoing }),
        ...(guid && { serverGuid: guid }),
      },
    });
  }

  /** What is selected of a row, besides its key. */
  #selection(
    columns: readonly PropertyTag[],
    restriction: Restriction | undefined,
    filter: RestrictionSql | undefined,
  ): (order: string) => string {
    const evaluated = restriction && needsEvaluation(filter) ? [...restrictionNeeds(restriction).tags] : [];
    const wanted = [...columns, ...evaluated];
    const has = (tag: PropertyTag): boolean => wanted.some((column) => propertyId(column) === propertyId(tag));
    const documents = wanted.some(liesInDocument) || (filter?.usesDocuments ?? false);
    const whole = this.#whole || evaluated.some(liesInDocument);
    const extra: string[] = [];
    if (has(tags.PR_DELETED_ON)) extra.push('o.deleted_on AS x_deleted_on');
    if (has(tags.PR_STORE_ENTRYID))
      extra.push('(SELECT s.entry_id FROM object s WHERE s.id = o.store_id) AS x_store_entry_id');
    if (has(tags.PR_PARENT_DISPLAY))
      extra.push('(SELECT f.name FROM folder f WHERE f.id = o.parent_id) AS x_parent_name');
    if (has(tags.PR_EC_OUTGOING_FLAGS))
      extra.push('(SELECT q.flags FROM outgoing q WHERE q.object_id = o.id AND q.flags & 1 = 1) AS x_outgoing');
    if (has(tags.PR_MAPPING_SIGNATURE)) extra.push('1 AS x_guid');
    return (order) => {
      const list = [OBJECT_COLUMNS, ...extra];
      if (documents) {
        const size = `LENGTH(o.props)${whole ? ' + COALESCE(LENGTH(o.overflow), 0)' : ''}`;
        const fits = `(SUM(${size}) OVER (ORDER BY ${order}) <= ${DOCUMENT_BYTES} OR ROW_NUMBER() OVER (ORDER BY ${order}) = 1)`;
        list.push(`IF(${fits}, o.props, NULL) AS o_props`);
        if (whole) list.push(`IF(${fits}, o.overflow, NULL) AS o_overflow`);
      }
      return list.join(', ');
    };
  }

  /** Of the candidates those that meet the restriction, where SQL couldn't say. */
  async #thatMeet(
    rows: readonly MessageRow[],
    restriction: Restriction | undefined,
    filter: RestrictionSql | undefined,
  ): Promise<readonly MessageRow[]> {
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

interface Batch {
  readonly rows: readonly MessageRow[];
  /** Where candidates go on; undefined where there are no more. */
  readonly next: RowKey | undefined;
}

type RawMessageRow = RawObjectRow &
  Partial<RawDocuments> & {
    readonly x_deleted_on?: Buffer | null;
    readonly x_store_entry_id?: Buffer | null;
    readonly x_parent_name?: string | null;
    readonly x_outgoing?: number | null;
    readonly x_guid?: number;
  };

/** Properties that the row's columns tell, so that its document needn't be read. */
const COLUMN_TAGS: ReadonlySet<PropertyTag> = new Set([
  tags.PR_MESSAGE_FLAGS,
  tags.PR_MESSAGE_SIZE,
  tags.PR_HASATTACH,
  tags.PR_MSG_STATUS,
  tags.PR_EC_IMAP_ID,
  tags.PR_CHANGE_KEY,
  tags.PR_PREDECESSOR_CHANGE_LIST,
  tags.PR_DELETED_ON,
]);

function liesInDocument(tag: PropertyTag): boolean {
  const unicode = unicodeTag(tag);
  if (unicode === tags.PR_NORMALIZED_SUBJECT) return true;
  return !COLUMN_TAGS.has(unicode) && !COMPUTED_IDS.has(propertyId(unicode));
}

const needsEvaluation = (filter: RestrictionSql | undefined): boolean =>
  filter !== undefined && (!filter.exact || filter.usesDocuments);
