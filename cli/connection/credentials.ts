import { readPasswordFile } from '../terminal/password-file.ts';
import { promptPassword } from '../terminal/prompt.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { keptPassword } from './keyring.ts';

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
  readonly loginPasswordFile?: string | undefined;
}

/** Where somebody logs on. */
interface Place {
  readonly server: URL;
  readonly login: string;
  /** The way in vouches for who comes: nobody needs a password. */
  readonly signed: boolean;
}

/** The password of a login: from the file, the environment, the keyring, or the person at the terminal. */
export async function credentialsOf(
  { server, login, signed }: Place,
  options: CredentialOptions,
  terminal: Terminal,
): Promise<Credentials> {
  if (options.loginPasswordFile !== undefined)
    return { name: login, password: await readPasswordFile(options.loginPasswordFile, terminal) };
  if (signed) return { name: login, password: '' };
  const password = terminal.env[KGC_LOGIN_PASSWORD];
  if (password !== undefined) return { name: login, password };
  if (login === SYSTEM) return { name: login, password: '' };
  const kept = keptPassword(terminal.env, server, login);
  if (kept !== undefined) return { name: login, password: kept };
  return { name: login, password: await promptPassword(terminal, `Password of ${login}`, '--login-password-file') };
}
