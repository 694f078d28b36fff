import type { Command } from 'commander';
import { readAliases, writeAliases } from '../directory/aliases.ts';
import { requireUser } from '../directory/users.ts';
import { CommandError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { address } from '../option-values.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';

export function addAliasCommands(user: Command, terminal: Terminal): void {
  const alias = user.command('alias').description('further addresses under which a user gets mail');

  withExamples(
    alias
      .command('list')
      .argument('<user>', 'login name')
      .description('list the aliases of a user')
      .action(action(terminal, list)),
    'kgc user alias list anna',
  );
  withExamples(
    alias
      .command('add')
      .argument('<user>', 'login name')
      .argument('<address...>', 'mail addresses')
      .description('give a user further addresses')
      .action(action(terminal, add, (_name: string, addresses: readonly string[]) => void addresses.map(address))),
    'kgc user alias add anna info@example.org sales@example.org',
  );
  withExamples(
    alias
      .command('remove')
      .argument('<user>', 'login name')
      .argument('<address...>', 'mail addresses')
      .description('take addresses away')
      .action(action(terminal, remove)),
    'kgc user alias remove anna sales@example.org',
  );
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

async function list({ session, report }: Invocation, name: string): Promise<void> {
  const aliases = await readAliases(session, await requireUser(session, name));
  report.list({
    rows: aliases,
    columns: [{ title: 'ALIAS', text: (alias) => alias, shrinks: true }],
    json: (alias) => ({ address: alias }),
    summary: counted(aliases.length, 'alias', 'aliases'),
  });
}

async function add({ session, report }: Invocation, name: string, addresses: readonly string[]): Promise<void> {
  const user = await requireUser(session, name);
  const before = await readAliases(session, user);
  const all = [...before];
  for (const address of addresses) if (!all.some((known) => same(known, address))) all.push(address);
  if (all.length > before.length) await writeAliases(session, user, all);
  report.done(`${name} has ${counted(all.length, 'alias', 'aliases')}: ${all.join(', ')}.`, { name, aliases: all });
}

async function remove({ session, report }: Invocation, name: string, addresses: readonly string[]): Promise<void> {
  const user = await requireUser(session, name);
  const before = await readAliases(session, user);
  const missing = addresses.find((address) => !before.some((known) => same(known, address)));
  if (missing !== undefined)
    throw new CommandError(`${name} has no alias ${missing}; nothing was changed.`, {
      hint: `kgc user alias list ${name}`,
    });
  const left = before.filter((known) => !addresses.some((address) => same(known, address)));
  await writeAliases(session, user, left);
  report.done(`Took ${addresses.join(', ')} from ${name}.`, { name, aliases: left });
}
