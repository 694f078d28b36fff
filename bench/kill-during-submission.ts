/**
 * Whether what is submitted survives kill -9: how many of the messages whose
 * submission was answered were sent once, after parts of the instance or all of it were
 * killed in the middle of their sending.
 *
 *     node bench/kill-during-submission.ts [--messages 2000] [--victims spooler,everything,…]
 *
 * The instance is a kept one as `npm start` makes it, in a folder of its own;
 * two users submit with four clients. Exit code 1 if a mail is lost or sent twice.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Victim } from '../test/local/instance/killable-instance.ts';
import { assertSentOnce, submissionKillRun } from '../test/local/instance/submission-kill-run.ts';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '2000' },
    victims: {
      type: 'string',
      default:
        'spooler,soap,spooler,everything,spooler,database,spooler,instance,soap,spooler,' +
        'data api,spooler,everything,spooler,soap,spooler,instance,spooler,everything,spooler',
    },
  },
});

const folder = mkdtempSync(path.join(tmpdir(), 'kgc-kill-'));
try {
  const victims = options.victims.split(',') as Victim[];
  const report = await submissionKillRun({
    data: folder,
    messages: Number(options.messages),
    victims,
    say: console.log,
  });
  const { accepted, unanswered, sent, inSentItems, waiting, deadLetters, seconds } = report;
  const copies = Map.groupBy(sent, (subject) => subject);
  console.log(`
killed                         ${victims.length} times
submissions answered           ${accepted.length}
  of them sent once            ${accepted.filter((subject) => copies.get(subject)?.length === 1).length}
submissions without an answer  ${unanswered.length}, of which ${unanswered.filter((subject) => copies.has(subject)).length} were sent
mails at the local SES         ${sent.length}, different ones ${copies.size}
sent messages in mailboxes     ${inSentItems}
still waiting                  ${waiting}
dead letters                   ${deadLetters}
seconds                        ${seconds.toFixed(1)}`);
  assertSentOnce(report);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
