import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Platform } from '../platform/platform.ts';
import {
  decodeRequest,
  encodeFault,
  encodeResponse,
  inflateBody,
  type OperationName,
  SoapFault,
  streamResponse,
} from '../soap/index.ts';
import type { Door } from './context.ts';
import { perform } from './frame.ts';

/** A SOAP call as HTTP brings it. */
export interface HttpCall {
  readonly body: Buffer;
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly door: Door;
  /** Network address of the client. */
  readonly address: string;
  /** Whom IAM let in at the trusted door (an ARN). */
  readonly principal?: string | undefined;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

const zip = promisify(gzip);

/** Operations whose answers have attachments that need not fit in memory. */
const STREAMED: ReadonlySet<OperationName> = new Set(['exportMessageChangesAsStream']);

/** Smaller answers arrive no sooner compressed: they fit into the first flight of a connection (RFC 6928: 14,600 bytes). */
const WORTH_COMPRESSING = 8 * 1024;

/**
 * Answers a SOAP call: decodes, performs, encodes. What can't be decoded gets a
 * SOAP fault; nothing throws.
 */
export async function answerRequest(platform: Platform, call: HttpCall): Promise<HttpAnswer> {
  try {
    const body = await inflateBody(call.body, call.header('content-encoding'));
    const request = decodeRequest(body, call.header('content-type'));
    const answer = await perform(platform, {
      request,
      door: call.door,
      address: call.address,
      principal: call.principal,
    });
    const encode = STREAMED.has(request.operation) ? streamResponse : encodeResponse;
    const encoded = encode(request.operation, answer);
    return await compressed(call, 200, encoded.contentType, encoded.body);
  } catch (error) {
    const fault = error instanceof SoapFault ? error : new SoapFault('Server', 'internal error');
    if (fault !== error) platform.log.error({ error }, 'a request failed outside of its operation');
    const { contentType, body } = encodeFault(fault);
    return { statusCode: fault.status, headers: { 'content-type': contentType }, body };
  }
}

async function compressed(
  call: HttpCall,
  statusCode: number,
  contentType: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<HttpAnswer> {
  const accepts = /\bgzip\b/.test(call.header('accept-encoding') ?? '');
  if (!accepts || !(body instanceof Uint8Array) || body.length < WORTH_COMPRESSING)
    return { statusCode, headers: { 'content-type': contentType }, body };
  return {
    statusCode,
    headers: { 'content-type': contentType, 'content-encoding': 'gzip' },
    body: await zip(body, { level: 1 }),
  };
}
