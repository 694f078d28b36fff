import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeOneOff, encodeOneOff } from '../../../core/mapi/one-off-entry-id.ts';

/** What the genuine client made of `Pieter Post <p.post@kopano.com>` (recorded on 11.0.2). */
const RECORDED = Buffer.from(
  '00000000812b1fa4bea310199d6e00dd010f540200000180500069006500740065007200200050006f0073007400000053004d0054005000000070002e0070006f007300740040006b006f00700061006e006f002e0063006f006d000000',
  'hex',
);
const PIETER = { name: 'Pieter Post', addressType: 'SMTP', address: 'p.post@kopano.com' };

test('an entry id is the one that the genuine client makes', () => {
  assert.deepEqual(encodeOneOff(PIETER), RECORDED);
  assert.deepEqual(decodeOneOff(RECORDED), PIETER);
});

test('every name and address comes back', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
  fc.assert(
    fc.property(text, text, text, (name, addressType, address) => {
      assert.deepEqual(decodeOneOff(encodeOneOff({ name, addressType, address })), { name, addressType, address });
    }),
  );
});

test('a zero in a name does not end it', () => {
  const entryId = encodeOneOff({ ...PIETER, name: 'Pieter\0 Post' });
  assert.deepEqual(decodeOneOff(entryId), PIETER);
});

test('other entry ids are none', () => {
  assert.equal(decodeOneOff(Buffer.alloc(0)), undefined);
  assert.equal(decodeOneOff(Buffer.alloc(100)), undefined);
  assert.equal(decodeOneOff(RECORDED.subarray(0, 30)), undefined);
});
