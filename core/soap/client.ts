/**
 * A client of the service: posts calls and decodes their answers.
 */
import http from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { type OperationName, operations } from './catalogue/index.ts';
import { decodeResponse } from './decoder.ts';
import { encodeRequest } from './encoder.ts';
import { SoapFault } from './fault.ts';
import { inflateBody } from './inflate.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import type { ArgumentsDraft, Result } from './wire.ts';

const gzip = promisify<zlib.InputType, Buffer>(zlib.gzip);

/** Requests below this size don't become shorter in packets by compression. */
const LEAST_TO_COMPRESS = 1400;

/** Longer than the gateway's 29 s and the server's longest poll. */
const DEFAULT_TIMEOUT_MS = 70_000;

export interface SoapClientOptions {
  /** Compress requests. Answers are always accepted compressed. */
  readonly gzip?: boolean;
  /** Milliseconds that a call may take altogether. */
  readonly timeoutMs?: number;
  /** Connections at once; further calls queue. */
  readonly connections?: number;
  /** Further headers for a body that is about to be sent, e.g. its signature. */
  readonly headers?: (body: Buffer) => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  /** For private certificate authorities: PEM. */
  readonly ca?: string | Buffer;
}

/** The server couldn't be reached, or what answered isn't a SOAP server. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;

  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
  }
}

interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly contentEncoding: string | undefined;
  readonly body: Buffer;
}

/**
 * Keeps connections alive until `close`. The address is `http:`, `https:`, or
 * `file:///path/of/server.sock` for a unix socket, as the genuine tools write it.
 *
 *     const client = new SoapClient('http://localhost:236/');
 *     const { er, ulSessionId } = await client.call('logon', { szUsername: 'ada', szPassword: '…' });
 */
export class SoapClient {
  readonly #url: URL;
  readonly #agent: http.Agent;
  readonly #options: SoapClientOptions;

  constructor(url: string | URL, options: SoapClientOptions = {}) {
    this.#url = new URL(url);
    this.#options = options;
    const agentOptions = { keepAlive: true, maxSockets: options.connections ?? Number.POSITIVE_INFINITY };
    switch (this.#url.protocol) {
      case 'http:':
      case 'file:':
        this.#agent = new http.Agent(agentOptions);
        break;
      case 'https:':
        this.#agent = new https.Agent(options.ca === undefined ? agentOptions : { ...agentOptions, ca: options.ca });
        break;
      default:
        throw new TypeError(`A server's address begins with http:, https: or file:, not with ${this.#url.protocol}`);
    }
  }

  /**
   * Calls an operation. The answer's `er` or `result` is the caller's business; a
   * fault is thrown as SoapFault, anything else that isn't an answer as TransportError.
   */
  async call<O extends OperationName>(
    operation: O,
    args: ArgumentsDraft<O>,
    options: { signal?: AbortSignal; timeoutMs?: number } = {},
  ): Promise<Result<O>> {
    const { contentType, body } = encodeRequest(operation, args);
    const timeout = AbortSignal.timeout(options.timeoutMs ?? this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    const answer = await this.#post(operation, contentType, body, signal);
    const type = answer.contentType;
    if (!/^(text|application)\/(soap\+)?xml\b|^multipart\/related\b/i.test(type)) {
      throw new TransportError(
        `${this.#url.host || this.#url.pathname} answered '${operation}' with HTTP status ${answer.status}`,
        {
          status: answer.status,
        },
      );
    }
    return decodeResponse(operation, await inflateBody(answer.body, answer.contentEncoding), type);
  }

  /** Ends all connections. */
  close(): void {
    this.#agent.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #post(operation: OperationName, contentType: string, plain: Buffer, signal: AbortSignal): Promise<HttpAnswer> {
    const compress = this.#options.gzip === true && plain.length >= LEAST_TO_COMPRESS;
    const body = compress ? await gzip(plain) : plain;
    const headers = {
      'content-type': contentType,
      'content-length': String(body.length),
      'accept-encoding': 'gzip, deflate',
      soapaction: '""',
      ...(compress ? { 'content-encoding': 'gzip' } : {}),
      ...(await this.#options.headers?.(body)),
    };
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(headers, body, signal);
      } catch (error) {
        if (error instanceof StaleConnection) {
          // A server may close an idle connection at the moment of its reuse. Whether it had
          // read the call is unknown, so only calls that change nothing are repeated.
          if (attempt === 1 && !operations[operation].write) continue;
          throw new TransportError(`The connection broke during '${operation}'`, { cause: error.cause });
        }
        if (error instanceof SoapFault || error instanceof TransportError) throw error;
        const reason = signal.aborted ? signal.reason : error;
        throw new TransportError(`'${operation}' got no answer: ${(reason as Error).message}`, { cause: reason });
      }
    }
  }

  #attempt(headers: Readonly<Record<string, string>>, body: Buffer, signal: AbortSignal): Promise<HttpAnswer> {
    const options = { method: 'POST', agent: this.#agent, headers, signal };
    return new Promise((resolve, reject) => {
      const request =
        this.#url.protocol === 'file:'
          ? http.request({ ...options, socketPath: decodeURIComponent(this.#url.pathname), path: '/' })
          : this.#url.protocol === 'https:'
            ? https.request(this.#url, options)
            : http.request(this.#url, options);
      let answered = false;
      request.on('error', (error: NodeJS.ErrnoException) => {
        const stale = !answered && request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(stale ? new StaleConnection(error) : error);
      });
      request.on('response', (response) => {
        answered = true;
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_MESSAGE_BYTES)
            request.destroy(new TransportError(`The answer is over ${MAX_MESSAGE_BYTES} bytes`));
          else chunks.push(chunk);
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? '',
            contentEncoding: response.headers['content-encoding'],
            body: Buffer.concat(chunks),
          }),
        );
      });
      request.end(body);
    });
  }
}

/** A kept connection turned out to be closed. */
class StaleConnection extends Error {
  constructor(cause: Error) {
    super('stale connection', { cause });
  }
}
