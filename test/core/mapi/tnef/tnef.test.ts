import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PropertyValue, propertyTag } from '../../../../core/mapi/property.ts';
import * as types from '../../../../core/mapi/property-types.ts';
import { PR_ATTACH_DATA_BIN, PR_ATTACH_FILENAME, PR_ATTACH_LONG_FILENAME } from '../../../../core/mapi/tags.ts';
import type { TnefName, TnefProperty } from '../../../../core/mapi/tnef/properties.ts';
import { NotTnefError } from '../../../../core/mapi/tnef/reader.ts';
import { readTnef } from '../../../../core/mapi/tnef/tnef.ts';
import { attribute, propertyList, writeTnef } from '../../../../core/mapi/tnef/writer.ts';

const latin1 = (bytes: Buffer): string => bytes.toString('latin1');
const text = fc.string({ unit: 'grapheme', maxLength: 50 }).map((value) => value.replaceAll('\0', ''));
const binary = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));
const guid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const VALUES: readonly [number, fc.Arbitrary<PropertyValue>][] = [
  [types.PT_SHORT, fc.nat(0xffff)],
  [types.PT_LONG, fc.nat(0xffffffff)],
  [types.PT_BOOLEAN, fc.boolean()],
  [types.PT_DOUBLE, fc.double({ noNaN: true })],
  [types.PT_LONGLONG, long],
  [types.PT_SYSTIME, long],
  [types.PT_CLSID, guid],
  [types.PT_UNICODE, text],
  [types.PT_BINARY, binary],
  [types.PT_MV_LONG, fc.array(fc.nat(0xffffffff), { maxLength: 5 })],
  [types.PT_MV_UNICODE, fc.array(text, { maxLength: 5 })],
  [types.PT_MV_BINARY, fc.array(binary, { maxLength: 5 })],
];
const name: fc.Arbitrary<TnefName> = fc.oneof(
  fc.tuple(guid, fc.nat(0xffffffff)).map(([set, number]) => ({ guid: set, number })),
  fc.tuple(guid, text).map(([set, word]) => ({ guid: set, name: word })),
);
const property: fc.Arbitrary<TnefProperty> = fc.constantFrom(...VALUES).chain(([type, value]) =>
  fc.oneof(
    fc
      .tuple(fc.integer({ min: 1, max: 0x7fff }), value)
      .map(([id, each]) => ({ tag: propertyTag(id, type), value: each })),
    fc
      .tuple(fc.integer({ min: 0x8000, max: 0xfffe }), name, value)
      .map(([id, named, each]) => ({ tag: propertyTag(id, type), name: named, value: each })),
  ),
);

test('what is written is read again', () => {
  fc.assert(
    fc.property(fc.array(property, { maxLength: 20 }), (properties) => {
      assert.deepEqual(readTnef(writeTnef(properties), latin1).properties, properties);
    }),
  );
});

test('whatever the bytes, they are read or refused', () => {
  const whole = writeTnef([{ tag: propertyTag(0x37, types.PT_UNICODE), value: 'x'.repeat(100) }]);
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (end, at, byte) => {
      const bytes = Buffer.from(whole);
      bytes[at] = byte;
      try {
        readTnef(bytes.subarray(0, end), latin1);
      } catch (error) {
        assert.ok(error instanceof NotTnefError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('files come with name and data, by old attributes and by properties', () => {
  const bytes = Buffer.concat([
    writeTnef([]),
    attribute(2, 0x00069002, Buffer.from('010004000000000000000000', 'hex')),
    attribute(2, 0x00018010, Buffer.from('REPORT~1.TXT\0', 'latin1')),
    attribute(2, 0x0006800f, Buffer.from('data')),
    attribute(2, 0x00069005, propertyList([{ tag: PR_ATTACH_LONG_FILENAME, value: 'Report of März.txt' }])),
  ]);
  const { attachments } = readTnef(bytes, latin1);
  assert.equal(attachments.length, 1);
  assert.equal(attachments[0]!.position, 4);
  assert.deepEqual(
    new Map(attachments[0]!.properties.map(({ tag, value }) => [tag, value])),
    new Map<number, unknown>([
      [PR_ATTACH_FILENAME, 'REPORT~1.TXT'],
      [PR_ATTACH_DATA_BIN, Buffer.from('data')],
      [PR_ATTACH_LONG_FILENAME, 'Report of März.txt'],
    ]),
  );
});

test('old names of classes are those of today, and texts are of the code page that the stream names', () => {
  const codePage = Buffer.alloc(8);
  codePage.writeUInt32LE(1251);
  const seen: number[] = [];
  const bytes = Buffer.concat([
    writeTnef([]),
    attribute(1, 0x00069007, codePage),
    attribute(1, 0x00078008, Buffer.from('IPM.Microsoft Mail.Note\0', 'latin1')),
  ]);
  const { messageClass } = readTnef(bytes, (value, page) => {
    seen.push(page);
    return value.toString('latin1');
  });
  assert.equal(messageClass, 'IPM.Note');
  assert.deepEqual(seen, [1251]);
});

for (const count of [4_097, 0xffffffff])
  test(`${count} properties are too many`, () => {
    const bytes = writeTnef([]);
    bytes.writeUInt32LE(count, 15);
    assert.throws(() => readTnef(bytes, latin1), NotTnefError);
  });
