import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { blowfishKey, decryptCbc, encryptCbc } from '../../../core/directory/blowfish.ts';
import { licenceAnswer } from '../../../core/directory/licence.ts';

/** Recorded from 11.0.2: the request of a client, and what the genuine server answered. */
const REQUEST =
  'JF1DrMeyrmXLy0VqAm+UUx/whmPAT/gh+71RnMuiy4Z/7elHSBXCGs8X+JhPG9dmyoBHMFNccEXm2vTo1H+BDEnSjw4ivuNm4hTwTOPcZmZw7FZ/2gyLafED4DSChzJtKy+yrSeOYvsI8iqmEAOFCsQmVK/mgm5rl8kanRkb3defsma9GB3v7n8j+sTXezmPUEuV75SlXLdh1NnMglsMfTGFJKsmbkgVH790zpY6BeUfG7nuCsS+OiapbCbeL4VYptVyKB09aeUMZKRGS32Chc3iJtEtgxJKJUcUM21eL0qlRaVGRqNhcng5ANpof8dy9f/XfOoQ5kY/yFy3UEdoaJrmyi6M5dTrwOO2OdqdcIY=';
const ANSWER = 'JF1DrMeyrmUbAFo2rC7X12fvIjy5rkE3/242+LzGab7qKj/EgcTuR/bgC935w/LiXjSmrSxDIyU5jG8K51/CUw==';

test('a recorded request gets the recorded answer, byte by byte', () => {
  assert.equal(licenceAnswer(Buffer.from(REQUEST, 'base64')).toString('base64'), ANSWER);
});

test('what is no request gets no answer', () => {
  for (const request of [
    Buffer.alloc(0),
    Buffer.alloc(7),
    Buffer.alloc(272),
    Buffer.from(REQUEST, 'base64').subarray(0, 264),
    Buffer.alloc(1024 * 1024),
  ])
    assert.equal(licenceAnswer(request).length, 0);
});

// Eric Young's test vectors of the cipher, as Schneier publishes them.
for (const [key, plain, cipher] of [
  ['0000000000000000', '0000000000000000', '4ef997456198dd78'],
  ['ffffffffffffffff', 'ffffffffffffffff', '51866fd5b85ecb8a'],
  ['0123456789abcdef', '1111111111111111', '61f9c3802281b096'],
  ['fedcba9876543210', '0123456789abcdef', '0aceab0fc6a0a28d'],
] as const)
  test(`the cipher has its published result under the key ${key}`, () => {
    const block = encryptCbc(blowfishKey(Buffer.from(key, 'hex')), Buffer.alloc(8), Buffer.from(plain, 'hex'));
    assert.equal(block.subarray(0, 8).toString('hex'), cipher);
  });

test('what was enciphered is deciphered again, whatever its length', () => {
  const key = blowfishKey(Buffer.from('a key of some bytes'));
  const iv = Buffer.from('8 bytes!');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const plain = Buffer.from(bytes);
      assert.deepEqual(decryptCbc(key, iv, encryptCbc(key, iv, plain)), plain);
    }),
  );
});
