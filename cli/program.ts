import { Command, CommanderError } from 'commander';
import { addCompanyCommands } from './commands/company.ts';
import { addCompletionCommands } from './commands/completion.ts';
import { addDelegateCommands } from './commands/delegate.ts';
import { addFolderCommands } from './commands/folder.ts';
import { addGroupCommands } from './commands/group.ts';
import { addLoginCommands } from './commands/login.ts';
import { addMessageCommands } from './commands/message.ts';
import { addOofCommands } from './commands/oof.ts';
import { addPermissionCommands } from './commands/permission.ts';
import { addProfileCommands } from './commands/profile.ts';
import { addQueueCommands } from './commands/queue.ts';
import { addQuotaCommands } from './commands/quota.ts';
import { addServerCommands } from './commands/server.ts';
import { addSessionCommands, addStatsCommands } from './commands/stats.ts';
import { addStoreCommands } from './commands/store.ts';
import { addSyncCommands } from './commands/sync.ts';
import { addTransferCommands } from './commands/transfer.ts';
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
Environment: KGC_SERVER, KGC_PROFILE, KGC_LOGIN, KGC_LOGIN_PASSWORD, and for aws+https:// servers what the AWS tools read.`;

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

type AddCommands = (program: Command, terminal: Terminal) => void;

/** The commands, as `kgc help` lists them. A new one is a file in `commands/` and its function here. */
const COMMANDS: Readonly<Record<string, readonly AddCommands[]>> = {
  'People:': [addUserCommands, addGroupCommands, addCompanyCommands, addSyncCommands],
  'Mailboxes:': [
    addStoreCommands,
    addFolderCommands,
    addMessageCommands,
    addTransferCommands,
    addPermissionCommands,
    addDelegateCommands,
    addOofCommands,
    addQuotaCommands,
  ],
  'The server:': [addQueueCommands, addServerCommands, addSessionCommands, addStatsCommands],
  'kgc itself:': [addProfileCommands, addLoginCommands, addCompletionCommands],
};

/** The whole command line as data: what parses it, prints its help, and completes it in a shell. */
export function buildProgram(terminal: Terminal): Command {
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
  for (const [heading, additions] of Object.entries(COMMANDS)) {
    program.commandsGroup(heading);
    for (const add of additions) add(program, terminal);
  }
  addHelpCommand(program);
  for (const command of program.commands) withoutHelpCommands(command);
  return program;
}

/** `kgc help user create` and `kgc user create --help` say the same. */
function addHelpCommand(program: Command): void {
  program
    .helpCommand(false)
    .commandsGroup('Help:')
    .command('help')
    .argument('[command...]', 'such as user create')
    .description('show help for a command')
    .action((words: readonly string[]) => {
      let command = program;
      for (const word of words) {
        const next = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
        if (!next)
          throw new UsageError(`There is no command '${words.join(' ')}'.`, {
            hint: ['kgc help', ...words.slice(0, words.indexOf(word))].join(' '),
          });
        command = next;
      }
      command.outputHelp();
    });
}

/** Groups list their commands only; help for them is above. */
function withoutHelpCommands(command: Command): void {
  if (command.commands.length > 0) command.helpCommand(false);
  for (const each of command.commands) withoutHelpCommands(each);
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
