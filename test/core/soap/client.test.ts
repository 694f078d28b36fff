import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  decodeRequest,
  encodeFault,
  encodeResponse,
  inflateBody,
  SoapClient,
  SoapFault,
} from '../../../core/soap/index.ts';

interface Seen {
  readonly headers: http.IncomingHttpHeaders;
  readonly operation: string;
  readonly port: number | undefined;
}

type Respond = (response: http.ServerResponse, seen: Seen) => void;

const ok: Respond = (response) => {
  const { body, contentType } = encodeResponse('logoff', { result: 0 });
  response.setHeader('content-type', contentType).end(body);
};

/** A server that answers every call the same way, and remembers what it saw. */
async function serve(t: TestContext, respond: Respond, socket?: string): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = await inflateBody(Buffer.concat(chunks), request.headers['content-encoding']);
    const { operation } = decodeRequest(body, request.headers['content-type']);
    const call = { headers: request.headers, operation, port: request.socket.remotePort };
    seen.push(call);
    respond(response, call);
  });
  await new Promise<void>((resolve) =>
    socket === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(socket, resolve),
  );
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: socket === undefined ? `http://127.0.0.1:${(server.address() as AddressInfo).port}/` : `file://${socket}`,
    seen,
  };
}

function clientOf(t: TestContext, ...args: ConstructorParameters<typeof SoapClient>): SoapClient {
  const client = new SoapClient(...args);
  t.after(() => client.close());
  return client;
}

describe('a client', () => {
  it('calls and reads the answer, over one connection', async (t) => {
    const { url, seen } = await serve(t, ok);
    const client = clientOf(t, url);
    assert.deepEqual(await client.call('logoff', { ulSessionId: 1n }), { result: 0 });
    assert.deepEqual(await client.call('logoff', { ulSessionId: 2n }), { result: 0 });
    assert.equal(seen[0]?.port, seen[1]?.port);
    assert.equal(seen[0]?.headers.soapaction, '""');
  });

  it('calls over a unix socket', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'soap client '));
    t.after(() => rmSync(folder, { recursive: true }));
    const { url, seen } = await serve(t, ok, join(folder, 'server.sock'));
    assert.deepEqual(await clientOf(t, url).call('logoff', {}), { result: 0 });
    assert.equal(seen.length, 1);
  });

  it('compresses large requests when told to, and reads compressed answers', async (t) => {
    const { url, seen } = await serve(t, (response) => {
      const { body, contentType } = encodeResponse('loadObject', { er: 3 });
      response.writeHead(200, { 'content-type': contentType, 'content-encoding': 'gzip' }).end(gzipSync(body));
    });
    const client = clientOf(t, url, { gzip: true });
    const result = await client.call('loadObject', { sEntryId: Buffer.alloc(2000) });
    assert.equal(result.er, 3);
    assert.equal(seen[0]?.headers['content-encoding'], 'gzip');
    await client.call('loadObject', {});
    assert.equal(seen[1]?.headers['content-encoding'], undefined);
  });

  it('adds headers made for the body', async (t) => {
    const { url, seen } = await serve(t, ok);
    await clientOf(t, url, { headers: async (body) => ({ 'x-length': String(body.length) }) }).call('logoff', {});
    assert.equal(seen[0]?.headers['x-length'], seen[0]?.headers['content-length']);
  });

  it('throws the fault that it is answered with', async (t) => {
    const { url } = await serve(t, (response) => {
      const fault = encodeFault(new SoapFault('Server', 'out of order'));
      response.writeHead(500, { 'content-type': fault.contentType }).end(fault.body);
    });
    await assert.rejects(clientOf(t, url).call('logoff', {}), {
      name: 'SoapFault',
      code: 'Server',
      message: 'out of order',
    });
  });

  it('says so when what answers isn’t a SOAP server', async (t) => {
    const { url } = await serve(t, (response) =>
      response.writeHead(403, { 'content-type': 'application/json' }).end('{}'),
    );
    await assert.rejects(clientOf(t, url).call('logoff', {}), { name: 'TransportError', status: 403 });
  });

  it('says so when nothing answers', async (t) => {
    await assert.rejects(clientOf(t, 'http://127.0.0.1:1/').call('logoff', {}), {
      name: 'TransportError',
      message: /logoff/,
    });
    assert.throws(() => new SoapClient('ftp://localhost/'), TypeError);
  });

  it('gives up in time, or when told to', async (t) => {
    const { url } = await serve(t, () => {});
    const client = clientOf(t, url);
    await assert.rejects(client.call('logoff', {}, { timeoutMs: 50 }), { name: 'TransportError', message: /timeout/ });
    const abort = new AbortController();
    const call = client.call('logoff', {}, { signal: abort.signal });
    abort.abort();
    await assert.rejects(call, { name: 'TransportError' });
  });

  it('repeats a call whose kept connection broke only if the call changes nothing', async (t) => {
    let broken = 0;
    const { url, seen } = await serve(t, (response, call) => {
      if (seen.length % 2 === 1 || broken > 1) return ok(response, call);
      broken++;
      response.socket?.resetAndDestroy(); // the connection was kept from the call before
    });
    const client = clientOf(t, url);
    await client.call('logoff', {});
    assert.deepEqual(await client.call('logoff', {}), { result: 0 });
    assert.equal(seen.length, 3);
    await assert.rejects(client.call('emptyFolder', {}), { name: 'TransportError', message: /broke/ });
    assert.equal(seen.length, 4);
  });
});
