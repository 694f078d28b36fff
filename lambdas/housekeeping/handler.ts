import middy from '@middy/core';
import { type HousekeepingReport, keepHouse } from '../../core/store/housekeeping.ts';
import { platformFromEnvironment } from '../platform.ts';

const platform = platformFromEnvironment('housekeeping');

/** Removes what nobody needs any more; on schedule. */
async function run(): Promise<HousekeepingReport> {
  const report = await keepHouse(platform);
  platform.log.info(report, 'house kept');
  return report;
}

export const handler = middy({ timeoutEarlyInMillis: 0 }).handler(run);
