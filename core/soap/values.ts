/**
 * From elements to values, driven by the type catalogue.
 *
 * Reads as tolerantly as gSOAP in its default mode: members in any order, unknown
 * elements ignored, the first of several elements of the same name counts,
 * `xsi:type` not looked at, `href="#id"` followed to its multi-reference element.
 */
import { type ScalarName, type Spec, scalars, typeRow } from './catalogue/index.ts';
import { attributeOf, type XmlElement } from './element.ts';
import { invalid, tooLarge } from './fault.ts';
import { MAX_DEPTH, MAX_NODES } from './limits.ts';
import { parseBase64, parseBoolean, parseDateTime, parseDecimal, parseInteger, parseLong } from './text.ts';

/** What the values of one message may refer to. */
export interface References {
  /** Elements with an `id`, for `href="#id"`. */
  readonly elements: ReadonlyMap<string, XmlElement>;
  /** MIME parts by content id, for `xop:Include`. */
  readonly attachments: ReadonlyMap<string, Buffer>;
}

/**
 * State of one decoding. References make a small message mean a large or endless one,
 * so what the markup was checked for is checked again for the values: how many there
 * are and how deep they nest.
 */
export class ReadingContext {
  readonly #references: References;
  #values = 0;
  #depth = 0;

  constructor(references: References) {
    this.#references = references;
  }

