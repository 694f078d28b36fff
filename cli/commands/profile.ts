import type { Command } from 'commander';
import { isAwsAddress, trustedUrl } from '../connection/aws-signature.ts';
import { SYSTEM } from '../connection/credentials.ts';
import type { ConnectionOptions } from '../connection/options.ts';
import {
  type Profile,
  readProfiles,
  requireProfile,
  requireProfileName,
  writeProfiles,
} from '../connection/profiles.ts';
import { serverAddress } from '../connection/server-address.ts';
import { CommandError, UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { Report, type ReportOptions } from '../report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';

export function addProfileCommands(program: Command, terminal: Terminal): void {
  const profile = program.command('profile').description('servers by names of your own');
  const reportOf = (command: Command): Report => new Report(terminal, command.optsWithGlobals<ReportOptions>());

  withExamples(
    profile
      .command('list')
      .description('list the profiles, the one in use with a star')
      .action((_options: object, command: Command) => list(terminal, reportOf(command))),
    'kgc profile list',
    'kgc profile list --json',
  );

  withExamples(
    profile
      .command('add')
      .argument('<name>', 'short name')
      .description(
        'keep --server, --login, --ca-file, --aws-region and --aws-profile under a name; the first one is in use',
      )
      .action((name: string, _options: object, command: Command) =>
        add(terminal, reportOf(command), name, command.optsWithGlobals<ConnectionOptions>()),
      ),
    'kgc profile add home --server file:///srv/kopano/server.sock',
    'kgc profile add work --server https://mail.example.org/kopano --login anna',
    'kgc profile add cloud --server aws+https://mail.example.org/kopano --aws-region eu-central-1 --aws-profile admin',
  );

  withExamples(
    profile
      .command('use')
      .argument('<name>', 'name of the profile')
      .description('use a profile where no server is named')
      .action((name: string, _options: object, command: Command) => use(terminal, reportOf(command), name)),
    'kgc profile use work',
  );

  withExamples(
    profile
      .command('remove')
      .argument('<name>', 'name of the profile')
      .description('forget a profile')
      .action((name: string, _options: object, command: Command) => remove(terminal, reportOf(command), name)),
    'kgc profile remove work',
  );
}

interface Row extends Profile {
  readonly name: string;
  readonly current: boolean;
}

function list({ env }: Terminal, report: Report): void {
  const { current, profiles } = readProfiles(env);
  const rows = Object.entries(profiles).map(
    ([name, profile]): Row => ({ ...profile, name, current: name === current }),
  );
  report.list<Row>({
    rows: rows.sort((a, b) => a.name.localeCompare(b.name)),
    columns: [
      { title: '', text: (row) => (row.current ? '*' : '') },
      { title: 'NAME', text: ({ name }) => name },
      { title: 'SERVER', text: ({ server }) => server, shrinks: true },
      { title: 'LOGIN', text: ({ login }) => login ?? SYSTEM },
    ],
    json: (row) => row,
    summary: counted(rows.length, 'profile'),
  });
}

function add({ env }: Terminal, report: Report, name: string, options: ConnectionOptions): void {
  requireProfileName(name);
  const { server, login, caFile, awsRegion, awsProfile } = options;
  if (server === undefined)
    throw new UsageError('A profile needs a server.', {
      hint: `kgc profile add ${name} --server https://mail.example.org/`,
    });
  // What makes no sense is told now, not at the first use.
  if (isAwsAddress(server)) trustedUrl(server);
  const address = isAwsAddress(server) ? server : serverAddress(server, {}).href;
  const before = readProfiles(env);
  if (Object.hasOwn(before.profiles, name))
    throw new CommandError(`There is a profile '${name}' already; nothing was changed.`, {
      hint: `kgc profile remove ${name}`,
    });
  const profile: Profile = {
    server: address,
    ...(login !== undefined && { login }),
    ...(caFile !== undefined && { caFile }),
    ...(awsRegion !== undefined && { awsRegion }),
    ...(awsProfile !== undefined && { awsProfile }),
  };
  const current = before.current ?? name;
  writeProfiles(env, { current, profiles: { ...before.profiles, [name]: profile } });
  report.done(`Added the profile ${name}${current === name ? ', which is in use now' : ''}.`, { name, ...profile });
}

function use({ env }: Terminal, report: Report, name: string): void {
  const before = readProfiles(env);
  const profile = requireProfile(before, name);
  writeProfiles(env, { ...before, current: name });
  report.done(`${name} is in use now.`, { name, ...profile });
}

function remove({ env }: Terminal, report: Report, name: string): void {
  const { current, profiles } = readProfiles(env);
  requireProfile({ profiles }, name);
  const { [name]: _removed, ...others } = profiles;
  writeProfiles(env, { ...(current !== undefined && current !== name && { current }), profiles: others });
  report.done(`Removed the profile ${name}.`, { name });
}
