import middy from '@middy/core';
import type { SyncReport } from '../../core/directory/sync/report.ts';
import { synchronise } from '../../core/directory/sync/sync.ts';
import { platformFromEnvironment } from '../platform.ts';

const platform = platformFromEnvironment('directory-sync');

/** What an operator may say who runs the function by hand; the clock says nothing. */
interface Request {
  readonly dryRun?: unknown;
  readonly full?: unknown;
  readonly consent?: unknown;
}

/** Brings users and groups from the directory; on schedule, or by hand. The report is the plan, where only that was asked for. */
const run = ({ dryRun, full, consent }: Request): Promise<SyncReport> =>
  synchronise(platform, { dryRun: dryRun === true, full: full === true, consent: consent === true });

export const handler = middy<Request, SyncReport>({ timeoutEarlyInMillis: 0 }).handler(run);
