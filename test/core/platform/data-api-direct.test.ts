import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  ExecuteStatementCommand,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { rdsDataClient } from '../../../core/platform/data-api.ts';

const common = { resourceArn: 'arn:cluster', secretArn: 'arn:secret', database: 'kgc' };
const REGION = 'eu-central-1';

interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A service that keeps what it is asked and answers what it is told to, by default that nothing happened. */
async function aService(answers: ((response: ServerResponse) => void)[] = []) {
  const received: Received[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ url: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() });
    (answers.shift() ?? says(200, {}))(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const dispose = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, received, [Symbol.asyncDispose]: dispose };
}

function says(status: number, body: object | string, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };

/** A client that has made its first call. */
async function aClient(endpoint: string, credentials: Parameters<typeof rdsDataClient>[0] = { credentials: KEYS }) {
  const client = rdsDataClient({ endpoint, region: REGION, ...credentials });
  await client.send(new BeginTransactionCommand(common));
  return client;
}

/** The SDK tells of a call by these; the direct way doesn't take part in its retries. */
const wholeWay = ({ headers }: Received): boolean => headers['amz-sdk-invocation-id'] !== undefined;

/** The signature that the SDK's signer makes of a request. */
async function signatureOf({ url, headers, body }: Received): Promise<string> {
  const date = headers['x-amz-date'] as string;
  const [year, month, day, hour, minute, second] = date.match(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/)!.slice(1);
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization!)![1]!.split(';');
  const signer = new SignatureV4({ credentials: KEYS, region: REGION, service: 'rds-data', sha256: Sha256 });
  const { headers: signed } = await signer.sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: url,
      headers: Object.fromEntries(names.map((name) => [name, String(headers[name])])),
      body,
    },
    { signingDate: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) },
  );
  return signed.authorization!;
}

