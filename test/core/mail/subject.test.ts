import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subjectPrefix } from '../../../core/mail/subject.ts';

for (const [subject, prefix] of [
  ['Re: Lunch', 'Re: '],
  ['AW:Lunch', 'AW:'],
  ['Fwd: Lunch', 'Fwd: '],
  ['Re: AW: Lunch', 'Re: '],
  ['10: one', ''],
  ['Note: Lunch', ''],
  [': Lunch', ''],
  ['Lunch', ''],
  ['', ''],
] as const) {
  test(`"${subject}" has the prefix "${prefix}"`, () => assert.equal(subjectPrefix(subject), prefix));
}
