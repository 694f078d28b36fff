import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Log } from '../../core/platform/log.ts';
import { isSignedWith, scopeOf } from './access-key.ts';
import { BodyTooLargeError, type Service, type ServiceRequest, type ServiceResponse } from './service.ts';

/** Services by the name that they have in a signature's scope: `s3`, `sqs`, `ses`. */
export type Services = Readonly<Record<string, Service>>;

/**
 * One HTTP server for all services of the local cloud, so that a single
 * AWS_ENDPOINT_URL leads to each of them: the scope of a request's signature
 * says which one is meant. The access key must be the instance's; the
 * signature itself is not computed anew, because the key is the secret here.
 */
export function createEndpoint(services: () => Services, accessKeyId: string, log: Log): Server {
  const server = createServer((request, response) => {
    answer(request, response, services(), accessKeyId).catch((error: unknown) => {
      if (request.destroyed && !response.headersSent) return;
      log.error({ error, url: request.url, target: request.headers['x-amz-target'] }, 'a local service failed');
      if (!response.headersSent) plain(response, 500, 'InternalFailure');
      else response.destroy();
    });
  });
  // Clients of the SDK keep connections; the server must not close one at the moment of its reuse.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  services: Services,
  accessKeyId: string,
): Promise<void> {
  const scope = scopeOf(request.headers.authorization);
  if (!isSignedWith(scope, accessKeyId)) return plain(response, 403, 'InvalidClientTokenId');
  const service = Object.hasOwn(services, scope.service) ? services[scope.service] : undefined;
  if (!service) return plain(response, 400, `UnknownService ${scope.service}`);
  await send(await service(serviceRequest(request, response)), response);
}

function serviceRequest(request: IncomingMessage, response: ServerResponse): ServiceRequest {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const target = request.url ?? '/';
  return {
    method: request.method ?? 'GET',
    path: target.split('?', 1)[0]!,
    url: new URL(target, 'http://localhost'),
    headers: request.headers,
    stream: request,
    signal: gone.signal,
    body: (limit) => readBody(request, limit),
  };
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new BodyTooLargeError(`The request is longer than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

async function send(answered: ServiceResponse, response: ServerResponse): Promise<void> {
  const { status, headers = {}, body } = answered;
  if (typeof body === 'object' && !(body instanceof Uint8Array)) {
    response.writeHead(status, headers);
    await pipeline(body, response);
    return;
  }
  const content = body ?? '';
  const length = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
  response.writeHead(status, { 'content-length': String(length), ...headers });
  response.end(content);
}

function plain(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    connection: 'close',
  });
  response.end(JSON.stringify({ __type: code, message: code }));
}
