/**
 * Whether mail survives kill -9: how many of the mails that were accepted are
 * in the mailbox once, after parts of the instance or all of it were killed in
 * the middle of their delivery.
 *
 *     node bench/kill-during-delivery.ts [--mails 200] [--victims dagent,instance,…]
 *
 * The instance is a kept one as `npm start` makes it, in a folder of its own.
 * It is started again wherever a kill has ended it. Exit code 1 if a mail is
 * lost, there twice, or given up.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { assertNothingLost } from '../test/local/instance/kill-report.ts';
import { killRun } from '../test/local/instance/kill-run.ts';
import type { Victim } from '../test/local/instance/killable-instance.ts';

const { values: options } = parseArgs({
  options: {
    mails: { type: 'string', default: '200' },
    victims: {
      type: 'string',
      default: 'dagent,instance,soap,database,everything,data api,dagent,instance,database,everything,dagent',
    },
  },
});

const folder = mkdtempSync(path.join(tmpdir(), 'kgc-kill-'));
try {
  const victims = options.victims.split(',') as Victim[];
  const report = await killRun({ data: folder, mails: Number(options.mails), victims, say: console.log });
  const { accepted, unanswered, found, counters, deadLetters, seconds } = report;
  const taken = unanswered.filter((subject) => found.includes(subject)).length;
  console.log(`
accepted by SMTP with 250      ${accepted.length}
  of them in the inbox once    ${accepted.filter((subject) => found.filter((other) => other === subject).length === 1).length}
sent without an answer         ${unanswered.length}, of which ${taken} are in the inbox
messages in the inbox          ${found.length}, different ones ${new Set(found).size}
counters of the inbox          ${counters.content} messages, ${counters.unread} unread
rows counted                   ${counters.counted} messages, ${counters.countedUnread} unread, ${counters.deliveries} deliveries
dead letters                   ${deadLetters}
seconds                        ${seconds.toFixed(1)}`);
  assertNothingLost(report);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
