import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { environment, requireEnv } from '../../../../core/platform/configuration.ts';
import { openS3 } from '../../../../core/platform/s3-client.ts';
import type { ReceiptNotification } from '../../../../local/mail/ses-receipt.ts';

const s3 = openS3();

/**
 * A function of the tests: "delivers" each mail as an object `delivered/<recipient>/<message id>/<attempt>`,
 * fails for recipients called `poison`, and ends its process for those called `crash`.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
  for (const record of event.Records) {
    const { receipt, mail } = JSON.parse(record.body) as ReceiptNotification;
    const { bucketName, objectKey } = receipt.action;
    const raw = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key: objectKey }));
    const size = (await raw.Body!.transformToByteArray()).byteLength;
    if (receipt.recipients.some((recipient) => recipient.startsWith('crash@'))) process.exit(9);
    if (receipt.recipients.some((recipient) => recipient.startsWith('poison@'))) {
      batchItemFailures.push({ itemIdentifier: record.messageId });
      continue;
    }
    for (const recipient of receipt.recipients) {
      await s3.send(
        new PutObjectCommand({
          Bucket: requireEnv(environment.mailBucket),
          Key: `delivered/${recipient}/${mail.messageId}/${record.attributes.ApproximateReceiveCount}`,
          Body: String(size),
        }),
      );
    }
  }
  return { batchItemFailures };
}
