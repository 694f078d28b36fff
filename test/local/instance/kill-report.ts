import assert from 'node:assert/strict';
import type { KillReport } from './kill-run.ts';

/** Every accepted mail is there once; one without an answer may be there once or not at all, as its sender must expect. */
export function assertNothingLost({ accepted, unanswered, found, counters, deadLetters }: KillReport): void {
  const copies = new Map<string, number>();
  for (const subject of found) copies.set(subject, (copies.get(subject) ?? 0) + 1);
  assert.deepEqual(
    accepted.filter((subject) => copies.get(subject) !== 1),
    [],
    'accepted mails that are not there exactly once',
  );
  const taken = unanswered.filter((subject) => copies.has(subject));
  assert.equal(copies.size, accepted.length + taken.length, 'nothing else is there');
  assert.equal(found.length, copies.size, 'nothing is there twice');
  const all = found.length;
  assert.deepEqual(counters, { content: all, unread: all, counted: all, countedUnread: all, deliveries: all });
  assert.equal(deadLetters, 0, 'no mail was given up');
}
