import type { ServerResponse } from 'node:http';
import type { ResponsePrelude, ResponseSink } from '../functions/streaming.ts';
import { type Head, headOf, MalformedResultError } from './answers.ts';
import { MAX_STREAM_BYTES, STREAM_IDLE_TIMEOUT_MS } from './limits.ts';

/** A streamed answer on its way to the client, with the gateway's limits on size and silence. */
export class StreamedAnswer implements ResponseSink {
  readonly #response: ServerResponse;
  #sent = 0;
  #idle: NodeJS.Timeout | undefined;
  #head: Head | undefined;
  /** The first bytes, as long as they may be all there are: a short answer leaves in one piece. */
  #first: Buffer | undefined;
  #flush: NodeJS.Immediate | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#watch();
  }

  start(prelude: ResponsePrelude | undefined): void {
    if (!prelude) throw new MalformedResultError('the stream has no prelude');
    this.#head = headOf(prelude);
  }

  async write(chunk: Buffer): Promise<void> {
    this.#watch();
    this.#sent += chunk.length;
    if (this.#sent > MAX_STREAM_BYTES) {
      this.#response.destroy();
      return;
    }
    if (this.#head && !this.#first) {
      this.#first = chunk;
      this.#flush = setImmediate(() => this.#sendHeld());
      return;
    }
    this.#sendHeld();
    // A function isn't told that its client has gone; what it still writes leads nowhere.
    if (this.#response.destroyed || this.#response.write(chunk)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.#response.off('drain', go).off('close', go);
        resolve();
      };
      this.#response.on('drain', go).on('close', go);
    });
  }

  end(): void {
    this.stopWatching();
    const all = this.#first ?? Buffer.alloc(0);
    if (this.#head) this.#head.headers['content-length'] = String(all.length);
    this.#sendHeld();
    this.#response.end();
  }

  /** Nothing more comes. */
  stopWatching(): void {
    clearTimeout(this.#idle);
    clearImmediate(this.#flush);
  }

  /** Sends head and first bytes, unless they are on their way or the gateway has answered by itself. */
  #sendHeld(): void {
    const [head, first] = [this.#head, this.#first];
    this.#head = undefined;
    this.#first = undefined;
    if (!head || this.#response.headersSent || this.#response.destroyed) return;
    this.#response.writeHead(head.status, head.headers);
    if (first) this.#response.write(first);
  }

  #watch(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#response.destroy(), STREAM_IDLE_TIMEOUT_MS);
  }
}
