import { SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '../core/platform/clock.ts';
import { environment, optionalEnv, requireEnv } from '../core/platform/configuration.ts';
import { databaseOfEnvironment } from '../core/platform/data-api.ts';
import { directoryFromEnvironment } from '../core/platform/directory-access.ts';
import { openLog } from '../core/platform/pino-log.ts';
import type { Platform } from '../core/platform/platform.ts';
import { quotaDefaultsOfEnvironment } from '../core/platform/quota-defaults.ts';
import { S3Blobs } from '../core/platform/s3-blobs.ts';
import { openS3 } from '../core/platform/s3-client.ts';
import { S3MailBucket } from '../core/platform/s3-mail-bucket.ts';
import type { Spool } from '../core/platform/spool.ts';
import { SqsQueue } from '../core/platform/sqs-queue.ts';

/** Messages nested deeper in attachments are refused (original default). */
const EMBEDDED_MESSAGE_LIMIT = 20;

/** What a server without a configured name calls itself (observed on 11.0.2). */
const UNNAMED = 'Unknown';

/**
 * The outside world of a function, from its environment. Built once per
 * instance: it holds clients and connections, nothing that could be stale.
 */
export function platformFromEnvironment(functionName: string): Platform {
  return {
    database: databaseOfEnvironment(),
    blobs: new S3Blobs(requireEnv(environment.blobBucket), openS3()),
    clock: systemClock,
    log: openLog(functionName),
    directory: directoryFromEnvironment(),
    settings: {
      serverName: optionalEnv(environment.serverName) ?? UNNAMED,
      hosted: optionalEnv(environment.hosted) === 'true',
      embeddedMessageLimit: EMBEDDED_MESSAGE_LIMIT,
      ...quotaDefaultsOfEnvironment(),
    },
    spool: spoolFromEnvironment(),
  };
}

/** The ways to the spooler, of functions that are told the spool queue; they must know the rest, too. */
function spoolFromEnvironment(): Spool | undefined {
  const jobs = optionalEnv(environment.spoolQueueUrl);
  if (jobs === undefined) return undefined;
  const client = new SQSClient({});
  return {
    jobs: new SqsQueue(jobs, client),
    postponed: new SqsQueue(requireEnv(environment.postponedQueueUrl), client),
    mails: new S3MailBucket(requireEnv(environment.mailBucket), openS3()),
  };
}
