import assert from 'node:assert/strict';
import test from 'node:test';
import {
  compareTexts,
  foldCase,
  textContainsIgnoringCase,
  textEqualsIgnoringCase,
} from '../../../core/mapi/collation.ts';

test('case folding is full and knows the letters that are not what they seem', () => {
  const folded: readonly [string, string][] = [
    ['ABC', 'abc'],
    ['Straße', 'strasse'],
    ['ẞ', 'ss'],
    ['ﬁne', 'fine'],
    ['ΣΑΣ', 'σασ'],
    ['ς', 'σ'],
    ['K', 'k'],
    ['ı', 'ı'],
    ['ſ', 's'],
    ['Ǆ', 'ǆ'],
    ['µ', 'μ'],
  ];
  for (const [text, expected] of folded) assert.equal(foldCase(text), expected, text);
});

test('texts sort as dictionaries do', () => {
  const sorted = ['', ' x', '_a', '1', 'a', 'a b', 'ab', 'b', 'e', 'é', 'f', 'z'];
  assert.deepEqual([...sorted].reverse().sort(compareTexts), sorted);
  assert.equal(compareTexts('ABC', 'abc'), 0);
});

test('canonically equivalent texts are the same', () => {
  assert.equal(textEqualsIgnoringCase('É', 'e\u0301'), true);
  assert.equal(textContainsIgnoringCase('xE\u0301x', 'é'), true);
});
