import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import { MailMissingError } from '../../../core/platform/mail-bucket.ts';
import { S3MailBucket } from '../../../core/platform/s3-mail-bucket.ts';
import { BUCKETS } from '../../../local/instance/topology.ts';
import { aCloud } from '../../local/a-cloud.ts';

test('the mail bucket gives a mail by its key, byte by byte, and says which one is missing', async () => {
  await using cloud = await aCloud({ durable: false });
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  const bucket = new S3MailBucket(BUCKETS.mail, s3);
  const raw = Buffer.from('Subject: x\r\n\r\n\u00ff\u0000', 'latin1');
  await cloud.objects.put(BUCKETS.mail, 'inbound/1', raw, { contentType: 'message/rfc822', user: {} });
  assert.ok((await bucket.read('inbound/1')).equals(raw));
  await assert.rejects(
    bucket.read('inbound/2'),
    (error) => error instanceof MailMissingError && /inbound\/2/.test(error.message),
  );
  s3.destroy();
});

test('the mail bucket keeps what is written to it, and replaces what has the same key', async () => {
  await using cloud = await aCloud({ durable: false });
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  const bucket = new S3MailBucket(BUCKETS.mail, s3);
  await bucket.write('outbound/1', Buffer.from('first'));
  await bucket.write('outbound/1', Buffer.from('second'));
  assert.equal((await bucket.read('outbound/1')).toString(), 'second');
  s3.destroy();
});
