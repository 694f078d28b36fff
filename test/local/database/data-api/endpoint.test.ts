import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  type Field,
  RDSDataClient,
  RollbackTransactionCommand,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import { type EphemeralDatabase, ephemeralDatabase } from '../../../../local/database/ephemeral.ts';

/** The client as anyone makes it, with nothing but an endpoint. */
function plainClient(endpoint: string): RDSDataClient {
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
  return new RDSDataClient({ endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 });
}

suite('the Data API endpoint and the unmodified SDK', () => {
  let db: EphemeralDatabase;
  let client: RDSDataClient;
  const common = () => ({ resourceArn: 'arn:cluster', secretArn: 'arn:secret', database: db.schema });
  const execute = (sql: string, rest: Partial<ExecuteStatementCommandInput> = {}) =>
    client.send(new ExecuteStatementCommand({ ...common(), sql, ...rest }));
  const begin = async () => (await client.send(new BeginTransactionCommand(common()))).transactionId as string;
  const commit = (transactionId: string) => client.send(new CommitTransactionCommand({ ...common(), transactionId }));

  before(async () => {
    db = await ephemeralDatabase();
    client = plainClient(db.endpoint);
  });
  after(() => db.dispose());

  test('gives every kind of column as its kind of field', async () => {
    await execute(`CREATE TABLE kinds (
      big BIGINT, small SMALLINT UNSIGNED, truth BOOLEAN, tiny TINYINT(4), bit1 BIT(1), number DOUBLE, money DECIMAL(10,2),
      day DATE, moment DATETIME(3), clock TIME, name VARCHAR(50), body TEXT, bytes VARBINARY(50), raw BLOB, document JSON,
      choice ENUM('a','b'), absent INT)`);
    await execute(`INSERT INTO kinds VALUES (-9007199254740991, 65535, TRUE, -5, 1, 1.5e300, 12.30,
      '2026-02-28', '2026-02-28 10:20:30.123', '-10:20:30', 'Ä 😀 "x"', 'line\\nline', X'00FF', X'', '{"a": [1]}', 'b', NULL)`);
    const { records } = await execute('SELECT * FROM kinds');
    assert.deepEqual(records, [
      [
        { longValue: -9007199254740991 },
        { longValue: 65535 },
        { booleanValue: true },
        { longValue: -5 },
        { booleanValue: true },
        { doubleValue: 1.5e300 },
        { stringValue: '12.30' },
        { stringValue: '2026-02-28' },
        { stringValue: '2026-02-28 10:20:30.123' },
        { stringValue: '-10:20:30' },
        { stringValue: 'Ä 😀 "x"' },
        { stringValue: 'line\nline' },
        { blobValue: new Uint8Array([0, 255]) },
        { blobValue: new Uint8Array() },
        { stringValue: '{"a": [1]}' },
        { stringValue: 'b' },
        { isNull: true },
      ],
    ]);
  });

  test('takes every kind of field as a parameter', async () => {
    await execute(
      'CREATE TABLE taken (a BIGINT, b DOUBLE, c BOOLEAN, d VARCHAR(50), e VARBINARY(20), f INT, g DATETIME(3), h JSON)',
    );
    const fields: Record<string, Field> = {
      a: { longValue: -5 },
      b: { doubleValue: 0.1 },
      c: { booleanValue: true },
      d: { stringValue: "'; DROP TABLE taken; --" },
      e: { blobValue: Uint8Array.from([0, 1, 254]) },
      f: { isNull: true },
      g: { stringValue: '2026-02-28 10:20:30.5' },
      h: { stringValue: '{"a":1}' },
    };
    const parameters: SqlParameter[] = Object.entries(fields).map(([name, value]) => ({ name, value }));
    const hinted = parameters.map((parameter) =>
      parameter.name === 'g'
        ? { ...parameter, typeHint: 'TIMESTAMP' as const }
        : parameter.name === 'h'
          ? { ...parameter, typeHint: 'JSON' as const }
          : parameter,
    );
    await execute('INSERT INTO taken VALUES (:a, :b, :c, :d, :e, :f, :g, :h)', { parameters: hinted });
    const { records } = await execute('SELECT * FROM taken');
    assert.deepEqual(records, [
      [
        { longValue: -5 },
        { doubleValue: 0.1 },
        { booleanValue: true },
        { stringValue: "'; DROP TABLE taken; --" },
        { blobValue: new Uint8Array([0, 1, 254]) },
        { isNull: true },
        { stringValue: '2026-02-28 10:20:30.500' },
        { stringValue: '{"a":1}' },
      ],
    ]);
  });

  test('a parameter can be a LIMIT, and integers are compared as integers', async () => {
    await execute('CREATE TABLE ids (id BIGINT UNSIGNED PRIMARY KEY)');
    await execute('INSERT INTO ids VALUES (9007199254740990), (9007199254740991)');
    const parameters = [
      { name: 'id', value: { longValue: Number.MAX_SAFE_INTEGER } },
      { name: 'n', value: { longValue: 10 } },
    ];
    const { records } = await execute('SELECT id FROM ids WHERE id = :id LIMIT :n', { parameters });
    assert.deepEqual(records, [[{ longValue: Number.MAX_SAFE_INTEGER }]]);
  });

  test('64-bit integers lose no digit in the answer', async () => {
    const response = await fetch(`${db.endpoint}/Execute`, {
      method: 'POST',
      body: JSON.stringify({ ...common(), sql: 'SELECT 18446744073709551615 AS a, -9223372036854775808 AS b' }),
    });
    assert.match(await response.text(), /\{"longValue":18446744073709551615\},\{"longValue":-9223372036854775808\}/);
  });

  test('integers and decimals come as asked for', async () => {
    const sql = 'SELECT 9223372036854775807 AS a, CAST(1.50 AS DECIMAL(5,2)) AS b, CAST(7 AS DECIMAL(5,0)) AS c';
    const { records } = await execute(sql, {
      resultSetOptions: { longReturnType: 'STRING', decimalReturnType: 'DOUBLE_OR_LONG' },
    });
    assert.deepEqual(records, [[{ stringValue: '9223372036854775807' }, { doubleValue: 1.5 }, { longValue: 7 }]]);
  });

  test('describes the columns when asked to', async () => {
    await execute('CREATE TABLE described (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20), data BLOB)');
    const { columnMetadata } = await execute('SELECT id, name AS label, data FROM described', {
      includeResultMetadata: true,
    });
    const seen = columnMetadata?.map(
      ({ name, label, tableName, type, typeName, nullable, isAutoIncrement, isSigned }) => ({
        name,
        label,
        tableName,
        type,
        typeName,
        nullable,
        isAutoIncrement,
        isSigned,
      }),
    );
    const table = { tableName: 'described' };
    assert.deepEqual(seen, [
      {
        ...table,
        name: 'id',
        label: 'id',
        type: 4,
        typeName: 'INT UNSIGNED',
        nullable: 0,
        isAutoIncrement: true,
        isSigned: false,
      },
      {
        ...table,
        name: 'name',
        label: 'label',
        type: 12,
        typeName: 'VARCHAR',
        nullable: 1,
        isAutoIncrement: false,
        isSigned: false,
      },
      {
        ...table,
        name: 'data',
        label: 'data',
        type: -4,
        typeName: 'BLOB',
        nullable: 1,
        isAutoIncrement: false,
        isSigned: false,
      },
    ]);
    assert.equal((await execute('SELECT 1')).columnMetadata, undefined);
  });

  test('formats records as JSON when asked to', async () => {
    const sql = `SELECT 1 AS n, 'a"b' AS s, NULL AS nothing, 1.5e0 AS d UNION SELECT 2, 'c', NULL, 2.5e0`;
    const { formattedRecords, records } = await execute(sql, { formatRecordsAs: 'JSON' });
    assert.equal(records, undefined);
    assert.deepEqual(JSON.parse(formattedRecords as string), [
      { n: 1, s: 'a"b', nothing: null, d: 1.5 },
      { n: 2, s: 'c', nothing: null, d: 2.5 },
    ]);
  });

  test('counts the records and tells the generated key', async () => {
    await execute('CREATE TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY, n INT)');
    const inserted = await execute('INSERT INTO counted (n) VALUES (1), (2), (3)');
    assert.equal(inserted.numberOfRecordsUpdated, 3);
    assert.deepEqual(inserted.generatedFields, [{ longValue: 1 }]);
    const updated = await execute('UPDATE counted SET n = 2 WHERE n >= 2');
    assert.equal(updated.numberOfRecordsUpdated, 2, 'matched rows count, changed or not');
    assert.deepEqual(updated.generatedFields, []);
  });

  test('runs a batch in order and tells the key of each set', async () => {
    await execute('CREATE TABLE batched (id INT AUTO_INCREMENT PRIMARY KEY, n INT)');
    const parameterSets = [10, 20, 30].map((n) => [{ name: 'n', value: { longValue: n } }]);
    const sql = 'INSERT INTO batched (n) VALUES (:n)';
    const { updateResults } = await client.send(new BatchExecuteStatementCommand({ ...common(), sql, parameterSets }));
    assert.deepEqual(updateResults, [
      { generatedFields: [{ longValue: 1 }] },
      { generatedFields: [{ longValue: 2 }] },
      { generatedFields: [{ longValue: 3 }] },
    ]);
    const { records } = await execute('SELECT GROUP_CONCAT(n ORDER BY id) FROM batched');
    assert.deepEqual(records, [[{ stringValue: '10,20,30' }]]);
  });

  test('a transaction is seen by others only after its commit', async () => {
    await execute('CREATE TABLE seen (n INT)');
    const transactionId = await begin();
    await execute('INSERT INTO seen VALUES (1)', { transactionId });
    assert.deepEqual((await execute('SELECT COUNT(*) FROM seen')).records, [[{ longValue: 0 }]]);
    assert.deepEqual((await execute('SELECT COUNT(*) FROM seen', { transactionId })).records, [[{ longValue: 1 }]]);
    assert.equal((await commit(transactionId)).transactionStatus, 'Transaction Committed');
    assert.deepEqual((await execute('SELECT COUNT(*) FROM seen')).records, [[{ longValue: 1 }]]);
  });

  test('a transaction that is rolled back leaves nothing', async () => {
    await execute('CREATE TABLE undone (n INT)');
    const transactionId = await begin();
    await execute('INSERT INTO undone VALUES (1)', { transactionId });
    const { transactionStatus } = await client.send(new RollbackTransactionCommand({ ...common(), transactionId }));
    assert.equal(transactionStatus, 'Rollback Complete');
    assert.deepEqual((await execute('SELECT COUNT(*) FROM undone')).records, [[{ longValue: 0 }]]);
  });

  test('a refused statement leaves its transaction alive, and statements after DDL still wait for the commit', async () => {
    await execute('CREATE TABLE alive (n INT PRIMARY KEY)');
    const transactionId = await begin();
    await execute('INSERT INTO alive VALUES (1)', { transactionId });
    await assert.rejects(execute('INSERT INTO alive VALUES (1)', { transactionId }));
    await execute('CREATE TABLE alive_too (n INT)', { transactionId });
    await execute('INSERT INTO alive VALUES (2)', { transactionId });
    assert.deepEqual((await execute('SELECT COUNT(*) FROM alive')).records, [[{ longValue: 1 }]]);
    await commit(transactionId);
    assert.deepEqual((await execute('SELECT COUNT(*) FROM alive')).records, [[{ longValue: 2 }]]);
  });

  test('a second call while a transaction works is refused', async () => {
    const transactionId = await begin();
    const slow = execute('SELECT SLEEP(0.3)', { transactionId });
    await execute('SELECT 1');
    await assert.rejects(execute('SELECT 1', { transactionId }), {
      name: 'DatabaseErrorException',
      message: 'Transaction is still running a query',
    });
    await slow;
    await commit(transactionId);
  });

  test('an ended or invented transaction is not found, and the reason is given', async () => {
    const transactionId = await begin();
    await commit(transactionId);
    await assert.rejects(execute('SELECT 1', { transactionId }), {
      name: 'TransactionNotFoundException',
      message: /is not found\. One previous call resulted in a termination of your transaction\./,
    });
    await assert.rejects(commit('invented'), { name: 'TransactionNotFoundException', message: /may be expired/ });
  });

  test('a transaction belongs to its database', async () => {
    const transactionId = await begin();
    await assert.rejects(execute('SELECT 1', { transactionId, database: 'mysql' }), {
      name: 'BadRequestException',
      message: 'Database name is not the same as transaction',
    });
    await commit(transactionId);
  });

  test("session settings of one call don't reach another", async () => {
    const current = async () => (await execute('SELECT @@sql_mode, DATABASE()')).records;
    const usual = await current();
    await execute("SET SESSION sql_mode = ''");
    await execute('USE mysql');
    assert.deepEqual(await current(), usual);
  });

  test('errors of the database bear its words, number and state', async () => {
    await execute('CREATE TABLE unique_names (name VARCHAR(20), UNIQUE KEY by_name (name))');
    await execute("INSERT INTO unique_names VALUES ('x')");
    await assert.rejects(execute("INSERT INTO unique_names VALUES ('x')"), {
      name: 'DatabaseErrorException',
      message: "Duplicate entry 'x' for key 'by_name'; Error code: 1062; SQLState: 23000",
    });
    await assert.rejects(execute('SELECT * FROM nowhere'), {
      name: 'DatabaseErrorException',
      message: /doesn't exist; Error code: 1146; SQLState: 42S02$/,
    });
    await assert.rejects(execute('SELECT 1', { database: 'nowhere' }), { name: 'DatabaseNotFoundException' });
  });

  test('a second statement is refused', async () => {
    await assert.rejects(execute('SELECT 1; SELECT 2'), {
      name: 'ValidationException',
      message: "Multistatements aren't supported.",
    });
  });

  test('the schema parameter is refused', async () => {
    await assert.rejects(execute('SELECT 1', { schema: 'x' }), {
      name: 'ValidationException',
      message: "The schema parameter isn't supported",
    });
  });

  test('calls without a cluster or a secret are refused', async () => {
    await assert.rejects(execute('SELECT 1', { resourceArn: '' }), { name: 'ValidationException' });
    await assert.rejects(execute('SELECT 1', { secretArn: '' }), { name: 'ValidationException' });
  });

  test('geometry is no supported type', async () => {
    await assert.rejects(execute('SELECT POINT(1, 2)'), {
      name: 'UnsupportedResultException',
      message: /^The result contains the unsupported data type/,
    });
  });

  test('nonsense gets an answer, and the endpoint lives on', async () => {
    const post = (path: string, body: string) => fetch(`${db.endpoint}${path}`, { method: 'POST', body });
    for (const body of ['', '{', '[', 'null', '1', '{"sql":7,"resourceArn":"a","secretArn":"b"}']) {
      const response = await post('/Execute', body);
      assert.equal(response.status, 400, body);
      assert.equal(response.headers.get('x-amzn-errortype'), 'ValidationException', body);
    }
    assert.equal((await post('/Nothing', '{}')).status, 404);
    await execute('SELECT 1');
  });

  const injections = [
    "x'; DROP TABLE guarded; --",
    "' OR '1'='1",
    "\\' OR 1=1 -- ",
    ':other',
    '?',
    '"',
    '`',
    '\u0000',
    '\u00bf\u0027 OR 1=1',
    '/*',
    '%_\\',
  ];
  test('what looks like SQL in a parameter stays a value', async () => {
    await execute('CREATE TABLE guarded (name VARCHAR(100) COLLATE utf8mb4_bin)');
    for (const text of injections) {
      const parameters = [{ name: 'name', value: { stringValue: text } }];
      const before = await execute('SELECT COUNT(*) FROM guarded WHERE name = :name', { parameters });
      assert.deepEqual(before.records, [[{ longValue: 0 }]], text);
      await execute('INSERT INTO guarded VALUES (:name)', { parameters });
      const back = await execute('SELECT name FROM guarded WHERE name = :name', { parameters });
      assert.deepEqual(back.records, [[{ stringValue: text }]], text);
    }
    assert.deepEqual((await execute('SELECT COUNT(*) FROM guarded')).records, [[{ longValue: injections.length }]]);
  });

  test('a hundred calls at once are all answered', async () => {
    const calls = Array.from({ length: 100 }, (_, n) =>
      execute('SELECT :n', { parameters: [{ name: 'n', value: { longValue: n } }] }),
    );
    const answers = await Promise.all(calls);
    assert.deepEqual(
      answers.map(({ records }) => records?.[0]?.[0]?.longValue),
      calls.map((_, n) => n),
    );
  });
});
