import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import type { PropertyTag } from '../../core/mapi/property.ts';
import {
  PR_EC_OUTOFOFFICE,
  PR_EC_OUTOFOFFICE_FROM,
  PR_EC_OUTOFOFFICE_MSG,
  PR_EC_OUTOFOFFICE_SUBJECT,
  PR_EC_OUTOFOFFICE_UNTIL,
} from '../../core/mapi/tags.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { CommandError, UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { chooseStore } from '../mailbox/choose-store.ts';
import { loadObject, saveProperties } from '../mailbox/objects.ts';
import { time } from '../option-values.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { timeText } from '../terminal/units.ts';
import { readProperties, textOf, timeOf, wireProperty } from '../wire-properties.ts';

interface SetOptions {
  readonly subject?: string;
  readonly message?: string;
  readonly messageFile?: string;
  readonly from?: Date | 'always';
  readonly until?: Date | 'always';
}

/** What a mailbox answers while its owner is away. */
interface OutOfOffice {
  readonly enabled: boolean;
  /** Answers are sent at this moment. */
  readonly active: boolean;
  readonly from: Date | undefined;
  readonly until: Date | undefined;
  readonly subject: string;
  readonly message: string;
}

const STDIN = '-';

/** A time, or `always` for none. */
const timeOrAlways = (typed: string): Date | 'always' => (/^always$/i.test(typed) ? 'always' : time(typed));

export function addOofCommands(program: Command, terminal: Terminal): void {
  const oof = program.command('oof').description('out of office: what a mailbox answers while its owner is away');
  const owner = 'login name (default: who is logged on)';

  withExamples(
    oof.command('show').argument('[user]', owner).description('show what is set').action(action(terminal, show)),
    'kgc oof show anna',
    'kgc oof show anna --json',
  );
  withExamples(
    oof
      .command('set')
      .argument('[user]', owner)
      .option('--subject <text>', 'subject of the answer')
      .option('--message <text>', 'the answer')
      .option('--message-file <file>', 'where the answer is, - for standard input')
      .option('--from <time>', '2026-12-24 or "2026-12-24 08:30", now, or always', timeOrAlways)
      .option('--until <time>', 'the same; always ends it only with kgc oof off', timeOrAlways)
      .description('switch it on; what is not named stays as it was')
      .action(action(terminal, set, checkSet)),
    'kgc oof set anna --subject "Away" --message "I am back in January." --until 2027-01-02',
    'kgc oof set anna --message-file away.txt --from "2026-12-24 12:00" --until "2027-01-02 08:00"',
    'kgc --login anna oof set --message-file -',
  );
  withExamples(
    oof
      .command('off')
      .argument('[user]', owner)
      .description('switch it off; the text is kept for the next time')
      .action(action(terminal, off)),
    'kgc oof off anna',
  );
}

function checkSet(_user: string | undefined, { message, messageFile, from, until }: SetOptions): void {
  if (message !== undefined && messageFile !== undefined)
    throw new UsageError('Give the answer either as --message or as --message-file.', { hint: 'kgc help oof set' });
  if (from instanceof Date && until instanceof Date && until <= from)
    throw new UsageError('--until has to be after --from.', { hint: 'kgc help oof set' });
}

async function read(session: Session, storeId: Buffer): Promise<OutOfOffice> {
  const { properties } = await loadObject(session, storeId);
  const from = timeOf(properties, PR_EC_OUTOFOFFICE_FROM);
  const until = timeOf(properties, PR_EC_OUTOFOFFICE_UNTIL);
  const enabled = properties.get(PR_EC_OUTOFOFFICE) === true;
  const now = new Date();
  return {
    enabled,
    active: enabled && (!from || from <= now) && (!until || now <= until),
    from,
    until,
    subject: textOf(properties, PR_EC_OUTOFOFFICE_SUBJECT) ?? '',
    message: textOf(properties, PR_EC_OUTOFOFFICE_MSG) ?? (await loadLong(session, storeId, PR_EC_OUTOFOFFICE_MSG)),
  };
}

/** A long text doesn't come with its object. */
async function loadLong(session: Session, entryId: Buffer, tag: PropertyTag): Promise<string> {
  try {
    const { lpPropVal } = await session.call('loadProp', { sEntryId: entryId, ulPropTag: tag });
    return (lpPropVal && textOf(readProperties([lpPropVal]), tag)) ?? '';
  } catch (error) {
    if (isRefused(error, KCERR_NOT_FOUND)) return '';
    throw error;
  }
}

const json = (user: string, { from, until, ...oof }: OutOfOffice): object => ({
  user,
  ...oof,
  from: from ?? null,
  until: until ?? null,
});

async function show({ session, report }: Invocation, user: string | undefined): Promise<void> {
  const { storeId } = await chooseStore(session, { user });
  const oof = await read(session, storeId);
  report.facts(
    [
      ['Out of office', oof.enabled ? (oof.active ? 'on' : 'on, but not now') : 'off'],
      ['From', oof.from ? timeText(oof.from) : 'always'],
      ['Until', oof.until ? timeText(oof.until) : 'always'],
      ['Subject', oof.subject],
      ['Message', oof.message.split(/\r?\n/)],
    ],
    json(user ?? session.name, oof),
  );
}

async function set(
  { session, report, terminal }: Invocation,
  user: string | undefined,
  options: SetOptions,
): Promise<void> {
  const { subject, messageFile, from, until } = options;
  const message = messageFile === undefined ? options.message : await readMessage(messageFile, terminal);
  const { storeId } = await chooseStore(session, { user });
  const modified = [
    wireProperty(PR_EC_OUTOFOFFICE, true),
    ...(subject === undefined ? [] : [wireProperty(PR_EC_OUTOFOFFICE_SUBJECT, subject)]),
    ...(message === undefined ? [] : [wireProperty(PR_EC_OUTOFOFFICE_MSG, message)]),
    ...(from instanceof Date ? [wireProperty(PR_EC_OUTOFOFFICE_FROM, from)] : []),
    ...(until instanceof Date ? [wireProperty(PR_EC_OUTOFOFFICE_UNTIL, until)] : []),
  ];
  const deleted = [
    ...(from === 'always' ? [PR_EC_OUTOFOFFICE_FROM] : []),
    ...(until === 'always' ? [PR_EC_OUTOFOFFICE_UNTIL] : []),
  ];
  await saveProperties(session, storeId, undefined, modified, deleted);
  const oof = await read(session, storeId);
  const when = [oof.from && ` from ${timeText(oof.from)}`, oof.until && ` until ${timeText(oof.until)}`].join('');
  report.done(`${user ?? session.name} is out of office${when}.`, json(user ?? session.name, oof));
}

async function readMessage(file: string, terminal: Terminal): Promise<string> {
  if (file === STDIN) return text(terminal.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandError(`The file with the answer can't be read: ${(cause as Error).message}`, { cause });
  }
}

async function off({ session, report }: Invocation, user: string | undefined): Promise<void> {
  const { storeId } = await chooseStore(session, { user });
  await saveProperties(session, storeId, undefined, [wireProperty(PR_EC_OUTOFOFFICE, false)]);
  report.done(`${user ?? session.name} is in the office.`, json(user ?? session.name, await read(session, storeId)));
}
