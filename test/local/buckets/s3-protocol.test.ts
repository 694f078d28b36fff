import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchBucket,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { BUCKETS } from '../../../local/instance/topology.ts';
import { aCloud } from '../a-cloud.ts';

const Bucket = BUCKETS.blobs;

async function aBucket() {
  const cloud = await aCloud({ durable: false });
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  const read = async (Key: string, Range?: string): Promise<string> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, Range }));
    return Body!.transformToString('latin1');
  };
  const put = (Key: string, Body: string | Uint8Array) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  return {
    cloud,
    s3,
    read,
    put,
    async [Symbol.asyncDispose]() {
      s3.destroy();
      await cloud[Symbol.asyncDispose]();
    },
  };
}

suite('the SDK’s S3 client', { concurrency: true }, () => {
  test('puts an object and gets back content, type and metadata', async () => {
    await using bucket = await aBucket();
    const content = randomBytes(3_000_000);
    const { ETag } = await bucket.s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'folder/ä b+c',
        Body: content,
        ContentType: 'message/rfc822',
        Metadata: { origin: 'test' },
      }),
    );
    const object = await bucket.s3.send(new GetObjectCommand({ Bucket, Key: 'folder/ä b+c' }));
    assert.deepEqual(Buffer.from(await object.Body!.transformToByteArray()), content);
    assert.equal(object.ContentType, 'message/rfc822');
    assert.equal(object.Metadata?.origin, 'test');
    assert.equal(object.ETag, ETag);
    const head = await bucket.s3.send(new HeadObjectCommand({ Bucket, Key: 'folder/ä b+c' }));
    assert.equal(head.ContentLength, 3_000_000);
  });

  test('puts a stream, whose checksum follows behind it', async () => {
    await using bucket = await aBucket();
    const parts = Array.from({ length: 40 }, () => randomBytes(30_001));
    const Body = Readable.from(parts);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    await bucket.s3.send(new PutObjectCommand({ Bucket, Key: 'stream', Body, ContentLength: length }));
    assert.equal(await bucket.read('stream'), Buffer.concat(parts).toString('latin1'));
  });

  test('gets ranges', async () => {
    await using bucket = await aBucket();
    await bucket.put('digits', '0123456789');
    assert.equal(await bucket.read('digits', 'bytes=2-4'), '234');
    assert.equal(await bucket.read('digits', 'bytes=7-'), '789');
    assert.equal(await bucket.read('digits', 'bytes=-2'), '89');
    assert.equal(await bucket.read('digits', 'bytes=8-100'), '89');
    await assert.rejects(bucket.read('digits', 'bytes=10-'), { name: 'InvalidRange' });
  });

  test('replaces, copies and deletes', async () => {
    await using bucket = await aBucket();
    await bucket.put('a', 'old');
    await bucket.put('a', 'new');
    await bucket.s3.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/a` }));
    assert.equal(await bucket.read('b'), 'new');
    await bucket.s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await bucket.s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await assert.rejects(bucket.read('a'), (error) => error instanceof NoSuchKey);
    await bucket.s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'b' }, { Key: 'no such & <odd>' }] } }),
    );
    await assert.rejects(bucket.read('b'), (error) => error instanceof NoSuchKey);
  });

  test('keeps an empty object', async () => {
    await using bucket = await aBucket();
    await bucket.put('empty', '');
    assert.equal(await bucket.read('empty'), '');
  });

  test('lists in the order of keys, in pages, and rolls up behind a delimiter', async () => {
    await using bucket = await aBucket();
    const keys = ['a/1', 'a/2', 'b', 'c/x/1', 'ä&<', 'z'];
    for (const key of keys) await bucket.put(key, key);
    const found: string[] = [];
    const pages = paginateListObjectsV2({ client: bucket.s3, pageSize: 2 }, { Bucket });
    for await (const page of pages) found.push(...(page.Contents ?? []).map((object) => object.Key!));
    assert.deepEqual(found, ['a/1', 'a/2', 'b', 'c/x/1', 'z', 'ä&<']);
    const rolled = await bucket.s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
    assert.deepEqual(
      rolled.CommonPrefixes?.map((common) => common.Prefix),
      ['a/', 'c/'],
    );
    assert.deepEqual(
      rolled.Contents?.map((object) => object.Key),
      ['b', 'z', 'ä&<'],
    );
    const inside = await bucket.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/', StartAfter: 'a/1' }));
    assert.deepEqual(
      inside.Contents?.map((object) => object.Key),
      ['a/2'],
    );
  });

  test('creates only what is absent when asked to', async () => {
    await using bucket = await aBucket();
    const put = (Body: string) => bucket.s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body, IfNoneMatch: '*' }));
    await put('first');
    await assert.rejects(put('second'), { name: 'PreconditionFailed' });
    assert.equal(await bucket.read('once'), 'first');
  });

  test('is refused a content that is not what its checksum says, and nothing is stored', async () => {
    await using bucket = await aBucket();
    const wrong = Buffer.alloc(32).toString('base64');
    const put = new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'content', ChecksumSHA256: wrong });
    await assert.rejects(bucket.s3.send(put), { name: 'BadDigest' });
    await assert.rejects(bucket.read('wrong'), (error) => error instanceof NoSuchKey);
  });

  test('is told of a missing bucket, and of what is not done here', async () => {
    await using bucket = await aBucket();
    const missing = bucket.s3.send(new PutObjectCommand({ Bucket: 'no-such', Key: 'a', Body: 'a' }));
    await assert.rejects(missing, (error) => error instanceof NoSuchBucket);
    const response = await fetch(`${bucket.cloud.url}/${Bucket}/a?uploads`, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${bucket.cloud.credentials.accessKeyId}/20260101/local/s3/aws4_request`,
      },
    });
    assert.equal(response.status, 501);
  });

  test('is not let in with another access key', async () => {
    await using bucket = await aBucket();
    const stranger = new S3Client({
      ...bucket.cloud.client,
      credentials: { accessKeyId: 'AKIASTRANGER', secretAccessKey: 'x' },
      forcePathStyle: true,
    });
    const get = stranger.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    await assert.rejects(get, (error: S3ServiceException) => error.$metadata.httpStatusCode === 403);
    stranger.destroy();
  });
});
