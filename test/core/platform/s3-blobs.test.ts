import { S3Client } from '@aws-sdk/client-s3';
import { S3Blobs } from '../../../core/platform/s3-blobs.ts';
import { BUCKETS } from '../../../local/instance/topology.ts';
import { aCloud } from '../../local/a-cloud.ts';
import { blobsContract } from './blobs.contract.ts';

blobsContract('S3', async () => {
  const cloud = await aCloud({ durable: false });
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  return {
    blobs: new S3Blobs(BUCKETS.blobs, s3),
    async [Symbol.asyncDispose]() {
      s3.destroy();
      await cloud[Symbol.asyncDispose]();
    },
  };
});
