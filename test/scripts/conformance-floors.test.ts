import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
// @ts-expect-error: the scripts are plain JavaScript without declarations.
import { judge, raise } from '../../scripts/conformance-floors.mjs';

const reached = [
  { name: 'a', matched: 97, failed: 2, blocked: 1 },
  { name: 'b', matched: 10, failed: 0, blocked: 0 },
];

suite('the conformance floors', () => {
  test('hold a transcript to its percentage, and one without a floor to nothing', () => {
    assert.equal(judge(reached, { a: 97 }).ok, true);
    const { rows, ok } = judge(reached, { a: 98 });
    assert.equal(ok, false);
    assert.deepEqual(
      rows.map((row: { name: string; ok: boolean }) => [row.name, row.ok]),
      [
        ['a', false],
        ['b', true],
      ],
    );
  });

  test('only rise, to one exchange below what was reached, and keep those of transcripts that were not replayed', () => {
    const { rows } = judge(reached, {});
    assert.deepEqual(raise(rows, { a: 99, c: 50 }), { a: 99, b: 90, c: 50 });
    assert.deepEqual(raise(rows, { a: 10 }), { a: 96, b: 90 });
  });
});
