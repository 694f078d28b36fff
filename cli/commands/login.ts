import type { Command } from 'commander';
import { clientOf, endpointOf } from '../connection/connect.ts';
import { credentialsOf, SYSTEM } from '../connection/credentials.ts';
import { explain } from '../connection/explain.ts';
import { forgetPassword, keepPassword } from '../connection/keyring.ts';
import type { ConnectionOptions } from '../connection/options.ts';
import { addressText } from '../connection/server-address.ts';
import { Session } from '../connection/session.ts';
import { UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { Report, type ReportOptions } from '../report.ts';
import { promptPassword } from '../terminal/prompt.ts';
import type { Terminal } from '../terminal/terminal.ts';

type Options = ConnectionOptions & ReportOptions;

export function addLoginCommands(program: Command, terminal: Terminal): void {
  withExamples(
    program
      .command('login')
      .description('try a password and keep it, in a file that only you read')
      .action((_options: object, command: Command) => login(terminal, command.optsWithGlobals<Options>())),
    'kgc login --server https://mail.example.org/kopano --login anna',
    'kgc login --profile work',
  );

  withExamples(
    program
      .command('logout')
      .description('forget a password that was kept')
      .action((_options: object, command: Command) => logout(terminal, command.optsWithGlobals<Options>())),
    'kgc logout --profile work',
  );
}

async function login(terminal: Terminal, options: Options): Promise<void> {
  const endpoint = endpointOf(options, terminal);
  const { server, login: name } = endpoint;
  requirePasswords(endpoint);
  const { password } =
    options.loginPasswordFile === undefined
      ? { password: await promptPassword(terminal, `Password of ${name}`, '--login-password-file') }
      : await credentialsOf(endpoint, options, terminal);
  using client = await clientOf(endpoint, options.timeout);
  try {
    await using _session = await Session.open(client, { name, password });
  } catch (error) {
    throw explain(error, { server, login: name });
  }
  keepPassword(terminal.env, server, name, password);
  const where = { server: addressText(server), login: name };
  new Report(terminal, options).done(`${name} is logged in at ${where.server}.`, where);
}

function logout(terminal: Terminal, options: Options): void {
  const endpoint = endpointOf(options, terminal);
  const { server, login: name } = endpoint;
  requirePasswords(endpoint);
  const forgotten = forgetPassword(terminal.env, server, name);
  const where = { server: addressText(server), login: name, forgotten };
  const sentence = forgotten
    ? `The password of ${name} at ${where.server} is forgotten.`
    : `No password of ${name} at ${where.server} was kept.`;
  new Report(terminal, options).done(sentence, where);
}

function requirePasswords({ login: name, signed }: { readonly login: string; readonly signed: boolean }): void {
  if (signed)
    throw new UsageError('A server with aws+https:// takes the credentials of AWS; there is nothing to keep.');
  if (name === SYSTEM)
    throw new UsageError(`${SYSTEM} has no password.`, { hint: 'kgc login --login NAME --server https://…' });
}
