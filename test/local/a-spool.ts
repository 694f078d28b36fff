import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { S3MailBucket } from '../../core/platform/s3-mail-bucket.ts';
import type { Spool } from '../../core/platform/spool.ts';
import { SqsQueue } from '../../core/platform/sqs-queue.ts';
import { ACCOUNT_ID, BUCKETS, QUEUES } from '../../local/instance/topology.ts';
import type { TestCloud } from './a-cloud.ts';

/** A queue of a test's cloud by its name. */
export const queueOf = (cloud: TestCloud, name: string): SqsQueue =>
  new SqsQueue(`${cloud.url}/${ACCOUNT_ID}/${name}`, new SQSClient(cloud.client));

/** The ways to the spooler in a test's cloud. */
export const spoolOf = (cloud: TestCloud): Spool => ({
  jobs: queueOf(cloud, QUEUES.spool),
  postponed: queueOf(cloud, QUEUES.postponed),
  mails: new S3MailBucket(BUCKETS.mail, new S3Client({ ...cloud.client, forcePathStyle: true })),
});
