import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { createTransport } from 'nodemailer';
import { isTrustedDoor } from '../../../core/platform/trusted-door.ts';
import { PortTakenError } from '../../../local/gateway/doors.ts';
import { InstanceRunsError } from '../../../local/instance/data-directory.ts';
import type { Endpoints } from '../../../local/instance/endpoints.ts';
import { startInstance } from '../../../local/instance/instance.ts';
import { EPHEMERAL, type InstanceOptions } from '../../../local/instance/options.ts';
import { aFolder, until } from '../a-cloud.ts';

const functions = fileURLToPath(new URL('../handlers', import.meta.url));

async function anInstance(options: Partial<InstanceOptions> = {}) {
  const instance = await startInstance({ ...EPHEMERAL, functions, ...options }, () => {});
  return { ...instance, [Symbol.asyncDispose]: () => instance.stop() };
}

interface Echo {
  readonly event: APIGatewayProxyEvent;
  readonly pid: number;
}

async function post(url: string, body = ''): Promise<Echo> {
  const response = await fetch(url, { method: 'POST', body });
  assert.equal(response.status, 200);
  return (await response.json()) as Echo;
}

function postToSocket(socketUrl: string): Promise<Echo> {
  return new Promise((resolve, reject) => {
    const options = { socketPath: socketUrl.replace('file://', ''), path: '/', method: 'POST', agent: false } as const;
    request(options, async (response) => {
      resolve(JSON.parse(Buffer.concat(await response.toArray()).toString()) as Echo);
    })
      .on('error', reject)
      .end();
  });
}

async function sendMail({ smtp }: Endpoints, to: string): Promise<void> {
  const transport = createTransport({ ...smtp, secure: false });
  await transport.sendMail({ envelope: { from: 'world@example.org', to }, raw: 'Subject: x\r\n\r\nx\r\n' });
  transport.close();
}

/** What the tests' dagent has delivered: `<recipient>/<message id>/<attempt>`. */
async function delivered({ cloud, buckets }: Endpoints): Promise<string[]> {
  const s3 = new S3Client({ endpoint: cloud.url, region: cloud.region, credentials: cloud, forcePathStyle: true });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: buckets.mail!, Prefix: 'delivered/' }));
  s3.destroy();
  return Contents.map((object) => object.Key!.replace('delivered/', ''));
}

suite('an instance', { concurrency: 2 }, () => {
  test('answers SOAP over TCP and over the socket; only the socket is trusted, and only its owner may open it', async () => {
    await using instance = await anInstance();
    const { soap } = instance.endpoints;
    assert.equal(isTrustedDoor((await post(soap.url)).event.requestContext), false);
    assert.equal(isTrustedDoor((await postToSocket(soap.socket)).event.requestContext), true);
    const socket = statSync(soap.socket.replace('file://', ''));
    assert.equal(socket.mode & 0o777, 0o600);
    assert.equal(soap.trustedUrl, undefined);
  });

  test('lets nobody at queues, buckets and database who has not its key', async () => {
    await using instance = await anInstance();
    const { cloud, dataApi } = instance.endpoints;
    for (const [url, service] of [
      [cloud.url, 'sqs'],
      [`${dataApi.url}/Execute`, 'rds-data'],
    ] as const) {
      const authorization = `AWS4-HMAC-SHA256 Credential=AKIAWRONG/20260101/local/${service}/aws4_request`;
      for (const headers of [{}, { authorization }] as Record<string, string>[]) {
        assert.equal((await fetch(url, { method: 'POST', headers, body: '{}' })).status, 403);
      }
    }
  });

  test('delivers mail from SMTP through bucket and queue to the function', async () => {
    await using instance = await anInstance();
    await sendMail(instance.endpoints, 'anna@demo.local');
    await until(async () => (await delivered(instance.endpoints)).length === 1, 'the mail is delivered');
    assert.match((await delivered(instance.endpoints))[0]!, /^anna@demo\.local\/[a-z0-9]{40}\/1$/);
  });

  test('keeps serving when a function crashes', async () => {
    await using instance = await anInstance({ trustedPort: 0 });
    const { url, trustedUrl } = instance.endpoints.soap;
    const { pid } = await post(url);
    await assert.rejects(fetch(url, { method: 'POST', body: 'crash' }));
    // The doors stay open; who comes now waits for the new process.
    assert.notEqual((await post(trustedUrl!)).pid, pid);
    await sendMail(instance.endpoints, 'crash@demo.local');
    const log = () => readFileSync(`${instance.endpoints.logs}/local.log`, 'utf8');
    await until(() => log().includes('function dagent ended'), 'the function crashes');
    await sendMail(instance.endpoints, 'anna@demo.local');
    await until(async () => (await delivered(instance.endpoints)).length === 1, 'the other mail is delivered');
  });

  test('spreads connections over its workers', async () => {
    await using instance = await anInstance({ workers: 2 });
    const calls = Array.from({ length: 8 }, () => postToSocket(instance.endpoints.soap.socket));
    const pids = new Set((await Promise.all(calls)).map((echo) => echo.pid));
    assert.equal(pids.size, 2);
  });

  test('names a port that is taken, and leaves nothing running', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const options = { port: 'port', smtpPort: 'smtp-port', outboxPort: 'outbox-port', trustedPort: 'trusted-port' };
    for (const [option, argument] of Object.entries(options)) {
      const start = anInstance({ [option]: port });
      const told = new RegExp(
        `Port ${port} for .* is taken by another program\\. Choose another one with --${argument}\\.`,
      );
      await assert.rejects(start, (error) => error instanceof PortTakenError && told.test(error.message));
    }
    taken.close();
  });

  test('runs alone on its data, beside others', async () => {
    using folder = aFolder();
    await using first = await anInstance({ data: folder.path });
    await assert.rejects(anInstance({ data: folder.path }), InstanceRunsError);
    await using second = await anInstance();
    assert.notEqual(first.endpoints.soap.url, second.endpoints.soap.url);
  });

  test('keeps mail over a stop, and forgets all with --reset', async () => {
    using folder = aFolder();
    {
      await using instance = await anInstance({ data: folder.path });
      await sendMail(instance.endpoints, 'anna@demo.local');
      await until(async () => (await delivered(instance.endpoints)).length === 1, 'the mail is delivered');
    }
    {
      await using instance = await anInstance({ data: folder.path });
      assert.equal((await delivered(instance.endpoints)).length, 1);
      assert.ok(existsSync(folder.path));
    }
    await using instance = await anInstance({ data: folder.path, reset: true });
    assert.deepEqual(await delivered(instance.endpoints), []);
  });

  test('leaves nothing behind when it is a throw-away one', async () => {
    const instance = await anInstance();
    const { data, database } = instance.endpoints;
    await instance.stop();
    assert.ok(!existsSync(data));
    assert.ok(!existsSync(database.socket));
  });
});
