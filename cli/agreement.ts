/** Commands that take something away ask first, or only say what they would do. */
import type { Command } from 'commander';
import { CommandError } from './errors.ts';
import type { Invocation } from './invocation.ts';
import { promptYes } from './terminal/prompt.ts';

export interface AgreementOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export const addAgreementOptions = (command: Command): Command =>
  command
    .option('--yes', 'do it without asking (needed where nobody can be asked)')
    .option('--dry-run', 'only say what would be done');

/**
 * Whether to go on. `what` follows on "This would …": `delete the user anna`.
 * With --dry-run the command has then said what there is to say.
 */
export async function isAgreed(
  { terminal, report }: Invocation,
  { yes, dryRun }: AgreementOptions,
  what: string,
  json: object,
): Promise<boolean> {
  if (dryRun) {
    report.done(`This would ${what}. Nothing was changed (--dry-run).`, { dryRun: true, ...json });
    return false;
  }
  if (yes) return true;
  if (await promptYes(terminal, `This will ${what}. Go on?`, '--yes')) return true;
  throw new CommandError('Nothing was changed.');
}
