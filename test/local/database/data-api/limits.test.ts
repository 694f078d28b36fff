// The rules that are proved here: what is exactly at a limit of the service
// passes, one more is refused with the service's error, and the endpoint goes
// on afterwards.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  RDSDataClient,
} from '@aws-sdk/client-rds-data';
import { REAL_LIMITS } from '../../../../local/database/data-api/limits.ts';
import { type EphemeralDatabase, ephemeralDatabase } from '../../../../local/database/ephemeral.ts';

function callsOn(db: EphemeralDatabase) {
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
  const client = new RDSDataClient({ endpoint: db.endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 });
  const common = { resourceArn: 'arn:cluster', secretArn: 'arn:secret', database: db.schema };
  return {
    execute: (sql: string, rest: Partial<ExecuteStatementCommandInput> = {}) =>
      client.send(new ExecuteStatementCommand({ ...common, sql, ...rest })),
    begin: async () => (await client.send(new BeginTransactionCommand(common))).transactionId as string,
    commit: (transactionId: string) => client.send(new CommitTransactionCommand({ ...common, transactionId })),
  };
}

test('the limits are those of the documentation', () => {
  assert.deepEqual(REAL_LIMITS, {
    rowBytes: 65_536,
    responseBytes: 1_048_576,
    formattedBytes: 10_485_760,
    requestBytes: 4_194_304,
    transactionIdleMs: 180_000,
    transactionMs: 86_400_000,
    statementMs: 45_000,
  });
});

suite('sizes', { concurrency: true }, () => {
  test('a row of 64 KiB passes, a byte more is too large', async () => {
    await using db = await ephemeralDatabase();
    const { execute } = callsOn(db);
    const { records } = await execute("SELECT REPEAT('x', 65536)");
    assert.equal(records?.[0]?.[0]?.stringValue?.length, 65_536);
    const tooLarge = {
      name: 'DatabaseErrorException',
      message: 'Packet for query is too large (65537 > 65536)',
    };
    await assert.rejects(execute("SELECT REPEAT('x', 65537)"), tooLarge);
    await assert.rejects(execute("SELECT REPEAT('x', 65536), 'y'"), tooLarge, 'the columns of a row count together');
    await assert.rejects(execute("SELECT REPEAT('ä', 32768), 'y'"), tooLarge, 'bytes count, not characters');
    await execute("SELECT REPEAT('ä', 32768)");
    await assert.rejects(execute("SELECT REPEAT('x', 65537)", { formatRecordsAs: 'JSON' }), tooLarge);
  });

  test('a response of 1 MiB passes, a byte more is too large', async () => {
    await using db = await ephemeralDatabase();
    const { execute } = callsOn(db);
    await execute('CREATE TABLE wide (id INT PRIMARY KEY, data MEDIUMTEXT CHARACTER SET latin1)');
    // 17 rows, of which the last fills the response to its last byte: {"numberOfRecordsUpdated":0,"records":[…]}
    const frame = JSON.stringify({ numberOfRecordsUpdated: 0, records: [] }).length;
    const row = JSON.stringify([{ stringValue: '' }]).length;
    const each = 60_000;
    const last = 1_048_576 - frame - 17 * (row + each) - 17 - row;
    for (let id = 0; id < 17; id += 1) await execute(`INSERT INTO wide VALUES (${id}, REPEAT('x', ${each}))`);
    await execute(`INSERT INTO wide VALUES (17, REPEAT('x', ${last}))`);
    const { records } = await execute('SELECT data FROM wide');
    assert.equal(records?.length, 18);
    await execute(`UPDATE wide SET data = REPEAT('x', ${last + 1}) WHERE id = 17`);
    await assert.rejects(execute('SELECT data FROM wide'), {
      name: 'DatabaseErrorException',
      message: 'Database returned more than the allowed response size limit',
    });
    await execute('SELECT data FROM wide LIMIT 17');
  });

  test('a result that is too large ends its transaction', async () => {
    await using db = await ephemeralDatabase();
    const { execute, begin, commit } = callsOn(db);
    await execute('CREATE TABLE t (n INT)');
    const transactionId = await begin();
    await execute('INSERT INTO t VALUES (1)', { transactionId });
    await assert.rejects(execute("SELECT REPEAT('x', 65537)", { transactionId }));
    await assert.rejects(commit(transactionId), {
      name: 'TransactionNotFoundException',
      message: /Transaction has been aborted due to an error from a previous call\.$/,
    });
    assert.deepEqual((await execute('SELECT COUNT(*) FROM t')).records, [[{ longValue: 0 }]]);
  });

  test('a request of 4 MiB with its headers passes, a byte more is refused', async () => {
    await using db = await ephemeralDatabase();
    const post = (size: number) => {
      const call = { resourceArn: 'a', secretArn: 'b', database: db.schema, sql: 'SELECT LENGTH(:v)' };
      const body = (value: string) =>
        JSON.stringify({ ...call, parameters: [{ name: 'v', value: { stringValue: value } }] });
      const text = body('x'.repeat(size - body('').length));
      return fetch(`${db.endpoint}/Execute`, { method: 'POST', body: text });
    };
    // The size of the client's own headers isn't known here, but it is the same for both.
    let [passes, refused] = [4_190_000, 4_194_304];
    while (refused - passes > 1) {
      const middle = (passes + refused) >> 1;
      const response = await post(middle);
      await response.arrayBuffer();
      if (response.status === 200) passes = middle;
      else refused = middle;
    }
    assert.ok(4_194_304 - passes > 100 && 4_194_304 - passes < 600, `${4_194_304 - passes} bytes of headers`);
    const response = await post(refused);
    assert.equal(response.status, 400);
    assert.equal(response.headers.get('x-amzn-errortype'), 'BadRequestException');
    assert.match(await response.text(), /larger than 4194304 bytes/);
  });
});

