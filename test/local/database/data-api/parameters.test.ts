import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataApiError } from '../../../../local/database/data-api/errors.ts';
import { bind, type SqlParameterJson } from '../../../../local/database/data-api/parameters.ts';

const isBadRequest = (error: unknown) => error instanceof DataApiError && error.name === 'BadRequestException';

test('values come in the order of the question marks, once per use', () => {
  const parameters = [
    { name: 'b', value: { stringValue: 'two' } },
    { name: 'a', value: { stringValue: 'one' } },
  ];
  assert.deepEqual(bind(['a', 'b', 'a'], parameters), ['one', 'two', 'one']);
});

test('bytes are decoded and nulls are nulls', () => {
  const blob = { name: 'a', value: { blobValue: 'AP8=' } };
  assert.deepEqual(bind(['a'], [blob]), [Buffer.from([0, 255])]);
  assert.deepEqual(bind(['a'], [{ name: 'a', value: { isNull: true } }]), [null]);
});

const refused: readonly [why: string, parameters: readonly SqlParameterJson[]][] = [
  ['a missing parameter', []],
  ['a parameter that the statement lacks', [value('a', { stringValue: 'x' }), value('b', { stringValue: 'x' })]],
  ['a parameter that is given twice', [value('a', { stringValue: 'x' }), value('a', { stringValue: 'x' })]],
  ['a parameter without a name', [{ value: { stringValue: 'x' } }]],
  ['a parameter without a value', [{ name: 'a' }]],
  ['an empty field', [value('a', {})]],
  ['an array', [value('a', { arrayValue: { stringValues: ['x'] } })]],
  ['an integer with a fraction', [value('a', { longValue: 1.5 })]],
  ['an integer beyond 2^53', [value('a', { longValue: 2 ** 53 })]],
  ['infinity', [value('a', { doubleValue: 'Infinity' })]],
  ['an unknown type hint', [{ ...value('a', { stringValue: 'x' }), typeHint: 'MONEY' }]],
  ['a hint on a number', [{ ...value('a', { longValue: 1 }), typeHint: 'DATE' }]],
];

for (const [why, parameters] of refused) {
  test(`${why} is refused`, () => {
    assert.throws(() => bind(['a'], parameters), isBadRequest);
  });
}

const hints: readonly [typeHint: string, good: readonly string[], bad: readonly string[]][] = [
  ['DATE', ['2026-02-28'], ['28.02.2026', '2026-02-28 10:00:00', '']],
  ['TIME', ['10:20:30', '10:20:30.123'], ['10:20', '10:20:30.']],
  ['TIMESTAMP', ['2026-02-28 10:20:30', '2026-02-28 10:20:30.123'], ['2026-02-28T10:20:30Z']],
  ['DECIMAL', ['1', '-1.50', '.5'], ['1,5', 'one', '']],
  ['UUID', ['c0de1234-0000-4000-8000-00000000beef'], ['c0de']],
  ['JSON', ['{"a":[1]}', 'null'], ['{a:1}', '']],
];

for (const [typeHint, good, bad] of hints) {
  test(`the hint ${typeHint} passes what has its form and nothing else`, () => {
    for (const stringValue of good) {
      assert.deepEqual(bind(['a'], [{ ...value('a', { stringValue }), typeHint }]), [stringValue]);
    }
    for (const stringValue of bad) {
      assert.throws(() => bind(['a'], [{ ...value('a', { stringValue }), typeHint }]), isBadRequest, stringValue);
    }
  });
}

function value(name: string, field: NonNullable<SqlParameterJson['value']>): SqlParameterJson {
  return { name, value: field };
}
