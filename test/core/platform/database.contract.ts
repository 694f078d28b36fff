import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Database, DuplicateKeyError } from '../../../core/platform/database.ts';

/** A database under test: two independent ways to the same, empty schema. */
export interface DatabaseUnderTest extends AsyncDisposable {
  readonly database: Database;
  another(): Database;
}

/** What everything above relies on, of every implementation of the database port. */
export function databaseContract(name: string, open: () => Promise<DatabaseUnderTest>): void {
  suite(`${name} keeps the contract of a database`, () => {
    let underTest: DatabaseUnderTest;
    let database: Database;
    before(async () => {
      underTest = await open();
      database = underTest.database;
    });
    after(() => underTest[Symbol.asyncDispose]());

    test('rows are objects by column label', async () => {
      await database.execute('CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(50))');
      await database.execute("INSERT INTO people VALUES (1, 'Ä 😀'), (2, NULL)");
      const sql = 'SELECT id, name AS called FROM people ORDER BY id';
      const rows = [
        { id: 1, called: 'Ä 😀' },
        { id: 2, called: null },
      ];
      assert.deepEqual(await database.query(sql), rows);
      assert.deepEqual(await database.query(sql), rows, 'the second time as well');
      assert.deepEqual(await database.query('SELECT id FROM people WHERE id > 5'), []);
    });

    test('columns that a table gets later are in its rows', async () => {
      await database.execute('CREATE TABLE growing (a INT)');
      await database.execute('INSERT INTO growing VALUES (1)');
      assert.deepEqual(await database.query('SELECT * FROM growing'), [{ a: 1 }]);
      await database.execute('ALTER TABLE growing ADD COLUMN b INT NOT NULL DEFAULT 2 FIRST');
      assert.deepEqual(await database.query('SELECT * FROM growing'), [{ b: 2, a: 1 }]);
    });

    test('every kind of value comes back as it went in', async () => {
      await database.execute(
        `CREATE TABLE kept (whole BIGINT, broken DOUBLE, truth BOOLEAN, flag BIT(1), text TEXT CHARACTER SET utf8mb4,
         bytes BLOB, nothing INT)`,
      );
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
      const sets = [
        { whole: Number.MAX_SAFE_INTEGER, broken: 0.1, truth: true, flag: true, text: 'a\u0000b"\\\n😀', bytes },
        {
          whole: Number.MIN_SAFE_INTEGER,
          broken: -1.5e300,
          truth: false,
          flag: false,
          text: '',
          bytes: new Uint8Array(),
        },
        {
          whole: -0,
          broken: 5,
          truth: true,
          flag: false,
          text: ' ä ',
          bytes: new Uint8Array(bytes.buffer, bytes.byteOffset + 1, 2),
        },
      ];
      for (const set of sets) {
        const sql = 'INSERT INTO kept VALUES (:whole, :broken, :truth, :flag, :text, :bytes, :nothing)';
        assert.deepEqual(await database.execute(sql, { ...set, nothing: null }), { updated: 1, generatedId: 0 });
      }
      const rows = await database.query('SELECT * FROM kept ORDER BY whole DESC');
      const expected = [sets[0], sets[2], sets[1]].map((set) => ({
        ...set,
        whole: set!.whole + 0,
        truth: Number(set!.truth),
        flag: Number(set!.flag),
        bytes: Buffer.from(set!.bytes),
        nothing: null,
      }));
      assert.deepEqual(rows, expected);
      assert.ok(Buffer.isBuffer((rows[0] as { bytes: unknown }).bytes));
    });

    test('an integer that JavaScript cannot hold is refused, not falsified', async () => {
      await assert.rejects(database.query('SELECT 9007199254740993 AS n'), RangeError);
    });

    test('values that SQL does not know are refused', async () => {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined as unknown as null]) {
        await assert.rejects(database.query('SELECT :value AS v', { value }), TypeError);
      }
    });

    test('what looks like SQL in a value stays a value', async () => {
      const text = "x'; DROP TABLE people; -- \\' :a ? /*";
      assert.deepEqual(await database.query('SELECT :text AS text', { text }), [{ text }]);
    });

    test('changes are counted, and the first generated id is told', async () => {
      await database.execute('CREATE TABLE numbered (id INT AUTO_INCREMENT PRIMARY KEY, n INT UNIQUE)');
      assert.deepEqual(await database.execute('INSERT INTO numbered (n) VALUES (1), (2)'), {
        updated: 2,
        generatedId: 1,
      });
      assert.deepEqual(await database.execute('INSERT INTO numbered (n) VALUES (3)'), { updated: 1, generatedId: 3 });
      assert.deepEqual(await database.execute('DELETE FROM numbered WHERE n < 3'), { updated: 2, generatedId: 0 });
      assert.deepEqual(await database.execute('DELETE FROM numbered WHERE n = 77'), { updated: 0, generatedId: 0 });
    });

    test('a duplicate key is told apart, without the value', async () => {
      await database.execute('CREATE TABLE single (secret VARCHAR(20), UNIQUE KEY one_secret (secret))');
      const insert = (to: Database) => to.execute("INSERT INTO single VALUES ('password')");
      await insert(database);
      await assert.rejects(insert(underTest.another()), (error: Error) => {
        assert.ok(error instanceof DuplicateKeyError);
        assert.match(error.message, /one_secret/);
        assert.doesNotMatch(error.message, /password/);
        return true;
      });
    });

    test('a batch runs every set in order, however many', async () => {
      await database.execute('CREATE TABLE many (id INT AUTO_INCREMENT PRIMARY KEY, n INT, body TEXT)');
      const sets = Array.from({ length: 2_500 }, (_, n) => ({ n, body: 'b'.repeat(n % 50) }));
      const counted = database.counted();
      await counted.transaction((statements) =>
        statements.batch('INSERT INTO many (n, body) VALUES (:n, :body)', sets),
      );
      assert.equal(counted.roundTrips, 5, 'begin, three batches, commit');
      const [row] = await database.query('SELECT COUNT(*) AS count, MAX(id - n) - MIN(id - n) AS disorder FROM many');
      assert.deepEqual(row, { count: 2_500, disorder: 0 });
      await database.batch('INSERT INTO many (n) VALUES (:n)', []);
    });

    test('a batch may be larger than a request', async () => {
      await database.execute('CREATE TABLE large (id INT PRIMARY KEY, body MEDIUMBLOB)');
      const sets = Array.from({ length: 12 }, (_, id) => ({ id, body: Buffer.alloc(900_000, id) }));
      await database.batch('INSERT INTO large VALUES (:id, :body)', sets);
      const [row] = await database.query('SELECT COUNT(*) AS n, CAST(SUM(LENGTH(body)) AS SIGNED) AS bytes FROM large');
      assert.deepEqual(row, { n: 12, bytes: 12 * 900_000 });
    });

    test('a transaction is committed whole and gives what its work gives', async () => {
      await database.execute('CREATE TABLE together (n INT)');
      const result = await database.transaction(async (statements) => {
        await statements.execute('INSERT INTO together VALUES (1)');
        assert.deepEqual(await underTest.another().query('SELECT n FROM together'), []);
        await statements.execute('INSERT INTO together VALUES (2)');
        return statements.query('SELECT n FROM together ORDER BY n');
      });
      assert.deepEqual(result, [{ n: 1 }, { n: 2 }]);
      assert.deepEqual(await underTest.another().query('SELECT n FROM together ORDER BY n'), result);
    });

    test('a transaction whose work throws leaves nothing and throws the same', async () => {
      await database.execute('CREATE TABLE nothing_left (n INT)');
      const failure = new Error('expected here');
      const work = database.transaction(async (statements) => {
        await statements.execute('INSERT INTO nothing_left VALUES (1)');
        throw failure;
      });
      await assert.rejects(work, (error) => error === failure);
      assert.deepEqual(await database.query('SELECT * FROM nothing_left'), []);
    });

    test('statements of a transaction may be sent at once; they run one after the other', async () => {
      await database.execute('CREATE TABLE queued (id INT AUTO_INCREMENT PRIMARY KEY, n INT)');
      await database.transaction(async (statements) => {
        await Promise.all([0, 1, 2, 3, 4].map((n) => statements.execute('INSERT INTO queued (n) VALUES (:n)', { n })));
      });
      assert.deepEqual(await database.query('SELECT id - n AS d, COUNT(*) AS c FROM queued GROUP BY id - n'), [
        { d: 1, c: 5 },
      ]);
    });

    test('work that lost a deadlock is repeated, and both sides are done', async () => {
      await database.execute('CREATE TABLE locked (id INT PRIMARY KEY, n INT NOT NULL)');
      await database.execute('INSERT INTO locked VALUES (1, 0), (2, 0)');
      let runs = 0;
      const add = (to: Database, order: readonly number[]) =>
        to.transaction(async (statements) => {
          runs += 1;
          for (const id of order) {
            await statements.execute('UPDATE locked SET n = n + 1 WHERE id = :id', { id });
            await pause(100);
          }
        });
      await Promise.all([add(database, [1, 2]), add(underTest.another(), [2, 1])]);
      assert.ok(runs > 2, `${runs} runs: there was a deadlock`);
      assert.deepEqual(await database.query('SELECT n FROM locked'), [{ n: 2 }, { n: 2 }]);
    });

    test('work that always loses is given up after five runs', async () => {
      let runs = 0;
      const lose = database.transaction(async (statements) => {
        runs += 1;
        const sql = `SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found when trying to get lock'`;
        await statements.execute(sql).catch((cause: unknown) => {
          throw new Error('even if the loss is wrapped', { cause });
        });
      });
      await assert.rejects(lose, { message: 'even if the loss is wrapped' });
      assert.equal(runs, 5);
    });

    test('what is to be done after a commit is, once, and never without', async () => {
      const done: string[] = [];
      await database.transaction(async (statements) => {
        statements.afterCommit(() => done.push('committed'));
        assert.deepEqual(done, []);
      });
      const failing = database.transaction(async (statements) => {
        statements.afterCommit(() => done.push('rolled back'));
        throw new Error('no');
      });
      await assert.rejects(failing, { message: 'no' });
      database.afterCommit(() => done.push('at once'));
      assert.deepEqual(done, ['committed', 'at once']);
    });

    test('a transaction that is expected is begun at once, and is the next one', async () => {
      const view = database.counted();
      view.expectTransaction();
      view.expectTransaction();
      assert.equal(view.roundTrips, 1);
      const rows = await view.transaction((statements) => statements.query('SELECT 1 AS n'));
      assert.deepEqual([rows, view.roundTrips], [[{ n: 1 }], 3]);
      await view.transaction((statements) => statements.query('SELECT 1 AS n'));
      await view.forgoTransaction();
      assert.equal(view.roundTrips, 6, 'the second one is its own');
    });

    test('a transaction that was expected in vain is rolled back', async () => {
      const view = database.counted();
      view.expectTransaction();
      await view.forgoTransaction();
      await view.forgoTransaction();
      assert.equal(view.roundTrips, 2);
    });

    test('round trips are counted, for each view and for all', async () => {
      const total = database.roundTrips;
      const [one, two] = [database.counted(), database.counted()];
      await one.query('SELECT 1 AS n');
      await two.transaction((statements) => statements.query('SELECT 1 AS n'));
      await assert.rejects(one.query('SELECT nonsense FROM nowhere'));
      assert.deepEqual([one.roundTrips, two.roundTrips, database.roundTrips - total], [2, 3, 5]);
    });
  });
}
