import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Report } from '../../../cli/report.ts';
import { ProgressLine } from '../../../cli/terminal/progress.ts';
import { textWidth } from '../../../cli/terminal/text-width.ts';
import { aPerson, aScreen } from '../a-terminal.ts';

/** A clock that a test moves on. */
const aClock = () => {
  let now = 0;
  const pass = (milliseconds: number): void => {
    now += milliseconds;
  };
  return { now: () => now, pass };
};

/** What is on the last line after all that was written. */
const lastLine = (written: string): string => written.split('\r\x1b[2K').at(-1)!;

test('quick work shows no line', () => {
  const person = aPerson();
  const clock = aClock();
  const line = new ProgressLine(person.stderr, 'Mailbox of anna', 3, clock.now);
  for (const what of ['store', 'folders', 'rights']) line.step(what);
  line.end();
  assert.equal(person.shown(), '');
});

test('longer work shows how far it is, on one line that is taken away at the end', () => {
  const person = aPerson();
  const clock = aClock();
  const line = new ProgressLine(person.stderr, 'Mailbox of anna', 4, clock.now);
  line.step('store');
  clock.pass(300);
  line.step('folders');
  assert.equal(lastLine(person.shown()), 'Mailbox of anna ██████████░░░░░░░░░░ 2/4 folders');
  line.end();
  assert.equal(lastLine(person.shown()), '');
  assert.ok(!person.shown().includes('\n'));
});

test('a line never breaks, and more steps than expected are no error', () => {
  const person = aPerson();
  const clock = aClock();
  const line = new ProgressLine(person.stderr, 'Mailbox of anna', 1, clock.now);
  clock.pass(300);
  line.step('x'.repeat(200));
  line.step('x'.repeat(200));
  assert.ok(textWidth(lastLine(person.shown())) < 80);
  assert.match(person.shown(), /2\/2/);
});

test('where nobody looks, nothing is written', () => {
  const screen = aScreen();
  const progress = new Report({ ...aPerson(), stderr: screen.output }, {}).progress('Stores', 1);
  progress.step('anna');
  progress.end();
  assert.equal(screen.shown(), '');
});
