import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { compilePattern } from '../../../core/mapi/restriction-pattern.ts';

const cases: readonly [pattern: string, text: string, matches: boolean][] = [
  ['abc', 'xABCx', true],
  ['^abc', 'xabc', false],
  ['abc$', 'xabc', true],
  ['^$', '', true],
  ['^b', 'a\nb', true],
  ['a.c', 'abc', true],
  ['a.c', 'a\nc', false],
  ['a*', '', true],
  ['^ab*c$', 'abbbc', true],
  ['^ab\\+c$', 'ac', false],
  ['^ab\\?c$', 'ac', true],
  ['a+', 'a+', true],
  ['a+', 'aa', false],
  ['\\(ab\\)*c', 'ababc', true],
  ['^\\(one\\|two\\)$', 'two', true],
  ['[0-9]\\{2,3\\}', 'x12', true],
  ['^[0-9]\\{2,3\\}$', '1234', false],
  ['[^a-c]', 'abc', false],
  ['[]x]', ']', true],
  ['[[:digit:]]', 'a1', true],
  ['[[:alpha:]]', '12', false],
  ['a|b', 'b', false],
  ['a\\.b', 'axb', false],
  ['*a', '*a', true],
  ['(x)', '(x)', true],
  ['ü', 'Ü', true],
];

for (const [pattern, text, matches] of cases) {
  test(`pattern ${pattern} on ${JSON.stringify(text)}: ${matches}`, () => {
    assert.equal(compilePattern(pattern)?.(text), matches);
  });
}

test('malformed patterns match nothing', () => {
  for (const pattern of ['\\(a', 'a\\)', '[a', '\\1', 'a\\{3,2\\}', '[b-a]', '[[:nothing:]]', 'a\\'])
    assert.equal(compilePattern(pattern), undefined, pattern);
});

test('patterns that make backtracking engines hang end in time', () => {
  const hostile = '\\(\\(a*\\)*\\)*b';
  const started = performance.now();
  assert.equal(compilePattern(hostile)!('a'.repeat(32_768)), false);
  assert.ok(performance.now() - started < 5_000);
});

test('simple patterns match as JavaScript’s do', () => {
  const piece = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\(ab\\)', '\\(a\\|b\\)');
  const repeat = fc.constantFrom('', '*', '\\+', '\\?');
  const pattern = fc.array(fc.tuple(piece, repeat), { minLength: 1, maxLength: 5 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, fc.boolean(), (pieces, subject, anchored) => {
      const posix = `${anchored ? '^' : ''}${pieces.map(([one, many]) => one + many).join('')}`;
      const javaScript = posix.replace(/\\([()|+?])/g, '$1');
      assert.equal(compilePattern(posix)!(subject), new RegExp(javaScript, 'i').test(subject));
    }),
  );
});
