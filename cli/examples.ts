import type { Command } from 'commander';

const known = new WeakMap<Command, readonly string[]>();

/** Examples at the end of a command's help, each a command line; a test reads them and parses every one. */
export function withExamples(command: Command, ...lines: readonly string[]): Command {
  known.set(command, lines);
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`);
}

/** The examples of a command. */
export const examplesOf = (command: Command): readonly string[] => known.get(command) ?? [];
