import { systemClock } from '../core/platform/clock.ts';
import { environment, optionalEnv, requireEnv } from '../core/platform/configuration.ts';
import { databaseOfEnvironment } from '../core/platform/data-api.ts';
import { openLog } from '../core/platform/pino-log.ts';
import type { Platform } from '../core/platform/platform.ts';
import { S3Blobs } from '../core/platform/s3-blobs.ts';
import { openS3 } from '../core/platform/s3-client.ts';

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
    settings: {
      serverName: optionalEnv(environment.serverName) ?? UNNAMED,
      hosted: optionalEnv(environment.hosted) === 'true',
      embeddedMessageLimit: EMBEDDED_MESSAGE_LIMIT,
    },
  };
}
