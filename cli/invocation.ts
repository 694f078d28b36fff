import type { Command } from 'commander';
import { clientOf, endpointOf } from './connection/connect.ts';
import { credentialsOf } from './connection/credentials.ts';
import { explain } from './connection/explain.ts';
import type { ConnectionOptions } from './connection/options.ts';
import { Session } from './connection/session.ts';
import { UsageError } from './errors.ts';
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
  const endpoint = endpointOf(options, terminal);
  const { server } = endpoint;
  const credentials = await credentialsOf(endpoint, options, terminal);
  using client = await clientOf(endpoint, options.timeout);
  try {
    await using session = await Session.open(client, credentials);
    await work({ session, terminal, report: new Report(terminal, options) });
  } catch (error) {
    throw explain(error, { server, login: credentials.name });
  }
}
