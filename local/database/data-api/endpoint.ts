import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { isSignedWith, scopeOf } from '../../endpoint/access-key.ts';
import { DataApiError } from './errors.ts';
import { type DataApiLimits, REAL_LIMITS } from './limits.ts';
import { Operations } from './operations.ts';

export interface DataApiEndpointOptions {
  /** The unix socket of the database server. */
  readonly socket: string;
  /** The database of calls that name none. */
  readonly database?: string;
  /** TCP port on loopback; 0, the default, takes a free one. */
  readonly port?: number;
  /** Time that every call takes longer, to feel the way to the cloud's database. */
  readonly latencyMs?: number;
  readonly limits?: Partial<DataApiLimits>;
  /** Callers must sign with this key; undefined lets everybody in who can reach the port. */
  readonly accessKeyId?: string | undefined;
  /** The endpoint and its connections don't keep the process alive. */
  readonly background?: boolean;
}

/** Idle keep-alive connections live long: a client that reuses one at the moment of its closing would fail. */
const KEEP_ALIVE_MS = 600_000;

/**
 * The RDS Data API over a MySQL server on this machine: the REST protocol of
 * service rds-data (2018-08-01) with the real limits and errors. It listens on
 * loopback only; instead of signatures, it checks the access key.
 */
export class DataApiEndpoint {
  readonly url: string;
  readonly #server: Server;
  readonly #operations: Operations;

  private constructor(server: Server, operations: Operations) {
    this.#server = server;
    this.#operations = operations;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(options: DataApiEndpointOptions): Promise<DataApiEndpoint> {
    const limits = { ...REAL_LIMITS, ...options.limits };
    const operations = new Operations(options.socket, options.database, limits);
    const latencyMs = options.latencyMs ?? 0;
    const server = createServer((request, response) => {
      if (
        options.accessKeyId !== undefined &&
        !isSignedWith(scopeOf(request.headers.authorization), options.accessKeyId)
      ) {
        return refuseStranger(request, response);
      }
      void answer(operations, limits, latencyMs, request, response);
    });
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.requestTimeout = 0;
    if (options.background) server.on('connection', (socket) => socket.unref());
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    if (options.background) server.unref();
    return new DataApiEndpoint(server, operations);
  }

  /** Closes the connections to a database that is about to be dropped. */
  forget(database: string): void {
    this.#operations.forget(database);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    this.#operations.close();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function answer(
  operations: Operations,
  limits: DataApiLimits,
  latencyMs: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await receive(request, limits);
    if (latencyMs > 0) await pause(latencyMs);
    send(response, 200, await dispatch(operations, request.url ?? '', body));
  } catch (error) {
    // The client went away in the middle of its request.
    if (!request.complete) return;
    const known = error instanceof DataApiError ? error : internal(error);
    const json = JSON.stringify({ ...known.details, message: known.message });
    response.setHeader('x-amzn-errortype', known.name);
    send(response, known.status, json);
  }
}

function refuseStranger(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.setHeader('x-amzn-errortype', 'UnrecognizedClientException');
  send(response, 403, JSON.stringify({ message: 'The security token included in the request is invalid.' }));
}

function dispatch(operations: Operations, url: string, body: string): Promise<string> {
  let input: object;
  try {
    input = JSON.parse(body) as object;
  } catch {
    throw new DataApiError('ValidationException', 'The request is not JSON');
  }
  if (typeof input !== 'object' || input === null) {
    throw new DataApiError('ValidationException', 'The request is not a JSON object');
  }
  switch (url) {
    case '/Execute':
      return operations.execute(input);
    case '/BatchExecute':
      return operations.batch(input);
    case '/BeginTransaction':
      return operations.begin(input);
    case '/CommitTransaction':
      return operations.commit(input);
    case '/RollbackTransaction':
      return operations.rollback(input);
    default:
      throw new DataApiError('UnknownOperationException', `There is no operation ${url}`);
  }
}

/**
 * The request's body; refuses one that, with its headers, is larger than the
 * service takes. What is too much is read to its end and dropped, as a client
 * that still writes wouldn't see the answer.
 */
function receive(request: IncomingMessage, limits: DataApiLimits): Promise<string> {
  let left = limits.requestBytes;
  for (const text of request.rawHeaders) left -= text.length + 2;
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) chunks = [];
      else chunks.push(chunk);
    });
    request.once('end', () => {
      if (left >= 0) resolve(Buffer.concat(chunks).toString());
      else reject(new DataApiError('BadRequestException', `The request is larger than ${limits.requestBytes} bytes`));
    });
    request.once('error', reject);
  });
}

function send(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    'x-amzn-requestid': randomUUID(),
  });
  // A string goes out with the headers in one write.
  response.end(json);
}

/** A fault of this endpoint: said aloud here, as the caller gets no more than the name. */
function internal(error: unknown): DataApiError {
  console.error('Data API endpoint:', error);
  return new DataApiError('InternalServerErrorException', 'Internal error');
}
