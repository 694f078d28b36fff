import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CommandError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

/** Stands for the standard input. */
const STDIN = '-';

/** The first line of a file, or of the standard input for `-`. */
export async function readPasswordFile(file: string, terminal: Terminal): Promise<string> {
  const [password] = (await contentOf(file, terminal)).split(/\r?\n/);
  if (!password) throw new CommandError(`There is no password in ${file === STDIN ? 'the standard input' : file}.`);
  return password;
}

async function contentOf(file: string, terminal: Terminal): Promise<string> {
  if (file === STDIN) return text(terminal.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandError(`The password file can't be read: ${(cause as Error).message}`, { cause });
  }
}
