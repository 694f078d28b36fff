/**
 * Writes docs/protocol.md: every operation with its status, who may call it,
 * what it may cost and its limits. What stands below the mark in the page is
 * written by hand and kept. Run: `npm run protocol-page`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { BUDGET, type BudgetRow } from '../bench/budget.ts';
import * as codes from '../core/mapi/error-codes.ts';
import { operations } from '../core/operations/index.ts';
import {
  HOSTED_ROLES,
  OUTCOMES,
  ROLES,
  type Role,
  type Rows,
  WHO_MAY,
  WHO_MAY_HOSTED,
} from '../core/operations/who-may.ts';
import { companyOperations } from '../core/soap/catalogue/operations/company.ts';
import { directoryOperations } from '../core/soap/catalogue/operations/directory.ts';
import { folderOperations } from '../core/soap/catalogue/operations/folder.ts';
import { groupOperations } from '../core/soap/catalogue/operations/group.ts';
import { icsOperations } from '../core/soap/catalogue/operations/ics.ts';
import { notifyOperations } from '../core/soap/catalogue/operations/notify.ts';
import { objectOperations } from '../core/soap/catalogue/operations/object.ts';
import { quotaOperations } from '../core/soap/catalogue/operations/quota.ts';
import { rightsOperations } from '../core/soap/catalogue/operations/rights.ts';
import { serverOperations } from '../core/soap/catalogue/operations/server.ts';
import { sessionOperations } from '../core/soap/catalogue/operations/session.ts';
import { storeOperations } from '../core/soap/catalogue/operations/store.ts';
import { streamOperations } from '../core/soap/catalogue/operations/stream.ts';
import { submitOperations } from '../core/soap/catalogue/operations/submit.ts';
import { tableOperations } from '../core/soap/catalogue/operations/table.ts';
import { userOperations } from '../core/soap/catalogue/operations/user.ts';
import { operations as catalogue, type OperationName } from '../core/soap/index.ts';
import { MAX_DEPTH, MAX_MESSAGE_BYTES, MAX_NODES, MAX_PARTS } from '../core/soap/limits.ts';
import { BECAUSE, LIMITS } from './protocol-notes.ts';

export const PAGE = new URL('../docs/protocol.md', import.meta.url);

/** What follows it in the page is written by hand. */
export const MARK = '<!-- Written by hand from here on; `npm run protocol-page` keeps it. -->';

/** The operations as they are listed, each family with its heading. */
const FAMILIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Sessions: sessionOperations,
  Stores: storeOperations,
  Objects: objectOperations,
  Folders: folderOperations,
  Rights: rightsOperations,
  'Tables and search folders': tableOperations,
  Notifications: notifyOperations,
  Sending: submitOperations,
  Users: userOperations,
  Groups: groupOperations,
  Companies: companyOperations,
  Quota: quotaOperations,
  'Address book': directoryOperations,
  'Incremental synchronisation': icsOperations,
  Streams: streamOperations,
  'The server': serverOperations,
};

/** Who is meant by "from this role on". */
const FROM: Readonly<Record<Role, string>> = {
  stranger: 'everybody',
  reader: 'readers',
  author: 'authors',
  secretary: 'secretaries',
  owner: 'the owner',
  admin: 'administrators',
  sysadmin: 'system administrators',
};

const names = new Map<number, string>(
  Object.entries(codes).flatMap(([name, value]) => (/^KC(ERR|WARN)_/.test(name) ? [[value as number, name]] : [])),
);

const nameOf = (letter: string): string => names.get(OUTCOMES[letter]!)!;
const isFixed = (outcomes: string): boolean => new Set(outcomes).size === 1 && !/[.0]/.test(outcomes);

/** Whether nobody ever gets anything but a code. */
const refusal = (name: OperationName): string | undefined => {
  const rows = Object.values(WHO_MAY[name]);
  return BECAUSE[name] !== undefined && rows.every(isFixed) ? nameOf(rows[0]![0]!) : undefined;
};

function status(name: OperationName): string {
  if (!(name in operations)) return 'answers KCERR_NOT_IMPLEMENTED, because it is not written yet';
  const code = refusal(name);
  return code ? `answers ${code}, because ${BECAUSE[name]}` : 'done';
}

/** What happens to those who may not. */
function others(letter: string): string {
  if (letter === '0') return 'others see nothing';
  if (letter === 'W') return `others are left out (${nameOf(letter)})`;
  return letter === 'A' ? '' : `others ${nameOf(letter)}`;
}

