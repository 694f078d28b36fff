import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KopanoError } from '../../../core/mapi/error.ts';
import type { StreamedChild, StreamedMessage, StreamedProperty } from '../../../core/mapi/message-stream.ts';
import { readMessageStream } from '../../../core/mapi/message-stream-reader.ts';
import { type StreamSource, writeMessageStream } from '../../../core/mapi/message-stream-writer.ts';
import { MAPI_ATTACH, MAPI_DISTLIST, MAPI_MAILUSER, MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import { type PropertyTag, type PropertyValue, propertyTag } from '../../../core/mapi/property.ts';
import * as types from '../../../core/mapi/property-types.ts';
import { readRelated } from '../../../core/soap/multipart.ts';
import { exchanges } from '../soap/golden.ts';

const sourceOf = (message: StreamedMessage): StreamSource => ({
  properties: async () => message.properties,
  children: message.children.map(({ kind, id, properties, data, embedded }) => ({
    kind,
    id,
    properties: async () => properties,
    ...(data && { data: async () => data }),
    ...(embedded && { embedded: { ...embedded, message: sourceOf(embedded.message) } }),
  })),
});

async function written(message: StreamedMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of writeMessageStream(sourceOf(message))) pieces.push(piece);
  return Buffer.concat(pieces);
}

const bytes = (most: number) => fc.uint8Array({ maxLength: most }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const uint32 = fc.nat({ max: 0xffffffff });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

const SINGLE: readonly (readonly [number, fc.Arbitrary<PropertyValue>])[] = [
  [types.PT_SHORT, fc.integer({ min: -0x8000, max: 0x7fff })],
  [types.PT_LONG, uint32],
  [types.PT_FLOAT, fc.float()],
  [types.PT_DOUBLE, fc.double()],
  [types.PT_APPTIME, fc.double()],
  [types.PT_BOOLEAN, fc.boolean()],
  [types.PT_CURRENCY, int64],
  [types.PT_SYSTIME, int64],
  [types.PT_LONGLONG, int64],
  [types.PT_STRING8, text],
  [types.PT_BINARY, bytes(60)],
  [types.PT_CLSID, bytes(16)],
];

const value = fc.oneof(
  ...SINGLE.map(([type, single]) => single.map((one): [number, PropertyValue] => [type, one])),
  ...SINGLE.filter(([type]) => type !== types.PT_BOOLEAN).map(([type, single]) =>
    fc
      .array(single, { maxLength: 4 })
      .map((several): [number, PropertyValue] => [type | types.MV_FLAG, several as PropertyValue]),
  ),
);

const fixed = fc
  .tuple(fc.integer({ min: 1, max: 0x8500 }), value)
  .map(([id, [type, content]]): StreamedProperty => ({ tag: propertyTag(id, type), value: content }));

const named = fc
  .tuple(
    fc.integer({ min: 0x8501, max: 0xfffe }),
    value,
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.oneof(
      uint32.map((number) => ({ number })),
      text.map((name) => ({ name })),
    ),
  )
  .map(
    ([id, [type, content], guid, name]): StreamedProperty => ({
      tag: propertyTag(id, type),
      value: content,
      named: { guid: Buffer.from(guid), ...name },
    }),
  );

const properties = fc.array(fc.oneof(fixed, named), { maxLength: 8 });

/** Ordinary objects, as readers make them. */
const record = <T extends object>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(members, { noNullPrototype: true }) as fc.Arbitrary<T>;

const { message } = fc.letrec<{ message: StreamedMessage; child: StreamedChild }>((tie) => ({
  message: record({ properties, children: fc.array(tie('child'), { maxLength: 3, depthIdentifier: 'child' }) }),
  child: fc.oneof(
    { depthIdentifier: 'child', maxDepth: 3 },
    record({ kind: fc.constantFrom(MAPI_MAILUSER, MAPI_DISTLIST), id: uint32, properties }),
    record({ kind: fc.constant(MAPI_ATTACH), id: uint32, properties, data: bytes(200) }),
    record({
      kind: fc.constant(MAPI_ATTACH),
      id: uint32,
      properties,
      data: bytes(5),
      embedded: record({ kind: fc.constant(MAPI_MESSAGE), id: uint32, message: tie('message') }),
    }),
  ),
}));

test('any message comes out of its stream as it went in', async () => {
  await fc.assert(
    fc.asyncProperty(message, async (original) => {
      assert.deepEqual(readMessageStream(await written(original)), original);
    }),
  );
});

test('what the genuine server streams is read, and written again byte by byte', async () => {
  const recorded = exchanges().find(({ name }) => name === 'exportMessageChangesAsStream')!.response;
  const { attachments } = readRelated(recorded.body, recorded.contentType);
  assert.ok(attachments.size > 0);
  for (const stream of attachments.values()) {
    const read = readMessageStream(stream);
    assert.ok(read.properties.length > 10);
    assert.deepEqual(await written(read), stream);
  }
});

test('texts travel under their 8-bit type, in UTF-8', async () => {
  const tag: PropertyTag = propertyTag(0x0037, types.PT_UNICODE);
  const stream = await written({ properties: [{ tag, value: 'Grüße 🙂' }], children: [] });
  assert.deepEqual(readMessageStream(stream).properties, [
    { tag: propertyTag(0x0037, types.PT_STRING8), value: 'Grüße 🙂' },
  ]);
});

test('a named property whose name nobody knows any more is left out', async () => {
  const stream = await written({ properties: [{ tag: propertyTag(0x8600, types.PT_LONG), value: 1 }], children: [] });
  assert.deepEqual(readMessageStream(stream), { properties: [], children: [] });
});

test('bytes that are no stream end in an error of ours, at once and without memory', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      const stream = Buffer.concat([Buffer.of(0, 0, 0, 1), noise]);
      try {
        readMessageStream(stream);
      } catch (error) {
        assert.ok(error instanceof KopanoError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a stream that is cut anywhere is refused', async () => {
  const whole = await written({
    properties: [{ tag: propertyTag(0x0037, types.PT_STRING8), value: 'subject' }],
    children: [{ kind: MAPI_ATTACH, id: 1, properties: [], data: Buffer.from('data') }],
  });
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => readMessageStream(whole.subarray(0, length)), KopanoError, `cut at ${length}`);
});

test('counts above what the stream can hold are refused before anything is read', () => {
  const lie = Buffer.alloc(12, 0xff);
  lie.writeUInt32BE(1, 0);
  assert.throws(() => readMessageStream(lie), KopanoError);
});

test('messages nested without end are refused', () => {
  const uint = (number: number): Buffer => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(number);
    return four;
  };
  // No properties, one attachment without properties or data, one message in it.
  const level = Buffer.concat([0, 1, MAPI_ATTACH, 1, 0, 0, 1, MAPI_MESSAGE, 2].map(uint));
  assert.throws(() => readMessageStream(Buffer.concat([uint(1), ...Array<Buffer>(5_000).fill(level)])), KopanoError);
});
