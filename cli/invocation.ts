import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { SoapClient } from '../core/soap/index.ts';
import { credentialsOf } from './connection/credentials.ts';
import { explain } from './connection/explain.ts';
import type { ConnectionOptions } from './connection/options.ts';
import { serverAddress } from './connection/server-address.ts';
import { Session } from './connection/session.ts';
import { CommandError, UsageError } from './errors.ts';
import { Report, type ReportOptions } from './report.ts';
import type { Terminal } from './terminal/terminal.ts';

/** What a command works with. */
export interface Invocation {
  readonly session: Session;
  readonly report: Report;
  readonly terminal: Terminal;
}

/**
 * A command's action: `work` gets the arguments in their order, then the options.
 * `check` looks at them before anybody logs on.
 */
export function action<Given extends unknown[]>(
  terminal: Terminal,
  work: (invocation: Invocation, ...given: Given) => Promise<void>,
  check: (...given: Given) => void = () => {},
): (...all: unknown[]) => Promise<void> {
  return async (...all) => {
    const given = all.slice(0, -1) as Given;
    check(...given);
    await invoke(all.at(-1) as Command, terminal, (invocation) => work(invocation, ...given));
  };
}

/** Logs on as the command's options say, does the work, and logs off; errors come in an operator's words. */
export async function invoke(
  command: Command,
  terminal: Terminal,
  work: (invocation: Invocation) => Promise<void>,
): Promise<void> {
  const options = command.optsWithGlobals<ConnectionOptions & ReportOptions>();
  if (!(options.timeout > 0)) throw new UsageError('--timeout takes a number of seconds above 0.');
  const server = serverAddress(options.server, terminal.env);
  const ca = options.caFile === undefined ? undefined : await readCa(options.caFile);
  const credentials = await credentialsOf(options, terminal);
  using client = new SoapClient(server, {
    timeoutMs: options.timeout * 1000,
    gzip: server.protocol !== 'file:',
    ...(ca !== undefined && { ca }),
  });
  try {
    await using session = await Session.open(client, credentials);
    await work({ session, terminal, report: new Report(terminal, options) });
  } catch (error) {
    throw explain(error, { server, login: credentials.name });
  }
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandError(`The certificate authority can't be read: ${(cause as Error).message}`, { cause });
  }
}
