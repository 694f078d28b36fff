import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeFlatEntryList, encodeFlatEntryList } from '../../../core/mapi/flat-entry-list.ts';
import { encodeOneOff } from '../../../core/mapi/one-off-entry-id.ts';

test('a list is the one that the genuine client makes of a Reply-To (recorded on 11.0.2)', () => {
  const entryId = encodeOneOff({ name: 'Pieter Post', addressType: 'SMTP', address: 'k.kost@kopano.com' });
  const recorded = `01000000640000005e000000${entryId.toString('hex')}0000`;
  assert.equal(encodeFlatEntryList([entryId]).toString('hex'), recorded);
});

test('entries are padded to multiples of four', () => {
  const list = encodeFlatEntryList([Buffer.from('abcde'), Buffer.from('abcd')]);
  assert.equal(list.toString('hex'), '0200000014000000' + '050000006162636465000000' + '0400000061626364');
});

test('every list comes back', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (entries) => {
      const entryIds = entries.map((entry) => Buffer.from(entry));
      assert.deepEqual(decodeFlatEntryList(encodeFlatEntryList(entryIds)), entryIds);
    }),
  );
});

test('what is cut off is left out', () => {
  const list = encodeFlatEntryList([Buffer.from('abcd'), Buffer.from('efgh')]);
  assert.deepEqual(decodeFlatEntryList(list.subarray(0, -1)), [Buffer.from('abcd')]);
  assert.deepEqual(decodeFlatEntryList(Buffer.alloc(3)), []);
});
