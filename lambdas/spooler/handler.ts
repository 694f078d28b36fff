import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { answerOperator, type OperatorAnswer, type OperatorRequest } from '../../core/mail/sending/operator.ts';
import { processReports } from '../../core/mail/sending/provider-reports.ts';
import { sendingSettingsFromEnvironment } from '../../core/mail/sending/settings.ts';
import { resumeBatch, spoolBatch } from '../../core/mail/sending/spooler.ts';
import { requireSpool } from '../../core/mail/spool.ts';
import { environment, requireEnv } from '../../core/platform/configuration.ts';
import { SesMailer } from '../../core/platform/ses-mailer.ts';
import { SqsQueue } from '../../core/platform/sqs-queue.ts';
import { platformFromEnvironment } from '../platform.ts';

const platform = platformFromEnvironment('spooler');
const context = {
  platform: { ...platform, spool: requireSpool(platform) },
  mailer: new SesMailer(),
  deadLetters: new SqsQueue(requireEnv(environment.spoolDeadLettersUrl)),
  settings: sendingSettingsFromEnvironment(),
};

/** What each of its queues has, by how their names end. */
const CONSUMERS = [
  ['.fifo', spoolBatch],
  ['-postponed', resumeBatch],
  ['-reports', processReports],
] as const;

/** A queue feeds the function that is none of its own. */
class UnknownQueueError extends Error {
  override readonly name = 'UnknownQueueError';
}

/** Sends what is submitted, wakes what had to wait, tells senders of bounces; and answers operators. */
async function spooler(event: SQSEvent | OperatorRequest): Promise<SQSBatchResponse | OperatorAnswer> {
  if (!('Records' in event)) return answerOperator(context, event);
  const failed: string[] = [];
  for (const [arn, records] of Map.groupBy(event.Records, ({ eventSourceARN }) => eventSourceARN)) {
    const consumer = CONSUMERS.find(([ending]) => arn.endsWith(ending))?.[1];
    if (!consumer) throw new UnknownQueueError(arn);
    const items = records.map(({ messageId, body }) => ({ id: messageId, body }));
    failed.push(...(await consumer(context, items)));
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

export const handler = middy<SQSEvent | OperatorRequest, SQSBatchResponse | OperatorAnswer>({
  timeoutEarlyInMillis: 0,
}).handler(spooler);
