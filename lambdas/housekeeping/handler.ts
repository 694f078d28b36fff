import middy from '@middy/core';
import { sendForgottenJobs } from '../../core/mail/outgoing.ts';
import { type HousekeepingReport, keepHouse } from '../../core/store/housekeeping.ts';
import { platformFromEnvironment } from '../platform.ts';

const platform = platformFromEnvironment('housekeeping');

/** Sends what deliveries that died have left to be sent, and removes what nobody needs any more; on schedule. */
async function run(): Promise<HousekeepingReport & { readonly forgottenJobs: number }> {
  const forgottenJobs = await sendForgottenJobs(platform);
  const report = { ...(await keepHouse(platform)), forgottenJobs };
  platform.log.info(report, 'house kept');
  return report;
}

export const handler = middy({ timeoutEarlyInMillis: 0 }).handler(run);
