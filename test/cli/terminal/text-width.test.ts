import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pad, printable, textWidth, truncate } from '../../../cli/terminal/text-width.ts';

for (const [text, width] of [
  ['', 0],
  ['abc', 3],
  ['Grüße', 5],
  ['e\u0301', 1],
  ['日本語', 6],
  ['📎', 2],
  ['👩‍👩‍👧', 2],
  ['한국어', 6],
] as const) {
  test(`'${text}' takes ${width} columns`, () => assert.equal(textWidth(text), width));
}

test('a text that fits is not cut', () => {
  assert.equal(truncate('exactly', 7), 'exactly');
  assert.equal(truncate('exactly', 6), 'exact…');
});

test('a wide character is not cut in half', () => {
  assert.equal(truncate('日本語', 4), '日…');
  assert.equal(textWidth(truncate('日本語', 5)), 5);
});

test('padding counts columns, not characters', () => {
  assert.equal(pad('日', 4), '日  ');
  assert.equal(pad('日', 4, 'right'), '  日');
});

test('line breaks and tabs become spaces, other control characters a sign', () => {
  assert.equal(printable('a\r\n\tb\x1bc'), 'a b\ufffdc');
});
