import type { Command } from 'commander';
import type { Properties, PropertyTag } from '../../core/mapi/property.ts';
import * as tags from '../../core/mapi/tags.ts';
import type { Session } from '../connection/session.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import {
  readTable,
  TABLETYPE_STATS_COMPANY,
  TABLETYPE_STATS_SESSIONS,
  TABLETYPE_STATS_SYSTEM,
  TABLETYPE_STATS_USERS,
} from '../mailbox/table.ts';
import type { Column } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted, sizeText, timeText } from '../terminal/units.ts';
import { numberOf, textOf, timeOf } from '../wire-properties.ts';

/** A column of a statistics table: its property, and how it reads. */
interface Cell {
  readonly title: string;
  /** Its name for machines. */
  readonly key: string;
  readonly tag: PropertyTag;
  readonly kind: 'text' | 'number' | 'size' | 'kilobytes' | 'time' | 'truth' | 'seconds';
  readonly shrinks?: boolean;
  /** For machines only. */
  readonly hidden?: boolean;
}

/** A table of the server. */
interface Statistics {
  readonly name: string;
  readonly tableType: number;
  readonly description: string;
  readonly noun: readonly [one: string, several: string];
  readonly cells: readonly Cell[];
}

const cell = (
  title: string,
  key: string,
  tag: PropertyTag,
  kind: Cell['kind'] = 'text',
  more: Partial<Cell> = {},
): Cell => ({ title, key, tag, kind, ...more });

const quotaCells = [
  cell('SIZE', 'bytes', tags.PR_MESSAGE_SIZE_EXTENDED, 'size'),
  cell('WARN', 'warn', tags.PR_QUOTA_WARNING_THRESHOLD, 'kilobytes'),
  cell('SOFT', 'soft', tags.PR_QUOTA_SEND_THRESHOLD, 'kilobytes'),
  cell('HARD', 'hard', tags.PR_QUOTA_RECEIVE_THRESHOLD, 'kilobytes'),
  cell('QUOTA MAIL', 'quotaMail', tags.PR_EC_QUOTA_MAIL_TIME, 'time', { hidden: true }),
];

const SESSIONS: Statistics = {
  name: 'sessions',
  tableType: TABLETYPE_STATS_SESSIONS,
  description: 'who is logged on, from where, and with which program',
  noun: ['session', 'sessions'],
  cells: [
    cell('USER', 'user', tags.PR_EC_USERNAME),
    cell('FROM', 'address', tags.PR_EC_STATS_SESSION_IPADDRESS),
    cell('IDLE', 'idleSeconds', tags.PR_EC_STATS_SESSION_IDLETIME, 'seconds'),
    cell('PROGRAM', 'program', tags.PR_EC_STATS_SESSION_CLIENT_APPLICATION, 'text', { shrinks: true }),
    cell('VERSION', 'programVersion', tags.PR_EC_STATS_SESSION_CLIENT_APPLICATION_VERSION, 'text', { hidden: true }),
    cell('CLIENT', 'clientVersion', tags.PR_EC_STATS_SESSION_CLIENT_VERSION),
    cell('CAPABILITIES', 'capabilities', tags.PR_EC_STATS_SESSION_CAPABILITY, 'number', { hidden: true }),
  ],
};

const TABLES: readonly Statistics[] = [
  {
    name: 'system',
    tableType: TABLETYPE_STATS_SYSTEM,
    description: 'counts of the whole site, and of what answers',
    noun: ['figure', 'figures'],
    cells: [
      cell('NAME', 'name', tags.PR_DISPLAY_NAME),
      cell('VALUE', 'value', tags.PR_EC_STATS_SYSTEM_VALUE, 'text', { shrinks: true }),
      cell('MEANING', 'description', tags.PR_EC_STATS_SYSTEM_DESCRIPTION, 'text', { shrinks: true }),
    ],
  },
  SESSIONS,
  {
    name: 'users',
    tableType: TABLETYPE_STATS_USERS,
    description: 'users with sizes, limits and last logons',
    noun: ['user', 'users'],
    cells: [
      cell('NAME', 'name', tags.PR_EC_USERNAME),
      cell('FULL NAME', 'fullName', tags.PR_DISPLAY_NAME, 'text', { shrinks: true }),
      cell('EMAIL', 'email', tags.PR_SMTP_ADDRESS, 'text', { hidden: true }),
      cell('COMPANY', 'company', tags.PR_EC_COMPANY_NAME, 'text', { hidden: true }),
      cell('ADMIN', 'adminLevel', tags.PR_EC_ADMINISTRATOR, 'number', { hidden: true }),
      cell('NON-ACTIVE', 'nonActive', tags.PR_EC_NONACTIVE, 'truth', { hidden: true }),
      ...quotaCells,
      cell('AWAY', 'outOfOffice', tags.PR_EC_OUTOFOFFICE, 'truth'),
      cell('LAST LOGON', 'lastLogon', tags.PR_LAST_LOGON_TIME, 'time'),
      cell('LAST LOGOFF', 'lastLogoff', tags.PR_LAST_LOGOFF_TIME, 'time', { hidden: true }),
    ],
  },
  {
    name: 'companies',
    tableType: TABLETYPE_STATS_COMPANY,
    description: 'companies with sizes and limits',
    noun: ['company', 'companies'],
    cells: [cell('COMPANY', 'name', tags.PR_EC_COMPANY_NAME), ...quotaCells],
  },
];

