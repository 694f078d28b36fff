import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { isTrustedDoor } from '../../../core/platform/trusted-door.ts';
import { DESCRIPTIONS } from '../../../local/functions/catalogue.ts';
import { type Handler, provideStreaming, type ResponseStream } from '../../../local/functions/streaming.ts';
import { Gateway, type GatewayOptions } from '../../../local/gateway/gateway.ts';
import { MAX_INVOCATION_BYTES, MAX_REQUEST_BYTES } from '../../../local/gateway/limits.ts';
import type { Door } from '../../../local/gateway/proxy-event.ts';
import { silent } from '../a-cloud.ts';

provideStreaming();
declare const awslambda: {
  streamifyResponse(handler: (event: never, stream: ResponseStream, context: Context) => Promise<unknown>): Handler;
  HttpResponseStream: { from(stream: ResponseStream, prelude: object): ResponseStream };
};

/** A gateway before `handler`, with one door that all connections come through. */
async function aGateway(handler: unknown, options: Partial<GatewayOptions> = {}, door: Door = 'public') {
  const gateway = new Gateway({
    handler: handler as Handler,
    description: DESCRIPTIONS.soap,
    functionArn: 'arn:aws:lambda:local:000000000000:function:soap',
    log: silent,
    ...options,
  });
  const listener = createTcpServer((socket) => gateway.admit(socket, door));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    post: (path: string, init: RequestInit = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', ...init }),
    gateway,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await gateway.close(0);
    },
  };
}

/** Answers its event. */
const echo = async (event: APIGatewayProxyEvent) => ({
  statusCode: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(event),
});

async function eventOf(response: Response): Promise<APIGatewayProxyEvent> {
  assert.equal(response.status, 200);
  return (await response.json()) as APIGatewayProxyEvent;
}

const text = (body: string | null) => Buffer.from(body ?? '', 'base64').toString('latin1');

suite('the event', { concurrency: true }, () => {
  test('is the one of a REST API: path, headers as written, query, source, binary body', async () => {
    await using gateway = await aGateway(echo);
    const response = await gateway.post('/kopano/x?a=1&a=2&b=%20', {
      headers: { SOAPAction: '""', 'Content-Type': 'text/xml' },
      body: 'grüße',
    });
    const event = await eventOf(response);
    assert.equal(event.resource, '/{proxy+}');
    assert.equal(event.path, '/kopano/x');
    assert.deepEqual(event.pathParameters, { proxy: 'kopano/x' });
    assert.deepEqual(event.multiValueQueryStringParameters, { a: ['1', '2'], b: [' '] });
    assert.deepEqual(event.queryStringParameters, { a: '2', b: ' ' });
    assert.equal(event.headers['X-Forwarded-For'], '127.0.0.1');
    assert.equal(event.requestContext.identity.sourceIp, '127.0.0.1');
    assert.equal(event.requestContext.stage, 'kopano');
    assert.equal(event.isBase64Encoded, true);
    assert.equal(Buffer.from(event.body!, 'base64').toString(), 'grüße');
    assert.equal(response.headers.get('x-amzn-requestid'), event.requestContext.requestId);
  });

  test('carries a compressed body as it came, and a chunked one whole', async () => {
    await using gateway = await aGateway(echo);
    const packed = gzipSync('<xml/>');
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options: RequestOptions = { method: 'POST', port: gateway.port, headers: { 'content-encoding': 'gzip' } };
      const request = httpRequest(options, resolve).on('error', reject);
      request.write(packed.subarray(0, 5));
      setTimeout(() => request.end(packed.subarray(5)), 20);
    });
    const event = JSON.parse(Buffer.concat(await response.toArray()).toString()) as APIGatewayProxyEvent;
    assert.equal(event.headers['content-encoding'], 'gzip');
    assert.equal(event.headers['transfer-encoding'], undefined);
    assert.equal(text(event.body), packed.toString('latin1'));
  });

  test('has no body for an empty one', async () => {
    await using gateway = await aGateway(echo);
    const event = await eventOf(await gateway.post('/'));
    assert.equal(event.body, null);
    assert.equal(event.isBase64Encoded, false);
    assert.equal(event.resource, '/');
  });

  test('has the members of the cloud’s, by the samples, on both doors', async () => {
    for (const [door, name] of [
      ['public', 'soap'],
      ['trusted', 'soap-trusted'],
    ] as const) {
      await using gateway = await aGateway(echo, {}, door);
      const event = await eventOf(await gateway.post('/', { body: 'x' }));
      const file = new URL(`../../../events/${name}.json`, import.meta.url);
      const sample = JSON.parse(readFileSync(file, 'utf8')) as APIGatewayProxyEvent;
      const names = (value: object) => Object.keys(value).sort();
      assert.deepEqual(names(event), names(sample));
      assert.deepEqual(names(event.requestContext), names(sample.requestContext));
      assert.deepEqual(names(event.requestContext.identity), names(sample.requestContext.identity));
      assert.equal(event.resource, sample.resource);
      assert.equal(event.requestContext.path, sample.requestContext.path);
      for (const header of names(sample.headers).filter((added) => /^X-(Amzn|Forwarded)/.test(added)))
        assert.ok(event.headers[header]);
    }
  });

  test('of the trusted door is trusted, and nothing that a client of the public door says makes it so', async () => {
    await using trusted = await aGateway(echo, {}, 'trusted');
    assert.equal(isTrustedDoor((await eventOf(await trusted.post('/kopano'))).requestContext), true);
    await using open = await aGateway(echo);
    const headers = {
      'X-Forwarded-For': '10.0.0.1',
      Authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/local/execute-api/aws4_request',
      userArn: 'arn:aws:iam::000000000000:user/local',
    };
    for (const path of ['/', '//trusted', '/trusted/', '/kopano?resource=/trusted']) {
      const event = await eventOf(await open.post(path, { headers }));
      assert.equal(isTrustedDoor(event.requestContext), false);
      assert.equal(event.headers['X-Forwarded-For'], '127.0.0.1');
    }
    assert.equal((await open.post('/trusted', { headers })).status, 403);
    assert.equal((await open.post('/trusted?x', { headers })).status, 403);
  });
});

