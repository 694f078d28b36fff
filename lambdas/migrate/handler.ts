import middy from '@middy/core';
import { migrate } from '../../core/store/migrations.ts';
import { seed } from '../../core/store/seed.ts';
import { platformFromEnvironment } from '../platform.ts';

const platform = platformFromEnvironment('migrate');

/** Brings the schema to the newest version and fills a new database; run before new functions take calls. */
async function run(): Promise<{ applied: number[] }> {
  const applied = await migrate(platform.database);
  await seed(platform);
  platform.log.info({ applied }, 'the schema is up to date');
  return { applied };
}

export const handler = middy({ timeoutEarlyInMillis: 0 }).handler(run);
