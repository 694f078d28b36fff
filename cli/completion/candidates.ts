import type { Command, Option } from 'commander';

/** A word that may come next, and what it means. */
export interface Candidate {
  readonly word: string;
  readonly meaning: string;
}

/** Values of options that are known beforehand, by the option's long flag. */
export type KnownValues = Readonly<Record<string, () => readonly string[]>>;

/**
 * What may stand in the place of the last of some words of a command line: commands, options, or
 * the values of an option. None where only the user knows, such as a name or a file.
 *
 * @param words after the program's name; the last one may be a beginning, or empty
 */
export function candidates(program: Command, words: readonly string[], values: KnownValues = {}): Candidate[] {
  const current = words.at(-1) ?? '';
  const { command, path, pending, open } = walk(program, words.slice(0, -1));
  if (pending) return matching(valuesOf(pending, values), current);
  const [flag, value] = split(current);
  if (open && value !== undefined) {
    const option = optionOf(path, flag);
    return option
      ? matching(valuesOf(option, values), value).map((each) => ({ ...each, word: `${flag}=${each.word}` }))
      : [];
  }
  if (open && current.startsWith('-')) return matching(path.flatMap(flagsOf), current);
  return matching(command.commands.filter(isShown).map(commandOf), current);
}

/** Where some whole words lead: the command, those above it, and the option that waits for its value. */
function walk(program: Command, words: readonly string[]) {
  let command = program;
  const path = [program];
  let pending: Option | undefined;
  let open = true;
  for (const word of words) {
    if (pending) {
      pending = undefined;
      continue;
    }
    if (open && word === '--') open = false;
    else if (open && word.startsWith('-')) {
      const [flag, value] = split(word);
      const option = optionOf(path, flag);
      if (option?.required && value === undefined) pending = option;
    } else {
      const next = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
      if (!next) continue;
      command = next;
      path.push(next);
    }
  }
  return { command, path, pending, open };
}

/** `--profile=work` in its two halves. */
function split(word: string): [flag: string, value: string | undefined] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

const optionOf = (path: readonly Command[], flag: string): Option | undefined =>
  path.flatMap(({ options }) => options).find((option) => option.long === flag || option.short === flag);

const valuesOf = (option: Option, values: KnownValues): Candidate[] =>
  (option.argChoices ?? values[option.long ?? '']?.() ?? []).map((word) => ({ word, meaning: '' }));

const flagsOf = ({ options }: Command): Candidate[] =>
  options
    .filter(({ hidden }) => !hidden)
    .map(({ long, short, description }) => ({ word: long ?? short ?? '', meaning: description }));

const commandOf = (command: Command): Candidate => ({ word: command.name(), meaning: command.description() });

/** Those that help doesn't show are for machines. */
const isShown = (command: Command): boolean => !command.name().startsWith('__');

const matching = (all: readonly Candidate[], beginning: string): Candidate[] =>
  all.filter(({ word }) => word.startsWith(beginning));
