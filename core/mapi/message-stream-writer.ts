import { KopanoError } from './error.ts';
import { KCERR_INVALID_TYPE } from './error-codes.ts';
import {
  isStreamedWithName,
  MESSAGE_STREAM_VERSION,
  MNID_ID,
  MNID_STRING,
  type StreamedName,
  type StreamedProperty,
} from './message-stream.ts';
import { MAPI_ATTACH } from './object-types.ts';
import { isMultiValued, type PropertyTag, type PropertyValue, propertyType, withType } from './property.ts';
import {
  MV_FLAG,
  PT_APPTIME,
  PT_BINARY,
  PT_BOOLEAN,
  PT_CLSID,
  PT_CURRENCY,
  PT_DOUBLE,
  PT_FLOAT,
  PT_LONG,
  PT_LONGLONG,
  PT_SHORT,
  PT_STRING8,
  PT_SYSTIME,
  PT_UNICODE,
} from './property-types.ts';

/** A message to be streamed; what is large is fetched when its turn comes. */
export interface StreamSource {
  properties(): Promise<readonly StreamedProperty[]>;
  readonly children: readonly ChildSource[];
}

export interface ChildSource {
  readonly kind: number;
  readonly id: number;
  properties(): Promise<readonly StreamedProperty[]>;
  /** Data of an attachment; empty where it has none. */
  data?(): Promise<Buffer>;
  readonly embedded?: { readonly kind: number; readonly id: number; readonly message: StreamSource };
}

/** The stream of a message, piece by piece. */
export async function* writeMessageStream(message: StreamSource): AsyncGenerator<Buffer> {
  yield uint32(MESSAGE_STREAM_VERSION);
  yield* writeMessage(message);
}

async function* writeMessage(message: StreamSource): AsyncGenerator<Buffer> {
  yield writeProperties(await message.properties());
  yield uint32(message.children.length);
  for (const child of message.children) {
    yield Buffer.concat([uint32(child.kind), uint32(child.id), writeProperties(await child.properties())]);
    if (child.kind !== MAPI_ATTACH) continue;
    const data = (await child.data?.()) ?? Buffer.alloc(0);
    yield uint32(data.length);
    if (data.length > 0) yield data;
    yield uint32(child.embedded ? 1 : 0);
    if (!child.embedded) continue;
    yield Buffer.concat([uint32(child.embedded.kind), uint32(child.embedded.id)]);
    yield* writeMessage(child.embedded.message);
  }
}

function writeProperties(properties: readonly StreamedProperty[]): Buffer {
  const known = properties.filter(isWritable);
  const pieces: Buffer[] = [uint32(known.length)];
  for (const { tag, value, named } of known) {
    pieces.push(uint32(streamedTag(tag)));
    writeValue(pieces, tag, value);
    if (isStreamedWithName(tag)) writeName(pieces, named!);
  }
  return Buffer.concat(pieces);
}

/** A named property whose name is unknown, or one of a type that has no form here, can't be told. */
const isWritable = ({ tag, named }: StreamedProperty): boolean =>
  STREAMED_TYPES.has(propertyType(tag) & ~MV_FLAG) && (!isStreamedWithName(tag) || named !== undefined);

/** Texts go under their 8-bit type, though they are UTF-8 (observed on 11.0.2). */
function streamedTag(tag: PropertyTag): PropertyTag {
  const type = propertyType(tag);
  return (type & ~MV_FLAG) === PT_UNICODE ? withType(tag, (type & MV_FLAG) | PT_STRING8) : tag;
}

const STREAMED_TYPES: ReadonlySet<number> = new Set([
  PT_SHORT,
  PT_LONG,
  PT_FLOAT,
  PT_DOUBLE,
  PT_CURRENCY,
  PT_APPTIME,
  PT_BOOLEAN,
  PT_LONGLONG,
  PT_STRING8,
  PT_UNICODE,
  PT_SYSTIME,
  PT_CLSID,
  PT_BINARY,
]);

function writeValue(pieces: Buffer[], tag: PropertyTag, value: PropertyValue): void {
  const type = propertyType(tag);
  if (!isMultiValued(tag)) {
    writeSingle(pieces, type, value);
    return;
  }
  const values = value as PropertyValue[];
  pieces.push(uint32(values.length));
  for (const single of values) writeSingle(pieces, type & ~MV_FLAG, single);
}

function writeSingle(pieces: Buffer[], type: number, value: PropertyValue): void {
  switch (type) {
    case PT_SHORT:
      pieces.push(fixed(2, (bytes) => bytes.writeInt16BE(((value as number) << 16) >> 16)));
      return;
    case PT_LONG:
      pieces.push(uint32(value as number));
      return;
    case PT_FLOAT:
      pieces.push(fixed(4, (bytes) => bytes.writeFloatBE(value as number)));
      return;
    case PT_DOUBLE:
    case PT_APPTIME:
      pieces.push(fixed(8, (bytes) => bytes.writeDoubleBE(value as number)));
      return;
    case PT_BOOLEAN:
      pieces.push(Buffer.of(value ? 1 : 0));
      return;
    case PT_CURRENCY:
    case PT_SYSTIME:
    case PT_LONGLONG:
      // The high half comes first, so that a pair of halves is the same as the whole.
      pieces.push(fixed(8, (bytes) => bytes.writeBigInt64BE(BigInt.asIntN(64, value as bigint))));
      return;
    case PT_STRING8:
    case PT_UNICODE:
      writeCounted(pieces, Buffer.from(value as string));
      return;
    case PT_CLSID:
    case PT_BINARY:
      writeCounted(pieces, value as Buffer);
      return;
    default:
      throw new KopanoError(KCERR_INVALID_TYPE, `no stream has values of type ${type}`);
  }
}

function writeName(pieces: Buffer[], { guid, number, name }: StreamedName): void {
  pieces.push(guid);
  if (number !== undefined) pieces.push(uint32(MNID_ID), uint32(number));
  else {
    pieces.push(uint32(MNID_STRING));
    writeCounted(pieces, Buffer.from(name ?? ''));
  }
}

function writeCounted(pieces: Buffer[], content: Buffer): void {
  pieces.push(uint32(content.length), content);
}

const uint32 = (value: number): Buffer => fixed(4, (bytes) => bytes.writeUInt32BE(value >>> 0));

function fixed(size: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
}
