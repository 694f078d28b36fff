import { KopanoError } from '../../mapi/error.ts';
import { KCERR_NOT_FOUND } from '../../mapi/error-codes.ts';
import type { StreamedName, StreamedProperty } from '../../mapi/message-stream.ts';
import { isStreamedWithName } from '../../mapi/message-stream.ts';
import { type ChildSource, type StreamSource, writeMessageStream } from '../../mapi/message-stream-writer.ts';
import { MAPI_ATTACH, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import { type Properties, type PropertyTag, propertyId } from '../../mapi/property.ts';
import { SYNC_BEST_BODY, SYNC_LIMITED_IMESSAGE } from '../../mapi/sync-flags.ts';
import { PR_ATTACH_DATA_BIN, PR_EC_IMAP_EMAIL, PR_HTML, PR_RTF_COMPRESSED, PR_SOURCE_KEY } from '../../mapi/tags.ts';
import type { Actor } from '../actor.ts';
import { NAMED_PROPERTY_BASE, namesOfNumbers } from '../named-properties.ts';
import {
  DOCUMENT_COLUMNS,
  OBJECT_COLUMNS,
  type RawDocuments,
  type RawObjectRow,
  readObjectRow,
} from '../object-row.ts';
import { propertiesFromRest, unpackProperties, valueFromBlob } from '../property-document.ts';
import { rowProperties } from '../row-properties.ts';
import { sqlList } from '../sql-list.ts';

/** Messages read at once, with all below them but for what lies in blobs: what a function holds in memory. */
const MESSAGES_AT_ONCE = 32;
/** What a row costs a response besides its documents, generously. */
const ROW_OVERHEAD_BYTES = 600;
/** Documents of one statement: JSON escaping may double them, and 1 MiB is the limit of a response. */
const PAGE_BYTES = 450_000;

type Row = RawObjectRow & RawDocuments;

/**
 * Streams of messages, one for each number, in this order; each can be read
 * once, the former ones first. The caller has checked access. A stream fails
 * when its message was deleted after it was promised.
 */
export function messageStreams(actor: Actor, ids: readonly number[], flags: number): AsyncIterable<Uint8Array>[] {
  const exporter = new MessageExporter(actor, ids, flags);
  return ids.map((_, index) => exporter.stream(index));
}

class MessageExporter {
  readonly #actor: Actor;
  readonly #ids: readonly number[];
  readonly #flags: number;
  readonly #names = new Map<number, StreamedName | undefined>();
  /** Rows of the messages whose turn it is, by message. */
  #rows = new Map<number, Row[]>();

  constructor(actor: Actor, ids: readonly number[], flags: number) {
    this.#actor = actor;
    this.#ids = ids;
    this.#flags = flags;
  }

  /** By now the answer has begun, so that a failure can only break it off; it is logged here. */
  async *stream(index: number): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#read(index);
    } catch (error) {
      this.#actor.platform.log.error({ err: error }, 'a message could not be streamed to its end');
      throw error;
    }
  }

  async *#read(index: number): AsyncGenerator<Uint8Array> {
    const id = this.#ids[index]!;
    if (!this.#rows.has(id)) await this.#load(this.#ids.slice(index, index + MESSAGES_AT_ONCE));
    const rows = this.#rows.get(id) ?? [];
    this.#rows.delete(id);
    const top = rows.find((row) => row.o_id === id);
    if (!top) throw new KopanoError(KCERR_NOT_FOUND, 'a message was deleted while it was waiting to be sent');
    const byParent = Map.groupBy(rows, (row) => row.o_parent_id);
    yield* writeMessageStream(this.#message(top, byParent, true));
  }

  /** Reads messages with all below them, in pages below the response limit. */
  async #load(ids: readonly number[]): Promise<void> {
    const list = sqlList('id', ids);
    this.#rows = new Map();
    for (let lastRoot = 0, last = 0; ; ) {
      const page = await this.#actor.database.query<Row & { readonly root: number; readonly more: number }>(
        `WITH RECURSIVE tree (id, root) AS (
          SELECT id, id FROM object WHERE id IN (${list.sql})
          UNION ALL
          SELECT c.id, t.root FROM object c JOIN tree t ON c.parent_id = t.id
        ), sized AS (
          SELECT o.id, t.root, SUM(LENGTH(o.props) + COALESCE(LENGTH(o.overflow), 0) + ${ROW_OVERHEAD_BYTES})
            OVER (ORDER BY t.root, o.id) AS running, COUNT(*) OVER () AS total,
            ROW_NUMBER() OVER (ORDER BY t.root, o.id) AS row_number_
          FROM object o JOIN tree t ON t.id = o.id WHERE t.root > :lastRoot OR (t.root = :lastRoot AND o.id > :last)
        )
        SELECT ${OBJECT_COLUMNS}, ${DOCUMENT_COLUMNS}, sized.root, sized.row_number_ < sized.total AS more
        FROM sized JOIN object o ON o.id = sized.id
        WHERE sized.running <= ${PAGE_BYTES} OR sized.row_number_ = 1 ORDER BY sized.root, o.id`,
        { ...list.parameters, lastRoot, last },
      );
      for (const row of page) {
        const rows = this.#rows.get(row.root) ?? [];
        rows.push(row);
        this.#rows.set(row.root, rows);
      }
      const end = page.at(-1);
      if (!end?.more) return;
      lastRoot = end.root;
      last = end.o_id;
    }
  }

  #message(row: Row, byParent: ReadonlyMap<number, Row[]>, isTop: boolean): StreamSource {
    return {
      properties: async () => {
        const values = await this.#values(row);
        for (const tag of [...values.keys()]) if (this.#isLeftOut(tag, values)) values.delete(tag);
        if (isTop && row.o_source_key) values.set(PR_SOURCE_KEY, row.o_source_key);
        return this.#named(values);
      },
      children: (byParent.get(row.o_id) ?? []).map((child) => this.#child(child, byParent)),
    };
  }

  #child(row: Row, byParent: ReadonlyMap<number, Row[]>): ChildSource {
    const source: ChildSource = {
      kind: row.o_kind,
      id: row.o_id,
      properties: async () => {
        const values = await this.#values(row);
        values.delete(PR_ATTACH_DATA_BIN);
        return this.#named(values);
      },
    };
    if (row.o_kind !== MAPI_ATTACH) return source;
    const embedded = byParent.get(row.o_id)?.find((below) => below.o_kind === MAPI_MESSAGE);
    return {
      ...source,
      data: () => this.#data(row),
      ...(embedded && {
        embedded: { kind: MAPI_MESSAGE, id: embedded.o_id, message: this.#message(embedded, byParent, false) },
      }),
    };
  }

  /** Formatted bodies come all, or only the best one, or none (observed on 11.0.2). */
  #isLeftOut(tag: PropertyTag, values: Properties): boolean {
    if (tag === PR_EC_IMAP_EMAIL) return true;
    const id = propertyId(tag);
    if (id !== propertyId(PR_RTF_COMPRESSED) && id !== propertyId(PR_HTML)) return false;
    if (this.#flags & SYNC_BEST_BODY) return id === propertyId(PR_HTML) && values.has(PR_RTF_COMPRESSED);
    return (this.#flags & SYNC_LIMITED_IMESSAGE) !== 0;
  }

  /** All properties that are kept of an object, whole; but for the data of an attachment in a blob. */
  async #values(row: Row): Promise<Properties> {
    const { blobs } = this.#actor.platform;
    const { values, large, rest } = unpackProperties(row.o_props, row.o_overflow);
    if (rest !== undefined)
      for (const [tag, value] of propertiesFromRest(await blobs.get(rest))) values.set(tag, value);
    for (const [tag, { blob }] of large) {
      if (blob === undefined || tag === PR_ATTACH_DATA_BIN || tag === PR_EC_IMAP_EMAIL) continue;
      values.set(tag, valueFromBlob(tag, await blobs.get(blob)));
    }
    for (const [tag, value] of rowProperties(readObjectRow(row))) values.set(tag, value);
    return values;
  }

  async #data(row: Row): Promise<Buffer> {
    const { values, large } = unpackProperties(row.o_props, row.o_overflow);
    const value = values.get(PR_ATTACH_DATA_BIN);
    if (value !== undefined) return value as Buffer;
    const blob = large.get(PR_ATTACH_DATA_BIN)?.blob;
    return blob === undefined ? Buffer.alloc(0) : this.#actor.platform.blobs.get(blob);
  }

  /** Properties with the names of those that have one; a name is looked up once. */
  async #named(values: Properties): Promise<StreamedProperty[]> {
    const numbers = [...values.keys()].filter(isStreamedWithName).map((tag) => propertyId(tag) - NAMED_PROPERTY_BASE);
    const unknown = [...new Set(numbers)].filter((number) => !this.#names.has(number));
    if (unknown.length > 0) {
      const names = await namesOfNumbers(this.#actor.database, unknown);
      for (const [index, number] of unknown.entries()) this.#names.set(number, asStreamed(names[index]!));
    }
    return [...values].map(([tag, value]) => {
      const named = isStreamedWithName(tag) ? this.#names.get(propertyId(tag) - NAMED_PROPERTY_BASE) : undefined;
      return { tag, value, ...(named && { named }) };
    });
  }
}

const asStreamed = ({ guid, number, name }: Awaited<ReturnType<typeof namesOfNumbers>>[number]) =>
  guid && { guid, ...(number !== undefined && { number }), ...(name !== undefined && { name }) };
