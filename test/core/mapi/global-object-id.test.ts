import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  cleanGlobalObjectId,
  globalObjectIdOf,
  globalObjectIdOfUid,
  newGlobalObjectId,
  occurrenceDateOf,
  uidOfGlobalObjectId,
} from '../../../core/mapi/global-object-id.ts';

const OUTLOOK_UID =
  '040000008200E00074C5B7101A82E00800000000E0E1C9B5F1B2C501000000000000000010000000766F0EB6D9D3D246B8F1A6C66A1E2B3C';

test('any UID comes back from its id', () => {
  const uid = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((text) => !text.includes('\0'));
  fc.assert(fc.property(uid, (text) => assert.equal(uidOfGlobalObjectId(globalObjectIdOfUid(text)), text)));
});

test('a UID that is an id in hexadecimal is that id', () => {
  assert.equal(globalObjectIdOfUid(OUTLOOK_UID).toString('hex').toUpperCase(), OUTLOOK_UID);
  assert.equal(uidOfGlobalObjectId(globalObjectIdOfUid(OUTLOOK_UID.toLowerCase())), OUTLOOK_UID);
});

test('the id of an occurrence tells its date, and cleaned it is the meeting’s', () => {
  for (const id of [globalObjectIdOfUid('1@example.net'), globalObjectIdOfUid(OUTLOOK_UID), newGlobalObjectId(0)]) {
    const ofDay = globalObjectIdOf(id, { year: 2026, month: 11, day: 25 });
    assert.deepEqual(occurrenceDateOf(ofDay), { year: 2026, month: 11, day: 25 });
    assert.deepEqual(cleanGlobalObjectId(ofDay), id);
    assert.equal(occurrenceDateOf(id), undefined);
    assert.equal(uidOfGlobalObjectId(ofDay), uidOfGlobalObjectId(id));
  }
});

test('bytes that are no id are kept, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const id = Buffer.from(bytes);
      uidOfGlobalObjectId(id);
      occurrenceDateOf(id);
      assert.equal(cleanGlobalObjectId(id).length, id.length);
    }),
  );
});
