import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { environment as read } from '../../core/platform/configuration.ts';
import { environment as set, variables } from '../../infra/environment.ts';

describe('The environment', () => {
  it('has the same names where it is set and where it is read', () => {
    assert.deepEqual(set, read);
  });

  it('is given under the names that functions read', () => {
    assert.deepEqual(variables({ logLevel: 'warn', blobBucket: 'blobs' }), { LOG_LEVEL: 'warn', BLOB_BUCKET: 'blobs' });
  });
});
