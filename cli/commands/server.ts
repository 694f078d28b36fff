import type { Command } from 'commander';
import { KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import { type AgreementOptions, addAgreementOptions, isAgreed } from '../agreement.ts';
import { findCompanies } from '../directory/companies.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { count } from '../option-values.ts';
import { doneUnless } from '../refusals.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';
import { systemFigures } from './stats.ts';

const DEFAULT_DAYS = 30;
/** All caches that a server may have (kopano-admin's default). */
const PURGE_CACHE_ALL = 0xffffffff;

export function addServerCommands(program: Command, terminal: Terminal): void {
  const server = program.command('server').description('the server itself, and its upkeep');

  withExamples(
    server.command('info').description('show version, name, licence and counts').action(action(terminal, info)),
    'kgc server info',
    'kgc --server https://mail.example.org/ --login admin server info --json',
  );
  withExamples(
    addAgreementOptions(
      server
        .command('purge-deleted')
        .option('--days <count>', 'deleted so many days ago, or earlier; 0 for all', count, DEFAULT_DAYS),
    )
      .description('remove for good what was deleted long ago: messages, folders, stores')
      .action(action(terminal, purgeDeleted)),
    'kgc server purge-deleted --yes',
    'kgc server purge-deleted --days 7 --dry-run',
  );
  withExamples(
    server
      .command('purge-deferred')
      .description('write what the server has put off for its tables (nothing, on this one)')
      .action(action(terminal, purgeDeferred)),
    'kgc server purge-deferred',
  );
  withExamples(
    server
      .command('purge-cache')
      .description('make the server forget its caches (this one has none that could be out of date)')
      .action(action(terminal, purgeCache)),
    'kgc server purge-cache',
  );
}

async function info({ session, report }: Invocation): Promise<void> {
  const { version, capabilities, guid } = session.server;
  const figures = await systemFigures(session);
  const companies = await findCompanies(session);
  const figure = (...names: readonly string[]): string | undefined =>
    names.map((name) => figures.get(name)).find((value) => value !== undefined);
  const name = figure('server_name');
  const active = figure('usercnt_active');
  const nonActive = figure('usercnt_nonactive');
  report.facts(
    [
      ['Version', version],
      ['Name', name],
      ['GUID', guid],
      ['Mode', companies ? `hosted, ${counted(companies.length, 'company', 'companies')}` : 'one company'],
      ['Active users', active],
      ['Others', nonActive],
      ['Stores', figure('stores')],
      ['Sessions', figure('sessions')],
      ['Waiting mail', figure('outgoing')],
      ['Licence', 'free software; no number of users is bought'],
    ],
    {
      version,
      capabilities,
      guid,
      name: name ?? null,
      hosted: companies !== undefined,
      companies: companies?.length ?? 0,
      activeUsers: active === undefined ? null : Number(active),
      nonActiveUsers: nonActive === undefined ? null : Number(nonActive),
      figures: Object.fromEntries(figures),
    },
  );
}

async function purgeDeleted(
  invocation: Invocation,
  options: AgreementOptions & { readonly days: number },
): Promise<void> {
  const { days } = options;
  const what = `remove for good what was deleted ${days === 0 ? 'until now' : `${counted(days, 'day')} ago or earlier`}`;
  if (!(await isAgreed(invocation, options, what, { days }))) return;
  const progress = invocation.report.progress('Purging');
  await invocation.session.call('purgeSoftDelete', { ulDays: days }).finally(() => progress.end());
  invocation.report.done('Removed for good.', { days, purged: true });
}

async function purgeDeferred({ session, report }: Invocation): Promise<void> {
  const progress = report.progress('Deferred writes');
  let calls = 0;
  try {
    // The largest folder goes first; not found says that no folder is left.
    while (await doneUnless(session.call('purgeDeferredUpdates', {}), KCERR_NOT_FOUND))
      progress.step(`${counted(++calls, 'folder')}`);
  } finally {
    progress.end();
  }
  report.done('Nothing is put off any more.', { purged: true });
}

async function purgeCache({ session, report }: Invocation): Promise<void> {
  await session.call('purgeCache', { ulFlags: PURGE_CACHE_ALL });
  report.done('The caches are empty.', { purged: true });
}
