import middy from '@middy/core';
import { sendForgottenJobs } from '../../core/mail/outgoing.ts';
import { wakeForgotten } from '../../core/mail/spool.ts';
import { type HousekeepingReport, keepHouse } from '../../core/store/housekeeping.ts';
import { platformFromEnvironment } from '../platform.ts';

const platform = platformFromEnvironment('housekeeping');

/** Sends what waits to be sent and nobody thinks of any more, and removes what nobody needs; on schedule. */
async function run(): Promise<
  HousekeepingReport & { readonly forgottenJobs: number; readonly waitingMessages: number }
> {
  const forgottenJobs = await sendForgottenJobs(platform);
  const waitingMessages = await wakeForgotten(platform);
  const report = { ...(await keepHouse(platform)), forgottenJobs, waitingMessages };
  platform.log.info(report, 'house kept');
  return report;
}

export const handler = middy({ timeoutEarlyInMillis: 0 }).handler(run);
