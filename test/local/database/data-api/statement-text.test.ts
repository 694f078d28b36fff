import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataApiError } from '../../../../local/database/data-api/errors.ts';
import { parseStatement } from '../../../../local/database/data-api/statement-text.ts';

const refusal = (name: string) => (error: unknown) => error instanceof DataApiError && error.name === name;

const accepted: readonly [source: string, sql: string, names: readonly string[]][] = [
  ['SELECT 1', 'SELECT 1', []],
  ['SELECT :a', 'SELECT ?', ['a']],
  ['SELECT :a, :b, :a', 'SELECT ?, ?, ?', ['a', 'b', 'a']],
  ['SELECT :a1_B,(:c)', 'SELECT ?,(?)', ['a1_B', 'c']],
  ["SELECT ':a', :b", "SELECT ':a', ?", ['b']],
  ['SELECT ":a", :b', 'SELECT ":a", ?', ['b']],
  ['SELECT `:a`, :b', 'SELECT `:a`, ?', ['b']],
  ["SELECT 'it''s :a', :b", "SELECT 'it''s :a', ?", ['b']],
  ["SELECT 'it\\'s :a', :b", "SELECT 'it\\'s :a', ?", ['b']],
  ["SELECT '\\\\', :b", "SELECT '\\\\', ?", ['b']],
  ['SELECT `a``:b`, :c', 'SELECT `a``:b`, ?', ['c']],
  ['SELECT `\\`, :c', 'SELECT `\\`, ?', ['c']],
  ['SELECT 1 -- :a\n, :b', 'SELECT 1 -- :a\n, ?', ['b']],
  ['SELECT 1 # :a ? ;\n, :b', 'SELECT 1 # :a ? ;\n, ?', ['b']],
  ['SELECT /* :a ; ? */ :b', 'SELECT /* :a ; ? */ ?', ['b']],
  ['SELECT 3--:a', 'SELECT 3--?', ['a']],
  ['SELECT @v := :a', 'SELECT @v := ?', ['a']],
  ["SELECT '10:30', ':', :a", "SELECT '10:30', ':', ?", ['a']],
  ['SELECT 1;', 'SELECT 1', []],
  ['SELECT :a ; -- done', 'SELECT ? ', ['a']],
  ['SELECT 1;;\n /* end */', 'SELECT 1', []],
  ["SELECT '?'", "SELECT '?'", []],
];

for (const [source, sql, names] of accepted) {
  test(`parameters are found in ${JSON.stringify(source)}`, () => {
    const text = parseStatement(source);
    assert.equal(text.sql, sql);
    assert.deepEqual(text.names, names);
  });
}

const refused: readonly [source: string, name: string][] = [
  ['SELECT 1; SELECT 2', 'ValidationException'],
  ["SELECT 1; 'x'", 'ValidationException'],
  ['SELECT 1;\n-- one\nDROP TABLE t', 'ValidationException'],
  ['', 'ValidationException'],
  ['  -- nothing', 'ValidationException'],
  [';', 'ValidationException'],
  ['SELECT ?', 'BadRequestException'],
  ['SELECT 1 /*! + 1 */', 'BadRequestException'],
  ['SELECT 1 /*M! + 1 */', 'BadRequestException'],
];

for (const [source, name] of refused) {
  test(`${JSON.stringify(source)} is refused with ${name}`, () => {
    assert.throws(() => parseStatement(source), refusal(name));
  });
}

test('statements that leave something behind in their session are recognised', () => {
  for (const sql of ['SET @x = 1', 'use other', 'LOCK TABLES t READ', "SELECT GET_LOCK('a', 1)", 'SELECT @x := 1']) {
    assert.equal(parseStatement(sql).leavesState, true, sql);
  }
  for (const sql of ['SELECT 1', 'UPDATE t SET a = 1', 'INSERT INTO sets VALUES (1)']) {
    assert.equal(parseStatement(sql).leavesState, false, sql);
  }
});

/** A piece of SQL, what it must become, and the parameters in it. */
interface Piece {
  readonly source: string;
  readonly sql: string;
  readonly names: readonly string[];
}

const opaque = (source: string): Piece => ({ source, sql: source, names: [] });
const anything = fc.string({ unit: fc.constantFrom(...`ab:;?'"\`\\-#/* \n`) });
const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/).map((name) => ({ source: `:${name}`, sql: '?', names: [name] })),
  anything.map((text) => opaque(`'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`)),
  anything.map((text) => opaque(`"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)),
  anything.map((text) => opaque(`\`${text.replaceAll('`', '``')}\``)),
  anything.map((text) => opaque(`/* ${text.replaceAll('*/', '* /')} */`)),
  anything.map((text) => opaque(`-- ${text.replaceAll('\n', '')}\n`)),
  anything.map((text) => opaque(`#${text.replaceAll('\n', '')}\n`)),
  fc.constantFrom('SELECT', '1', '+', '(', ')', 'a.b', ':=', ': ', '-', '/', '*').map(opaque),
);

test('whatever stands in strings, identifiers and comments, only the parameters outside are replaced', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = parseStatement(`SELECT ${pieces.map(({ source }) => source).join(' ')}`);
      assert.equal(text.sql, `SELECT ${pieces.map(({ sql }) => sql).join(' ')}`);
      assert.deepEqual(
        text.names,
        pieces.flatMap(({ names }) => names),
      );
    }),
    { numRuns: 2_000 },
  );
});

test('any text is parsed or refused with an error of the service', () => {
  fc.assert(
    fc.property(fc.oneof(anything, fc.string({ unit: 'binary' })), (source) => {
      try {
        parseStatement(source);
      } catch (error) {
        assert.ok(error instanceof DataApiError);
      }
    }),
    { numRuns: 2_000 },
  );
});
