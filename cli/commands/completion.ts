import { Argument, type Command } from 'commander';
import { candidates } from '../completion/candidates.ts';
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts';
import { readProfiles } from '../connection/profiles.ts';
import { withExamples } from '../examples.ts';
import type { Terminal } from '../terminal/terminal.ts';

export function addCompletionCommands(program: Command, terminal: Terminal): void {
  withExamples(
    program
      .command('completion')
      .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
      .description('print what makes a shell complete command lines of kgc')
      .action((shell: Shell) => void terminal.stdout.write(COMPLETION_SCRIPTS[shell])),
    'kgc completion bash',
  );

  // What the scripts ask: a line for each word that may come next, its meaning after a tab.
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words: readonly string[]) => {
      const known = { '--profile': () => Object.keys(readProfiles(terminal.env).profiles) };
      for (const { word, meaning } of candidates(program, words, known))
        terminal.stdout.write(meaning === '' ? `${word}\n` : `${word}\t${meaning.split('\n', 1)[0]}\n`);
    });
}
