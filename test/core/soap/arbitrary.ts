/**
 * Random values of every type of the catalogue, in their decoded shape.
 */
import fc from 'fast-check';
import { type ScalarName, type Spec, scalars, typeRow } from '../../../core/soap/catalogue/index.ts';

type Values = fc.Arbitrary<unknown>;

/** Any text that XML can carry: everything but NUL, which ends a C string. */
const text = fc.string({ unit: 'binary', maxLength: 24 }).map((value) => value.replaceAll('\u0000', ''));
const bytes = fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value));
const seconds = fc.integer({ min: 0, max: 0xffff_ffff }).map((value) => new Date(value * 1000));

const scalarValues: Readonly<Record<ScalarName, Values>> = {
  unsignedInt: fc.oneof(fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff), fc.nat(0xffff_ffff)),
  int: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  short: fc.integer({ min: -0x8000, max: 0x7fff }),
  float: fc.float(),
  double: fc.double(),
  long: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  unsignedLong: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  boolean: fc.boolean(),
  string: fc.oneof(fc.constantFrom('', ' ', '\r\n', '\t', ']]>', '&amp;', '😀', '\u0001', '\u007f', '\ufeff'), text),
  base64Binary: bytes,
  entryId: bytes,
  dateTime: seconds,
  xopBinary: bytes,
};

/** Types contain themselves (a restriction in a property in a restriction …); so deep, and no deeper. */
const DEPTH = 6;

const known = new Map<string, Values>();

export function valuesOf(type: Spec, depth = DEPTH): Values {
  const key = `${type}@${depth}`;
  let values = known.get(key);
  if (values === undefined) {
    values = make(type, depth);
    known.set(key, values);
  }
  return values;
}

function make(type: Spec, depth: number): Values {
  if ((scalars as readonly string[]).includes(type)) return scalarValues[type as ScalarName];
  const row = typeRow(type);
  if (row === undefined) throw new Error(`unknown type ${type}`);
  if ('struct' in row) return membersOf(row.struct, depth - 1);
  if ('union' in row) {
    const branches = Object.entries(row.union).filter(
      ([, branch]) => depth > 1 || scalars.includes(branch as ScalarName),
    );
    return fc.oneof(
      ...branches.map(([name, branch]) =>
        fc.record({ name: fc.constant(name), value: valuesOf(branch, depth - 1) }, { noNullPrototype: true }),
      ),
    );
  }
  return items('array' in row ? row.array : row.list, depth);
}

function items(type: Spec, depth: number): Values {
  return depth <= 0 ? fc.constant([]) : fc.array(valuesOf(type, depth - 1), { maxLength: 3 });
}

/** An object with these members: all that must be there, and some of the pointers. */
export function membersOf(
  members: Readonly<Record<string, Spec>>,
  depth = DEPTH,
): fc.Arbitrary<Record<string, unknown>> {
  const model: Record<string, Values> = {};
  const required: string[] = [];
  for (const [member, spec] of Object.entries(members)) {
    if (spec.endsWith('?')) {
      if (depth > 0) model[member] = valuesOf(spec.slice(0, -1), depth);
    } else {
      model[member] = spec.endsWith('[]') ? items(spec.slice(0, -2), depth) : valuesOf(spec, depth);
      required.push(member);
    }
  }
  return fc.record(model, { requiredKeys: required, noNullPrototype: true });
}
