import { createHash } from 'node:crypto';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_DATABASE_ERROR } from '../mapi/error-codes.ts';
import {
  isMultiValued,
  type Properties,
  type PropertyTag,
  type PropertyValue,
  propertyType,
  type ReadonlyProperties,
} from '../mapi/property.ts';
import {
  MV_FLAG,
  PT_APPTIME,
  PT_BINARY,
  PT_BOOLEAN,
  PT_CLSID,
  PT_CURRENCY,
  PT_DOUBLE,
  PT_FLOAT,
  PT_LONGLONG,
  PT_STRING8,
  PT_SYSTIME,
  PT_UNICODE,
} from '../mapi/property-types.ts';

/*
 * How an object's properties lie in its row. `props` is a JSON object, keyed by
 * the tag in 8 hexadecimal digits, of all small values; tables read only this.
 * A larger value has a stub there: {"n": size in bytes, "p": its beginning} and
 * lies in the JSON object `overflow` or, when larger still, in a blob that the
 * stub names ("s"). A property too many for the row goes into the blob "*".
 */

/** Values up to this many bytes lie in `props`; what tables show of a larger one is cut at 255 characters anyway. */
export const SMALL_VALUE_BYTES = 1024;
/** Values up to this lie in the row; larger ones in a blob (design: "over ~16 KB"). */
export const ROW_VALUE_BYTES = 16 * 1024;
/** Most that `props` may take of the 64 KB that the Data API allows a result row. */
export const PROPS_BYTES = 22 * 1024;
/** Most that `overflow` may take of it; both together stay well below 64 KB with the other columns. */
export const OVERFLOW_BYTES = 28 * 1024;
/** Characters of a large text and bytes of a large binary that its stub repeats; tables show no more (observed on 11.0.2). */
const PREVIEW_CHARACTERS = 255;
const PREVIEW_BYTES = 511;
/** Key of the blob that holds what did not fit. */
export const REST_KEY = '*';

/** A large value's place. */
export interface LargeValue {
  /** Size in bytes: of the UTF-8 of a string, of a binary. */
  readonly size: number;
  /** Its first 255 characters or bytes. */
  readonly preview: PropertyValue;
  /** Name of the blob; absent when it lies in `overflow`. */
  readonly blob?: string;
}

/** Properties ready to be written; the blobs go first, then the row. */
export interface PackedProperties {
  readonly props: string;
  readonly overflow: string | null;
  /** Blobs to store before the row, by name. */
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** Names of all blobs the row refers to, also of values kept from before. */
  readonly references: readonly string[];
  /** Bytes of all values, for size computations. */
  readonly bytes: number;
}

/** Properties as read from a row. */
export interface UnpackedProperties {
  /** Values that were in the row. */
  readonly values: Properties;
  /** Values that lie elsewhere: in a blob, or in an `overflow` that was not read. */
  readonly large: Map<PropertyTag, LargeValue>;
  /** Blob with further properties; rare. */
  readonly rest?: string;
}

type Json = string | number | boolean | Json[] | Stub;
interface Stub {
  readonly n: number;
  readonly p: Json;
  readonly s?: string;
}

/** The key of a property in the document. */
export const propertyKey = (tag: PropertyTag): string => tag.toString(16).padStart(8, '0');
const isStub = (json: Json): json is Stub => typeof json === 'object' && !Array.isArray(json);

/** Name of the blob of a value: its SHA-256 in lower-case hexadecimal. */
export const blobName = (value: Uint8Array): string => createHash('sha256').update(value).digest('hex');

/**
 * JSON form of a value: 64-bit numbers in decimal, binaries in base64, doubles that JSON can't say as text; what is no
 * text in a text becomes U+FFFD, as it would on the wire.
 */
export function encodeValue(tag: PropertyTag, value: PropertyValue): Json {
  if (isMultiValued(tag)) return (value as PropertyValue[]).map((item) => encodeSingle(item));
  return encodeSingle(value);
}

