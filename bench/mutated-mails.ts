/*
 * Damaged mails, each read, written and read again: none may crash, and none may take
 * long. `node bench/mutated-mails.ts [COUNT] [FIRST_SEED]`
 */
import { mailToMessage } from '../core/mail/mail-to-message.ts';
import { corpus } from '../test/core/mail/corpus/corpus.ts';
import { mutant } from '../test/core/mail/corpus/mutant.ts';
import { NAMED_TAGS, read, written } from '../test/core/mail/corpus/round.ts';

const count = Number(process.argv[2] ?? 10_000);
const first = Number(process.argv[3] ?? 1);
const mails = corpus().map(({ raw }) => raw);

let asFile = 0;
let unstable = 0;
let slowest = { seed: 0, ms: 0 };
const started = performance.now();
for (let seed = first; seed < first + count; seed++) {
  const mail = mutant(mails, seed);
  const before = performance.now();
  const { message, unreadable } = await mailToMessage(mail, { receivedAt: 0, namedTags: NAMED_TAGS });
  if (unreadable !== undefined) asFile++;
  const once = await written(message);
  const twice = await written(await read(once));
  if (!(await written(await read(twice))).equals(twice)) unstable++;
  const ms = performance.now() - before;
  if (ms > slowest.ms) slowest = { seed, ms };
}
const seconds = (performance.now() - started) / 1000;
console.log(`${count} damaged mails in ${seconds.toFixed(1)} s: none crashed`);
console.log(`  ${count - asFile} became messages, ${asFile} were delivered as a file with the reason`);
console.log(`  ${unstable} were not yet the same after one round`);
console.log(`  slowest: seed ${slowest.seed}, ${slowest.ms.toFixed(0)} ms for three rounds`);
