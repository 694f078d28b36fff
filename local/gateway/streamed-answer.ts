import type { ServerResponse } from 'node:http';
import type { ResponsePrelude, ResponseSink } from '../functions/streaming.ts';
import { headOf, MalformedResultError } from './answers.ts';
import { MAX_STREAM_BYTES, STREAM_IDLE_TIMEOUT_MS } from './limits.ts';

/** A streamed answer on its way to the client, with the gateway's limits on size and silence. */
export class StreamedAnswer implements ResponseSink {
  readonly #response: ServerResponse;
  #sent = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#watch();
  }

  start(prelude: ResponsePrelude | undefined): void {
    if (!prelude) throw new MalformedResultError('the stream has no prelude');
    const { status, headers } = headOf(prelude);
    this.#response.writeHead(status, headers);
  }

  async write(chunk: Buffer): Promise<void> {
    this.#watch();
    this.#sent += chunk.length;
    if (this.#sent > MAX_STREAM_BYTES) {
      this.#response.destroy();
      return;
    }
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
    this.#response.end();
  }

  stopWatching(): void {
    clearTimeout(this.#idle);
  }

  #watch(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#response.destroy(), STREAM_IDLE_TIMEOUT_MS);
  }
}
