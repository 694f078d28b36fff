import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, sizeText, timeText } from '../../../cli/terminal/units.ts';

for (const [bytes, text] of [
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [10_240, '10 KiB'],
  [1_572_864, '1.5 MiB'],
  [5 * 1024 ** 4, '5.0 TiB'],
  [5000 * 1024 ** 4, '5000 TiB'],
] as const) {
  test(`${bytes} bytes are shown as ${text}`, () => assert.equal(sizeText(bytes), text));
}

test('times are shown to the minute, no time as a dash', () => {
  assert.equal(timeText(new Date(2026, 7, 3, 9, 5, 59)), '2026-08-03 09:05');
  assert.equal(timeText(undefined), '-');
});

test('one is not many', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => counted(count, 'user')),
    ['0 users', '1 user', '2 users'],
  );
});
