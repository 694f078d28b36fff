import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deliverBatch } from '../../core/mail/delivery-batch.ts';
import { environment, requireEnv } from '../../core/platform/configuration.ts';
import { openS3 } from '../../core/platform/s3-client.ts';
import { S3MailBucket } from '../../core/platform/s3-mail-bucket.ts';
import { platformFromEnvironment } from '../platform.ts';

const platform = platformFromEnvironment('dagent');
const mailBucket = new S3MailBucket(requireEnv(environment.mailBucket), openS3());

/** Delivers the mails that a batch of SES notifications tells of; what fails comes again by itself. */
async function dagent(event: SQSEvent): Promise<SQSBatchResponse> {
  const items = event.Records.map(({ messageId, body }) => ({ id: messageId, body }));
  const failed = await deliverBatch({ platform, mailBucket }, items);
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

export const handler = middy<SQSEvent, SQSBatchResponse>({ timeoutEarlyInMillis: 0 }).handler(dagent);
