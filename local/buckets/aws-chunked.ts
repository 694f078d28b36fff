import { S3Error } from './s3-error.ts';

/** A chunk's head, `10000;chunk-signature=…`, or a trailer is never longer. */
const MAX_LINE_BYTES = 1024;

/**
 * The content of a body in `aws-chunked` encoding, which the SDK uses when it
 * sends a checksum behind the content. Trailers are put into `trailers`.
 */
export async function* decodeAwsChunked(
  body: AsyncIterable<Uint8Array>,
  trailers: Record<string, string>,
): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  const source = body[Symbol.asyncIterator]();

  const more = async (): Promise<void> => {
    const { value, done } = await source.next();
    if (done) throw new S3Error(400, 'IncompleteBody', 'The body ends before its last chunk.');
    rest = Buffer.concat([rest, value]);
  };
  const line = async (): Promise<string> => {
    let end = rest.indexOf('\r\n');
    while (end < 0) {
      if (rest.length > MAX_LINE_BYTES) throw new S3Error(400, 'InvalidRequest', 'A chunk begins with no size.');
      await more();
      end = rest.indexOf('\r\n');
    }
    const text = rest.toString('latin1', 0, end);
    rest = rest.subarray(end + 2);
    return text;
  };

  while (true) {
    const head = await line();
    let left = Number.parseInt(head, 16);
    if (!/^[0-9a-f]+(;|$)/i.test(head)) throw new S3Error(400, 'InvalidRequest', 'A chunk begins with no size.');
    if (left === 0) break;
    while (left > 0) {
      if (rest.length === 0) await more();
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
    await line();
  }
  for (let trailer = await line(); trailer !== ''; trailer = await line()) {
    const colon = trailer.indexOf(':');
    trailers[trailer.slice(0, colon).trim().toLowerCase()] = trailer.slice(colon + 1).trim();
  }
}