suite('calls to the Data API', { concurrency: true }, () => {
  test('go the SDK’s whole way first, and directly then', async () => {
    await using service = await aService([says(200, { transactionId: 'one' }), says(200, { transactionId: 'two' })]);
    const client = await aClient(`${service.url}/base`);
    assert.equal((await client.send(new BeginTransactionCommand(common))).transactionId, 'two');
    const [first, second] = service.received;
    assert.deepEqual([wholeWay(first!), wholeWay(second!)], [true, false]);
    assert.equal(second!.url, '/base/BeginTransaction');
    for (const name of ['host', 'content-type', 'user-agent', 'x-amz-security-token'])
      assert.equal(second!.headers[name], first!.headers[name], name);
    assert.deepEqual(JSON.parse(second!.body), JSON.parse(first!.body));
    client.destroy();
  });

  test('bear a signature over what is sent, body and headers', async () => {
    await using service = await aService();
    const client = await aClient(service.url);
    await client.send(new ExecuteStatementCommand({ ...common, sql: 'SELECT ’ü’', parameters: [] }));
    const direct = service.received[1]!;
    assert.match(
      direct.headers.authorization!,
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/rds-data\//,
    );
    assert.match(direct.headers.authorization!, /SignedHeaders=[^,]*content-type;[^,]*host;[^,]*x-amz-date/);
    assert.equal(direct.headers['x-amz-content-sha256'], createHash('sha256').update(direct.body).digest('hex'));
    assert.equal(direct.headers.authorization, await signatureOf(direct));
    client.destroy();
  });

  test('are signed with the credentials of their time', async () => {
    await using service = await aService();
    let number = 0;
    const credentials = async () => {
      number += 1;
      return { accessKeyId: `AKID${number}`, secretAccessKey: 'secret', expiration: new Date(Date.now() - 1_000) };
    };
    const client = await aClient(service.url, { credentials });
    const keyOf = ({ headers }: Received) => /Credential=(\w+)/.exec(headers.authorization!)![1];
    await client.send(new BeginTransactionCommand(common));
    await client.send(new BeginTransactionCommand(common));
    assert.equal(wholeWay(service.received[2]!), false);
    assert.notEqual(keyOf(service.received[1]!), keyOf(service.received[2]!));
    client.destroy();
  });

  test('carry the same parameters on either way', async () => {
    await using service = await aService();
    const direct = await aClient(service.url);
    const value: fc.Arbitrary<SqlParameter['value']> = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((stringValue) => ({ stringValue })),
      fc.maxSafeInteger().map((longValue) => ({ longValue })),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((doubleValue) => ({ doubleValue: doubleValue || 0 })),
      fc.boolean().map((booleanValue) => ({ booleanValue })),
      fc.uint8Array().map((blobValue) => ({ blobValue })),
      fc.constant({ isNull: true }),
    );
    const parameters = fc.array(fc.record({ name: fc.string(), value }));
    await fc.assert(
      fc.asyncProperty(parameters, fc.array(parameters), async (one, sets) => {
        const whole = rdsDataClient({ endpoint: service.url, region: REGION, credentials: KEYS });
        const another = rdsDataClient({ endpoint: service.url, region: REGION, credentials: KEYS });
        const from = service.received.length;
        await whole.send(new ExecuteStatementCommand({ ...common, sql: 'x', parameters: one }));
        await direct.send(new ExecuteStatementCommand({ ...common, sql: 'x', parameters: one }));
        await another.send(new BatchExecuteStatementCommand({ ...common, sql: 'x', parameterSets: sets }));
        await direct.send(new BatchExecuteStatementCommand({ ...common, sql: 'x', parameterSets: sets }));
        const bodies = service.received.slice(from).map(({ body }) => JSON.parse(body));
        assert.deepEqual(service.received.slice(from).map(wholeWay), [true, false, true, false]);
        assert.deepEqual(bodies[1], bodies[0]);
        assert.deepEqual(bodies[3], bodies[2]);
        whole.destroy();
        another.destroy();
      }),
      { numRuns: 50 },
    );
    direct.destroy();
  });

  test('fail with the name and text of the service’s error, and the next one goes the whole way', async () => {
    const cases: readonly [says: (response: ServerResponse) => void, name: string, text: RegExp][] = [
      [says(400, { message: 'no' }, { 'x-amzn-errortype': 'BadRequestException' }), 'BadRequestException', /^no$/],
      [
        says(400, { Message: 'no' }, { 'x-amzn-errortype': 'ThrottlingException:http://internal/' }),
        'ThrottlingException',
        /^no$/,
      ],
      [says(400, { __type: 'com.amazon#DatabaseResumingException' }), 'DatabaseResumingException', /HTTP status 400/],
      [says(503, { code: 'ServiceUnavailableError', message: 'later' }), 'ServiceUnavailableError', /^later$/],
      [says(502, '<html>Bad Gateway</html>'), 'UnknownError', /HTTP status 502/],
      [says(502, 'null'), 'UnknownError', /HTTP status 502/],
    ];
    for (const [answer, name, text] of cases) {
      await using service = await aService([says(200, {}), answer]);
      const client = await aClient(service.url);
      await assert.rejects(
        client.send(new BeginTransactionCommand(common)),
        (error: Error) => error.name === name && text.test(error.message),
        name,
      );
      await client.send(new BeginTransactionCommand(common));
      await client.send(new BeginTransactionCommand(common));
      assert.deepEqual(service.received.map(wholeWay), [true, false, true, false]);
      client.destroy();
    }
  });

  test('go the whole way as long as none has succeeded', async () => {
    await using service = await aService([says(400, {}), says(200, {})]);
    const client = rdsDataClient({ endpoint: service.url, region: REGION, credentials: KEYS });
    await assert.rejects(client.send(new BeginTransactionCommand(common)));
    await client.send(new BeginTransactionCommand(common));
    await client.send(new BeginTransactionCommand(common));
    assert.deepEqual(service.received.map(wholeWay), [true, true, false]);
    client.destroy();
  });
});
