/**
 * From values to XML, driven by the type catalogue, byte for byte as gSOAP 2.8
 * writes it for the genuine server and client (observed on 11.0.2):
 *
 * - an empty string is `<x/>`, anything else that is empty is `<x></x>`;
 * - a member that isn't a pointer is always written, a missing pointer never;
 * - a SOAP array says `SOAP-ENC:arrayType="type[n]"`, unless it has no memory (see `ArrayRow.empty`);
 * - a union is the one element of its branch.
 */
import { type ScalarName, type Spec, scalars, typeRow } from './catalogue/index.ts';
import { escapeText, formatDateTime, formatDecimal } from './text.ts';
import type { AttachmentSource } from './wire.ts';

/** Characters after which text becomes bytes, so that long answers aren't held as text of their most demanding character. */
const CHUNK_CHARACTERS = 65_536;

/** XML under construction and the attachments that it refers to. */
export class Writing {
  /** In order of their content ids, see `contentId`. */
  readonly attachments: AttachmentSource[] = [];
  readonly #chunks: Buffer[] = [];
  #text = '';

  append(text: string): void {
    this.#text += text;
    if (this.#text.length > CHUNK_CHARACTERS) this.#flush();
  }

  /** What has been written, in UTF-8. */
  bytes(): Buffer {
    this.#flush();
    return Buffer.concat(this.#chunks);
  }

  #flush(): void {
    this.#chunks.push(Buffer.from(this.#text));
    this.#text = '';
  }
}

/** The content id of the n-th attachment, as the genuine server names it. */
export function contentId(index: number): string {
  return `emcas-${index}`;
}

/** Writes values of one type, in one place: an element with its tags, or what one holds. */
type Write = (writing: Writing, value: unknown) => void;

/** Made once for each tag and type, on first use, because types contain each other. */
const elementWriters = new Map<string, Write>();
const memberWriters = new WeakMap<Readonly<Record<string, Spec>>, Write>();

/** Writes a value of the given type as an element. `undefined` is written as zero. */
export function writeElement(writing: Writing, tag: string, type: Spec, value: unknown): void {
  elementWriter(tag, type)(writing, value);
}

/** Writes members in catalogue order: the content of a struct, a request or an answer. */
export function writeMembers(writing: Writing, members: Readonly<Record<string, Spec>>, value: unknown): void {
  membersWriter(members)(writing, value);
}

function elementWriter(tag: string, type: Spec): Write {
  const name = `${tag} ${type}`;
  let write = elementWriters.get(name);
  if (write === undefined) {
    write = makeElementWriter(tag, type);
    elementWriters.set(name, write);
  }
  return write;
}

function membersWriter(members: Readonly<Record<string, Spec>>): Write {
  let write = memberWriters.get(members);
  if (write === undefined) {
    write = makeMembersWriter(members);
    memberWriters.set(members, write);
  }
  return write;
}

function makeMembersWriter(members: Readonly<Record<string, Spec>>): Write {
  const names = Object.keys(members);
  const writers = names.map((name) => memberWriter(name, members[name]!));
  return (writing, value) => {
    const object = (value ?? {}) as Readonly<Record<string, unknown>>;
    for (let index = 0; index < names.length; index++) writers[index]!(writing, object[names[index]!]);
  };
}

function memberWriter(member: string, spec: Spec): Write {
  if (spec.endsWith('[]')) {
    const item = later(() => elementWriter('item', spec.slice(0, -2)));
    return (writing, content) => {
      for (const each of (content ?? []) as Iterable<unknown>) item()(writing, each);
    };
  }
  if (!spec.endsWith('?')) {
    const element = later(() => elementWriter(member, spec));
    return (writing, content) => element()(writing, content);
  }
  const pointer = later(() => pointerWriter(member, spec.slice(0, -1)));
  return (writing, content) => {
    if (content !== undefined && content !== null) pointer()(writing, content);
  };
}

function later<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function pointerWriter(member: string, type: Spec): Write {
  const row = typeRow(type);
  if (row === undefined || !('union' in row)) return elementWriter(member, type);
  const { union } = row;
  return (writing, content) => {
    const { name, value } = content as { name: string; value: unknown };
    const branch = Object.hasOwn(union, name) ? union[name] : undefined;
    if (branch === undefined) throw new TypeError(`'${type}' has no branch '${name}'`);
    elementWriter(name, branch)(writing, value);
  };
}

function makeElementWriter(tag: string, type: Spec): Write {
  if ((scalars as readonly string[]).includes(type)) return scalarWriters[type as ScalarName](tag);
  const row = typeRow(type);
  if (row === undefined) throw new TypeError(`The catalogue has no type '${type}'`);
  const [open, close] = [`<${tag}>`, `</${tag}>`];
  if ('struct' in row) {
    const content = membersWriter(row.struct);
    return (writing, value) => {
      writing.append(open);
      content(writing, value);
      writing.append(close);
    };
  }
  if ('array' in row) {
    const { array, arrayType, empty } = row;
    const item = later(() => elementWriter('item', array));
    const openSized = `<${tag} SOAP-ENC:arrayType="${arrayType}[`;
    return (writing, value) => {
      const items = value as readonly unknown[] | undefined;
      const sized = items !== undefined && (items.length > 0 || empty !== 'bare');
      // The size of the inner array stands in its own element: propVal[][3], then propVal[2].
      writing.append(sized ? `${openSized}${items.length}]">` : open);
      for (const each of items ?? []) item()(writing, each);
      writing.append(close);
    };
  }
  if ('list' in row) {
    const item = later(() => elementWriter('item', row.list));
    return (writing, value) => {
      writing.append(open);
      for (const each of (value ?? []) as readonly unknown[]) item()(writing, each);
      writing.append(close);
    };
  }
  throw new TypeError(`The union '${type}' can only be a member`);
}

/** A writer for a tag. */
type Tagged = (tag: string) => Write;

function scalar(format: (value: never) => string, zero: unknown): Tagged {
  return (tag) => {
    const [open, close] = [`<${tag}>`, `</${tag}>`];
    return (writing, value) => writing.append(`${open}${format((value ?? zero) as never)}${close}`);
  };
}

const binary = scalar((bytes: Uint8Array | '') => (bytes === '' ? '' : base64(bytes)), '');

const text: Tagged = (tag) => {
  const [nothing, open, close] = [`<${tag}/>`, `<${tag}>`, `</${tag}>`];
  return (writing, value) => {
    const escaped = escapeText((value ?? '') as string);
    writing.append(escaped === '' ? nothing : `${open}${escaped}${close}`);
  };
};

const xopBinary: Tagged = (tag) => (writing, value) => {
  if (value === undefined) {
    writing.append(`<${tag}><xop:Include></xop:Include></${tag}>`);
    return;
  }
  const id = contentId(writing.attachments.push(value as AttachmentSource) - 1);
  writing.append(`<${tag}><xop:Include href="${id}"/></${tag}>`);
};

const scalarWriters: Readonly<Record<ScalarName, Tagged>> = {
  // MAPI codes and tags come out of bit operations as negative numbers: the same 32 bits.
  unsignedInt: scalar((value: number) => String(inRange(value, -0x8000_0000, 0xffff_ffff, 'unsignedInt') >>> 0), 0),
  int: scalar((value: number) => String(inRange(value, -0x8000_0000, 0xffff_ffff, 'int') | 0), 0),
  short: scalar((value: number) => String((inRange(value, -0x8000, 0xffff, 'short') << 16) >> 16), 0),
  float: scalar((value: number) => formatDecimal(Math.fround(value), 9), 0),
  double: scalar((value: number) => formatDecimal(value, 17), 0),
  long: scalar((value: bigint | number) => String(BigInt.asIntN(64, inLongRange(value, 'long'))), 0n),
  unsignedLong: scalar((value: bigint | number) => String(BigInt.asUintN(64, inLongRange(value, 'unsignedLong'))), 0n),
  boolean: scalar((value: boolean) => (value ? 'true' : 'false'), false),
  string: text,
  base64Binary: binary,
  entryId: binary,
  dateTime: scalar((value: Date) => formatDateTime(value), new Date(0)),
  xopBinary,
};

function inRange(value: number, least: number, most: number, type: string): number {
  if (!Number.isInteger(value) || value < least || value > most) throw new TypeError(`${value} is not of type ${type}`);
  return value;
}

function inLongRange(value: bigint | number, type: string): bigint {
  const long = BigInt(value);
  if (long < -(1n << 63n) || long >= 1n << 64n) throw new TypeError(`${value} is not of type ${type}`);
  return long;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
