import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CommandError } from '../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where `kgc` keeps what it is to remember (XDG Base Directory specification); undefined where there is no home. */
export function configFolder(env: Environment): string | undefined {
  if (env.XDG_CONFIG_HOME && path.isAbsolute(env.XDG_CONFIG_HOME)) return path.join(env.XDG_CONFIG_HOME, 'kgc');
  return env.HOME ? path.join(env.HOME, '.config', 'kgc') : undefined;
}

/** A file of the configuration folder; says so where there can be none. */
export function configFile(env: Environment, name: string): string {
  const folder = configFolder(env);
  if (folder === undefined)
    throw new CommandError('There is no place to keep it: neither HOME nor XDG_CONFIG_HOME is set.');
  return path.join(folder, name);
}

/** The JSON object in a file; undefined where there is no such file. */
export function readJsonFile(file: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError(`${file} can't be read: ${(cause as Error).message}`, { cause });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new CommandError(`${file} is damaged: it holds no JSON object.`, {
    hint: `correct it, or remove it: rm ${file}`,
  });
}

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** Writes a file in one step, for its owner only, as is its folder. */
export function writePrivateFile(file: string, value: object): void {
  const folder = path.dirname(file);
  const unfinished = `${file}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: OWNER_ONLY });
    chmodSync(unfinished, OWNER_ONLY);
    renameSync(unfinished, file);
  } catch (cause) {
    throw new CommandError(`${file} can't be written: ${(cause as Error).message}`, { cause });
  }
}

/** Throws where others than the owner may read or write a file that is there. */
export function requirePrivate(file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats && (stats.mode & OTHERS) !== 0)
    throw new CommandError(`${file} holds passwords, and others than you may read it; it is not used.`, {
      hint: `chmod 600 ${file}`,
    });
}
