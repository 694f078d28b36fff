import type { Command } from 'commander';
import { KCERR_COLLISION, KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import { type AgreementOptions, addAgreementOptions, isAgreed } from '../agreement.ts';
import { isRefused } from '../connection/refused-error.ts';
import { optionalCompany } from '../directory/companies.ts';
import { type Group, groupJson, groupName, isEveryone, listGroups, requireGroup } from '../directory/groups.ts';
import { requirePrincipal } from '../directory/principals.ts';
import { type User, userJson } from '../directory/users.ts';
import { CommandError, UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { address } from '../option-values.ts';
import { doneUnless } from '../refusals.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';

interface GroupOptions {
  readonly email?: string;
  readonly hidden?: boolean;
  readonly name?: string;
}

/** In numbers that are sent: leave it as it is (observed on 11.0.2). */
const UNCHANGED = 0xffffffff;
/** Class of users and groups in lists of members: a type in the high half. */
const CLASS_TYPE_SHIFT = 16;
const TYPE_GROUP = 3;

export function addGroupCommands(program: Command, terminal: Terminal): void {
  const group = program.command('group').description('groups, which get mail and rights together');

  withExamples(
    group
      .command('create')
      .argument('<name>', 'with companies group@company')
      .option('--email <address>', 'mail address, under which all members get mail', address)
      .option('--hidden', 'not in the address book')
      .description('make a group')
      .action(action(terminal, create)),
    'kgc group create sales --email sales@example.org',
    'kgc group create sales@acme',
  );
  withExamples(
    group
      .command('list')
      .option('--company <name>', 'of one company only (default: of all whom the session may see)')
      .description('list groups')
      .action(action(terminal, list)),
    'kgc group list',
    'kgc group list --company acme --json',
  );
  withExamples(
    group
      .command('show')
      .argument('<name>', 'name of the group')
      .description('show a group with its members')
      .action(action(terminal, show)),
    'kgc group show sales',
  );
  withExamples(
    group
      .command('update')
      .argument('<name>', 'name of the group')
      .option('--name <new>', 'another name')
      .option('--email <address>', 'mail address', address)
      .option('--hidden', 'not in the address book')
      .option('--no-hidden', 'in the address book again')
      .description('change a group; what is not named stays')
      .action(
        action(terminal, update, (_name: string, options: GroupOptions) => {
          if (Object.keys(options).length === 0)
            throw new UsageError('There is nothing to change.', { hint: 'kgc help group update' });
        }),
      ),
    'kgc group update sales --email sales@example.org --hidden',
    'kgc group update sales --name marketing',
  );
  withExamples(
    addAgreementOptions(group.command('delete').argument('<name>', 'name of the group'))
      .description('delete a group; its members stay')
      .action(action(terminal, remove)),
    'kgc group delete sales --dry-run',
    'kgc group delete sales --yes',
  );
  addMemberCommands(group, terminal);
}

function addMemberCommands(group: Command, terminal: Terminal): void {
  const member = group.command('member').description('who is in a group');
  withExamples(
    member
      .command('list')
      .argument('<group>', 'name of the group')
      .description('list the members of a group')
      .action(action(terminal, listMembers)),
    'kgc group member list sales',
  );
  withExamples(
    member
      .command('add')
      .argument('<group>', 'name of the group')
      .argument('<member...>', 'users, or groups as group:NAME')
      .description('put users and groups into a group')
      .action(action(terminal, addMembers)),
    'kgc group member add sales anna ben group:interns',
  );
  withExamples(
    member
      .command('remove')
      .argument('<group>', 'name of the group')
      .argument('<member...>', 'users, or groups as group:NAME')
      .description('take users and groups out of a group')
      .action(action(terminal, removeMembers)),
    'kgc group member remove sales ben',
  );
}

async function create({ session, report }: Invocation, name: string, options: GroupOptions): Promise<void> {
  try {
    await session.call('createGroup', {
      lpsGroup: {
        lpszGroupname: name,
        lpszFullname: name,
        lpszFullEmail: options.email ?? '',
        ulIsABHidden: options.hidden ? 1 : 0,
      },
    });
  } catch (error) {
    if (!isRefused(error, KCERR_COLLISION)) throw error;
    throw new CommandError(`There is a group '${name}' already; nothing was changed.`, {
      hint: `kgc group show ${name}`,
      cause: error,
    });
  }
  report.done(`Created the group ${name}.`, groupJson(await requireGroup(session, name)));
}

async function list({ session, report }: Invocation, { company }: { readonly company?: string }): Promise<void> {
  const groups = await listGroups(session, await optionalCompany(session, company));
  report.list<Group>({
    rows: groups,
    columns: [
      { title: 'NAME', text: groupName },
      { title: 'EMAIL', text: ({ lpszFullEmail }) => lpszFullEmail ?? '', shrinks: true },
      { title: 'HIDDEN', text: ({ ulIsABHidden }) => (ulIsABHidden ? 'yes' : '') },
    ],
    json: groupJson,
    summary: counted(groups.length, 'group'),
  });
}

const membersOf = async ({ session }: Invocation, { ulGroupId, sGroupId }: Group): Promise<User[]> =>
  (await session.call('getUserListOfGroup', { ulGroupId, sGroupId })).sUserArray;

/** Groups in a group come in the form of users (observed on 11.0.2). */
const isGroup = ({ ulObjClass }: User): boolean => ulObjClass >>> CLASS_TYPE_SHIFT === TYPE_GROUP;
const memberJson = (member: User) => ({
  ...userJson(member),
  kind: isGroup(member) ? 'group' : userJson(member).kind,
});

async function show(invocation: Invocation, name: string): Promise<void> {
  const group = await requireGroup(invocation.session, name);
  const members = await membersOf(invocation, group);
  invocation.report.facts(
    [
      ['Name', groupName(group)],
      ['Email', group.lpszFullEmail],
      ['Hidden', group.ulIsABHidden ? 'yes' : 'no'],
      ['Members', members.map((member) => `${member.lpszUsername}${isGroup(member) ? ' (group)' : ''}`)],
    ],
    { ...groupJson(group), members: members.map(memberJson) },
  );
}

async function update({ session, report }: Invocation, name: string, options: GroupOptions): Promise<void> {
  const group = changeable(await requireGroup(session, name));
  const [, company] = /@([^@]+)$/.exec(groupName(group)) ?? [];
  const wanted = options.name ?? groupName(group);
  const full = company !== undefined && !wanted.includes('@') ? `${wanted}@${company}` : wanted;
  await session.call('setGroup', {
    lpsGroup: {
      ulGroupId: group.ulGroupId,
      sGroupId: group.sGroupId,
      lpszGroupname: full,
      lpszFullname: full,
      lpszFullEmail: options.email ?? group.lpszFullEmail ?? '',
      ulIsABHidden: options.hidden === undefined ? UNCHANGED : Number(options.hidden),
    },
  });
  report.done(`Changed the group ${name}.`, groupJson(await requireGroup(session, full)));
}

function changeable(group: Group): Group {
  if (isEveryone(group)) throw new CommandError('Everyone is always the group of all, and stays as it is.');
  return group;
}

async function remove(invocation: Invocation, name: string, options: AgreementOptions): Promise<void> {
  const { session, report } = invocation;
  const { ulGroupId, sGroupId } = changeable(await requireGroup(session, name));
  const json = { name, deleted: true };
  if (!(await isAgreed(invocation, options, `delete the group ${name}; its members stay`, { name, deleted: false })))
    return;
  await session.call('groupDelete', { ulGroupId, sGroupId });
  report.done(`Deleted the group ${name}.`, json);
}

async function listMembers(invocation: Invocation, name: string): Promise<void> {
  const members = await membersOf(invocation, await requireGroup(invocation.session, name));
  invocation.report.list<User>({
    rows: members,
    columns: [
      { title: 'MEMBER', text: ({ lpszUsername }) => lpszUsername ?? '' },
      { title: 'FULL NAME', text: ({ lpszFullName }) => lpszFullName ?? '', shrinks: true },
      { title: 'KIND', text: (member) => memberJson(member).kind },
    ],
    json: memberJson,
    summary: `${counted(members.length, 'member')} of ${name}`,
  });
}

async function addMembers({ session, report }: Invocation, name: string, members: readonly string[]): Promise<void> {
  const { ulGroupId, sGroupId } = changeable(await requireGroup(session, name));
  const found = await Promise.all(members.map((member) => requirePrincipal(session, member)));
  for (const { id, entryId } of found)
    await doneUnless(
      session.call('addGroupUser', { ulGroupId, sGroupId, ulUserId: id, sUserId: entryId }),
      KCERR_COLLISION,
    );
  const names = found.map((member) => member.name);
  report.done(`${names.join(', ')}: in ${name} now.`, { name, added: names });
}

async function removeMembers({ session, report }: Invocation, name: string, members: readonly string[]): Promise<void> {
  const { ulGroupId, sGroupId } = changeable(await requireGroup(session, name));
  const found = await Promise.all(members.map((member) => requirePrincipal(session, member)));
  for (const { id, entryId, name: member } of found) {
    const done = await doneUnless(
      session.call('deleteGroupUser', { ulGroupId, sGroupId, ulUserId: id, sUserId: entryId }),
      KCERR_NOT_FOUND,
    );
    if (!done) throw new CommandError(`${member} is not in ${name}.`, { hint: `kgc group member list ${name}` });
  }
  const names = found.map((member) => member.name);
  report.done(`${names.join(', ')}: no longer in ${name}.`, { name, removed: names });
}