function encodeSingle(value: PropertyValue): Json {
  if (typeof value === 'bigint') return value.toString();
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Buffer.isBuffer(value)) return value.toString('base64');
  // Half a surrogate pair, as broken mail has it, is no JSON for a database: the whole statement would fail.
  return typeof value === 'string' ? value.toWellFormed() : (value as Json);
}

/** The value of its JSON form. */
export function decodeValue(tag: PropertyTag, json: unknown): PropertyValue {
  const type = propertyType(tag) & ~MV_FLAG;
  if (isMultiValued(tag)) return (json as unknown[]).map((item) => decodeSingle(type, item)) as PropertyValue;
  return decodeSingle(type, json);
}

function decodeSingle(type: number, json: unknown): PropertyValue {
  switch (type) {
    case PT_LONGLONG:
    case PT_CURRENCY:
    case PT_SYSTIME:
      return BigInt(json as string);
    case PT_FLOAT:
    case PT_DOUBLE:
    case PT_APPTIME:
      return Number(json);
    case PT_BINARY:
    case PT_CLSID:
      return Buffer.from(json as string, 'base64');
    case PT_STRING8:
    case PT_UNICODE:
    case PT_BOOLEAN:
      return json as PropertyValue;
    default:
      return json as PropertyValue;
  }
}

/** Bytes of a value: what counts for limits and object sizes. */
export function valueSize(value: PropertyValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Buffer.isBuffer(value)) return value.length;
  if (Array.isArray(value)) return (value as PropertyValue[]).reduce<number>((sum, item) => sum + valueSize(item), 0);
  if (typeof value === 'boolean') return 1;
  return typeof value === 'bigint' ? 8 : 4;
}

function previewOf(value: PropertyValue): PropertyValue {
  if (typeof value === 'string')
    return [...value.slice(0, 2 * PREVIEW_CHARACTERS)].slice(0, PREVIEW_CHARACTERS).join('').toWellFormed();
  if (Buffer.isBuffer(value)) return value.subarray(0, PREVIEW_BYTES);
  return [];
}

/** The bytes of a large value, as its blob keeps them: UTF-8, the binary itself, or JSON of several values. */
function blobBytes(tag: PropertyTag, value: PropertyValue): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  if (Buffer.isBuffer(value)) return value;
  return Buffer.from(JSON.stringify(encodeValue(tag, value)));
}

/** The value that a blob holds; the inverse of how {@link packProperties} stored it. */
export function valueFromBlob(tag: PropertyTag, bytes: Buffer): PropertyValue {
  if (isMultiValued(tag)) return decodeValue(tag, JSON.parse(bytes.toString()));
  const type = propertyType(tag);
  return type === PT_UNICODE || type === PT_STRING8 ? bytes.toString() : bytes;
}

/**
 * Lays properties out for a row. `kept` are large values that stay where they
 * are: blobs of before, named by their stubs.
 */
