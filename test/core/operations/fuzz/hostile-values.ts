/**
 * Values of every type of the catalogue, chosen to do harm: ids of other
 * people's objects, broken ids, counts beyond all bounds, values of the wrong
 * type for their tag, restrictions of every kind in every other.
 */
import * as tags from '../../../../core/mapi/tags.ts';
import { type ScalarName, type Spec, scalars, typeRow } from '../../../../core/soap/catalogue/index.ts';
import type { Random } from '../random.ts';

/** Ids and names that mean something on the server under test. */
export interface KnownNames {
  /** Entry ids, source keys: of the caller's own objects and of other people's. */
  readonly binaries: readonly Buffer[];
  /** Numbers of objects, tables, syncs, principals. */
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

const EDGES = [
  0, 1, 2, 3, 4, 5, 6, 7, 10, 16, 100, 255, 0x400, 0x1000, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe,
  0xffffffff,
];

const TEXTS = [
  '', ' ', "'", '"', '`', '\\', "' OR '1'='1", "'; DROP TABLE object; --", ':storeId', ':id0', '?', '%', '_', '%%%', '$."*"', '\u0001', '\ud83d\ude00',
  '\u0000', '../../../etc/passwd', '(((((((((((', '[a-z]*', '*)(uid=*', '\r\nX: y', 'é', 'ß', 'ı', '\u202e', 'NULL', '0', '-1', '1e999',
]; // biome-ignore format: a list

const TAGS: readonly number[] = Object.values(tags).filter((value) => typeof value === 'number');

/** Makes hostile values; repeatable by its random numbers. */
export class HostileValues {
  readonly #random: Random;
  readonly #known: KnownNames;

  constructor(random: Random, known: KnownNames) {
    this.#random = random;
    this.#known = known;
  }

  /** Parameters of an operation, some of the optional ones left out. */
  members(members: Readonly<Record<string, Spec>>, depth = 6): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const [name, spec] of Object.entries(members)) {
      if (spec.endsWith('?')) {
        // Deep down pointers end, or types that contain themselves would never.
        if (depth > 0 && this.#random.chance(0.75)) values[name] = this.value(spec.slice(0, -1), name, depth);
      } else if (spec.endsWith('[]')) values[name] = this.#items(spec.slice(0, -2), name, depth);
      else values[name] = this.value(spec, name, depth);
    }
    return values;
  }

  value(type: Spec, name: string, depth: number): unknown {
    if ((scalars as readonly string[]).includes(type)) return this.#scalar(type as ScalarName, name);
    const row = typeRow(type);
    if (row === undefined) throw new Error(`unknown type ${type}`);
    if (type === 'restrictTable') return this.#restriction(depth);
    if (type === 'propVal') return this.#property(depth);
    if ('struct' in row) return this.members(row.struct, depth - 1);
    if ('union' in row) {
      const branches = Object.entries(row.union).filter(([, of]) => depth > 1 || scalars.includes(of as ScalarName));
      const [branch, of] = this.#random.pick(branches);
      return { name: branch, value: this.value(of, branch, depth - 1) };
    }
    return this.#items('array' in row ? row.array : row.list, name, depth);
  }