export function addStatsCommands(program: Command, terminal: Terminal): void {
  const stats = program.command('stats').description('figures of the server');
  for (const table of TABLES)
    withExamples(
      stats
        .command(table.name)
        .description(table.description)
        .action(action(terminal, printing(table))),
      `kgc stats ${table.name}`,
      `kgc stats ${table.name} --json`,
    );
}

export function addSessionCommands(program: Command, terminal: Terminal): void {
  const session = program.command('session').description('who is logged on');
  withExamples(
    session
      .command('list')
      .description(SESSIONS.description)
      .action(action(terminal, printing(SESSIONS))),
    'kgc session list',
    'kgc session list --json',
  );
}

/** The rows of the server's table of figures: name and value. */
export async function systemFigures(session: Session): Promise<Map<string, string>> {
  const rows = await readTable(session, {
    tableType: TABLETYPE_STATS_SYSTEM,
    columns: [tags.PR_DISPLAY_NAME, tags.PR_EC_STATS_SYSTEM_VALUE],
  });
  return new Map(
    rows.map((row) => [textOf(row, tags.PR_DISPLAY_NAME) ?? '', textOf(row, tags.PR_EC_STATS_SYSTEM_VALUE) ?? '']),
  );
}

const printing =
  ({ tableType, cells, noun }: Statistics) =>
  async ({ session, report }: Invocation): Promise<void> => {
    const rows = await readTable(session, { tableType, columns: cells.map(({ tag }) => tag) });
    report.list<Properties>({
      rows,
      columns: cells.filter(({ hidden }) => !hidden).map(columnOf),
      json: (row) => Object.fromEntries(cells.map((each) => [each.key, cellValue(each, row)])),
      summary: counted(rows.length, ...noun),
    });
  };

const KIBIBYTE = 1024;

/** The value as machines read it: sizes in bytes, times in ISO 8601, null for none. */
function cellValue({ tag, kind }: Cell, row: Properties): unknown {
  switch (kind) {
    case 'text':
      return textOf(row, tag) ?? null;
    case 'time':
      return timeOf(row, tag) ?? null;
    case 'truth':
      return row.get(tag) === true;
    case 'kilobytes': {
      const limit = numberOf(row, tag);
      // In the table of companies 11.0.2 counts bytes, as 64-bit numbers.
      const unit = typeof row.get(tag) === 'bigint' ? 1 : KIBIBYTE;
      return limit === undefined ? null : limit * unit;
    }
    default:
      return numberOf(row, tag) ?? null;
  }
}

const NUMBERS: ReadonlySet<Cell['kind']> = new Set(['number', 'size', 'kilobytes', 'seconds']);

const columnOf = (each: Cell): Column<Properties> => ({
  title: each.title,
  text: (row) => cellText(each.kind, cellValue(each, row)),
  ...(NUMBERS.has(each.kind) && { align: 'right' }),
  ...(each.shrinks && { shrinks: true }),
});

function cellText(kind: Cell['kind'], value: unknown): string {
  if (value === null) return '-';
  if (value instanceof Date) return timeText(value);
  if (kind === 'truth') return value ? 'yes' : '';
  if (kind === 'kilobytes' && value === 0) return 'none';
  if (kind === 'size' || kind === 'kilobytes') return sizeText(value as number);
  return kind === 'seconds' ? `${value} s` : String(value);
}
