import type { Command } from 'commander';
import {
  PR_EC_USERNAME,
  PR_MESSAGE_SIZE_EXTENDED,
  PR_QUOTA_RECEIVE_THRESHOLD,
  PR_QUOTA_SEND_THRESHOLD,
  PR_QUOTA_WARNING_THRESHOLD,
} from '../../core/mapi/tags.ts';
import type { Session } from '../connection/session.ts';
import { requireCompany } from '../directory/companies.ts';
import {
  limitText,
  type Quota,
  type QuotaLimits,
  type QuotaOwner,
  quotaText,
  readQuota,
  readQuotaStatus,
  writeQuota,
} from '../directory/quota.ts';
import { requireUser } from '../directory/users.ts';
import { UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { readTable, TABLETYPE_STATS_USERS } from '../mailbox/table.ts';
import { bytes } from '../option-values.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted, sizeText } from '../terminal/units.ts';
import { numberOf, textOf } from '../wire-properties.ts';

interface OwnerOptions {
  readonly company?: boolean;
  readonly usersOfCompany?: boolean;
}

interface SetOptions extends OwnerOptions {
  readonly warn?: number;
  readonly soft?: number;
  readonly hard?: number;
  readonly default?: boolean;
}

const KIBIBYTE = 1024;

export function addQuotaCommands(program: Command, terminal: Terminal): void {
  const quota = program.command('quota').description('how large mailboxes may get');

  withExamples(
    addOwnerOptions(quota.command('show'))
      .description('show the limits that apply, where they come from, and the size')
      .action(action(terminal, show, checkOwner)),
    'kgc quota show anna',
    'kgc quota show acme --company',
    'kgc quota show acme --users-of-company',
  );
  withExamples(
    addOwnerOptions(quota.command('set'))
      .option('--warn <size>', 'from here on the owner is warned: 900M, 1.5G, none', bytes)
      .option('--soft <size>', 'from here on nothing is sent any more', bytes)
      .option('--hard <size>', 'from here on nothing arrives any more', bytes)
      .option('--default', 'what the company or the server gives to all')
      .description('set limits; those not named stay')
      .action(action(terminal, set, checkSet)),
    'kgc quota set anna --warn 900M --soft 1G --hard 1.2G',
    'kgc quota set anna --default',
    'kgc quota set acme --users-of-company --warn 1G --hard 2G',
    'kgc quota set acme --company --warn 10G',
  );
  withExamples(
    quota
      .command('list')
      .option('--over', 'only those who have reached a limit')
      .description('list mailboxes with their sizes and limits, the fullest first')
      .action(action(terminal, list)),
    'kgc quota list',
    'kgc quota list --over --json',
  );
}

const addOwnerOptions = (command: Command): Command =>
  command
    .argument('<name>', 'user, or company')
    .option('--company', 'of the public store of a company')
    .option('--users-of-company', 'what a company gives its users by default');

function checkOwner(_name: string, { company, usersOfCompany }: OwnerOptions): void {
  if (company && usersOfCompany)
    throw new UsageError('Name one of --company and --users-of-company.', { hint: 'kgc help quota set' });
}

function checkSet(name: string, options: SetOptions): void {
  checkOwner(name, options);
  const limits = [options.warn, options.soft, options.hard].filter((limit) => limit !== undefined);
  if (limits.length > 0 === (options.default === true))
    throw new UsageError('Give either limits or --default.', { hint: 'kgc help quota set' });
}

async function ownerOf(session: Session, name: string, { company, usersOfCompany }: OwnerOptions): Promise<QuotaOwner> {
  if (company || usersOfCompany) {
    const { ulCompanyId, sCompanyId } = await requireCompany(session, name);
    return { id: ulCompanyId, entryId: sCompanyId };
  }
  const { ulUserId, sUserId } = await requireUser(session, name);
  return { id: ulUserId, entryId: sUserId };
}

async function show({ session, report }: Invocation, name: string, options: OwnerOptions): Promise<void> {
  const owner = await ownerOf(session, name, options);
  const quota = await readQuota(session, owner, options.usersOfCompany);
  const size = options.usersOfCompany ? undefined : await readQuotaStatus(session, owner);
  report.facts(
    [
      ['Warning', limitText(quota.warn)],
      ['Soft limit', limitText(quota.soft)],
      ['Hard limit', limitText(quota.hard)],
      ['From', quotaText(quota).replace(/.*\((.*)\)$/, '$1')],
      ['Size', size && sizeText(size.bytes)],
      ['Status', size?.status],
    ],
    { name, ...quota, bytes: size?.bytes ?? null, status: size?.status ?? null },
  );
}

async function set({ session, report }: Invocation, name: string, options: SetOptions): Promise<void> {
  const owner = await ownerOf(session, name, options);
  const { warn, soft, hard } = options;
  const before = await readQuota(session, owner, options.usersOfCompany);
  const own: QuotaLimits = before.from === 'own' ? before : { warn: 0, soft: 0, hard: 0 };
  const limits = { warn: warn ?? own.warn, soft: soft ?? own.soft, hard: hard ?? own.hard };
  if (!options.default) checkOrder(limits);
  await writeQuota(session, owner, options.default ? undefined : limits, options.usersOfCompany);
  const now: Quota = await readQuota(session, owner, options.usersOfCompany);
  const whose = options.usersOfCompany ? `Users of ${name}` : name;
  report.done(`${whose}: ${quotaText(now)}.`, { name, ...now });
}

/** A lower limit is to come before a higher one. */
function checkOrder({ warn, soft, hard }: QuotaLimits): void {
  const set = [warn, soft, hard].filter((limit) => limit > 0);
  if (set.some((limit, index) => index > 0 && limit < set[index - 1]!))
    throw new UsageError('The warning comes before the soft limit, and that before the hard one.', {
      hint: '--warn 900M --soft 1G --hard 1.2G',
    });
}

interface Row extends QuotaLimits {
  readonly name: string;
  readonly bytes: number;
  readonly status: string;
}

async function list({ session, report }: Invocation, { over }: { readonly over?: boolean }): Promise<void> {
  const found = await readTable(session, {
    tableType: TABLETYPE_STATS_USERS,
    columns: [
      PR_EC_USERNAME,
      PR_MESSAGE_SIZE_EXTENDED,
      PR_QUOTA_WARNING_THRESHOLD,
      PR_QUOTA_SEND_THRESHOLD,
      PR_QUOTA_RECEIVE_THRESHOLD,
    ],
  });
  const rows = found
    .filter((row) => row.has(PR_MESSAGE_SIZE_EXTENDED))
    .map((row): Row => {
      const limit = (tag: number): number => (numberOf(row, tag) ?? 0) * KIBIBYTE;
      const limits = {
        warn: limit(PR_QUOTA_WARNING_THRESHOLD),
        soft: limit(PR_QUOTA_SEND_THRESHOLD),
        hard: limit(PR_QUOTA_RECEIVE_THRESHOLD),
      };
      const size = numberOf(row, PR_MESSAGE_SIZE_EXTENDED) ?? 0;
      return { name: textOf(row, PR_EC_USERNAME) ?? '', bytes: size, ...limits, status: statusOf(limits, size) };
    })
    .filter((row) => !over || row.status !== 'ok')
    .sort((a, b) => fullness(b) - fullness(a) || b.bytes - a.bytes);
  report.list<Row>({
    rows,
    columns: [
      { title: 'NAME', text: ({ name }) => name },
      { title: 'SIZE', text: (row) => sizeText(row.bytes), align: 'right' },
      { title: 'WARN', text: ({ warn }) => limitText(warn), align: 'right' },
      { title: 'SOFT', text: ({ soft }) => limitText(soft), align: 'right' },
      { title: 'HARD', text: ({ hard }) => limitText(hard), align: 'right' },
      { title: 'STATUS', text: ({ status }) => status },
    ],
    json: (row) => row,
    summary: `${counted(rows.length, 'mailbox', 'mailboxes')}${over ? ' over a limit' : ''}`,
  });
}

const statusOf = ({ warn, soft, hard }: QuotaLimits, size: number): string => {
  const reached = (limit: number): boolean => limit > 0 && size >= limit;
  return reached(hard) ? 'hard' : reached(soft) ? 'soft' : reached(warn) ? 'warn' : 'ok';
};

/** Part of the lowest limit that is used. */
function fullness({ warn, soft, hard, bytes: size }: Row): number {
  const limits = [warn, soft, hard].filter((limit) => limit > 0);
  return limits.length === 0 ? 0 : size / Math.min(...limits);
}
