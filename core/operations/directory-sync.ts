import { requireSystemAdministrator } from '../directory/administration.ts';
import { DirectoryUnavailableError } from '../directory/ldap/connection.ts';
import type { SyncReport } from '../directory/sync/report.ts';
import { type SyncOptions, synchronise } from '../directory/sync/sync.ts';
import { KopanoError } from '../mapi/error.ts';
import {
  KCERR_BUSY,
  KCERR_NO_ACCESS,
  KCERR_NO_SUPPORT,
  KCERR_NONE,
  KCERR_NOT_FOUND,
  KCERR_PLUGIN_ERROR,
} from '../mapi/error-codes.ts';
import { ConfigurationError } from '../platform/configuration.ts';
import type { Answer, Arguments } from '../soap/index.ts';
import type { Context, Operations } from './context.ts';

/** Reads the directory now; where the server keeps its own users there is nothing to do. KCERR_BUSY: another one runs. */
async function syncUsers(context: Context): Promise<Answer<'syncUsers'>> {
  requireSystemAdministrator(context.session.identity);
  if (context.platform.directory) await run(context, {});
  return { result: KCERR_NONE };
}

async function run({ platform, database }: Context, options: SyncOptions): Promise<SyncReport> {
  let report: SyncReport;
  try {
    report = await synchronise({ ...platform, database }, options);
  } catch (cause) {
    if (!(cause instanceof DirectoryUnavailableError || cause instanceof ConfigurationError)) throw cause;
    platform.log.error({ error: cause }, 'the directory could not be synchronised');
    throw new KopanoError(KCERR_PLUGIN_ERROR, cause.message, { cause });
  }
  if (report.outcome === 'busy') throw new KopanoError(KCERR_BUSY, 'another synchronisation runs');
  return report;
}

/*
 * The protocol has no call that tells what a synchronisation would do, nor one by
 * which a person consents to it. The two generic ones that developers of the
 * original used for tests carry both, under names of our own (`kgc sync`).
 */

/** `testGet`: the plan, as JSON of a SyncReport; with ` consent` at its end what would be done with a person's consent. */
const PLAN = 'kgc directory plan';
/** `testPerform`: a synchronisation, with the words `full` and `consent` as arguments; see SyncOptions. */
const SYNC = 'kgc directory sync';

/** Who the original lets test is a matter of its configuration; by default nobody. */
function refuseTests(): never {
  throw new KopanoError(KCERR_NO_ACCESS, 'there is no test protocol');
}

async function testGet(context: Context, { name = '' }: Arguments<'testGet'>): Promise<Answer<'testGet'>> {
  const [, words] = new RegExp(`^${PLAN}((?: (?:consent|full))*)$`).exec(name) ?? [];
  if (words === undefined) refuseTests();
  requireSystemAdministrator(context.session.identity);
  if (!context.platform.directory) throw new KopanoError(KCERR_NO_SUPPORT, 'there is no directory');
  const consent = words.includes('consent');
  const report = await run(context, { dryRun: true, full: words.includes('full'), consent });
  return { szValue: JSON.stringify(report) };
}

async function testPerform(
  context: Context,
  { cmd, sPerform }: Arguments<'testPerform'>,
): Promise<Answer<'testPerform'>> {
  if (cmd !== SYNC) refuseTests();
  requireSystemAdministrator(context.session.identity);
  if (!context.platform.directory) throw new KopanoError(KCERR_NOT_FOUND, 'there is no directory');
  await run(context, { full: sPerform.includes('full'), consent: sPerform.includes('consent') });
  return { result: KCERR_NONE };
}

export const directorySync = { syncUsers, testGet, testPerform, testSet: refuseTests } satisfies Partial<Operations>;
