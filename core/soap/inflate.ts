/**
 * Content-Encoding of requests and answers.
 */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { malformed, tooLarge } from './fault.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';

const gunzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflate = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflate);
const inflateRaw = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);

/**
 * The message as it was before compression; `encoding` is the Content-Encoding
 * header. Stops at MAX_MESSAGE_BYTES, whatever the message claims.
 */
export async function inflateBody(body: Uint8Array, encoding: string | undefined): Promise<Buffer> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  switch ((encoding ?? '').trim().toLowerCase()) {
    case '':
    case 'identity':
      if (bytes.length > MAX_MESSAGE_BYTES) throw tooLarge(`HTTP: message over ${MAX_MESSAGE_BYTES} bytes`);
      return bytes;
    case 'gzip':
    case 'x-gzip':
      return unpacked(() => gunzip(bytes, { maxOutputLength: MAX_MESSAGE_BYTES }));
    case 'deflate':
      // RFC 9110 means zlib's format; some senders leave its two bytes of header out.
      return unpacked(() =>
        ((bytes[0] ?? 0) & 0x0f) === 8
          ? inflate(bytes, { maxOutputLength: MAX_MESSAGE_BYTES })
          : inflateRaw(bytes, { maxOutputLength: MAX_MESSAGE_BYTES }),
      );
    default:
      throw malformed('HTTP: unknown content encoding');
  }
}

async function unpacked(run: () => Promise<Buffer>): Promise<Buffer> {
  try {
    return await run();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(`HTTP: message over ${MAX_MESSAGE_BYTES} bytes`);
    }
    throw malformed('HTTP: compressed message is damaged', error);
  }
}
