import { Command, CommanderError } from 'commander';
import { addFolderCommands } from './commands/folder.ts';
import { addMessageCommands } from './commands/message.ts';
import { addStoreCommands } from './commands/store.ts';
import { addUserCommands } from './commands/user.ts';
import { addConnectionOptions } from './connection/options.ts';
import {
  CommandError,
  EXIT_FAILED,
  EXIT_INTERRUPTED,
  EXIT_OK,
  EXIT_USAGE,
  InterruptedError,
  UsageError,
} from './errors.ts';
import type { Terminal } from './terminal/terminal.ts';
import { printable } from './terminal/text-width.ts';

const EXAMPLES = `
Examples:
  kgc user list
  kgc user create anna --full-name "Anna Demo" --email anna@example.org
  kgc user create ben --email ben@example.org --password-file ben.txt --json
  kgc store list
  kgc store create --public
  kgc folder list anna
  kgc message list anna Inbox
  kgc --server https://mail.example.org/ --login admin user list
  kgc --server file:///path/to/server.sock user delete ben

Exit codes: 0 done, 1 refused or failed, 2 the command line makes no sense.
Environment: KGC_SERVER, KGC_LOGIN, KGC_LOGIN_PASSWORD.`;

/** Runs a command line and answers the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await buildProgram(terminal).parseAsync(args, { from: 'user' });
    return EXIT_OK;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    return tell(error, args.includes('--json'), terminal);
  }
}

function buildProgram(terminal: Terminal): Command {
  const program = new Command('kgc')
    .description('administer a groupware server: users, stores, and what is in them')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      outputError: (text, write) => write(`kgc: ${sentence(text)}\n  Try: ${HELP}\n`),
      getOutHelpWidth: () => terminal.stdout.columns || HELP_WIDTH,
      getErrHelpWidth: () => terminal.stderr.columns || HELP_WIDTH,
    });
  addConnectionOptions(program)
    .optionsGroup('How it answers:')
    .option('--json', 'for machines')
    .option('--quiet', 'only what was asked for, and errors')
    .optionsGroup('Options:');
  addUserCommands(program, terminal);
  addStoreCommands(program, terminal);
  addFolderCommands(program, terminal);
  addMessageCommands(program, terminal);
  return program;
}

const HELP_WIDTH = 100;
const HELP = 'kgc help';

/** `error: unknown option '--x'` as a sentence, with what commander suggests. */
function sentence(text: string): string {
  const [first = '', ...suggestions] = text
    .replace(/^error: /, '')
    .trimEnd()
    .split('\n');
  const whole = `${first.charAt(0).toUpperCase()}${first.slice(1)}${first.endsWith('.') ? '' : '.'}`;
  return [whole, ...suggestions.map((line) => line.replace(/^\((.*)\)$/, '$1'))].join(' ');
}

/** Says what went wrong and what to do next. */
function tell(error: unknown, json: boolean, { stderr }: Terminal): number {
  const message = error instanceof Error ? error.message : String(error);
  const hint =
    error instanceof CommandError ? (error.hint ?? (error instanceof UsageError ? HELP : undefined)) : undefined;
  if (json) stderr.write(`${JSON.stringify({ error: { message, ...(hint !== undefined && { hint }) } })}\n`);
  else if (error instanceof CommandError)
    stderr.write(`kgc: ${printable(message)}\n${hint === undefined ? '' : `  Try: ${hint}\n`}`);
  else
    stderr.write(`kgc: this should not happen, please report it: ${error instanceof Error ? error.stack : message}\n`);
  if (error instanceof InterruptedError) return EXIT_INTERRUPTED;
  return error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
}
