import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decompressRtf, NotCompressedRtfError, wrapRtf } from '../../../core/mapi/compressed-rtf.ts';

/** MS-OXRTFCP 3.1 and 3.2: the examples of the specification. */
const EXAMPLES: [string, string][] = [
  [
    '2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0',
    '{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n',
  ],
  ['1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0', '{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}'],
];
for (const [compressed, rtf] of EXAMPLES)
  test(`the specification's example of ${rtf.length} characters`, () => {
    assert.equal(decompressRtf(Buffer.from(compressed, 'hex')).toString('latin1'), rtf);
  });

test('what is wrapped comes back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) => {
      assert.deepEqual(decompressRtf(wrapRtf(Buffer.from(bytes))), Buffer.from(bytes));
    }),
  );
});

test('whatever the bytes, the text is no longer than they can yield', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(0xffffffff), (body, size) => {
      const header = Buffer.from('00000000000000004c5a467500000000', 'hex');
      header.writeUInt32LE(0xffffffff, 0);
      header.writeUInt32LE(size, 4);
      const value = Buffer.concat([header, body]);
      assert.ok(decompressRtf(value).length <= Math.min(size, value.length * 17));
    }),
  );
});

test('anything else is refused', () => {
  for (const value of [Buffer.alloc(0), Buffer.alloc(15), Buffer.alloc(100)])
    assert.throws(() => decompressRtf(value), NotCompressedRtfError);
});
