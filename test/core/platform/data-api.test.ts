import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { databaseOfEnvironment } from '../../../core/platform/data-api.ts';
import { classify, portError, StatementError, serverErrorCode } from '../../../core/platform/data-api-errors.ts';
import { DatabaseUnavailableError, DuplicateKeyError } from '../../../core/platform/database.ts';
import { ephemeralDatabase, localDatabase } from '../../../local/database/ephemeral.ts';
import { databaseContract } from './database.contract.ts';

databaseContract('the RDS Data API', () => ephemeralDatabase());

suite('the errors of the service', () => {
  const texts: readonly [message: string, code: number][] = [
    ["Duplicate entry 'x' for key 'by_name'; Error code: 1062; SQLState: 23000", 1062],
    ["Database error code: 1062. Message: Duplicate entry 'x' for key 'by_name'", 1062],
    ["Duplicate entry 'x' for key 'by_name'", 1062],
    ['Deadlock found when trying to get lock; try restarting transaction; Error code: 1213; SQLState: 40001', 1213],
    ['Deadlock found when trying to get lock; try restarting transaction', 1213],
    ['Lock wait timeout exceeded; try restarting transaction', 1205],
    ["Table 'a.b' doesn't exist; Error code: 1146; SQLState: 42S02", 1146],
    ['Transaction x is not found. Transaction may be expired.', 0],
  ];
  for (const [message, code] of texts) {
    test(`bear the number ${code} in ${JSON.stringify(message)}`, () => {
      assert.equal(serverErrorCode(message), code);
    });
  }

  test('become the errors of the port', () => {
    const named = (name: string, message: string) => Object.assign(new Error(message), { name });
    const duplicate = named(
      'BadRequestException',
      "Database error code: 1062. Message: Duplicate entry 'x' for key 'k'",
    );
    assert.ok(portError(duplicate) instanceof DuplicateKeyError);
    assert.ok(portError(named('DatabaseResumingException', '')) instanceof DatabaseUnavailableError);
    assert.ok(portError(named('DatabaseUnavailableException', '')) instanceof DatabaseUnavailableError);
    const other = portError(named('BadRequestException', 'Cannot find parameter: a'));
    assert.ok(other instanceof StatementError && other.code === 0);
  });

  test('tell what had no effect from what may have had one', () => {
    const failure = (members: object) => classify(Object.assign(new Error(''), members));
    assert.equal(failure({ name: 'DatabaseResumingException' }), 'not-executed');
    assert.equal(failure({ code: 'ECONNREFUSED' }), 'not-executed');
    assert.equal(failure({ code: 'ECONNRESET' }), 'unknown');
    assert.equal(failure({ name: 'StatementTimeoutException' }), 'final');
  });
});

/** A service that is in trouble for its first answers, then says that one record was changed. */
async function troubled(troubles: readonly string[]): Promise<{ server: Server; url: string; calls: () => number }> {
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      const trouble = troubles[calls];
      calls += 1;
      if (trouble === 'reset') {
        request.socket.destroy();
        return;
      }
      const status = trouble === undefined ? 200 : trouble === 'DatabaseUnavailableException' ? 504 : 400;
      if (trouble !== undefined) response.setHeader('x-amzn-errortype', trouble);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(trouble === undefined ? '{"numberOfRecordsUpdated":1,"records":[]}' : '{"message":"later"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls };
}

suite('a service in trouble', { concurrency: true }, () => {
  const cases: readonly [what: string, troubles: readonly string[], calls: number, succeeds: boolean, sql: string][] = [
    [
      'a database that resumes is waited for',
      ['DatabaseResumingException', 'DatabaseResumingException'],
      3,
      true,
      'UPDATE t SET n = 1',
    ],
    ['a throttled call is repeated', ['ThrottlingException'], 2, true, 'UPDATE t SET n = 1'],
    ['a write whose fate is unknown is not repeated', ['reset'], 1, false, 'UPDATE t SET n = 1'],
    ['a read whose answer is lost is repeated', ['reset', 'DatabaseUnavailableException'], 3, true, 'SELECT 1 AS n'],
    ['a read is not repeated for ever', ['reset', 'reset', 'reset', 'reset'], 3, false, 'SELECT 1 AS n'],
    ['a read that locks is a write', ['reset'], 1, false, 'SELECT 1 AS n FROM t FOR UPDATE'],
  ];
  for (const [what, troubles, calls, succeeds, sql] of cases) {
    test(what, async () => {
      const service = await troubled(troubles);
      const database = localDatabase(service.url, 'any');
      const call = sql.startsWith('SELECT') ? database.query(sql) : database.execute(sql);
      if (succeeds) await call;
      else await assert.rejects(call, DatabaseUnavailableError);
      assert.equal(service.calls(), calls);
      assert.equal(database.roundTrips, calls);
      service.server.closeAllConnections();
      service.server.close();
    });
  }

  test('patience ends', async () => {
    const service = await troubled(Array.from({ length: 100 }, () => 'DatabaseResumingException'));
    const database = localDatabase(service.url, 'any', { patienceMs: 300 });
    const started = Date.now();
    await assert.rejects(database.query('SELECT 1'), DatabaseUnavailableError);
    assert.ok(Date.now() - started < 1_000);
    service.server.closeAllConnections();
    service.server.close();
  });
});

test('a function finds its database by its environment', async () => {
  await using db = await ephemeralDatabase();
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'y',
    AWS_ENDPOINT_URL_RDS_DATA: db.endpoint,
    DATABASE_CLUSTER_ARN: 'arn:aws:rds:eu-central-1:000000000000:cluster:kgc',
    DATABASE_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:kgc',
    DATABASE_NAME: db.schema,
  });
  assert.deepEqual(await databaseOfEnvironment().query('SELECT DATABASE() AS name'), [{ name: db.schema }]);
  delete process.env.AWS_ENDPOINT_URL_RDS_DATA;
  process.env.AWS_ENDPOINT_URL = db.endpoint;
  assert.deepEqual(await databaseOfEnvironment().query('SELECT DATABASE() AS name'), [{ name: db.schema }]);
});