  /** Reads the element that is meant: the given one, or the one its href points at. */
  read(element: XmlElement, reader: Reader): unknown {
    if (++this.#values > MAX_NODES) throw tooLarge(`SOAP: references unfold to more than ${MAX_NODES} values`);
    if (++this.#depth > MAX_DEPTH) throw tooLarge(`SOAP: references in a circle or deeper than ${MAX_DEPTH}`);
    const target = element.attributes === undefined ? undefined : this.#targetOf(element);
    const value = target === undefined ? reader.read(element, this) : this.read(target, reader);
    this.#depth--; // not when reading throws: then all is over
    return value;
  }

  #targetOf(element: XmlElement): XmlElement | undefined {
    const href = attributeOf(element, 'href');
    if (href === undefined || !href.startsWith('#')) return undefined;
    const target = this.#references.elements.get(href.slice(1));
    if (target === undefined) throw invalid('SOAP: href without a matching id');
    return target;
  }

  attachment(contentId: string): Buffer {
    const found = this.#references.attachments.get(contentId);
    if (found === undefined) throw invalid('MIME: xop:Include without a matching part');
    return found;
  }
}

/** How to read one type. */
export interface Reader {
  read(element: XmlElement, context: ReadingContext): unknown;
  /** The value of a member that isn't there. */
  zero(): unknown;
}

const readers = new Map<Spec, Reader>();

/** The reader of a type; made once, on first use, because types contain each other. */
export function readerOf(type: Spec): Reader {
  let reader = readers.get(type);
  if (reader === undefined) {
    reader = makeReader(type);
    readers.set(type, reader);
  }
  return reader;
}

export function isNil(element: XmlElement): boolean {
  if (element.attributes === undefined) return false;
  const nil = attributeOf(element, 'nil');
  return nil === 'true' || nil === '1';
}

function makeReader(type: Spec): Reader {
  if ((scalars as readonly string[]).includes(type)) return scalarReaders[type as ScalarName];
  const row = typeRow(type);
  if (row === undefined) throw new Error(`The catalogue has no type '${type}'`);
  if ('struct' in row) return structReader(row.struct);
  if ('array' in row) return itemsReader(row.array, undefined);
  if ('list' in row) return itemsReader(row.list, 'item');
  throw new Error(`The union '${type}' can only be a member`);
}

function scalar(parse: (text: string) => unknown, zero: () => unknown): Reader {
  return { read: (element) => (isNil(element) ? zero() : parse(element.text)), zero };
}

const binary: Reader = { read: readBinary, zero: () => Buffer.alloc(0) };

const scalarReaders: Readonly<Record<ScalarName, Reader>> = {
  unsignedInt: scalar(
    (text) => parseInteger(text, 0, 0xffff_ffff, 'unsignedInt'),
    () => 0,
  ),
  int: scalar(
    (text) => parseInteger(text, -0x8000_0000, 0x7fff_ffff, 'int'),
    () => 0,
  ),
  short: scalar(
    (text) => parseInteger(text, -0x8000, 0x7fff, 'short'),
    () => 0,
  ),
  float: scalar(
    (text) => Math.fround(parseDecimal(text, 'float')),
    () => 0,
  ),
  double: scalar(
    (text) => parseDecimal(text, 'double'),
    () => 0,
  ),
  long: scalar(
    (text) => parseLong(text, -(1n << 63n), (1n << 63n) - 1n, 'long'),
    () => 0n,
  ),
  unsignedLong: scalar(
    (text) => parseLong(text, 0n, (1n << 64n) - 1n, 'unsignedLong'),
    () => 0n,
  ),
  boolean: scalar(parseBoolean, () => false),
  string: scalar(
    (text) => text,
    () => '',
  ),
  base64Binary: binary,
  entryId: binary,
  dateTime: scalar(parseDateTime, () => new Date(0)),
  xopBinary: binary,
};

/** Base64 in place, or an `xop:Include` that names a MIME part. */
function readBinary(element: XmlElement, context: ReadingContext): Buffer {
  for (let child = element.firstChild; child !== undefined; child = child.nextSibling) {
    if (child.name !== 'Include') continue;
    const href = attributeOf(child, 'href');
    return href === undefined ? parseBase64(child.text) : context.attachment(contentIdOf(href));
  }
  return isNil(element) ? Buffer.alloc(0) : parseBase64(element.text);
}

/** `cid:` is what the standard demands; the genuine server writes the bare id (observed on 11.0.2). */
function contentIdOf(href: string): string {
  if (!href.toLowerCase().startsWith('cid:')) return href;
  try {
    return decodeURIComponent(href.slice(4));
  } catch {
    return href.slice(4);
  }
}

/** Reads the members that stand directly in an element: the parameters of a request. */
export function readMembers(
  element: XmlElement,
  members: Readonly<Record<string, Spec>>,
  context: ReadingContext,
): unknown {
  let reader = memberReaders.get(members);
  if (reader === undefined) {
    reader = structReader(members);
    memberReaders.set(members, reader);
  }
  return reader.read(element, context);
}

const memberReaders = new WeakMap<object, Reader>();

interface Slot {
  /** The member that an element fills. */
  readonly member: string;
  /** The element's name if it is the branch of a union. */
  readonly branch: string | undefined;
  /** Whether each element adds one more to an array. */
  readonly repeated: boolean;
  readonly optional: boolean;
  readonly type: Spec;
}

function structReader(members: Readonly<Record<string, Spec>>): Reader {
  const slots = slotsOf(members);
  const required = Object.entries(members).filter(([, spec]) => !spec.endsWith('?'));
  return {
    read(element, context) {
      const value: Record<string, unknown> = {};
      for (let child = element.firstChild; child !== undefined; child = child.nextSibling) {
        const slot = slots.get(child.name);
        if (slot === undefined) continue;
        if (slot.repeated) {
          value[slot.member] ??= [];
          (value[slot.member] as unknown[]).push(context.read(child, readerOf(slot.type)));
        } else if (value[slot.member] === undefined && !(slot.optional && isNil(child))) {
          const read = context.read(child, readerOf(slot.type));
          value[slot.member] = slot.branch === undefined ? read : { name: slot.branch, value: read };
        }
      }
      for (const [member, spec] of required) value[member] ??= zeroOf(spec);
      return value;
    },
    zero() {
      return Object.fromEntries(required.map(([member, spec]) => [member, zeroOf(spec)]));
    },
  };
}

function zeroOf(spec: Spec): unknown {
  return spec.endsWith('[]') ? [] : readerOf(spec).zero();
}

/** Which element fills which member; those of a union stand directly in the struct. */
function slotsOf(members: Readonly<Record<string, Spec>>): Map<string, Slot> {
  const slots = new Map<string, Slot>();
  for (const [member, spec] of Object.entries(members)) {
    const optional = spec.endsWith('?');
    const repeated = spec.endsWith('[]');
    const type = spec.replace(/\?$|\[\]$/, '');
    const row = typeRow(type);
    if (row !== undefined && 'union' in row) {
      for (const [branch, branchType] of Object.entries(row.union)) {
        slots.set(branch, { member, branch, repeated: false, optional: true, type: branchType });
      }
    } else {
      slots.set(repeated ? 'item' : member, { member, branch: undefined, repeated, optional, type });
    }
  }
  return slots;
}

/** Items of a SOAP array may have any name, those of a plain list may not. */
function itemsReader(type: Spec, name: string | undefined): Reader {
  return {
    read(element, context) {
      const reader = readerOf(type);
      const items: unknown[] = [];
      for (let child = element.firstChild; child !== undefined; child = child.nextSibling) {
        if (name !== undefined && child.name !== name) continue;
        items.push(isNil(child) ? reader.zero() : context.read(child, reader));
      }
      return items;
    },
    zero: () => [],
  };
}
