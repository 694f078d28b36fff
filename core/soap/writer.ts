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

/** XML under construction and the attachments that it refers to. */
export class Writing {
  readonly pieces: string[] = [];
  /** In order of their content ids, see `contentId`. */
  readonly attachments: AttachmentSource[] = [];
}

/** The content id of the n-th attachment, as the genuine server names it. */
export function contentId(index: number): string {
  return `emcas-${index}`;
}

type Write = (writing: Writing, tag: string, value: unknown) => void;

const writers = new Map<Spec, Write>();

/** Writes a value of the given type as an element. `undefined` is written as zero. */
export function writeElement(writing: Writing, tag: string, type: Spec, value: unknown): void {
  let write = writers.get(type);
  if (write === undefined) {
    write = makeWriter(type);
    writers.set(type, write);
  }
  write(writing, tag, value);
}

/** Writes members in catalogue order: the content of a struct, a request or an answer. */
export function writeMembers(writing: Writing, members: Readonly<Record<string, Spec>>, value: unknown): void {
  const object = (value ?? {}) as Readonly<Record<string, unknown>>;
  for (const [member, spec] of Object.entries(members)) {
    const content = object[member];
    if (spec.endsWith('[]')) {
      for (const item of (content ?? []) as Iterable<unknown>) writeElement(writing, 'item', spec.slice(0, -2), item);
    } else if (!spec.endsWith('?')) {
      writeElement(writing, member, spec, content);
    } else if (content !== undefined && content !== null) {
      writePointer(writing, member, spec.slice(0, -1), content);
    }
  }
}

function writePointer(writing: Writing, member: string, type: Spec, content: unknown): void {
  const row = typeRow(type);
  if (row === undefined || !('union' in row)) {
    writeElement(writing, member, type, content);
    return;
  }
  const { name, value } = content as { name: string; value: unknown };
  const branch = Object.hasOwn(row.union, name) ? row.union[name] : undefined;
  if (branch === undefined) throw new TypeError(`'${type}' has no branch '${name}'`);
  writeElement(writing, name, branch, value);
}

function makeWriter(type: Spec): Write {
  if ((scalars as readonly string[]).includes(type)) return scalarWriters[type as ScalarName];
  const row = typeRow(type);
  if (row === undefined) throw new TypeError(`The catalogue has no type '${type}'`);
  if ('struct' in row) {
    const members = row.struct;
    return (writing, tag, value) => {
      writing.pieces.push('<', tag, '>');
      writeMembers(writing, members, value);
      writing.pieces.push('</', tag, '>');
    };
  }
  if ('array' in row) {
    const { array, arrayType, empty } = row;
    return (writing, tag, value) => {
      const items = value as readonly unknown[] | undefined;
      const sized = items !== undefined && (items.length > 0 || empty !== 'bare');
      // The size of the inner array stands in its own element: propVal[][3], then propVal[2].
      if (sized) writing.pieces.push('<', tag, ' SOAP-ENC:arrayType="', arrayType, '[', String(items.length), ']">');
      else writing.pieces.push('<', tag, '>');
      for (const item of items ?? []) writeElement(writing, 'item', array, item);
      writing.pieces.push('</', tag, '>');
    };
  }
  if ('list' in row) {
    const { list } = row;
    return (writing, tag, value) => {
      writing.pieces.push('<', tag, '>');
      for (const item of (value ?? []) as readonly unknown[]) writeElement(writing, 'item', list, item);
      writing.pieces.push('</', tag, '>');
    };
  }
  throw new TypeError(`The union '${type}' can only be a member`);
}

function scalar(format: (value: never) => string, zero: unknown): Write {
  return (writing, tag, value) => {
    writing.pieces.push('<', tag, '>', format((value ?? zero) as never), '</', tag, '>');
  };
}

const binary: Write = (writing, tag, value) => {
  const bytes = value as Uint8Array | undefined;
  writing.pieces.push('<', tag, '>', bytes === undefined ? '' : base64(bytes), '</', tag, '>');
};

const text: Write = (writing, tag, value) => {
  const escaped = escapeText((value ?? '') as string);
  if (escaped === '') writing.pieces.push('<', tag, '/>');
  else writing.pieces.push('<', tag, '>', escaped, '</', tag, '>');
};

const xopBinary: Write = (writing, tag, value) => {
  if (value === undefined) {
    writing.pieces.push('<', tag, '><xop:Include></xop:Include></', tag, '>');
    return;
  }
  const id = contentId(writing.attachments.push(value as AttachmentSource) - 1);
  writing.pieces.push('<', tag, '><xop:Include href="', id, '"/></', tag, '>');
};

const scalarWriters: Readonly<Record<ScalarName, Write>> = {
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
