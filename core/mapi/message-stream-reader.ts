import { KopanoError } from './error.ts';
import {
  KCERR_CALL_FAILED,
  KCERR_INVALID_PARAMETER,
  KCERR_INVALID_TYPE,
  KCERR_NO_SUPPORT,
  KCERR_TOO_COMPLEX,
} from './error-codes.ts';
import {
  isStreamedWithName,
  MESSAGE_STREAM_VERSION,
  MNID_ID,
  MNID_STRING,
  type StreamedChild,
  type StreamedMessage,
  type StreamedName,
  type StreamedProperty,
} from './message-stream.ts';
import { MAPI_ATTACH, MAPI_DISTLIST, MAPI_MAILUSER } from './object-types.ts';
import { type PropertyTag, type PropertyValue, propertyType } from './property.ts';
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

/** Messages nested deeper than any limit on embedded messages allows. */
const DEEPEST = 100;
/** The fewest bytes that a property or sub object takes: a count above what is left is a lie, and refused before memory is spent on it. */
const FEWEST_BYTES = 4;
const GUID_BYTES = 16;

/**
 * Reads the stream of a message. Throws KCERR_NO_SUPPORT for other versions,
 * KCERR_INVALID_TYPE for unknown types, KCERR_CALL_FAILED for what ends too soon
 * or counts more than there is (observed on 11.0.2), KCERR_TOO_COMPLEX for what is nested
 * too deeply. The binaries share the stream's memory.
 */
export function readMessageStream(stream: Buffer): StreamedMessage {
  const reader = new StreamReader(stream);
  const version = reader.uint32();
  if (version !== MESSAGE_STREAM_VERSION)
    throw new KopanoError(KCERR_NO_SUPPORT, `message streams of version ${version} are unknown`);
  return readMessage(reader, DEEPEST);
}

function readMessage(reader: StreamReader, levels: number): StreamedMessage {
  if (levels <= 0) throw new KopanoError(KCERR_TOO_COMPLEX, 'messages are nested too deeply');
  const properties = readProperties(reader);
  const children: StreamedChild[] = [];
  for (let count = reader.count(); count > 0; count--) children.push(readChild(reader, levels));
  return { properties, children };
}

function readChild(reader: StreamReader, levels: number): StreamedChild {
  const kind = reader.uint32();
  const id = reader.uint32();
  if (kind !== MAPI_ATTACH && kind !== MAPI_MAILUSER && kind !== MAPI_DISTLIST)
    throw new KopanoError(KCERR_NO_SUPPORT, `messages have no sub objects of type ${kind}`);
  const properties = readProperties(reader);
  if (kind !== MAPI_ATTACH) return { kind, id, properties };
  const data = reader.counted();
  const embeddings = reader.count();
  if (embeddings === 0) return { kind, id, properties, data };
  if (embeddings > 1) throw new KopanoError(KCERR_INVALID_PARAMETER, 'an attachment holds one message at most');
  const embedded = { kind: reader.uint32(), id: reader.uint32(), message: readMessage(reader, levels - 1) };
  return { kind, id, properties, data, embedded };
}

function readProperties(reader: StreamReader): StreamedProperty[] {
  const properties: StreamedProperty[] = [];
  for (let count = reader.count(); count > 0; count--) {
    const tag = reader.uint32();
    const value = readValue(reader, tag);
    properties.push(isStreamedWithName(tag) ? { tag, value, named: readName(reader) } : { tag, value });
  }
  return properties;
}

function readValue(reader: StreamReader, tag: PropertyTag): PropertyValue {
  const type = propertyType(tag);
  if ((type & MV_FLAG) === 0) return readSingle(reader, type);
  const values: PropertyValue[] = [];
  for (let count = reader.count(SMALLEST[type & ~MV_FLAG]); count > 0; count--)
    values.push(readSingle(reader, type & ~MV_FLAG));
  return values as PropertyValue;
}

/** Bytes of the shortest value of types that may take less than a number. */
const SMALLEST: Readonly<Record<number, number>> = { [PT_SHORT]: 2, [PT_BOOLEAN]: 1 };

function readSingle(reader: StreamReader, type: number): PropertyValue {
  switch (type) {
    case PT_SHORT:
      return reader.bytes(2).readInt16BE();
    case PT_LONG:
      return reader.uint32();
    case PT_FLOAT:
      return reader.bytes(4).readFloatBE();
    case PT_DOUBLE:
    case PT_APPTIME:
      return reader.bytes(8).readDoubleBE();
    case PT_BOOLEAN:
      return reader.bytes(1)[0] !== 0;
    case PT_CURRENCY:
    case PT_SYSTIME:
    case PT_LONGLONG:
      return reader.bytes(8).readBigInt64BE();
    case PT_STRING8:
    case PT_UNICODE:
      return reader.counted().toString();
    case PT_CLSID:
    case PT_BINARY:
      return reader.counted();
    default:
      throw new KopanoError(KCERR_INVALID_TYPE, `no stream has values of type ${type}`);
  }
}

function readName(reader: StreamReader): StreamedName {
  const guid = reader.bytes(GUID_BYTES);
  const kind = reader.uint32();
  if (kind === MNID_ID) return { guid, number: reader.uint32() };
  if (kind === MNID_STRING) return { guid, name: reader.counted().toString() };
  throw new KopanoError(KCERR_INVALID_TYPE, `there are no names of kind ${kind}`);
}

class StreamReader {
  readonly #stream: Buffer;
  #position = 0;

  constructor(stream: Buffer) {
    this.#stream = stream;
  }

  bytes(length: number): Buffer {
    const start = this.#position;
    if (length > this.#stream.length - start)
      throw new KopanoError(KCERR_CALL_FAILED, 'the message stream ends too soon');
    this.#position += length;
    return this.#stream.subarray(start, this.#position);
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE();
  }

  /** A number of things that follow. */
  count(fewestBytes = FEWEST_BYTES): number {
    const count = this.uint32();
    if (count * fewestBytes > this.#stream.length - this.#position)
      throw new KopanoError(KCERR_CALL_FAILED, 'the message stream counts more than it has');
    return count;
  }

  /** Bytes behind their length. */
  counted(): Buffer {
    return this.bytes(this.uint32());
  }
}
