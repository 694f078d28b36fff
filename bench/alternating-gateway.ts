/**
 * A local instance with several processes of the soap function, in front of
 * which each request takes a connection of its own, so that the requests of one
 * client go to the processes in turn. What runs against it proves that no
 * request relies on what an earlier one left in memory.
 *
 *     node bench/alternating-gateway.ts --port 24500
 *     node ../shared/conformance/replay.mjs --url http://127.0.0.1:24500/ --setup
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { startInstance } from '../local/instance/instance.ts';
import { EPHEMERAL } from '../local/instance/options.ts';

const { values: options } = parseArgs({
  options: {
    /** Port of the trusted door, which takes SYSTEM too; 0 is a free one. */
    port: { type: 'string', default: '0' },
    workers: { type: 'string', default: '2' },
  },
});

const instance = await startInstance({ ...EPHEMERAL, trustedPort: 0, workers: Number(options.workers) }, console.error);
const upstream = new URL(instance.endpoints.soap.trustedUrl!);
let requests = 0;

/** Hands a request on over a new connection: the instance gives each to its next process. */
const proxy = http.createServer((request, response) => {
  requests += 1;
  const { method, url: path, headers } = request;
  const onward = http.request({
    host: upstream.hostname,
    port: upstream.port,
    method,
    path,
    headers: { ...headers, connection: 'close' },
    agent: false,
  });
  onward.on('response', (answer) => {
    const { connection: _, 'keep-alive': __, ...kept } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, kept);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  // A client that stops waiting for a notification ends its request.
  response.on('close', () => onward.destroy());
  request.pipe(onward);
});
proxy.listen(Number(options.port), '127.0.0.1', () => {
  const { port } = proxy.address() as AddressInfo;
  console.log(`http://127.0.0.1:${port}/ alternates between ${options.workers} processes; Ctrl-C ends it.`);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, async () => {
    proxy.close();
    proxy.closeAllConnections();
    await instance.stop();
    console.log(`${requests} requests were handed on.`);
  });