export function packProperties(
  values: ReadonlyProperties,
  kept: ReadonlyMap<PropertyTag, LargeValue> = new Map(),
): PackedProperties {
  const small = new Map<PropertyTag, string>();
  const overflow = new Map<PropertyTag, string>();
  const blobs = new Map<string, Buffer>();
  const references: string[] = [];
  let bytes = 0;

  const stub = (tag: PropertyTag, value: PropertyValue, size: number, blob?: string): void => {
    const json: Stub = { n: size, p: encodeValue(tag, previewOf(value)), ...(blob !== undefined && { s: blob }) };
    small.set(tag, JSON.stringify(json));
  };
  const toBlob = (tag: PropertyTag, value: PropertyValue): void => {
    const content = blobBytes(tag, value);
    const name = blobName(content);
    blobs.set(name, content);
    references.push(name);
    overflow.delete(tag);
    stub(tag, value, valueSize(value), name);
  };

  for (const [tag, value] of values) {
    const size = valueSize(value);
    bytes += size;
    if (size > ROW_VALUE_BYTES) {
      toBlob(tag, value);
      continue;
    }
    const json = JSON.stringify(encodeValue(tag, value));
    if (Buffer.byteLength(json) <= SMALL_VALUE_BYTES) small.set(tag, json);
    else {
      overflow.set(tag, json);
      stub(tag, value, size);
    }
  }
  for (const [tag, large] of kept) {
    if (large.blob === undefined) throw new KopanoError(KCERR_DATABASE_ERROR, 'a kept large value must lie in a blob');
    bytes += large.size;
    references.push(large.blob);
    small.set(tag, JSON.stringify({ n: large.size, p: encodeValue(tag, large.preview), s: large.blob }));
  }

  // Too much for the row: the largest values move to blobs.
  for (const [tag] of largestFirst(overflow)) {
    if (documentBytes(overflow) <= OVERFLOW_BYTES) break;
    toBlob(tag, values.get(tag)!);
  }
  const rest = new Map<PropertyTag, string>();
  for (const [tag, json] of largestFirst(small)) {
    if (documentBytes(small) <= PROPS_BYTES) break;
    if (isStub(JSON.parse(json) as Json)) continue;
    rest.set(tag, json);
    small.delete(tag);
  }
  const overflowDocument = overflow.size > 0 ? document(overflow) : null;
  if (rest.size === 0) return { props: document(small), overflow: overflowDocument, blobs, references, bytes };

  const content = Buffer.from(document(rest));
  const name = blobName(content);
  blobs.set(name, content);
  references.push(name);
  const props = document(small);
  const entry = `${JSON.stringify(REST_KEY)}:${JSON.stringify(name)}`;
  const withRest = small.size > 0 ? `${props.slice(0, -1)},${entry}}` : `{${entry}}`;
  return { props: withRest, overflow: overflowDocument, blobs, references, bytes };
}

const largestFirst = (entries: ReadonlyMap<PropertyTag, string>): [PropertyTag, string][] =>
  [...entries].sort(([, x], [, y]) => y.length - x.length);

const documentBytes = (entries: ReadonlyMap<PropertyTag, string>): number => {
  let sum = 2;
  for (const json of entries.values()) sum += Buffer.byteLength(json) + 12;
  return sum;
};

const document = (entries: ReadonlyMap<PropertyTag, string>): string =>
  `{${[...entries].map(([tag, json]) => `"${propertyKey(tag)}":${json}`).join(',')}}`;

/** Reads the documents of a row; without `overflow` its values are told as large. */
export function unpackProperties(props: string, overflow?: string | null): UnpackedProperties {
  const values: Properties = new Map();
  const large = new Map<PropertyTag, LargeValue>();
  const further = overflow ? (JSON.parse(overflow) as Record<string, Json>) : {};
  let rest: string | undefined;
  for (const [name, json] of Object.entries(JSON.parse(props) as Record<string, Json>)) {
    if (name === REST_KEY) {
      rest = json as string;
      continue;
    }
    const tag = Number.parseInt(name, 16);
    if (!isStub(json)) values.set(tag, decodeValue(tag, json));
    else if (name in further) values.set(tag, decodeValue(tag, further[name]));
    else
      large.set(tag, {
        size: json.n,
        preview: decodeValue(tag, json.p),
        ...(json.s !== undefined && { blob: json.s }),
      });
  }
  return { values, large, ...(rest !== undefined && { rest }) };
}

/** The properties in a "*" blob. */
export function propertiesFromRest(bytes: Buffer): Properties {
  const values: Properties = new Map();
  for (const [name, json] of Object.entries(JSON.parse(bytes.toString()) as Record<string, Json>)) {
    const tag = Number.parseInt(name, 16);
    values.set(tag, decodeValue(tag, json));
  }
  return values;
}
