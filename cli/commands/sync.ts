import type { Command } from 'commander';
import { KCERR_NO_ACCESS, KCERR_NO_SUPPORT, KCERR_NOT_FOUND, KCERR_PLUGIN_ERROR } from '../../core/mapi/error-codes.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { CommandError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';

interface SyncOptions {
  readonly dryRun?: boolean;
  readonly full?: boolean;
  readonly consent?: boolean;
}

/** What the server says of a synchronisation (its names for it; see docs/operating.md). */
interface SyncPlan {
  readonly read: string;
  readonly found: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly steps: readonly { action: string; kind: string; name: string; detail: string }[];
  readonly held: readonly { trouble: string; detail: string }[];
  readonly heldCount: number;
}

export function addSyncCommands(program: Command, terminal: Terminal): void {
  withExamples(
    program
      .command('sync')
      .option('--dry-run', 'only show what would be done')
      .option('--full', 'read everything, not only what has changed')
      .option('--consent', 'also do what is held because it looks like a mishap; read the plan first')
      .description('bring users and groups from LDAP or Active Directory now')
      .action(action(terminal, sync)),
    'kgc sync --dry-run',
    'kgc sync',
    'kgc sync --dry-run --consent',
  );
}

async function sync(invocation: Invocation, options: SyncOptions): Promise<void> {
  const { session, report } = invocation;
  const { dryRun = false } = options;
  const progress = report.progress('Reading the directory');
  progress.step('plan');
  let plan: SyncPlan | undefined;
  try {
    plan = await planOf(session, options);
    if (!dryRun) await run(session, plan !== undefined, options);
  } catch (error) {
    if (!isRefused(error, KCERR_PLUGIN_ERROR)) throw error;
    throw new CommandError('The directory can not be read; nothing was changed.', {
      hint: "look into the server's log, and see 'The directory synchronisation failed' in docs/operating.md",
      cause: error,
    });
  } finally {
    progress.end();
  }
  if (plan) tell(invocation, plan, options);
  else if (dryRun) throw new CommandError('This server shows no plan.', { hint: 'kgc sync' });
  else report.done('The server has read its directory.', { done: true });
}

/** Undefined where the server knows no plans, as the original doesn't. */
async function planOf(session: Session, { full, consent }: SyncOptions): Promise<SyncPlan | undefined> {
  const name = ['kgc directory plan', ...(full ? ['full'] : []), ...(consent ? ['consent'] : [])].join(' ');
  try {
    const { szValue } = await session.call('testGet', { name });
    return JSON.parse(szValue ?? '') as SyncPlan;
  } catch (error) {
    if (isRefused(error, KCERR_NO_SUPPORT))
      throw new CommandError('The server keeps its own users; there is no directory to read.', { cause: error });
    if (isRefused(error, KCERR_NO_ACCESS) || isRefused(error, KCERR_NOT_FOUND)) return undefined;
    throw error;
  }
}

async function run(session: Session, knowsPlans: boolean, { full, consent }: SyncOptions): Promise<void> {
  const words = [...(full ? ['full'] : []), ...(consent ? ['consent'] : [])];
  if (knowsPlans && words.length > 0) await session.call('testPerform', { cmd: 'kgc directory sync', sPerform: words });
  else await session.call('syncUsers', { ulCompanyId: 0 });
}

function tell(
  { report, terminal }: Invocation,
  plan: SyncPlan,
  { dryRun = false, consent = false }: SyncOptions,
): void {
  const { steps, held, heldCount, counts } = plan;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const rows = [
    ...steps.map(({ action: what, kind, name, detail }) => ({ what, kind, name, detail })),
    ...held.map(({ trouble, detail }) => ({ what: 'HELD', kind: '', name: trouble, detail })),
  ];
  const would = dryRun ? 'would be done; nothing was changed' : 'done';
  const more = rows.length < all + heldCount ? `, the first ${rows.length} are shown` : '';
  const waits = heldCount > 0 ? `, ${heldCount} held` : '';
  report.list({
    rows,
    columns: [
      { title: 'WHAT', text: ({ what }) => what },
      { title: 'KIND', text: ({ kind }) => kind },
      { title: 'NAME', text: ({ name }) => name, shrinks: true },
      { title: 'DETAIL', text: ({ detail }) => detail, shrinks: true },
    ],
    json: (row) => row,
    summary: `${counted(all, 'step')} ${would}${waits}${more}.`,
  });
  if (heldCount > 0 && !consent)
    terminal.stderr.write('What is held looks like a mishap in the directory. If it is meant: kgc sync --consent\n');
}
