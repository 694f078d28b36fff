import type { Command } from 'commander';
import { storeGuidOf } from '../../core/mapi/entry-id.ts';
import { KCERR_COLLISION } from '../../core/mapi/error-codes.ts';
import { isRefused } from '../connection/refused-error.ts';
import {
  ADMIN_COMPANY,
  ADMIN_NONE,
  ADMIN_SYSTEM,
  adminText,
  findUser,
  listUsers,
  requireUser,
  type User,
} from '../directory.ts';
import { CommandError } from '../errors.ts';
import { type Invocation, invoke } from '../invocation.ts';
import { createMailbox, findUserStore } from '../mailbox/create-mailbox.ts';
import { readPasswordFile } from '../terminal/password-file.ts';
import { promptNewPassword } from '../terminal/prompt.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';

interface CreateOptions {
  readonly fullName?: string;
  readonly email: string;
  readonly passwordFile?: string;
  readonly withoutPassword?: boolean;
  readonly admin?: boolean;
  readonly systemAdmin?: boolean;
  readonly ifMissing?: boolean;
}

/** Class of users who log on (observed on 11.0.2). */
const ACTIVE_USER = 0x10001;

export function addUserCommands(program: Command, terminal: Terminal): void {
  const user = program.command('user').description('people who log on');

  user
    .command('create')
    .argument('<name>', 'login name')
    .requiredOption('--email <address>', 'mail address (required)')
    .option('--full-name <text>', 'as others see it (default: the login name)')
    .option('--password-file <file>', 'where the password is, - for standard input; otherwise it is asked for')
    .option('--without-password', 'nobody logs on as this user for now')
    .option('--admin', 'administrator (of the own company in hosted mode)')
    .option('--system-admin', 'administrator of everything')
    .option('--if-missing', 'succeed if there is such a user already')
    .description('make a user with a mailbox; repeat it to finish what was interrupted')
    .action((name: string, options: CreateOptions, command: Command) =>
      invoke(command, terminal, (invocation) => create(invocation, name, options)),
    );

  user
    .command('list')
    .description('list all users')
    .action((_options: object, command: Command) => invoke(command, terminal, list));

  user
    .command('delete')
    .argument('<name>', 'login name')
    .description('delete a user; the store is kept without an owner')
    .action((name: string, _options: object, command: Command) =>
      invoke(command, terminal, (invocation) => remove(invocation, name)),
    );
}

async function create(invocation: Invocation, name: string, options: CreateOptions): Promise<void> {
  const { session, report } = invocation;
  let user = await findUser(session, name);
  const existed = user !== undefined;
  if (!user) {
    const password = await newPassword(invocation, name, options);
    user = await createUser(invocation, name, password, options);
  }
  const progress = report.progress(`Mailbox of ${name}`);
  const owner = { id: user.ulUserId, entryId: user.sUserId, name };
  const mailbox = await createMailbox(session, owner, progress).finally(() => progress.end());

  if (existed && !mailbox.changed && !options.ifMissing)
    throw new CommandError(`There is a user '${name}' already; nothing was changed.`, { hint: 'kgc user list' });
  const json = { ...userJson(user), created: !existed, store: storeGuidOf(mailbox.storeId).toString('hex') };
  if (!existed) report.done(`Created the user ${name} with a mailbox.`, json);
  else if (mailbox.changed)
    report.done(`The user ${name} was there and stays as it is, password included; the mailbox is complete now.`, json);
  else report.done(`The user ${name} is there already.`, json);
}

function newPassword({ terminal }: Invocation, name: string, options: CreateOptions): Promise<string> | string {
  if (options.withoutPassword) return '';
  if (options.passwordFile !== undefined) return readPasswordFile(options.passwordFile, terminal);
  return promptNewPassword(terminal, `Password for ${name}`, '--password-file');
}

async function createUser(
  { session }: Invocation,
  name: string,
  password: string,
  { email, fullName = name, admin, systemAdmin }: CreateOptions,
): Promise<User> {
  try {
    await session.call('createUser', {
      lpsUser: {
        lpszUsername: name,
        lpszPassword: password,
        lpszMailAddress: email,
        lpszFullName: fullName,
        ulIsAdmin: systemAdmin ? ADMIN_SYSTEM : admin ? ADMIN_COMPANY : ADMIN_NONE,
        ulObjClass: ACTIVE_USER,
      },
    });
  } catch (error) {
    if (!isRefused(error, KCERR_COLLISION)) throw error;
    throw new CommandError(`The name '${name}' is taken.`, {
      hint: 'kgc user list',
      cause: error,
    });
  }
  return requireUser(session, name);
}

async function list({ session, report }: Invocation): Promise<void> {
  const users = await listUsers(session);
  report.list<User>({
    rows: users,
    columns: [
      { title: 'NAME', text: (user) => user.lpszUsername ?? '' },
      { title: 'FULL NAME', text: (user) => user.lpszFullName ?? '', shrinks: true },
      { title: 'EMAIL', text: (user) => user.lpszMailAddress ?? '', shrinks: true },
      { title: 'ADMIN', text: adminText },
      { title: 'ACTIVE', text: (user) => (user.ulIsNonActive ? 'no' : 'yes') },
    ],
    json: userJson,
    summary: counted(users.length, 'user'),
  });
}

async function remove({ session, report }: Invocation, name: string): Promise<void> {
  const { ulUserId, sUserId } = await requireUser(session, name);
  const store = await findUserStore(session, name);
  await session.call('deleteUser', { ulUserId, sUserId });
  const guid = store && storeGuidOf(store.storeId).toString('hex');
  const kept = guid ? ` The store ${guid} is kept without an owner.` : '';
  report.done(`Deleted the user ${name}.${kept}`, { name, deleted: true, store: guid ?? null });
}

/** The user as machines read it. */
function userJson(user: User) {
  return {
    name: user.lpszUsername ?? '',
    fullName: user.lpszFullName ?? '',
    email: user.lpszMailAddress ?? '',
    adminLevel: user.ulIsAdmin,
    active: user.ulIsNonActive === 0,
    hidden: user.ulIsABHidden !== 0,
    id: user.ulUserId,
  };
}
