import type { Command } from 'commander';
import {
  PR_DECLINE_CONFLICTING_MEETING_REQUESTS,
  PR_DECLINE_RECURRING_MEETING_REQUESTS,
  PR_PROCESS_MEETING_REQUESTS,
} from '../../core/mapi/tags.ts';
import { UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { chooseStore } from '../mailbox/choose-store.ts';
import { loadObject, saveMessageProperties } from '../mailbox/objects.ts';
import { requireFreeBusy } from '../mailbox/special-folders.ts';
import { yesOrNo } from '../option-values.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { wireProperty } from '../wire-properties.ts';

interface MeetingOptions {
  readonly accept?: boolean;
  readonly declineConflicts?: boolean;
  readonly declineRecurring?: boolean;
}

/** Where each answer is kept: in the mailbox's free/busy settings. */
const ANSWERS = [
  ['accept', PR_PROCESS_MEETING_REQUESTS, 'Accept'],
  ['declineConflicts', PR_DECLINE_CONFLICTING_MEETING_REQUESTS, 'Decline conflicts'],
  ['declineRecurring', PR_DECLINE_RECURRING_MEETING_REQUESTS, 'Decline recurring'],
] as const;

export function addMeetingCommands(user: Command, terminal: Terminal): void {
  const meetings = user.command('meetings').description('meeting requests that a mailbox answers by itself');

  withExamples(
    meetings
      .command('show')
      .argument('<user>', 'login name of a user, room or equipment')
      .description('show how meeting requests are answered')
      .action(action(terminal, show)),
    'kgc user meetings show board-room',
  );
  withExamples(
    meetings
      .command('set')
      .argument('<user>', 'login name of a user, room or equipment')
      .option('--accept <yes|no>', 'accept requests without asking', yesOrNo)
      .option('--decline-conflicts <yes|no>', 'decline what collides with an appointment', yesOrNo)
      .option('--decline-recurring <yes|no>', 'decline what repeats', yesOrNo)
      .description('say how meeting requests are answered; what is not named stays')
      .action(
        action(terminal, set, (_name: string, options: MeetingOptions) => {
          if (Object.keys(options).length === 0)
            throw new UsageError('There is nothing to set.', { hint: 'kgc help user meetings set' });
        }),
      ),
    'kgc user meetings set board-room --accept yes --decline-conflicts yes',
  );
}

async function show({ session, report }: Invocation, name: string): Promise<void> {
  const { message } = await requireFreeBusy(session, await chooseStore(session, { user: name }));
  const { properties } = await loadObject(session, message);
  report.facts(
    ANSWERS.map(([, tag, title]) => [title, properties.get(tag) === true ? 'yes' : 'no']),
    { name, ...Object.fromEntries(ANSWERS.map(([key, tag]) => [key, properties.get(tag) === true])) },
  );
}

async function set({ session, report }: Invocation, name: string, options: MeetingOptions): Promise<void> {
  const { message } = await requireFreeBusy(session, await chooseStore(session, { user: name }));
  const changed = ANSWERS.filter(([key]) => options[key] !== undefined);
  await saveMessageProperties(
    session,
    message,
    changed.map(([key, tag]) => wireProperty(tag, options[key]!)),
  );
  report.done(`${name} answers meeting requests as asked.`, {
    name,
    ...Object.fromEntries(changed.map(([key]) => [key, options[key]!])),
  });
}
