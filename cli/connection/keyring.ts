import {
  configFile,
  configFolder,
  type Environment,
  readJsonFile,
  requirePrivate,
  writePrivateFile,
} from './config-folder.ts';

const FILE = 'keyring.json';

/** Passwords are kept for a server and a login name together. */
const keyOf = (server: URL, login: string): string => `${login} ${server.href}`;

/** The passwords that were kept; refuses a file that others may read. */
function readKeyring(env: Environment): Record<string, string> {
  if (configFolder(env) === undefined) return {};
  const file = configFile(env, FILE);
  requirePrivate(file);
  const entries = Object.entries(readJsonFile(file) ?? {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** The password that was kept for a login at a server. */
export function keptPassword(env: Environment, server: URL, login: string): string | undefined {
  const keyring = readKeyring(env);
  const key = keyOf(server, login);
  return Object.hasOwn(keyring, key) ? keyring[key] : undefined;
}

/** Keeps a password, in a file that only the user reads. */
export function keepPassword(env: Environment, server: URL, login: string, password: string): void {
  writePrivateFile(configFile(env, FILE), { ...readKeyring(env), [keyOf(server, login)]: password });
}

/** Forgets a password; answers whether there was one. */
export function forgetPassword(env: Environment, server: URL, login: string): boolean {
  const { [keyOf(server, login)]: forgotten, ...others } = readKeyring(env);
  if (forgotten === undefined) return false;
  writePrivateFile(configFile(env, FILE), others);
  return true;
}
