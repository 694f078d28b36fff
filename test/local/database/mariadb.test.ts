import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { localDatabase } from '../../../local/database/adapter.ts';
import { DataApiEndpoint } from '../../../local/database/data-api/endpoint.ts';
import { MariaDb, MariaDbFailedError } from '../../../local/database/mariadb.ts';

/** A directory of one's own that vanishes. */
async function scratch(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'kgc-scratch-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Runs `work` with a database of a server over `directory`; the server is left running. */
async function using<T>(server: MariaDb, work: (database: ReturnType<typeof localDatabase>) => Promise<T>): Promise<T> {
  await using endpoint = await DataApiEndpoint.start({ socket: server.socket });
  return await work(localDatabase(endpoint.url, 'kgc'));
}

async function makeTable(server: MariaDb): Promise<void> {
  await using endpoint = await DataApiEndpoint.start({ socket: server.socket });
  await localDatabase(endpoint.url, 'mysql').execute('CREATE DATABASE kgc');
  await localDatabase(endpoint.url, 'kgc').execute('CREATE TABLE t (n INT PRIMARY KEY)');
}

const count = 'SELECT COUNT(*) AS n, MAX(n) AS most FROM t';

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await condition()) return;
    await pause(20);
  }
  assert.fail(`not within 10 s: ${what}`);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

suite('a private MariaDB', { concurrency: true }, () => {
  test('data outlive an orderly stop', async () => {
    await using directory = await scratch();
    {
      await using server = await MariaDb.start({ directory: directory.path });
      await makeTable(server);
      await using(server, (database) => database.execute('INSERT INTO t VALUES (1), (2)'));
    }
    await using server = await MariaDb.start({ directory: directory.path });
    assert.deepEqual(await using(server, (database) => database.query(count)), [{ n: 2, most: 2 }]);
  });

  test('what was committed before kill -9 is there after the restart, and nothing half', async () => {
    await using directory = await scratch();
    const first = await MariaDb.start({ directory: directory.path });
    await makeTable(first);
    let committed = 0;
    await using(first, async (database) => {
      const writing = (async () => {
        for (let n = 2; ; n += 2) {
          await database.transaction(async (statements) => {
            await statements.execute('INSERT INTO t VALUES (:n)', { n });
            await statements.execute('INSERT INTO t VALUES (:n)', { n: n + 1 });
          });
          committed = n + 1;
        }
      })();
      writing.catch(() => undefined);
      await until(() => committed > 100, 'fifty commits');
      await first.kill();
      await assert.rejects(writing);
    });
    await using second = await MariaDb.start({ directory: directory.path });
    const [row] = await using(second, (database) => database.query<{ n: number; most: number }>(count));
    assert.ok(row !== undefined && row.most >= committed, `${row?.most} of ${committed}`);
    assert.equal(row.n, row.most - 1, 'every pair is whole');
  });

  test('a server whose log can’t be read any more ends without a word', async () => {
    const server = await MariaDb.start({ directory: await mkdtemp(join(tmpdir(), 'kgc-scratch-')), throwAway: true });
    const log = join(server.socket, '..', 'mariadb.log');
    await rm(log);
    await mkdir(log);
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    await server.kill();
    await pause(200);
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });

  test('two servers side by side know nothing of each other', async () => {
    await using one = await scratch();
    await using two = await scratch();
    await using first = await MariaDb.start({ directory: one.path });
    await using second = await MariaDb.start({ directory: two.path });
    await makeTable(first);
    await makeTable(second);
    await using(first, (database) => database.execute('INSERT INTO t VALUES (1)'));
    assert.deepEqual(await using(second, (database) => database.query(count)), [{ n: 0, most: null }]);
  });

  test('a throw-away server leaves nothing behind', async () => {
    await using directory = await scratch();
    const server = await MariaDb.start({ directory: directory.path, throwAway: true });
    await server.stop();
    assert.equal(await exists(server.socket), false);
    assert.equal(await exists(directory.path), false);
  });

  test('a server ends when its launcher is killed, and the next start finds the data', async () => {
    await using directory = await scratch();
    const script = `
      import { MariaDb } from ${JSON.stringify(new URL('../../../local/database/mariadb.ts', import.meta.url).href)};
      const server = await MariaDb.start({ directory: ${JSON.stringify(directory.path)} });
      console.log(server.pid);
      setInterval(() => {}, 1000);`;
    const launcher = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(launcher.stdout, 'data')) as [Buffer];
    const pid = Number(line);
    assert.ok(isRunning(pid));
    launcher.kill('SIGKILL');
    // At once: the old server may still hold the data.
    await using server = await MariaDb.start({ directory: directory.path });
    await until(() => !isRunning(pid), 'the end of the old server');
    await makeTable(server);
  });

  test('runs without being root', async () => {
    await using directory = await scratch();
    await chmod(directory.path, 0o777);
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const script = `
      import { MariaDb } from ${JSON.stringify(new URL('../../../local/database/mariadb.ts', import.meta.url).href)};
      const server = await MariaDb.start({ directory: ${JSON.stringify(join(directory.path, 'own'))}, throwAway: true });
      console.log(process.getuid());
      await server.stop();`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      ...nobody,
      cwd: directory.path,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [[code], [line]] = (await Promise.all([once(child, 'exit'), once(child.stdout, 'data')])) as [
      [number],
      [Buffer],
    ];
    assert.equal(code, 0);
    assert.notEqual(Number(line), 0);
  });

  test('a server that cannot start says why', async () => {
    await using directory = await scratch();
    const server = await MariaDb.start({ directory: directory.path });
    await server.stop();
    await rm(join(directory.path, 'data', 'ibdata1'));
    await assert.rejects(MariaDb.start({ directory: directory.path }), (error: Error) => {
      assert.ok(error instanceof MariaDbFailedError);
      assert.match(error.message, /ended .* while starting:\n.*ibdata1/s);
      return true;
    });
  });
});
