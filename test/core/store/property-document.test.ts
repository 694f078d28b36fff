import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PropertyTag, type PropertyValue, propertyTag } from '../../../core/mapi/property.ts';
import {
  PT_BINARY,
  PT_BOOLEAN,
  PT_DOUBLE,
  PT_LONG,
  PT_LONGLONG,
  PT_MV_BINARY,
  PT_MV_LONGLONG,
  PT_MV_UNICODE,
  PT_SYSTIME,
  PT_UNICODE,
} from '../../../core/mapi/property-types.ts';
import {
  OVERFLOW_BYTES,
  PROPS_BYTES,
  packProperties,
  propertiesFromRest,
  ROW_VALUE_BYTES,
  SMALL_VALUE_BYTES,
  unpackProperties,
  valueFromBlob,
} from '../../../core/store/property-document.ts';

const binary = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength });

const typed: fc.Arbitrary<{ type: number; value: PropertyValue }> = fc.oneof(
  fc.nat({ max: 0xffffffff }).map((value) => ({ type: PT_LONG, value })),
  fc.boolean().map((value) => ({ type: PT_BOOLEAN, value })),
  fc.double().map((value) => ({ type: PT_DOUBLE, value })),
  int64.map((value) => ({ type: PT_LONGLONG, value })),
  int64.map((value) => ({ type: PT_SYSTIME, value })),
  text(40_000).map((value) => ({ type: PT_UNICODE, value })),
  binary(40_000).map((value) => ({ type: PT_BINARY, value })),
  fc.array(text(3000), { minLength: 1, maxLength: 8 }).map((value) => ({ type: PT_MV_UNICODE, value })),
  fc.array(binary(3000), { minLength: 1, maxLength: 8 }).map((value) => ({ type: PT_MV_BINARY, value })),
  fc.array(int64, { minLength: 1, maxLength: 8 }).map((value) => ({ type: PT_MV_LONGLONG, value })),
);

const properties = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 0xffff }), typed), { maxLength: 40 })
  .map(
    (list) => new Map<PropertyTag, PropertyValue>(list.map(([id, { type, value }]) => [propertyTag(id, type), value])),
  );

/** Reads back everything that was packed, from wherever it lies. */
function readBack(packed: ReturnType<typeof packProperties>): Map<PropertyTag, PropertyValue> {
  const { values, large, rest } = unpackProperties(packed.props, packed.overflow);
  for (const [tag, { blob }] of large) values.set(tag, valueFromBlob(tag, packed.blobs.get(blob!)!));
  if (rest !== undefined)
    for (const [tag, value] of propertiesFromRest(packed.blobs.get(rest)!)) values.set(tag, value);
  return values;
}

/** Lone surrogates cannot be written in UTF-8, and no database takes JSON that has them. */
const wellFormed = (value: PropertyValue): PropertyValue =>
  typeof value === 'string'
    ? value.toWellFormed()
    : Array.isArray(value)
      ? ((value as PropertyValue[]).map(wellFormed) as PropertyValue)
      : value;

test('every property comes back as it was written, wherever it lies', () => {
  fc.assert(
    fc.property(properties, (values) => {
      const expected = new Map([...values].map(([tag, value]) => [tag, wellFormed(value)]));
      assert.deepEqual(new Map([...readBack(packProperties(values))].sort()), new Map([...expected].sort()));
    }),
    { numRuns: 200, examples: [[new Map([[propertyTag(1, PT_DOUBLE), -0]])]] },
  );
});

test('the documents of a row stay below what the Data API carries', () => {
  fc.assert(
    fc.property(properties, (values) => {
      const packed = packProperties(values);
      assert.ok(Buffer.byteLength(packed.props) <= PROPS_BYTES + 100);
      assert.ok(Buffer.byteLength(packed.overflow ?? '') <= OVERFLOW_BYTES);
    }),
    { numRuns: 200 },
  );
});

test('thousands of small properties fit too: the rest lies in a blob', () => {
  const values = new Map<PropertyTag, PropertyValue>();
  for (let id = 1; id <= 3000; id++) values.set(propertyTag(id, PT_UNICODE), `value ${id} of many`);
  const packed = packProperties(values);
  assert.ok(Buffer.byteLength(packed.props) <= PROPS_BYTES + 100);
  assert.deepEqual(readBack(packed).size, values.size);
});

test('a value exactly at a bound stays, one over moves on', () => {
  const tag = propertyTag(0x1000, PT_UNICODE);
  const small = packProperties(new Map([[tag, 'x'.repeat(SMALL_VALUE_BYTES - 2)]]));
  assert.equal(small.overflow, null);
  const overflowing = packProperties(new Map([[tag, 'x'.repeat(SMALL_VALUE_BYTES - 1)]]));
  assert.notEqual(overflowing.overflow, null);
  assert.equal(overflowing.blobs.size, 0);
  const inRow = packProperties(new Map([[tag, 'x'.repeat(ROW_VALUE_BYTES)]]));
  assert.equal(inRow.blobs.size, 0);
  const inBlob = packProperties(new Map([[tag, 'x'.repeat(ROW_VALUE_BYTES + 1)]]));
  assert.equal(inBlob.blobs.size, 1);
});

test('tables see the beginning of a large value without reading it', () => {
  const tag = propertyTag(0x1000, PT_UNICODE);
  const packed = packProperties(new Map([[tag, 'abc'.repeat(10_000)]]));
  const { large } = unpackProperties(packed.props);
  assert.equal(large.get(tag)!.size, 30_000);
  assert.equal(large.get(tag)!.preview, 'abc'.repeat(85));
});

test('a large value that is kept is not stored again', () => {
  const tag = propertyTag(0x3701, PT_BINARY);
  const first = packProperties(new Map([[tag, Buffer.alloc(50_000, 7)]]));
  const { large } = unpackProperties(first.props, first.overflow);
  const second = packProperties(new Map(), large);
  assert.equal(second.blobs.size, 0);
  assert.deepEqual(second.references, first.references);
});
