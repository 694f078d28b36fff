import type { Command } from 'commander';

/** Options of every command that talks to a server. */
export interface ConnectionOptions {
  readonly server?: string;
  readonly profile?: string;
  readonly awsRegion?: string;
  readonly awsProfile?: string;
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
      'https://…, aws+https://… (signed, as SYSTEM), http://… or file:///…/server.sock (default: $KGC_SERVER, the profile, or the local instance)',
    )
    .option('--profile <name>', 'a server by the name that it was given (default: $KGC_PROFILE, or the one in use)')
    .option('--login <name>', 'who logs on (default: $KGC_LOGIN, or SYSTEM, which trusted doors accept)')
    .option(
      '--login-password-file <file>',
      'where the password is, - for standard input (default: $KGC_LOGIN_PASSWORD, or what `kgc login` kept)',
    )
    .option('--aws-region <region>', 'of an aws+https:// server, where its name does not tell (default: $AWS_REGION)')
    .option('--aws-profile <name>', 'whose AWS credentials sign (default: as the AWS tools)')
    .option('--ca-file <file>', 'certificate authority of an https server (PEM)')
    .option('--timeout <seconds>', 'how long a call may take', Number, DEFAULT_TIMEOUT_SECONDS);
}
