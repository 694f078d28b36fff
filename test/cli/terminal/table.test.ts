import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Column, formatTable } from '../../../cli/terminal/table.ts';
import { textWidth } from '../../../cli/terminal/text-width.ts';

interface Row {
  readonly name: string;
  readonly text: string;
  readonly size: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'NAME', text: ({ name }) => name },
  { title: 'TEXT', text: ({ text }) => text, shrinks: true },
  { title: 'SIZE', text: ({ size }) => String(size), align: 'right' },
];

test('columns are as wide as what is in them, numbers to the right', () => {
  const rows = [
    { name: 'anna', text: 'short', size: 7 },
    { name: 'benjamin', text: 'a longer text', size: 1234 },
  ];
  assert.equal(
    formatTable(COLUMNS, rows),
    ['NAME      TEXT           SIZE', 'anna      short             7', 'benjamin  a longer text  1234', ''].join('\n'),
  );
});

test('in a narrow terminal, columns that may shrink are cut with an ellipsis', () => {
  const rows = [{ name: 'anna', text: 'a text that is much too long', size: 7 }];
  const lines = formatTable(COLUMNS, rows, 30).split('\n');
  assert.deepEqual(lines, ['NAME  TEXT                SIZE', 'anna  a text that is mu…     7', '']);
});

test('what must not shrink is shown whole, even where it does not fit', () => {
  const rows = [{ name: 'a'.repeat(40), text: 'text of some length', size: 7 }];
  const [, line] = formatTable(COLUMNS, rows, 20).split('\n');
  assert.ok(line!.startsWith('a'.repeat(40)));
});

test('every line fits the terminal, whatever the rows, if only what may shrink is wide', () => {
  const anyRow = fc.record({
    name: fc.string({ maxLength: 8, unit: 'grapheme' }),
    text: fc.string({ maxLength: 200, unit: 'grapheme' }),
    size: fc.nat(99_999),
  });
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 20 }), fc.integer({ min: 50, max: 120 }), (rows, width) => {
      const lines = formatTable(COLUMNS, rows, width).split('\n');
      assert.equal(lines.length, rows.length + 2);
      for (const line of lines) assert.ok(textWidth(line) <= width, JSON.stringify(line));
    }),
  );
});

test('names from strangers cannot steer the terminal', () => {
  const rows = [{ name: '\x1b[2Jx', text: 'one\ntwo\u202e\x07', size: 1 }];
  const table = formatTable(COLUMNS, rows);
  assert.equal(table.split('\n').length, 3);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.doesNotMatch(table.replaceAll('\n', ''), /[\u0000-\u001f\u007f\u202e]/);
});
