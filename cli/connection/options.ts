import type { Command } from 'commander';

/** Options of every command that talks to a server. */
export interface ConnectionOptions {
  readonly server?: string;
  readonly login?: string;
  readonly loginPasswordFile?: string;
  readonly caFile?: string;
  readonly timeout: number;
}

const DEFAULT_TIMEOUT_SECONDS = 70;

export function addConnectionOptions(command: Command): Command {
  return command
    .optionsGroup('Which server, and who:')
    .option(
      '--server <url>',
      'http://…, https://… or file:///…/server.sock (default: $KGC_SERVER, or the local instance)',
    )
    .option('--login <name>', 'who logs on (default: $KGC_LOGIN, or SYSTEM, which trusted doors accept)')
    .option(
      '--login-password-file <file>',
      'where the password is, - for standard input (default: $KGC_LOGIN_PASSWORD)',
    )
    .option('--ca-file <file>', 'certificate authority of an https server (PEM)')
    .option('--timeout <seconds>', 'how long a call may take', Number, DEFAULT_TIMEOUT_SECONDS);
}
