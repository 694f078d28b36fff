import { CommandError } from '../errors.ts';
import type { Report } from '../report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { printable } from '../terminal/text-width.ts';
import { counted } from '../terminal/units.ts';

/** What became of each message of an import or export: nothing is left out without a word. */
export class Outcome {
  done = 0;
  /** They were there from an earlier run. */
  already = 0;
  readonly failures: { readonly what: string; readonly why: string }[] = [];

  /** Does something; what fails is written down and doesn't keep the rest from being done. */
  async attempt(what: string, work: () => Promise<'done' | 'already'>): Promise<void> {
    try {
      this[await work()]++;
    } catch (error) {
      this.fail(what, error instanceof Error ? error.message : String(error));
    }
  }

  fail(what: string, why: string): void {
    this.failures.push({ what, why });
  }

  /** Tells all of it, and fails the command if something failed. */
  tell(report: Report, terminal: Terminal, verb: string, json: object): void {
    const { done, already, failures } = this;
    for (const { what, why } of failures) terminal.stderr.write(`kgc: ${printable(what)}: ${printable(why)}\n`);
    const before = already > 0 ? `, ${already} there already` : '';
    report.done(`${verb} ${counted(done, 'message')}${before}.`, { ...json, done, already, failures });
    if (failures.length > 0)
      throw new CommandError(`${counted(failures.length, 'message')} failed.`, {
        hint: 'the same command again goes on where it ended',
      });
  }
}

/** Works on all items, some at a time: enough to hide the way to the cloud, few enough to leave others room. */
const AT_ONCE = 4;

export async function inTurns<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); !next.done; next = rest.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
