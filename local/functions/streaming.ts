import { Writable } from 'node:stream';
import type { Context } from 'aws-lambda';

/** How the Node runtime of Lambda marks a handler that writes its answer to a stream. */
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');

/** What a streaming handler says before its body, as an HTTP integration wants it. */
export interface ResponsePrelude {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly cookies?: readonly string[];
}

export type StreamingHandler = (event: unknown, stream: ResponseStream, context: Context) => Promise<unknown>;
export type BufferedHandler = (event: unknown, context: Context) => Promise<unknown>;
export type Handler = StreamingHandler | BufferedHandler;

/** Where the bytes of a streamed answer go. */
export interface ResponseSink {
  /** Called once, before the first byte. */
  start(prelude: ResponsePrelude | undefined): void;
  /** Resolves when more can be taken. */
  write(chunk: Buffer): Promise<void>;
  end(): void;
}

/** The stream that a streaming handler gets; `awslambda.HttpResponseStream.from` adds the prelude. */
export class ResponseStream extends Writable {
  prelude: ResponsePrelude | undefined;
  readonly #sink: ResponseSink;
  #started = false;

  constructor(sink: ResponseSink) {
    super();
    this.#sink = sink;
  }

  /** The runtime has it; the content type of an HTTP answer comes in the prelude. */
  setContentType(_type: string): void {}

  override _write(chunk: Buffer | string, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    this.#send(() => this.#sink.write(bytes)).then(() => callback(), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#send(() => this.#sink.end()).then(() => callback(), callback);
  }

  async #send(what: () => void | Promise<void>): Promise<void> {
    if (!this.#started) {
      this.#started = true;
      this.#sink.start(this.prelude);
    }
    await what();
  }
}

/** Gives handlers the global object that the Node runtime of Lambda gives them. To be called before they are imported. */
export function provideStreaming(): void {
  const awslambda = {
    streamifyResponse(handler: StreamingHandler): StreamingHandler {
      return Object.assign(handler, { [STREAMING]: 'response' });
    },
    HttpResponseStream: {
      from(stream: ResponseStream, prelude: ResponsePrelude): ResponseStream {
        stream.prelude = prelude;
        return stream;
      },
    },
  };
  Object.assign(globalThis, { awslambda });
}

export function isStreaming(handler: Handler): handler is StreamingHandler {
  return (handler as unknown as Record<symbol, unknown>)[STREAMING] === 'response';
}
