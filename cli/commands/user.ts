import type { Command } from 'commander';
import { storeGuidOf } from '../../core/mapi/entry-id.ts';
import { KCERR_COLLISION } from '../../core/mapi/error-codes.ts';
import { PR_LANGUAGE } from '../../core/mapi/tags.ts';
import { type AgreementOptions, addAgreementOptions, isAgreed } from '../agreement.ts';
import { isRefused } from '../connection/refused-error.ts';
import { optionalCompany } from '../directory/companies.ts';
import { FEATURES, featureLists } from '../directory/features.ts';
import { groupJson, groupName } from '../directory/groups.ts';
import { quotaText } from '../directory/quota.ts';
import { readUserDetails, type UserDetails } from '../directory/user-details.ts';
import {
  ACTIVE_USER,
  ADMIN_COMPANY,
  ADMIN_NONE,
  ADMIN_SYSTEM,
  adminText,
  classOfKind,
  findUser,
  isSystem,
  kindOf,
  listUsers,
  propertyMapDraft,
  requireUser,
  USER_KINDS,
  type User,
  type UserChanges,
  updateUser,
  userJson,
} from '../directory/users.ts';
import { CommandError, UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { createMailbox, findUserStore } from '../mailbox/create-mailbox.ts';
import { addLanguageOption, type Language } from '../mailbox/languages.ts';
import * as values from '../option-values.ts';
import { readPasswordFile } from '../terminal/password-file.ts';
import { promptNewPassword } from '../terminal/prompt.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted, sizeText, timeText } from '../terminal/units.ts';
import { addAliasCommands } from './user-alias.ts';
import { addMeetingCommands } from './user-meetings.ts';
import { addSendAsCommands } from './user-send-as.ts';

interface PasswordOptions {
  readonly passwordFile?: string;
  readonly withoutPassword?: boolean;
}

/** What both create and update take. */
interface DetailOptions {
  readonly fullName?: string;
  readonly email?: string;
  readonly adminLevel?: string;
  readonly kind?: string;
  readonly capacity?: number;
  readonly hidden?: boolean;
  readonly enable?: readonly string[];
  readonly disable?: readonly string[];
  readonly language?: Language;
}

interface CreateOptions extends DetailOptions, PasswordOptions {
  readonly email: string;
  readonly ifMissing?: boolean;
}

const ADMIN_LEVELS: Readonly<Record<string, number>> = {
  none: ADMIN_NONE,
  admin: ADMIN_COMPANY,
  system: ADMIN_SYSTEM,
};

export function addUserCommands(program: Command, terminal: Terminal): void {
  const user = program.command('user').description('people who log on, rooms and equipment');
  addCreate(user, terminal);

  withExamples(
    user
      .command('list')
      .option('--company <name>', 'of one company only (default: of all whom the session may see)')
      .description('list users')
      .action(action(terminal, list)),
    'kgc user list',
    'kgc user list --company acme --json',
  );

  withExamples(
    user
      .command('show')
      .argument('<name>', 'login name')
      .description('show all about a user: addresses, groups, quota, store, last logon')
      .action(action(terminal, show)),
    'kgc user show anna',
    'kgc user show anna@acme --json',
  );

  withExamples(
    addDetailOptions(user.command('update').argument('<name>', 'login name'))
      .description('change what is known of a user; what is not named stays')
      .action(action(terminal, update, checkChanges)),
    'kgc user update anna --full-name "Anna Muster" --email anna@example.org',
    'kgc user update anna --admin-level admin',
    'kgc user update ben --disable imap,pop3 --hidden',
    'kgc user update board-room --kind room --capacity 12',
  );

  withExamples(
    user
      .command('rename')
      .argument('<name>', 'login name')
      .argument('<new>', 'the new one; a company stays the same')
      .description('give a user another login name; mailbox and rights stay')
      .action(action(terminal, rename)),
    'kgc user rename anna anna.muster',
  );

  withExamples(
    addPasswordOptions(user.command('password').argument('<name>', 'login name'))
      .description('set a password, one’s own too; it is asked for, never an argument')
      .action(action(terminal, password)),
    'kgc user password anna',
    'kgc user password anna --password-file anna.txt',
    'kgc --login anna user password anna',
  );

  withExamples(
    addAgreementOptions(user.command('delete').argument('<name>', 'login name'))
      .option('--with-store', 'remove the mailbox too; otherwise it is kept without an owner')
      .description('delete a user')
      .action(action(terminal, remove)),
    'kgc user delete anna --dry-run',
    'kgc user delete anna --yes',
    'kgc user delete anna --with-store --yes',
  );

  withExamples(
    user
      .command('groups')
      .argument('<name>', 'login name')
      .description('list the groups of a user')
      .action(action(terminal, groups)),
    'kgc user groups anna',
  );

  addAliasCommands(user, terminal);
  addSendAsCommands(user, terminal);
  addMeetingCommands(user, terminal);
}

function addCreate(user: Command, terminal: Terminal): void {
  const create = user
    .command('create')
    .argument('<name>', 'login name; with companies user@company')
    .requiredOption('--email <address>', 'mail address (required)', values.address);
  withExamples(
    addDetailOptions(addPasswordOptions(create), { creating: true })
      .option('--if-missing', 'succeed if there is such a user already')
      .description('make a user with a mailbox; repeat it to finish what was interrupted')
      .action(action(terminal, createOne)),
    'kgc user create anna --full-name "Anna Demo" --email anna@example.org',
    'kgc user create ben@acme --email ben@acme.example --password-file ben.txt --json',
    'kgc user create carla --email carla@example.org --without-password --language de',
    'kgc user create board-room --kind room --capacity 12 --email board-room@example.org --without-password',
  );
}

const addPasswordOptions = (command: Command): Command =>
  command
    .option('--password-file <file>', 'where the password is, - for standard input; otherwise it is asked for')
    .option('--without-password', 'nobody logs on as this user for now');

function addDetailOptions(command: Command, { creating = false } = {}): Command {
  command.option('--full-name <text>', `as others see it${creating ? ' (default: the login name)' : ''}`);
  if (!creating) command.option('--email <address>', 'mail address', values.address);
  command
    .option(
      '--admin-level <level>',
      'none, admin (of the own company), or system',
      values.oneOf('none', 'admin', 'system'),
    )
    .option('--kind <kind>', 'user, shared (nobody logs on), room or equipment', values.oneOf(...USER_KINDS))
    .option('--capacity <count>', 'seats of a room, pieces of an equipment', values.count)
    .option('--hidden', 'not in the address book')
    .option('--enable <features>', `allow some of ${FEATURES.join(', ')}`, values.someOf(...FEATURES))
    .option('--disable <features>', 'forbid some of them', values.someOf(...FEATURES));
  if (!creating) command.option('--no-hidden', 'in the address book again');
  return addLanguageOption(
    command,
    creating ? 'the user’s, which names the folders' : 'the user’s, in the address book',
  );
}

function checkChanges(_name: string, options: DetailOptions): void {
  if (Object.keys(options).length === 0)
    throw new UsageError('There is nothing to change.', { hint: 'kgc help user update' });
}

/** What options ask for. */
const changesOf = ({ fullName, email, adminLevel, kind, capacity, hidden, language }: DetailOptions): UserChanges => ({
  fullName,
  email,
  adminLevel: adminLevel === undefined ? undefined : ADMIN_LEVELS[adminLevel],
  objectClass: kind === undefined ? undefined : classOfKind(kind),
  capacity,
  hidden,
  ...(language !== undefined && { properties: new Map([[PR_LANGUAGE, language]]) }),
});

async function createOne(invocation: Invocation, name: string, options: CreateOptions): Promise<void> {
  const { session, report } = invocation;
  let user = await findUser(session, name);
  const existed = user !== undefined;
  if (!user) {
    const secret = await newPassword(invocation, name, options);
    user = await createUser(invocation, name, secret, options);
  }
  const progress = report.progress(`Mailbox of ${name}`);
  const owner = { id: user.ulUserId, entryId: user.sUserId, name };
  const mailbox = await createMailbox(session, owner, progress, options.language).finally(() => progress.end());

  if (existed && !mailbox.changed && !options.ifMissing)
    throw new CommandError(`There is a user '${name}' already; nothing was changed.`, {
      hint: `kgc user show ${name}, or kgc user update ${name} …`,
    });
  const json = { ...userJson(user), created: !existed, store: storeGuidOf(mailbox.storeId).toString('hex') };
  if (!existed) report.done(`Created the user ${name} with a mailbox.`, json);
  else if (mailbox.changed)
    report.done(`The user ${name} was there and stays as it is, password included; the mailbox is complete now.`, json);
  else report.done(`The user ${name} is there already.`, json);
}

function newPassword({ terminal }: Invocation, name: string, options: PasswordOptions): Promise<string> | string {
  if (options.withoutPassword) return '';
  if (options.passwordFile !== undefined) return readPasswordFile(options.passwordFile, terminal);
  return promptNewPassword(terminal, `Password for ${name}`, '--password-file');
}

async function createUser(
  { session }: Invocation,
  name: string,
  secret: string,
  options: CreateOptions,
): Promise<User> {
  const changes = changesOf(options);
  try {
    await session.call('createUser', {
      lpsUser: {
        lpszUsername: name,
        lpszPassword: secret,
        lpszMailAddress: options.email,
        lpszFullName: options.fullName ?? name.split('@', 1)[0]!,
        ulIsAdmin: changes.adminLevel ?? ADMIN_NONE,
        ulIsABHidden: options.hidden ? 1 : 0,
        ulCapacity: options.capacity ?? 0,
        ulObjClass: changes.objectClass ?? ACTIVE_USER,
        ...propertyMapDraft(changes),
      },
    });
  } catch (error) {
    if (!isRefused(error, KCERR_COLLISION)) throw error;
    throw new CommandError(`The name '${name}' is taken.`, { hint: 'kgc user list', cause: error });
  }
  const user = await requireUser(session, name);
  const { enable = [], disable = [] } = options;
  if (enable.length + disable.length > 0)
    await updateUser(session, user, { lists: featureLists(user, enable, disable) });
  return user;
}

async function list({ session, report }: Invocation, { company }: { readonly company?: string }): Promise<void> {
  const users = await listUsers(session, await optionalCompany(session, company));
  report.list<User>({
    rows: users,
    columns: [
      { title: 'NAME', text: (user) => user.lpszUsername ?? '' },
      { title: 'FULL NAME', text: (user) => user.lpszFullName ?? '', shrinks: true },
      { title: 'EMAIL', text: (user) => user.lpszMailAddress ?? '', shrinks: true },
      { title: 'ADMIN', text: adminText },
      { title: 'KIND', text: kindOf },
      { title: 'HIDDEN', text: (user) => (user.ulIsABHidden ? 'yes' : '') },
    ],
    json: userJson,
    summary: counted(users.length, 'user'),
  });
}

async function show({ session, report }: Invocation, name: string): Promise<void> {
  const user = await requireUser(session, name);
  const details = await readUserDetails(session, user);
  const { aliases, features, language, sendAs, quota, store } = details;
  report.facts(
    [
      ['Name', user.lpszUsername],
      ['Full name', user.lpszFullName],
      ['Email', user.lpszMailAddress],
      ['Aliases', aliases],
      ['Kind', kindOf(user)],
      ['Administrator', adminText(user) || 'no'],
      ['Hidden', user.ulIsABHidden ? 'yes' : 'no'],
      ['Language', language],
      ['Features', features.enabled.join(', ') || 'none'],
      ['Without', features.disabled.join(', ')],
      ['Groups', details.groups.join(', ')],
      ['Sent for by', sendAs.join(', ')],
      ['Quota', quota && quotaText(quota)],
      ['Store', store ? store.guid : 'none'],
      ['Size', store?.bytes === undefined ? undefined : sizeText(store.bytes)],
      ['Out of office', store && (store.outOfOffice ? 'yes' : 'no')],
      ['Last logon', store && timeText(store.lastLogon)],
      ['Last logoff', store && timeText(store.lastLogoff)],
    ],
    { ...userJson(user), ...detailsJson(details) },
  );
}

const detailsJson = ({ language, quota, store, ...details }: UserDetails): object => ({
  ...details,
  language: language ?? null,
  quota: quota ?? null,
  store: store
    ? { ...store, bytes: store.bytes ?? null, lastLogon: store.lastLogon ?? null, lastLogoff: store.lastLogoff ?? null }
    : null,
});

async function update({ session, report }: Invocation, name: string, options: DetailOptions): Promise<void> {
  const user = await requireUser(session, name);
  const { enable = [], disable = [] } = options;
  const lists = enable.length + disable.length > 0 ? featureLists(user, enable, disable) : undefined;
  await updateUser(session, user, { ...changesOf(options), ...(lists && { lists }) });
  report.done(`Changed the user ${name}.`, userJson(await requireUser(session, name)));
}

async function rename({ session, report }: Invocation, name: string, wanted: string): Promise<void> {
  const user = await requireUser(session, name);
  const [, company] = /@([^@]+)$/.exec(user.lpszUsername ?? '') ?? [];
  const full = company !== undefined && !wanted.includes('@') ? `${wanted}@${company}` : wanted;
  try {
    await updateUser(session, user, { name: full });
  } catch (error) {
    if (!isRefused(error, KCERR_COLLISION)) throw error;
    throw new CommandError(`The name '${full}' is taken.`, { hint: 'kgc user list', cause: error });
  }
  report.done(`The user ${name} is called ${full} now.`, userJson(await requireUser(session, full)));
}

async function password(invocation: Invocation, name: string, options: PasswordOptions): Promise<void> {
  const { session, report } = invocation;
  if (options.withoutPassword)
    throw new UsageError('A password that was set can be replaced, not taken away.', {
      hint: `kgc user password ${name}, or forbid all logons: kgc user update ${name} --kind shared`,
    });
  const user = await requireUser(session, name);
  await updateUser(session, user, { password: await newPassword(invocation, name, options) });
  report.done(`Set the password of ${name}.`, { name, passwordSet: true });
}

async function remove(
  invocation: Invocation,
  name: string,
  options: AgreementOptions & { readonly withStore?: boolean },
): Promise<void> {
  const { session, report } = invocation;
  const user = await requireUser(session, name);
  if (isSystem(user)) throw new CommandError('SYSTEM is the server itself and stays.');
  const store = await findUserStore(session, name);
  const guid = store && storeGuidOf(store.storeId);
  const after = !guid
    ? ''
    : options.withStore
      ? ', the mailbox too'
      : `; the store ${guid.toString('hex')} is kept without an owner`;
  const json = { name, deleted: true, store: guid?.toString('hex') ?? null, storeRemoved: options.withStore === true };
  if (!(await isAgreed(invocation, options, `delete the user ${name}${after}`, { ...json, deleted: false }))) return;
  await session.call('deleteUser', { ulUserId: user.ulUserId, sUserId: user.sUserId });
  if (guid && options.withStore) await session.call('removeStore', { sStoreGuid: guid, ulSyncId: 0 });
  const kept = !guid
    ? ''
    : options.withStore
      ? ' The mailbox is removed.'
      : ` The store ${guid.toString('hex')} is kept without an owner.`;
  report.done(`Deleted the user ${name}.${kept}`, json);
}

async function groups({ session, report }: Invocation, name: string): Promise<void> {
  const { ulUserId, sUserId } = await requireUser(session, name);
  const { sGroupArray } = await session.call('getGroupListOfUser', { ulUserId, sUserId });
  report.list({
    rows: sGroupArray,
    columns: [
      { title: 'GROUP', text: groupName },
      { title: 'EMAIL', text: ({ lpszFullEmail }) => lpszFullEmail ?? '', shrinks: true },
    ],
    json: groupJson,
    summary: `${name} is in ${counted(sGroupArray.length, 'group')}`,
  });
}