/** The outcomes of a row in words. */
function inWords(outcomes: string, roles: readonly string[]): string {
  const kinds = [...new Set(outcomes)];
  if (kinds.length === 1) {
    if (kinds[0] === '.') return 'everybody';
    return kinds[0] === '0' ? 'nobody sees or changes anything' : `nobody (${nameOf(kinds[0]!)})`;
  }
  const first = outcomes.indexOf('.');
  const rises = first > 0 && /^\.+$/.test(outcomes.slice(first));
  if (rises && kinds.length === 2 && roles === ROLES)
    return [FROM[ROLES[first]!], others(outcomes[0]!)].filter(Boolean).join('; ');
  return kinds
    .toSorted((x, y) => Number(y === '.') - Number(x === '.'))
    .map((kind) => {
      const who = roles.filter((_, index) => outcomes[index] === kind).join(', ');
      if (kind === '.') return who;
      if (kind === '0') return `${who}: see nothing`;
      return `${who}: ${nameOf(kind)}`;
    })
    .join('; ');
}

const who = (rows: Rows, roles: readonly string[]): string =>
  Object.entries(rows)
    .map(([what, outcomes]) => `${what}: ${inWords(outcomes, roles)}`)
    .join('<br>');

function statements(name: OperationName): string {
  const rows = Object.values(BUDGET as Readonly<Record<string, BudgetRow>>);
  const row = rows.find((one) => one.operations.includes(name));
  if (!row) return '–';
  const together = row.operations.filter((one) => one !== name);
  return `≤ ${row.statements}${together.length > 0 ? ` with ${together.join(', ')}` : ''}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function family(title: string, rows: Readonly<Record<string, unknown>>): string {
  const list = (Object.keys(rows) as OperationName[]).map((name) => [
    `\`${name}\``,
    status(name),
    refusal(name) ? '–' : who(WHO_MAY[name], ROLES),
    statements(name),
    LIMITS[name] ?? '–',
  ]);
  return `### ${title}\n\n${table(['operation', 'status', 'who may', 'statements', 'limits'], list)}`;
}

/** The page, with what was written by hand below the mark. */
export function protocolPage(byHand: string): string {
  const all = Object.keys(catalogue) as OperationName[];
  const done = all.filter((name) => status(name) === 'done').length;
  const missing = all.filter((name) => !(name in operations)).length;
  const hosted = (Object.entries(WHO_MAY_HOSTED) as [OperationName, Rows][]).map(([name, rows]) => [
    `\`${name}\``,
    who(rows, HOSTED_ROLES),
  ]);
  return `# The protocol

The operations of the service \`urn:zarafa\` as this server answers them. Of ${all.length} operations ${done} are done,
${all.length - done - missing} answer a fixed code, which is what they answer from 11.0.2 too, and ${missing} are not written yet.

This page is generated (\`npm run protocol-page\`): who may what comes from \`core/operations/who-may.ts\`, which a
test holds against every operation and every role; statements are the budget that \`bench/round-trips.ts\` holds.

## How to read it

- Every operation but \`logon\`, \`ssoLogon\`, \`getClientUpdate\` and \`setClientUpdateStatus\` needs a living session;
  without one it answers KCERR_END_OF_SESSION, changes nothing and tells nothing.
- *Who may* is told from an object in somebody's folder. *Readers* may see the folder and what is in it; *authors*
  also create, and change and delete what they created; *secretaries* change and delete everything; *the owner* is
  the owner of the store; *administrators* and *system administrators* are those above the owner. Who is named may,
  and everybody after him in this order; the others get KCERR_NO_ACCESS where no other code is named. What is
  refused changes nothing and tells nothing.
- Directory operations have the owner's own user as their target: there *the owner* is the user himself.
- Tables and subscriptions belong to the session that opened them (subscriptions to the sessions of one client program).
- *Statements* are the most that a call may cost, begin and commit among them; a dash: there is no budget of its own.

Of every message: at most ${MAX_MESSAGE_BYTES / 1024 / 1024} MiB after inflation (a request through the API gateway carries 6 MB),
${MAX_NODES.toLocaleString('en')} elements and attributes, ${MAX_DEPTH} levels, ${MAX_PARTS.toLocaleString('en')} MIME parts.

## Operations

${Object.entries(FAMILIES)
  .map(([title, rows]) => family(title, rows))
  .join('\n\n')}

## With several companies

Who calls, seen from somebody's folder: a *neighbour* is of another company, a *colleague* of the same.

${table(['operation', 'who may'], hosted)}

${MARK}
${byHand}`;
}

/** What is written by hand in a page. */
export function handWritten(page: string): string {
  const at = page.indexOf(`${MARK}\n`);
  if (at < 0) throw new Error('the page has lost its mark');
  return page.slice(at + MARK.length + 1);
}

if (import.meta.main) writeFileSync(PAGE, protocolPage(handWritten(readFileSync(PAGE, 'utf8'))));
