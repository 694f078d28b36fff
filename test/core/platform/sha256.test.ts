import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Sha256 as SdkSha256 } from '@smithy/core/checksum';
import fc from 'fast-check';
import { Sha256 } from '../../../core/platform/sha256.ts';

const bytes = () => fc.uint8Array({ maxLength: 200 });
const secret = () => fc.oneof(fc.string({ minLength: 1 }), fc.uint8Array({ minLength: 1, maxLength: 100 }));

async function digest(hash: Sha256 | SdkSha256, chunks: readonly Uint8Array[]): Promise<string> {
  for (const chunk of chunks) hash.update(chunk);
  return Buffer.from(await hash.digest()).toString('hex');
}

suite('SHA-256 for the signer', () => {
  test('is what the SDK takes, also with a secret, and again with the same one', () =>
    fc.assert(
      fc.asyncProperty(fc.option(secret(), { nil: undefined }), fc.array(bytes()), async (key, chunks) => {
        const expected = await digest(new SdkSha256(key), chunks);
        for (let time = 0; time < 2; time++) assert.equal(await digest(new Sha256(key), chunks), expected);
      }),
    ));

  test('keeps secrets apart, however many there are', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `secret ${index}`);
    for (const key of [...keys, ...keys])
      assert.equal(await digest(new Sha256(key), []), await digest(new SdkSha256(key), []), key);
  });

  test('knows the part of a buffer that is the secret', async () => {
    const all = Uint8Array.from({ length: 64 }, (_, index) => index);
    const part = all.subarray(8, 40);
    assert.equal(await digest(new Sha256(part), []), await digest(new SdkSha256(part), []));
    assert.equal(await digest(new Sha256(part.slice().buffer), []), await digest(new SdkSha256(part), []));
  });

  test('begins anew', async () => {
    for (const key of [undefined, 'secret']) {
      const hash = new Sha256(key);
      hash.update('one');
      await hash.digest();
      hash.reset();
      assert.equal(await digest(hash, [Buffer.from('two')]), await digest(new SdkSha256(key), [Buffer.from('two')]));
    }
  });
});
