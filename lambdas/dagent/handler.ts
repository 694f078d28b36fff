import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deliverBatch } from '../../core/mail/delivery-batch.ts';
import { deliverySettingsFromEnvironment } from '../../core/mail/delivery-settings.ts';
import { environment, optionalEnv, requireEnv } from '../../core/platform/configuration.ts';
import { openS3 } from '../../core/platform/s3-client.ts';
import { S3MailBucket } from '../../core/platform/s3-mail-bucket.ts';
import { platformFromEnvironment } from '../platform.ts';

const platform = platformFromEnvironment('dagent');
const mailBucket = new S3MailBucket(requireEnv(environment.mailBucket), openS3());
const settings = deliverySettingsFromEnvironment();
const postmaster = optionalEnv(environment.postmasterAddress);

/** Delivers the mails that a batch of SES notifications tells of; what fails comes again by itself. */
async function dagent(event: SQSEvent): Promise<SQSBatchResponse> {
  const items = event.Records.map(({ messageId, body }) => ({ id: messageId, body }));
  const failed = await deliverBatch(
    { platform, mailBucket, settings, ...(postmaster !== undefined && { postmaster }) },
    items,
  );
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

export const handler = middy<SQSEvent, SQSBatchResponse>({ timeoutEarlyInMillis: 0 }).handler(dagent);
