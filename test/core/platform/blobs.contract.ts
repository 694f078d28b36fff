import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { BlobMissingError, type Blobs } from '../../../core/platform/blobs.ts';

export interface OpenBlobs extends AsyncDisposable {
  readonly blobs: Blobs;
}

/** What every implementation of the blob port promises; `open` makes a new, empty one. */
export function blobsContract(name: string, open: () => Promise<OpenBlobs>): void {
  suite(`${name} as a place for blobs`, { concurrency: true }, () => {
    test('names a value by its SHA-256 and gives it back', async () => {
      await using opened = await open();
      const value = randomBytes(2_000_000);
      const blobName = await opened.blobs.put(value);
      assert.equal(blobName, createHash('sha256').update(value).digest('hex'));
      assert.ok((await opened.blobs.get(blobName)).equals(value));
    });

    test('keeps an empty value, and a part of a larger buffer', async () => {
      await using opened = await open();
      assert.equal((await opened.blobs.get(await opened.blobs.put(new Uint8Array(0)))).length, 0);
      const part = randomBytes(100).subarray(20, 40);
      assert.ok((await opened.blobs.get(await opened.blobs.put(part))).equals(part));
    });

    test('takes the same value again, from many at once', async () => {
      await using opened = await open();
      const value = randomBytes(50_000);
      const names = await Promise.all(Array.from({ length: 10 }, () => opened.blobs.put(value)));
      assert.equal(new Set(names).size, 1);
      assert.ok((await opened.blobs.get(names[0]!)).equals(value));
    });

    test('says what is missing, and deletes twice as well as once', async () => {
      await using opened = await open();
      const blobName = await opened.blobs.put(Buffer.from('value'));
      await opened.blobs.delete(blobName);
      await opened.blobs.delete(blobName);
      await assert.rejects(opened.blobs.get(blobName), BlobMissingError);
    });
  });
}
