import { PassThrough, Readable } from 'node:stream';
import { run } from '../../cli/program.ts';
import type { Output, Terminal } from '../../cli/terminal/terminal.ts';

/** An output that keeps what is written. */
export function aScreen(): { readonly output: Output; shown(): string } {
  const texts: string[] = [];
  const write = (text: string): boolean => texts.push(text) > 0;
  return { output: { write }, shown: () => texts.join('') };
}

/** What a command line wrote, and its exit code. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `kgc` in this process with nobody to ask; the environment is empty but for `env`. */
export async function kgc(
  args: readonly string[],
  { env = {}, input = '' }: { readonly env?: Record<string, string>; readonly input?: string } = {},
): Promise<Outcome> {
  const out = aScreen();
  const err = aScreen();
  const terminal: Terminal = {
    stdin: Readable.from([input]),
    stdout: out.output,
    stderr: err.output,
    env,
  };
  const code = await run(args, terminal);
  return { code, out: out.shown(), err: err.shown() };
}

/** A terminal with a person, who types what is written to `keyboard`. */
export function aPerson(): Terminal & { readonly keyboard: PassThrough; shown(): string } {
  const keyboard = new PassThrough();
  const screen = aScreen();
  const output = Object.assign(screen.output, { isTTY: true, columns: 80 });
  return {
    stdin: Object.assign(keyboard, { isTTY: true, setRawMode: () => keyboard }),
    stdout: output,
    stderr: output,
    env: {},
    keyboard,
    shown: screen.shown,
  };
}