suite('the gateway', { concurrency: true }, () => {
  test('knows POST only', async () => {
    await using gateway = await aGateway(echo);
    const response = await fetch(gateway.url);
    assert.equal(response.status, 403);
    assert.deepEqual(await response.json(), { message: 'Missing Authentication Token' });
  });

  test('hands out bytes, several values of a header, and any status', async () => {
    await using gateway = await aGateway(async () => ({
      statusCode: 500,
      headers: { 'Content-Type': 'text/xml', 'Content-Encoding': 'gzip' },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
      body: gzipSync('<fault/>').toString('base64'),
      isBase64Encoded: true,
    }));
    const response = await gateway.post('/');
    assert.equal(response.status, 500);
    assert.equal(await response.text(), '<fault/>');
    assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2']);
  });

  test('takes as much as fits into an invocation, and no byte more', async () => {
    await using gateway = await aGateway(async (event: APIGatewayProxyEvent) => ({
      statusCode: 200,
      headers: {},
      body: String(Buffer.byteLength(JSON.stringify(event))),
    }));
    const sizeWith = async (length: number) => {
      const response = await gateway.post('/', { body: Buffer.alloc(length) });
      return response.status === 200 ? Number(await response.text()) : response.status;
    };
    const small = await sizeWith(3000);
    const room = Math.floor((MAX_INVOCATION_BYTES - small) / 4) * 3 - 30;
    const large = await sizeWith(3000 + room);
    assert.ok(large <= MAX_INVOCATION_BYTES && large > MAX_INVOCATION_BYTES - 100, `${large}`);
    assert.equal(await sizeWith(3000 + room + 90), 413);
  });

  test('refuses what is longer than 10 MB, whether it says so or not, and the connection goes on', async () => {
    await using gateway = await aGateway(echo);
    const tooLong = await gateway.post('/', { body: Buffer.alloc(MAX_REQUEST_BYTES + 1) });
    assert.equal(tooLong.status, 413);
    assert.deepEqual(await tooLong.json(), { message: 'Request Too Long' });
    const socket = connect(gateway.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(0x100000), Buffer.from('\r\n')]);
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
    });
    for (let sent = 0; sent <= MAX_REQUEST_BYTES; sent += 0x100000)
      if (!socket.write(chunk)) await once(socket, 'drain');
    socket.write('0\r\n\r\nPOST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
    while (!received.includes('HTTP/1.1 200')) await once(socket, 'data');
    assert.match(received, /^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  test('answers 502 for a function that throws or answers nonsense, and goes on', async () => {
    let answer: () => Promise<unknown> = async () => {
      throw new Error('secret detail');
    };
    await using gateway = await aGateway(() => answer());
    for (const nonsense of [
      answer,
      async () => undefined,
      async () => ({ body: 'x' }),
      async () => ({ statusCode: 1 }),
    ]) {
      answer = nonsense;
      const response = await gateway.post('/');
      assert.equal(response.status, 502);
      assert.deepEqual(await response.json(), { message: 'Internal server error' });
    }
    answer = async () => ({ statusCode: 200, body: 'x'.repeat(MAX_INVOCATION_BYTES + 1) });
    assert.equal((await gateway.post('/')).status, 502);
    answer = async () => ({ statusCode: 204 });
    assert.equal((await gateway.post('/')).status, 204);
  });

  test('answers 504 when the function takes too long', async () => {
    await using gateway = await aGateway(() => new Promise(() => {}), { integrationTimeoutMs: 50 });
    const response = await gateway.post('/');
    assert.equal(response.status, 504);
    assert.deepEqual(await response.json(), { message: 'Endpoint request timed out' });
  });

  test('refuses a header that is too long, and what is no HTTP', async () => {
    await using gateway = await aGateway(echo);
    const response = await gateway.post('/', { headers: { 'x-long': 'x'.repeat(11_000) } });
    assert.equal(response.status, 431);
    const socket = connect(gateway.port, '127.0.0.1');
    socket.write('no http\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 400 /);
  });

  test('keeps connections and answers calls in a row on one of them', async () => {
    await using gateway = await aGateway(echo);
    const socket = connect(gateway.port, '127.0.0.1');
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
    });
    for (let call = 1; call <= 3; call++) {
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx');
      while (received.split('HTTP/1.1 200').length <= call) await once(socket, 'data');
    }
    socket.destroy();
  });
});

