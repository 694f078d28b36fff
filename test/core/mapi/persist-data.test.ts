import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodePersistData,
  encodePersistData,
  RSF_PID_CONV_ACTIONS,
  RSF_PID_RSS_SUBSCRIPTION,
} from '../../../core/mapi/persist-data.ts';

test('the blocks are those that the genuine client writes', () => {
  // The first two of 00-setup, exchange 82, with shorter entry ids.
  const folders = [
    { persistId: RSF_PID_RSS_SUBSCRIPTION, entryId: Buffer.from('0102030405', 'hex') },
    { persistId: RSF_PID_CONV_ACTIONS, entryId: Buffer.from('0607', 'hex') },
  ];
  const value = encodePersistData(folders);
  assert.equal(value.toString('hex'), '01800900010005000102030405' + '0680060001000200' + '0607' + '00000000');
  assert.deepEqual(decodePersistData(value), folders);
});

const anyFolders = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: 0xffff }), fc.uint8Array({ maxLength: 100 }))
    .map(([persistId, bytes]) => ({ persistId, entryId: Buffer.from(bytes) })),
  { maxLength: 10 },
);

test('what is encoded is decoded', () => {
  fc.assert(
    fc.property(anyFolders, (folders) => assert.deepEqual(decodePersistData(encodePersistData(folders)), folders)),
  );
});

test('a value cut short gives the folders that are whole', () => {
  fc.assert(
    fc.property(anyFolders, fc.nat(2000), (folders, size) => {
      const decoded = decodePersistData(encodePersistData(folders).subarray(0, size));
      assert.deepEqual(decoded, folders.slice(0, decoded.length));
    }),
  );
});

test('any bytes end in an answer', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodePersistData(Buffer.from(bytes))));
});
