import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { inflateBody } from '../../../core/soap/index.ts';

const message = Buffer.from('message '.repeat(100));

describe('a body is unpacked', () => {
  it('by the name of its encoding', async () => {
    for (const [encoding, packed] of [
      [undefined, message],
      ['', message],
      ['identity', message],
      ['gzip', gzipSync(message)],
      [' GZIP ', gzipSync(message)],
      ['x-gzip', gzipSync(message)],
      ['deflate', deflateSync(message)],
      ['deflate', deflateRawSync(message)],
    ] as const) {
      assert.deepEqual(await inflateBody(packed, encoding), message);
    }
  });

  it('or refused when it is damaged, cut off, or packed otherwise', async () => {
    const fault = { name: 'SoapFault', code: 'Client', status: 400 };
    await assert.rejects(inflateBody(message, 'gzip'), fault);
    await assert.rejects(inflateBody(gzipSync(message).subarray(0, -4), 'gzip'), fault);
    await assert.rejects(inflateBody(Buffer.alloc(0), 'deflate'), fault);
    await assert.rejects(inflateBody(message, 'br'), fault);
    await assert.rejects(inflateBody(message, 'gzip, gzip'), fault);
  });
});
