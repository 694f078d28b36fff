import { readPasswordFile } from '../terminal/password-file.ts';
import { promptPassword } from '../terminal/prompt.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Who logs on. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** The internal administrator; only the trusted doors accept it, without a password. */
export const SYSTEM = 'SYSTEM';

/** Environment variables that say who logs on. */
export const KGC_LOGIN = 'KGC_LOGIN';
export const KGC_LOGIN_PASSWORD = 'KGC_LOGIN_PASSWORD';

export interface CredentialOptions {
  readonly login?: string | undefined;
  readonly loginPasswordFile?: string | undefined;
}

/** Who is to log on: by the command line, by the environment, or SYSTEM. A password that isn't given is asked for. */
export async function credentialsOf(options: CredentialOptions, terminal: Terminal): Promise<Credentials> {
  const name = options.login ?? terminal.env[KGC_LOGIN] ?? SYSTEM;
  if (options.loginPasswordFile !== undefined)
    return { name, password: await readPasswordFile(options.loginPasswordFile, terminal) };
  const password = terminal.env[KGC_LOGIN_PASSWORD];
  if (password !== undefined) return { name, password };
  if (name === SYSTEM) return { name, password: '' };
  return { name, password: await promptPassword(terminal, `Password of ${name}`, '--login-password-file') };
}
