import type { IncomingMessage } from 'node:http';

/** A request to one of the services, its signature stripped to the access key that the endpoint has checked. */
export interface ServiceRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: URL;
  /** The path before the query, still percent-encoded. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly stream: IncomingMessage;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** The whole body; throws {@link BodyTooLargeError}. */
  body(limit: number): Promise<Buffer>;
}

export interface ServiceResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | NodeJS.ReadableStream;
}

/** One AWS service behind the endpoint. */
export type Service = (request: ServiceRequest) => Promise<ServiceResponse>;

/** A body is larger than the service takes. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}
