import { MAPI_ATTACH, MAPI_DISTLIST, MAPI_MAILUSER, MAPI_MESSAGE } from '../mapi/object-types.ts';
import type { Property, PropertyTag } from '../mapi/property.ts';
import { PR_ATTACH_DATA_BIN, PR_EC_IMAP_EMAIL, PR_INSTANCE_KEY } from '../mapi/tags.ts';
import type { Statements } from '../platform/database.ts';
import type { Platform } from '../platform/platform.ts';
import {
  DOCUMENT_COLUMNS,
  type FolderRow,
  OBJECT_COLUMNS,
  type ObjectRow,
  type RawDocuments,
  type RawObjectRow,
  readObjectRow,
} from './object-row.ts';
import {
  propertiesFromRest,
  type UnpackedProperties,
  unpackProperties,
  valueFromBlob,
  valueSize,
} from './property-document.ts';
import { rowProperties } from './row-properties.ts';
import type { LoadedTarget } from './target.ts';

/** Values of this many bytes and more are named but not sent; the client asks for them one by one (observed on 11.0.2). */
export const LOADED_VALUE_LIMIT = 32_768;

/** Never sent with the object, however small (observed on 11.0.2). */
const SEPARATE: ReadonlySet<PropertyTag> = new Set([PR_ATTACH_DATA_BIN, PR_EC_IMAP_EMAIL]);

/** An object as clients load it. */
export interface LoadedObject {
  readonly id: number;
  readonly kind: number;
  /** All properties the object has, also those whose values are not in `properties`. */
  readonly tags: PropertyTag[];
  readonly properties: Property[];
  readonly children: LoadedObject[];
}

/** What a child costs a response besides its documents, generously. */
const ROW_OVERHEAD_BYTES = 600;
/** Documents of children per statement: JSON escaping may double them, and 1 MiB is the limit of a response. */
const PAGE_BYTES = 450_000;

/** Recipients, attachments and embedded messages below an object, parents before children, in pages below the response limit. */
export async function readDescendants(statements: Statements, id: number): Promise<(RawObjectRow & RawDocuments)[]> {
  const rows: (RawObjectRow & RawDocuments)[] = [];
  for (let last = 0; ; ) {
    const page = await statements.query<RawObjectRow & RawDocuments & { readonly more: number }>(
      `WITH RECURSIVE tree (id) AS (
        SELECT id FROM object WHERE parent_id = :id
        UNION ALL
        SELECT c.id FROM object c JOIN tree t ON c.parent_id = t.id
      ), sized AS (
        SELECT o.id, SUM(LENGTH(o.props) + COALESCE(LENGTH(o.overflow), 0) + ${ROW_OVERHEAD_BYTES})
          OVER (ORDER BY o.id) AS running, COUNT(*) OVER () AS total, ROW_NUMBER() OVER (ORDER BY o.id) AS row_number_
        FROM object o JOIN tree t ON t.id = o.id WHERE o.id > :last
      )
      SELECT ${OBJECT_COLUMNS}, ${DOCUMENT_COLUMNS}, sized.row_number_ < sized.total AS more
      FROM sized JOIN object o ON o.id = sized.id
      WHERE sized.running <= ${PAGE_BYTES} OR sized.row_number_ = 1 ORDER BY o.id`,
      { id, last },
    );
    rows.push(...page);
    const end = page.at(-1);
    if (!end?.more) return rows;
    last = end.o_id;
  }
}

/** Computed properties that are added to what was stored. */
export interface Added {
  readonly toTop: readonly Property[];
  /** To each message embedded below. */
  readonly toEmbedded: readonly Property[];
}

function append(object: LoadedObject, properties: readonly Property[]): void {
  for (const property of properties) {
    object.tags.push(property.tag);
    object.properties.push(property);
  }
}

/** Loads an object with everything that clients get with it: for messages and attachments the objects below. */
export async function loadObject(
  platform: Platform,
  statements: Statements,
  target: LoadedTarget,
  added: Added,
): Promise<LoadedObject> {
  const top = await loadOne(platform, target.object, target.documents.props, target.documents.overflow, target.folder);
  append(top, added.toTop);
  if (target.object.kind !== MAPI_MESSAGE && target.object.kind !== MAPI_ATTACH) return top;
  const byId = new Map([[top.id, top]]);
  const rows = await readDescendants(statements, top.id);
  const loaded = await Promise.all(
    rows.map((row) => loadOne(platform, readObjectRow(row), row.o_props, row.o_overflow)),
  );
  for (const child of loaded) {
    if (child.kind === MAPI_MESSAGE) append(child, added.toEmbedded);
    byId.set(child.id, child);
  }
  for (const [index, row] of rows.entries()) byId.get(row.o_parent_id)?.children.push(loaded[index]!);
  return top;
}

async function loadOne(
  platform: Platform,
  object: ObjectRow,
  props: string,
  overflow: string | null,
  folder?: FolderRow,
): Promise<LoadedObject> {
  const unpacked = unpackProperties(props, overflow);
  const tags: PropertyTag[] = [];
  const properties: Property[] = [];
  const add = (tag: PropertyTag, value: Property['value']): void => {
    tags.push(tag);
    if (!SEPARATE.has(tag) && valueSize(value) < LOADED_VALUE_LIMIT) properties.push({ tag, value });
  };
  for (const [tag, value] of unpacked.values) add(tag, value);
  for (const [tag, value] of await loadBlobs(platform, unpacked)) {
    if (value === undefined) tags.push(tag);
    else add(tag, value);
  }
  for (const [tag, value] of rowProperties(object, folder)) add(tag, value);
  if (object.kind === MAPI_MAILUSER || object.kind === MAPI_DISTLIST) add(PR_INSTANCE_KEY, instanceKeyOf(object.id));
  return { id: object.id, kind: object.kind, tags, properties, children: [] };
}

/** Values outside the row: fetched when small enough to be sent, otherwise undefined. */
async function loadBlobs(
  platform: Platform,
  unpacked: UnpackedProperties,
): Promise<[PropertyTag, Property['value'] | undefined][]> {
  const values = await Promise.all(
    [...unpacked.large].map(async ([tag, large]): Promise<[PropertyTag, Property['value'] | undefined]> => {
      if (large.size >= LOADED_VALUE_LIMIT || SEPARATE.has(tag) || large.blob === undefined) return [tag, undefined];
      return [tag, valueFromBlob(tag, await platform.blobs.get(large.blob))];
    }),
  );
  if (unpacked.rest === undefined) return values;
  return [...values, ...propertiesFromRest(await platform.blobs.get(unpacked.rest))];
}

/** PR_INSTANCE_KEY: the object's number and the number of the value it is shown for. */
export function instanceKeyOf(id: number, order = 0): Buffer {
  const key = Buffer.alloc(8);
  key.writeUInt32LE(id, 0);
  key.writeUInt32LE(order, 4);
  return key;
}

/** One value of an object, however large; undefined where it has none. String types count as one. */
export async function loadValue(
  platform: Platform,
  documents: { readonly props: string; readonly overflow: string | null },
  tag: PropertyTag,
): Promise<Property['value'] | undefined> {
  const unpacked = unpackProperties(documents.props, documents.overflow);
  const value = unpacked.values.get(tag);
  if (value !== undefined) return value;
  const large = unpacked.large.get(tag);
  if (large?.blob !== undefined) return valueFromBlob(tag, await platform.blobs.get(large.blob));
  if (unpacked.rest === undefined) return undefined;
  return propertiesFromRest(await platform.blobs.get(unpacked.rest)).get(tag);
}
