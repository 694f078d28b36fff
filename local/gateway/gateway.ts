import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Log } from '../../core/platform/log.ts';
import type { Credentials } from '../endpoint/credentials.ts';
import type { FunctionDescription } from '../functions/catalogue.ts';
import { type ContextFacts, contextOf } from '../functions/context.ts';
import {
  type BufferedHandler,
  type Handler,
  isStreaming,
  type ResponsePrelude,
  ResponseStream,
  type StreamingHandler,
} from '../functions/streaming.ts';
import { answerAsGateway, gatewayAnswers, headOf } from './answers.ts';
import {
  INTEGRATION_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  MAX_HEADER_BYTES,
  MAX_INVOCATION_BYTES,
  MAX_REQUEST_BYTES,
} from './limits.ts';
import { type Door, proxyEvent, TRUSTED_PATH, targetOf } from './proxy-event.ts';
import { isSigned, signerOf } from './signature.ts';
import { StreamedAnswer } from './streamed-answer.ts';

export interface GatewayOptions {
  readonly handler: Handler;
  readonly description: FunctionDescription;
  readonly functionArn: string;
  readonly log: Log;
  /** Whose signature opens the trusted route on the public door; nobody's without. */
  readonly credentials?: Credentials | undefined;
  /** Shorter in tests. */
  readonly integrationTimeoutMs?: number;
}

/** What is read and forgotten of a request that was refused for its size. */
const MAX_UNREAD_BYTES = 10 * MAX_REQUEST_BYTES;

/** Through which door a connection came; unknown ones are public. */
const doors = new WeakMap<Socket, Door>();

/**
 * The REST API in front of a function: builds the proxy event, keeps the
 * limits of API Gateway and Lambda, and turns the function's result, whole or
 * streamed, into HTTP. It doesn't listen; it speaks on the connections that it
 * is given.
 */
export class Gateway {
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  /** Connections that wait for an answer. */
  readonly #busy = new Set<Socket>();

  constructor(options: GatewayOptions) {
    this.#server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
      const { socket } = request;
      this.#busy.add(socket);
      response.once('close', () => this.#busy.delete(socket));
      answer(request, response, options).catch((error: unknown) => {
        if (request.destroyed && !request.complete) return;
        options.log.error({ error }, 'the function failed');
        answerAsGateway(response, gatewayAnswers.malformed);
      });
    });
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
    // An HTTP server begins to watch over its connections when it listens, and not before.
    this.#server.emit('listening');
  }

  /** Serves a connection that was accepted at a door. */
  admit(socket: Socket, door: Door): void {
    doors.set(socket, door);
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    this.#server.emit('connection', socket);
  }

  /** Ends idle connections at once, and busy ones when they have their answer, at the latest after `patienceMs`. */
  async close(patienceMs: number): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (this.#connections.size > 0) {
      for (const socket of this.#connections) {
        if (!this.#busy.has(socket) || Date.now() >= deadline) socket.destroy();
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.#server.close();
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, options: GatewayOptions): Promise<void> {
  const door = doors.get(request.socket) ?? 'public';
  const signed = door === 'public' && targetOf(request).path === TRUSTED_PATH;
  // There is a method for POST only, and the trusted route asks who signed.
  if (request.method !== 'POST' || (signed && !isSigned(request))) {
    request.resume();
    return answerAsGateway(response, gatewayAnswers.missingToken);
  }
  const body = await readBody(request);
  if (body === undefined) {
    readAway(request);
    return answerAsGateway(response, gatewayAnswers.tooLong);
  }
  const accessKeyId = signed ? await signerOf(request, body, options.credentials) : undefined;
  if (signed && accessKeyId === undefined) return answerAsGateway(response, gatewayAnswers.wrongSignature);
  const event = proxyEvent(request, body, signed ? 'trusted' : door, accessKeyId);
  if (eventSize(event) > MAX_INVOCATION_BYTES) return answerAsGateway(response, gatewayAnswers.tooLong);
  response.setHeader('x-amzn-requestid', event.requestContext.requestId);
  if (isStreaming(options.handler)) return streamed(options.handler, event, response, options);
  return buffered(options.handler, event, response, options);
}

/** The body, or undefined if it is longer than the gateway takes. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_REQUEST_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}

/** Clients listen only when they have sent everything; but nobody sends without end. */
function readAway(request: IncomingMessage): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_UNREAD_BYTES) request.destroy();
  });
}

/** The size of the event as JSON; base64 needs no escapes, so a body needn't be copied to be counted. */
function eventSize(event: APIGatewayProxyEvent): number {
  return JSON.stringify({ ...event, body: '' }).length + (event.body?.length ?? 0);
}

async function buffered(
  handler: BufferedHandler,
  event: APIGatewayProxyEvent,
  response: ServerResponse,
  options: GatewayOptions,
): Promise<void> {
  const timeoutMs = options.integrationTimeoutMs ?? INTEGRATION_TIMEOUT_MS;
  const result = await within(timeoutMs, handler(event, contextOf(contextFacts(event, options))));
  if (result === TIMED_OUT) return answerAsGateway(response, gatewayAnswers.timeout);
  const {
    body = '',
    isBase64Encoded,
    ...prelude
  } = (result ?? {}) as ResponsePrelude & {
    body?: string;
    isBase64Encoded?: boolean;
  };
  if (body.length > MAX_INVOCATION_BYTES) throw new Error(`a result of ${body.length} bytes is too large for Lambda`);
  const { status, headers } = headOf(prelude);
  const content = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  response.writeHead(status, { ...headers, 'content-length': content.length });
  response.end(content);
}

async function streamed(
  handler: StreamingHandler,
  event: APIGatewayProxyEvent,
  response: ServerResponse,
  options: GatewayOptions,
): Promise<void> {
  const sink = new StreamedAnswer(response);
  const stream = new ResponseStream(sink);
  stream.on('error', () => {});
  const timeoutMs = options.description.timeoutSeconds * 1000;
  try {
    const result = await within(timeoutMs, handler(event, stream, contextOf(contextFacts(event, options))));
    if (result === TIMED_OUT) return answerAsGateway(response, gatewayAnswers.timeout);
    // The runtime ends a stream that a handler has left open.
    if (!stream.writableEnded) stream.end();
    await finished(stream);
  } finally {
    sink.stopWatching();
  }
}

function contextFacts(event: APIGatewayProxyEvent, { description, functionArn }: GatewayOptions): ContextFacts {
  return {
    requestId: event.requestContext.requestId,
    functionName: description.name,
    functionArn,
    memoryMB: description.memoryMB,
    deadline: Date.now() + description.timeoutSeconds * 1000,
  };
}

const TIMED_OUT = Symbol('timed out');

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | typeof TIMED_OUT> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = setTimeout(() => resolve(TIMED_OUT), milliseconds);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    // If time is up, nobody waits for what the work may still throw.
    work.catch(() => {});
  }
}
