import { createInterface } from 'node:readline/promises';
import { type Readable, Writable } from 'node:stream';
import { CommandError, InterruptedError, UsageError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

/** Asks for a password without showing it; where nobody can be asked, says with which option to give it. */
export async function promptPassword(terminal: Terminal, question: string, option: string): Promise<string> {
  requirePeople(terminal, option);
  const password = await ask(terminal, question);
  if (password === '') throw new CommandError('An empty password is not accepted.');
  return password;
}

/** Asks for a password that is to be set, twice. */
export async function promptNewPassword(terminal: Terminal, question: string, option: string): Promise<string> {
  const password = await promptPassword(terminal, question, option);
  if ((await ask(terminal, 'The same again')) !== password) throw new CommandError('The two passwords differ.');
  return password;
}

/** Asks whether to go on; anything but yes is no. Where nobody can be asked, says with which option to agree. */
export async function promptYes(terminal: Terminal, question: string, option: string): Promise<boolean> {
  if (!hasPeople(terminal))
    throw new UsageError(`${question.replace(/ Go on\?$/, '')} There is nobody to ask.`, {
      hint: `the same with ${option}, or first with --dry-run`,
    });
  terminal.stderr.write(`${question} [y/N] `);
  const lines = createInterface({ input: terminal.stdin as Readable, terminal: false });
  try {
    return await new Promise<boolean>((resolve, reject) => {
      lines.once('close', () => reject(new InterruptedError('Interrupted.')));
      lines.question('').then((answer) => resolve(/^(y|yes)$/i.test(answer.trim())), reject);
    });
  } finally {
    lines.close();
  }
}

const hasPeople = ({ stdin, stderr }: Terminal): boolean => stdin.isTTY === true && stderr.isTTY === true;

function requirePeople(terminal: Terminal, option: string): void {
  if (hasPeople(terminal)) return;
  throw new UsageError('A password is needed, and there is nobody to ask.', {
    hint: `${option} FILE, or ${option} - to read it from the standard input`,
  });
}

async function ask(terminal: Terminal, question: string): Promise<string> {
  terminal.stderr.write(`${question}: `);
  // readline shows what is typed on its output; this one shows nothing.
  const nothing = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: terminal.stdin as Readable, output: nothing, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('close', () => reject(new InterruptedError('Interrupted.')));
      lines.once('SIGINT', () => lines.close());
      lines.question('').then(resolve, reject);
    });
  } finally {
    lines.close();
    terminal.stderr.write('\n');
  }
}
