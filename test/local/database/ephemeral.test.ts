import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DatabaseUnavailableError } from '../../../core/platform/database.ts';
import { DataApiEndpoint } from '../../../local/database/data-api/endpoint.ts';
import { ephemeralDatabase, localDatabase, startSharedTestDatabase } from '../../../local/database/ephemeral.ts';

const module = JSON.stringify(new URL('../../../local/database/ephemeral.ts', import.meta.url).href);

/** A test file that is run by hand: it has no server to share. */
const alone = { ...process.env };
delete alone.KGC_TEST_DATABASE_SOCKET;

const arguments_ = (script: string) => ['--input-type=module', '--eval', script];

async function leftovers(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => /^kgc-(db|test)-/.test(name));
}

suite('a database for a test', () => {
  test('is empty, and is gone afterwards', async () => {
    let schema: string;
    {
      await using db = await ephemeralDatabase();
      schema = db.schema;
      assert.deepEqual(await db.database.query('SHOW TABLES'), []);
      await db.database.execute('CREATE TABLE t (n INT)');
    }
    await using other = await ephemeralDatabase();
    const sql = 'SELECT schema_name FROM information_schema.schemata WHERE schema_name = :schema';
    assert.deepEqual(await other.database.query(sql, { schema }), []);
  });

  test('is there at once', async () => {
    const started = performance.now();
    for (let n = 0; n < 10; n += 1) await (await ephemeralDatabase()).dispose();
    assert.ok(performance.now() - started < 10_000);
  });

  test('can be used by independent adapters', async () => {
    await using db = await ephemeralDatabase();
    await db.database.execute('CREATE TABLE t (n INT)');
    assert.deepEqual(await db.another().query('SELECT * FROM t'), []);
  });

  test('shares nothing with another at the same time', async () => {
    await using one = await ephemeralDatabase();
    await using two = await ephemeralDatabase();
    for (const db of [one, two]) await db.database.execute('CREATE TABLE t (n INT)');
    await one.database.execute('INSERT INTO t VALUES (1)');
    assert.deepEqual(await two.database.query('SELECT n FROM t'), []);
    assert.deepEqual(await one.database.query('SELECT n FROM t'), [{ n: 1 }]);
  });

  test('two endpoints on one server work side by side, and closing one leaves the other', async () => {
    await using one = await ephemeralDatabase();
    await using two = await ephemeralDatabase({ latencyMs: 1 });
    assert.notEqual(one.endpoint, two.endpoint);
    await two.dispose();
    await one.database.execute('CREATE TABLE t (n INT)');
    const impatient = localDatabase(two.endpoint, two.schema, { patienceMs: 0 });
    await assert.rejects(impatient.query('SELECT 1'), DatabaseUnavailableError);
  });
});

suite('the server behind it', () => {
  test("is shared by all files of a run that have the run's environment", async () => {
    await using run = await startSharedTestDatabase();
    const script = `
      import { ephemeralDatabase } from ${module};
      await using db = await ephemeralDatabase();
      const [row] = await db.database.query('SELECT @@socket AS socket');
      console.log(row.socket);`;
    const env = { ...process.env, ...run.environment };
    const [one, two] = await Promise.all(
      [1, 2].map(() => promisify(execFile)(process.execPath, arguments_(script), { env })),
    );
    assert.equal(one?.stdout.trim(), Object.values(run.environment)[0]);
    assert.equal(two?.stdout.trim(), Object.values(run.environment)[0]);
  });

  const endings: readonly [how: string, ending: string][] = [
    ['ends', ''],
    ['exits', 'process.exit(0);'],
    ['throws', "throw new Error('expected here');"],
    ['is killed', "process.kill(process.pid, 'SIGKILL');"],
  ];
  for (const [how, ending] of endings) {
    test(`is gone after a process that ${how}`, async () => {
      const script = `
        import { ephemeralDatabase } from ${module};
        const db = await ephemeralDatabase();
        const [row] = await db.database.query('SELECT @@pid_file AS file, @@socket AS socket');
        console.log(JSON.stringify(row));
        ${ending}`;
      const child = spawn(process.execPath, arguments_(script), { env: alone, stdio: ['ignore', 'pipe', 'ignore'] });
      const [output] = (await Promise.all([once(child.stdout, 'data'), once(child, 'exit')]))[0] as [Buffer];
      const { file, socket } = JSON.parse(output.toString()) as { file: string; socket: string };
      const directories = [file, socket].map((path) => path.split('/').at(-2) as string);
      for (let tries = 0; ; tries += 1) {
        const left = (await leftovers()).filter((name) => directories.includes(name));
        if (left.length === 0) break;
        assert.ok(tries < 200, `${left} left behind`);
        await pause(50);
      }
    });
  }
});

test('an endpoint names the port that is taken', async () => {
  await using one = await DataApiEndpoint.start({ socket: '/nowhere' });
  const port = Number(new URL(one.url).port);
  await assert.rejects(DataApiEndpoint.start({ socket: '/nowhere', port }), new RegExp(`EADDRINUSE.*${port}`));
});
