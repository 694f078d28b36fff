/**
 * multipart/related with XOP (MTOM): one part is the envelope, the others are the
 * binaries that it includes.
 */
import { randomBytes } from 'node:crypto';
import { malformed, tooLarge } from './fault.ts';
import { MAX_PART_HEADER_BYTES, MAX_PARTS } from './limits.ts';
import type { AttachmentSource } from './wire.ts';
import { contentId } from './writer.ts';

const ROOT_ID = '<SOAP-ENV:Envelope>';

/** The parts of a message. */
export interface Related {
  /** The envelope's bytes. */
  readonly root: Buffer;
  /** The other parts by content id, without angle brackets. */
  readonly attachments: ReadonlyMap<string, Buffer>;
}

/** Whether a Content-Type says that the message has parts. */
export function isMultipart(contentType: string): boolean {
  return /^\s*multipart\/related\b/i.test(contentType);
}

/** Takes a multipart message to pieces. The pieces share the message's memory. */
export function readRelated(message: Buffer, contentType: string): Related {
  const boundary = parameterOf(contentType, 'boundary');
  if (boundary === undefined || boundary === '' || boundary.length > 200) throw malformed('MIME: no boundary');
  const start = parameterOf(contentType, 'start');
  const attachments = new Map<string, Buffer>();
  let root: Buffer | undefined;
  let first: Buffer | undefined;
  let count = 0;
  for (const { headers, content } of partsOf(message, boundary)) {
    if (++count > MAX_PARTS) throw tooLarge(`MIME: more than ${MAX_PARTS} parts`);
    first ??= content;
    const id = contentIdIn(headers);
    if (id === undefined) continue;
    if (start !== undefined && withoutBrackets(id) === withoutBrackets(start)) root ??= content;
    else attachments.set(withoutBrackets(id), content);
  }
  root ??= first;
  if (root === undefined) throw malformed('MIME: no parts');
  return { root, attachments };
}

function contentIdIn(headers: string): string | undefined {
  const line = headers.split('\r\n').find((header) => header.toLowerCase().startsWith('content-id:'));
  return line?.slice('content-id:'.length).trim();
}

function withoutBrackets(id: string): string {
  return id.replace(/^<(.*)>$/, '$1');
}

/** A parameter of a header such as Content-Type, quoted or not. */
function parameterOf(header: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.){0,256})"|([^;\\s"]{1,256}))`, 'i').exec(
    header,
  );
  return match ? (match[1]?.replace(/\\(.)/g, '$1') ?? match[2]) : undefined;
}

function* partsOf(message: Buffer, boundary: string): Generator<{ headers: string; content: Buffer }> {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const next = Buffer.from(`\r\n--${boundary}`, 'latin1');
  let position = message.indexOf(delimiter);
  if (position !== 0 && (position < 0 || message[position - 1] !== 10)) throw malformed('MIME: boundary not found');
  position += delimiter.length;
  while (message.toString('latin1', position, position + 2) !== '--') {
    const lineEnd = message.indexOf('\r\n', position);
    if (lineEnd < 0) throw malformed('MIME: message ends inside of a part');
    // A part without headers begins with the empty line itself.
    const headerEnd = message.indexOf('\r\n\r\n', lineEnd);
    if (headerEnd < 0) throw malformed('MIME: message ends inside of a header');
    if (headerEnd - lineEnd > MAX_PART_HEADER_BYTES) throw tooLarge('MIME: headers of a part too long');
    const contentStart = headerEnd + 4;
    // The line break before the delimiter may be the one that ends the headers.
    const contentEnd = message.indexOf(next, contentStart - 2);
    if (contentEnd < 0) throw malformed('MIME: message ends inside of a part');
    yield {
      headers: message.toString('latin1', lineEnd, headerEnd),
      content: message.subarray(contentStart, Math.max(contentStart, contentEnd)),
    };
    position = contentEnd + next.length;
  }
}

/** A message on its way out. */
export interface RelatedMessage {
  readonly contentType: string;
  /** The bytes, piece by piece. */
  pieces(): AsyncGenerator<Uint8Array>;
  /** The bytes at once. Throws a TypeError if an attachment is a stream. */
  bytes(): Buffer;
}

/** Puts an envelope and its attachments together, as gSOAP does (observed on 11.0.2). */
export function writeRelated(envelope: Buffer, attachments: readonly AttachmentSource[]): RelatedMessage {
  const boundary = `==${randomBytes(45).toString('base64')}==`;
  const head = Buffer.from(
    `--${boundary}\r\nContent-Type: application/xop+xml; charset=utf-8; type="text/xml"\r\n` +
      `Content-Transfer-Encoding: binary\r\nContent-ID: ${ROOT_ID}\r\n\r\n`,
    'latin1',
  );
  const partHead = (index: number) =>
    Buffer.from(
      `\r\n--${boundary}\r\nContent-Type: application/binary\r\n` +
        `Content-Transfer-Encoding: binary\r\nContent-ID: ${contentId(index)}\r\n\r\n`,
      'latin1',
    );
  const tail = Buffer.from(`\r\n--${boundary}--`, 'latin1');
  return {
    contentType:
      `multipart/related; charset=utf-8; boundary="${boundary}"; ` +
      `type="application/xop+xml"; start="${ROOT_ID}"; start-info="text/xml"`,
    async *pieces() {
      yield head;
      yield envelope;
      for (const [index, attachment] of attachments.entries()) {
        yield partHead(index);
        if (attachment instanceof Uint8Array) yield attachment;
        else yield* attachment;
      }
      yield tail;
    },
    bytes() {
      const parts: Uint8Array[] = [head, envelope];
      for (const [index, attachment] of attachments.entries()) {
        if (!(attachment instanceof Uint8Array)) throw new TypeError('A streamed attachment needs a streamed answer');
        parts.push(partHead(index), attachment);
      }
      return Buffer.concat([...parts, tail]);
    },
  };
}