  #items(type: Spec, name: string, depth: number): unknown[] {
    if (depth <= 0) return [];
    const count = this.#random.chance(0.02) ? 40 : this.#random.below(4);
    return Array.from({ length: count }, () => this.value(type, name, depth - 1));
  }

  /** Mostly a restriction with the parts that its type needs; sometimes with others. */
  #restriction(depth: number): Record<string, unknown> {
    const row = typeRow('restrictTable');
    if (row === undefined || !('struct' in row)) throw new Error('no restrictions in the catalogue');
    if (depth <= 0 || this.#random.chance(0.1)) return this.members(row.struct, Math.min(depth, 2) - 1);
    const kinds: readonly (readonly [ulType: number, member: string])[] = [
      [0, 'lpAnd'], [1, 'lpOr'], [2, 'lpNot'], [3, 'lpContent'], [4, 'lpProp'], [5, 'lpCompare'], [6, 'lpBitmask'], [7, 'lpSize'], [8, 'lpExist'], [9, 'lpSub'], [10, 'lpComment'],
    ]; // biome-ignore format: a table
    const [ulType, member] = this.#random.pick(kinds);
    return { ulType, [member]: this.value(row.struct[member]!.slice(0, -1), member, depth - 1) };
  }

  /** Mostly a value of the tag's type. */
  #property(depth: number): Record<string, unknown> {
    const ulPropTag = this.#tag();
    const branch = BRANCH_OF_TYPE[ulPropTag & 0xffff];
    const row = typeRow('propValData');
    if (branch === undefined || row === undefined || !('union' in row) || this.#random.chance(0.1))
      return { ulPropTag, Value: this.value('propValData', 'Value', depth - 1) };
    return { ulPropTag, Value: { name: branch, value: this.value(row.union[branch]!, branch, depth - 1) } };
  }

  #tag(): number {
    const random = this.#random;
    if (random.chance(0.8)) return random.pick(TAGS);
    const types = Object.keys(BRANCH_OF_TYPE).map(Number);
    return ((random.below(0x10000) << 16) | (random.chance(0.7) ? random.pick(types) : random.below(0x10000))) >>> 0;
  }

  #scalar(type: ScalarName, name: string): unknown {
    const random = this.#random;
    switch (type) {
      case 'unsignedInt':
        return this.#number(name);
      case 'int':
        return this.#number(name) | 0;
      case 'short':
        return (this.#number(name) << 16) >> 16;
      case 'float':
      case 'double':
        return random.pick([0, -0, 1.5, -1e30, Number.NaN, Number.POSITIVE_INFINITY, 5e-324]);
      case 'long':
      case 'unsignedLong':
        return random.pick([0n, 1n, 2n ** 32n, 2n ** 63n - 1n, BigInt(this.#number(name))]);
      case 'boolean':
        return random.chance(0.5);
      case 'string':
        return this.#text();
      case 'dateTime':
        return new Date(this.#number(name) * 1000);
      case 'base64Binary':
      case 'entryId':
      case 'xopBinary':
        return this.#binary();
    }
  }

  #number(name: string): number {
    const random = this.#random;
    if (/tag/i.test(name)) return this.#tag();
    const kind = random.below(10);
    if (kind < 4) return random.pick(this.#known.numbers);
    return kind < 9 ? random.pick(EDGES) : random.below(2 ** 32);
  }

  #text(): string {
    const random = this.#random;
    if (random.chance(0.5)) return random.pick(this.#known.texts);
    if (random.chance(0.02)) return random.pick(TEXTS).repeat(5000);
    return random.pick(TEXTS);
  }

  #binary(): Buffer {
    const random = this.#random;
    const known = random.pick(this.#known.binaries);
    switch (random.below(12)) {
      case 0:
        return Buffer.alloc(0);
      case 1:
        return random.bytes(random.below(80));
      case 2:
        return known.subarray(0, random.below(known.length + 1));
      case 3:
        return Buffer.concat([known, random.bytes(1 + random.below(60))]);
      case 4: {
        const changed = Buffer.from(known);
        if (changed.length > 0) changed[random.below(changed.length)] = random.below(256);
        return changed;
      }
      case 5:
        return random.chance(0.1) ? Buffer.alloc(60_000, 0x41) : known;
      default:
        return known;
    }
  }
}

/** Member of the union of values by property type (as gSOAP's clients choose it). */
const BRANCH_OF_TYPE: Readonly<Record<number, string>> = {
  2: 'i', 3: 'ul', 4: 'flt', 5: 'dbl', 6: 'hilo', 7: 'dbl', 10: 'ul', 11: 'b', 20: 'li', 30: 'lpszA',
  31: 'lpszA', 64: 'hilo', 72: 'bin', 258: 'bin', 4098: 'mvi', 4099: 'mvl', 4100: 'mvflt', 4101: 'mvdbl', 4116: 'mvli',
  4126: 'mvszA', 4127: 'mvszA', 4160: 'mvhilo', 4354: 'mvbin',
}; // biome-ignore format: a table