test('a gateway that closes lets calls under way have their answer, and ends idle connections', async () => {
  const answered = Promise.withResolvers<object>();
  await using gateway = await aGateway(() => answered.promise);
  const idle = connect(gateway.port, '127.0.0.1');
  await once(idle, 'connect');
  const ended = once(idle, 'close');
  idle.resume();
  const call = gateway.post('/');
  await pause(100);
  const closed = gateway.gateway.close(10_000);
  await pause(50);
  answered.resolve({ statusCode: 200, body: 'done' });
  assert.equal(await (await call).text(), 'done');
  await ended;
  await closed;
});

suite('a streamed answer', { concurrency: true }, () => {
  const streaming = (body: (stream: ResponseStream) => Promise<void>) =>
    awslambda.streamifyResponse(async (_event, stream) => {
      await body(
        awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers: { 'content-type': 'text/plain' } }),
      );
    });

  test('goes out while it is made', async () => {
    const first = Promise.withResolvers<void>();
    await using gateway = await aGateway(
      streaming(async (stream) => {
        stream.write('first ');
        await first.promise;
        stream.end('second');
      }),
    );
    const response = await gateway.post('/');
    const reader = response.body!.getReader();
    assert.equal(Buffer.from((await reader.read()).value!).toString(), 'first ');
    first.resolve();
    assert.equal(Buffer.from((await reader.read()).value!).toString(), 'second');
    assert.equal((await reader.read()).done, true);
  });

  test('may be larger than an invocation carries, and waits for a slow client', async () => {
    let written = 0;
    await using gateway = await aGateway(
      streaming(async (stream) => {
        for (let block = 0; block < 100; block++) {
          if (!stream.write(Buffer.alloc(1024 * 1024))) await once(stream, 'drain');
          written += 1024 * 1024;
        }
        stream.end();
      }),
    );
    const response = await gateway.post('/');
    await pause(200);
    assert.ok(written < 50 * 1024 * 1024, `${written} bytes were written to a client that doesn't read`);
    assert.equal((await response.arrayBuffer()).byteLength, 100 * 1024 * 1024);
  });

  test('has no time limit of 29 seconds', async () => {
    await using gateway = await aGateway(
      streaming(async (stream) => {
        await pause(200);
        stream.end('late');
      }),
      { integrationTimeoutMs: 50 },
    );
    assert.equal(await (await gateway.post('/')).text(), 'late');
  });

  test('that breaks off breaks the connection, so that nobody takes it for whole', async () => {
    await using gateway = await aGateway(
      streaming(async (stream) => {
        stream.write('half');
        await pause(20);
        throw new Error('broken');
      }),
    );
    const response = await gateway.post('/');
    await assert.rejects(response.text());
  });

  test('without a prelude, or of a handler that fails before it, is a 502', async () => {
    for (const handler of [
      awslambda.streamifyResponse(async (_event, stream) => {
        stream.end('raw');
      }),
      awslambda.streamifyResponse(async () => {}),
      awslambda.streamifyResponse(async () => {
        throw new Error('broken');
      }),
    ]) {
      await using gateway = await aGateway(handler);
      assert.equal((await gateway.post('/')).status, 502);
    }
  });

  test('goes on for a client that has gone, and harms nobody', async () => {
    const ended = Promise.withResolvers<void>();
    await using gateway = await aGateway(
      streaming(async (stream) => {
        for (let block = 0; block < 20; block++) {
          if (!stream.write(Buffer.alloc(1024 * 1024))) await once(stream, 'drain');
        }
        stream.end();
        ended.resolve();
      }),
    );
    const socket = connect(gateway.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    await ended.promise;
  });
});
