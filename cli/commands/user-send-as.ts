import type { Command } from 'commander';
import { KCERR_COLLISION, KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import { requirePrincipal } from '../directory/principals.ts';
import { requireUser, type User, userJson } from '../directory/users.ts';
import { CommandError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { doneUnless } from '../refusals.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';

export function addSendAsCommands(user: Command, terminal: Terminal): void {
  const sendAs = user.command('send-as').description('who may send mail in the name of a user');

  withExamples(
    sendAs
      .command('list')
      .argument('<user>', 'in whose name')
      .description('list who sends in the name of a user')
      .action(action(terminal, list)),
    'kgc user send-as list info',
  );
  withExamples(
    sendAs
      .command('add')
      .argument('<user>', 'in whose name')
      .argument('<sender...>', 'users or groups')
      .description('let others send in the name of a user')
      .action(action(terminal, add)),
    'kgc user send-as add info anna group:sales',
  );
  withExamples(
    sendAs
      .command('remove')
      .argument('<user>', 'in whose name')
      .argument('<sender...>', 'users or groups')
      .description('let them no more')
      .action(action(terminal, remove)),
    'kgc user send-as remove info anna',
  );
}

async function list({ session, report }: Invocation, name: string): Promise<void> {
  const { ulUserId, sUserId } = await requireUser(session, name);
  const { sUserArray } = await session.call('getSendAsList', { ulUserId, sUserId });
  report.list<User>({
    rows: sUserArray,
    columns: [
      { title: 'SENDER', text: ({ lpszUsername }) => lpszUsername ?? '' },
      { title: 'FULL NAME', text: ({ lpszFullName }) => lpszFullName ?? '', shrinks: true },
    ],
    json: userJson,
    summary: `${counted(sUserArray.length, 'sender')} in the name of ${name}`,
  });
}

async function add({ session, report }: Invocation, name: string, senders: readonly string[]): Promise<void> {
  const { ulUserId, sUserId } = await requireUser(session, name);
  const found = await Promise.all(senders.map((sender) => requirePrincipal(session, sender)));
  for (const { id, entryId } of found)
    await doneUnless(
      session.call('addSendAsUser', { ulUserId, sUserId, ulSenderId: id, sSenderId: entryId }),
      KCERR_COLLISION,
    );
  const names = found.map((sender) => sender.name);
  report.done(`${names.join(', ')} may send in the name of ${name}.`, { name, added: names });
}

async function remove({ session, report }: Invocation, name: string, senders: readonly string[]): Promise<void> {
  const { ulUserId, sUserId } = await requireUser(session, name);
  const found = await Promise.all(senders.map((sender) => requirePrincipal(session, sender)));
  for (const { id, entryId, name: sender } of found) {
    const done = await doneUnless(
      session.call('delSendAsUser', { ulUserId, sUserId, ulSenderId: id, sSenderId: entryId }),
      KCERR_NOT_FOUND,
    );
    if (!done)
      throw new CommandError(`${sender} does not send in the name of ${name}.`, {
        hint: `kgc user send-as list ${name}`,
      });
  }
  const names = found.map((sender) => sender.name);
  report.done(`${names.join(', ')} may no longer send in the name of ${name}.`, { name, removed: names });
}