suite('times', { concurrency: true }, () => {
  test('a transaction without calls is rolled back after its time, and calls prolong it', async () => {
    await using db = await ephemeralDatabase({ limits: { transactionIdleMs: 400 } });
    const { execute, begin, commit } = callsOn(db);
    await execute('CREATE TABLE t (n INT)');
    const transactionId = await begin();
    for (let n = 0; n < 4; n += 1) {
      await pause(200);
      await execute('INSERT INTO t VALUES (1)', { transactionId });
    }
    await commit(transactionId);
    assert.deepEqual((await execute('SELECT COUNT(*) FROM t')).records, [[{ longValue: 4 }]]);

    const idle = await begin();
    await execute('INSERT INTO t VALUES (5)', { transactionId: idle });
    await pause(700);
    await assert.rejects(commit(idle), {
      name: 'TransactionNotFoundException',
      message: /Transaction may be expired\.$/,
    });
    assert.deepEqual((await execute('SELECT COUNT(*) FROM t')).records, [[{ longValue: 4 }]]);
  });

  test('a transaction is rolled back when it is too old, however busy', async () => {
    await using db = await ephemeralDatabase({ limits: { transactionMs: 500 } });
    const { execute, begin } = callsOn(db);
    const transactionId = await begin();
    await execute('SELECT 1', { transactionId });
    await pause(250);
    await execute('SELECT 1', { transactionId });
    await pause(400);
    await assert.rejects(execute('SELECT 1', { transactionId }), { name: 'TransactionNotFoundException' });
  });

  test('a statement that takes too long is killed and named by its connection', async () => {
    await using db = await ephemeralDatabase({ limits: { statementMs: 300 } });
    const { execute } = callsOn(db);
    const started = Date.now();
    await assert.rejects(execute('SELECT SLEEP(20)'), (error: { name: string; dbConnectionId: number }) => {
      assert.equal(error.name, 'StatementTimeoutException');
      assert.equal(typeof error.dbConnectionId, 'number');
      return true;
    });
    assert.ok(Date.now() - started < 3_000);
    const running =
      "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(20)%' AND db = :db";
    const { records } = await execute(running, { parameters: [{ name: 'db', value: { stringValue: db.schema } }] });
    assert.deepEqual(records, [[{ longValue: 0 }]]);
  });

  test('a statement that may continue after its time does so', async () => {
    await using db = await ephemeralDatabase({ limits: { statementMs: 200 } });
    const { execute } = callsOn(db);
    await execute('CREATE TABLE t (n INT)');
    const slow = execute('INSERT INTO t SELECT SLEEP(0.6)', { continueAfterTimeout: true });
    await assert.rejects(slow, { name: 'StatementTimeoutException' });
    const count = async () => (await execute('SELECT COUNT(*) FROM t')).records?.[0]?.[0]?.longValue;
    for (let n = 0; n < 100 && (await count()) === 0; n += 1) await pause(20);
    assert.equal(await count(), 1);
  });

  test('latency is added to every call', async () => {
    await using db = await ephemeralDatabase({ latencyMs: 50 });
    const { execute, begin, commit } = callsOn(db);
    await execute('SELECT 1');
    const started = performance.now();
    const transactionId = await begin();
    await execute('SELECT 1', { transactionId });
    await commit(transactionId);
    assert.ok(performance.now() - started >= 149);
  });
});
