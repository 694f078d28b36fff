import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  decodeAddressBookEntryId,
  encodeAddressBookEntryId,
  isAddressBookEntryId,
  NO_EXTERNAL_ID,
} from '../../../core/mapi/address-book-entry-id.ts';
import { entryIdOf, newGuid } from '../../../core/mapi/entry-id.ts';
import { KCERR_INVALID_ENTRYID, KCERR_INVALID_PARAMETER } from '../../../core/mapi/error-codes.ts';
import { MAPI_ABCONT, MAPI_DISTLIST, MAPI_MAILUSER, MAPI_STORE } from '../../../core/mapi/object-types.ts';

/** Recorded from 11.0.2. */
const SYSTEM = 'AAAAAKwhqVBA0+5Isxn7p1MwRCUAAAAABgAAAAIAAAAAAAAA';
const EVERYONE = 'AAAAAKwhqVBA0+5Isxn7p1MwRCUAAAAACAAAAAEAAAAAAAAA';
const GLOBAL_ADDRESS_BOOK = 'AAAAAKwhqVBA0+5Isxn7p1MwRCUAAAAABAAAAAEAAAAAAAAA';
const USER1 = 'AAAAAKwhqVBA0+5Isxn7p1MwRCUBAAAABgAAAAMAAABFcTkwYURzS1RyQ3VHand2czkrdGZBPT0AAAAA';

for (const [name, base64, expected] of [
  ['SYSTEM', SYSTEM, { objectType: MAPI_MAILUSER, id: 2, externalId: NO_EXTERNAL_ID }],
  ['Everyone', EVERYONE, { objectType: MAPI_DISTLIST, id: 1, externalId: NO_EXTERNAL_ID }],
  ['the global address book', GLOBAL_ADDRESS_BOOK, { objectType: MAPI_ABCONT, id: 1, externalId: NO_EXTERNAL_ID }],
  [
    'a user',
    USER1,
    { objectType: MAPI_MAILUSER, id: 3, externalId: Buffer.from('Eq90aDsKTrCuGjwvs9+tfA==', 'base64') },
  ],
] as const) {
  test(`the recorded entry id of ${name} is read and written the same`, () => {
    const entryId = Buffer.from(base64, 'base64');
    assert.deepEqual(decodeAddressBookEntryId(entryId), expected);
    assert.deepEqual(encodeAddressBookEntryId(expected), entryId);
  });
}

test('every entry id comes back from its bytes, which are a multiple of four and end with a zero', () => {
  const type = fc.constantFrom(MAPI_MAILUSER, MAPI_DISTLIST, MAPI_ABCONT);
  const id = fc.nat({ max: 0xffffffff });
  const externalId = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(type, id, externalId, (objectType, principalId, external) => {
      const entry = { objectType, id: principalId, externalId: external };
      const entryId = encodeAddressBookEntryId(entry);
      assert.deepEqual(decodeAddressBookEntryId(entryId), entry);
      assert.equal(entryId.length % 4, 0);
      assert.equal(entryId.at(-1), 0);
      assert.ok(isAddressBookEntryId(entryId));
    }),
  );
});

test('any bytes end in an entry or one of our errors', () => {
  const codes = new Set([KCERR_INVALID_ENTRYID, KCERR_INVALID_PARAMETER]);
  const near = Buffer.from(USER1, 'base64');
  const mutated = fc
    .tuple(fc.nat({ max: near.length }), fc.uint8Array({ maxLength: 70 }))
    .map(([at, bytes]) => Buffer.concat([near.subarray(0, at), bytes]));
  fc.assert(
    fc.property(mutated, (bytes) => {
      try {
        decodeAddressBookEntryId(bytes);
      } catch (error) {
        assert.ok(codes.has((error as { code: number }).code), String(error));
      }
    }),
  );
});

test('what is too short is no parameter, what is of a store is no entry id of the address book', () => {
  const short = Buffer.from(SYSTEM, 'base64').subarray(0, 35);
  assert.throws(() => decodeAddressBookEntryId(short), { code: KCERR_INVALID_PARAMETER });
  const ofStore = entryIdOf(newGuid(), MAPI_STORE);
  assert.throws(() => decodeAddressBookEntryId(ofStore), { code: KCERR_INVALID_ENTRYID });
  assert.ok(!isAddressBookEntryId(ofStore));
});
