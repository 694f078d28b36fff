import { Readable } from 'node:stream';
import { foldLines } from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import { type Field, isFieldName } from './field.ts';

/** A part of a mail before it is written. */
export interface Part {
  /** Content-Type with its parameters, without `name`. */
  readonly type: string;
  readonly encoding?: 'base64' | 'quoted-printable' | '7bit' | '8bit';
  readonly disposition?: 'inline' | 'attachment';
  readonly fileName?: string;
  readonly fields?: readonly Field[];
  /** Of a multipart. */
  readonly parts?: readonly Part[];
  readonly content?: Buffer | (() => Readable);
  /** About how many bytes a stream has. */
  readonly size?: number;
}

/** A whole mail before it is written. */
export interface Mail {
  readonly fields: readonly Field[];
  /** The content, or the end of the header with all that follows it, byte by byte. */
  readonly body: Part | { readonly verbatim: Buffer };
}

/** Parts under one multipart; a single one stands for itself. */
export const multipart = (type: string, parts: readonly Part[]): Part =>
  parts.length === 1 ? parts[0]! : { type, parts };

/** Whether a part has bytes that aren't ASCII, outside of base64 and quoted-printable. */
export const isEightBit = (part: Part): boolean => part.encoding === '8bit' || (part.parts ?? []).some(isEightBit);

/** Room for a header, and for what surrounds a part. */
const FRAME_BYTES = 4096;
/** base64 in lines of 76 characters, with a little room. */
const BASE64_GROWTH = 1.38;

/** About how many bytes a mail has. */
export const sizeOf = ({ body }: Mail): number =>
  FRAME_BYTES + ('verbatim' in body ? body.verbatim.length : partSize(body));

const partSize = ({ content, encoding, parts = [], size = 0 }: Part): number =>
  FRAME_BYTES +
  size +
  (Buffer.isBuffer(content) ? Math.ceil(content.length * (encoding === 'base64' ? BASE64_GROWTH : 1)) : 0) +
  parts.reduce((total, part) => total + partSize(part), 0);

/** The bytes of a mail, as a stream: so that the messages within messages needn't be in memory whole. */
export const mailStream = (mail: Mail, boundary: string | undefined): Readable =>
  Readable.from(mailBytes(mail, boundary), { objectMode: false });

/** The bytes of a mail, piece by piece. */
export async function* mailBytes({ fields, body }: Mail, boundary: string | undefined): AsyncGenerator<Buffer> {
  yield Buffer.from(
    [...fields, MIME_VERSION]
      .filter(({ name }) => isFieldName(name))
      .map(foldedField)
      .join(''),
  );
  if ('verbatim' in body) {
    yield body.verbatim;
    if (body.verbatim.at(-1) !== LINE_FEED) yield Buffer.from('\r\n');
  } else {
    yield* bodyNode(body, boundary).createReadStream() as AsyncIterable<Buffer>;
  }
}

const MIME_VERSION: Field = { name: 'MIME-Version', value: '1.0' };
const LINE_FEED = 0x0a;
/** Characters of a line where it can be folded (RFC 5322 2.1.1). */
const LINE_CHARACTERS = 76;

/** A field as it stands in a header; a line end in its value would begin another one. */
const foldedField = ({ name, value }: Field): string =>
  `${foldLines(`${name}: ${value.replace(/[\r\n\0]+/g, ' ')}`, LINE_CHARACTERS)}\r\n`;

/** A node that is no root: those get fields of their own making. */
function bodyNode(body: Part, boundary: string | undefined): MimeNode {
  const rootNode = new MimeNode(false, {
    boundaryPrefix: '--=',
    ...(boundary !== undefined && { baseBoundary: boundary }),
  });
  const node = new MimeNode(body.type, { ...nodeOptions(body), rootNode });
  fill(node, body);
  return node;
}

function fill(node: MimeNode, part: Part): void {
  for (const { name, value } of part.fields ?? [])
    if (isFieldName(name))
      node.addHeader(name, { prepared: true, foldLines: true, value: value.replace(/[\r\n\0]+/g, ' ') });
  if (part.disposition) node.setHeader('Content-Disposition', part.disposition);
  if (part.encoding) node.setHeader('Content-Transfer-Encoding', part.encoding);
  if (part.content !== undefined) node.setContent(contentOf(part, part.content));
  for (const child of part.parts ?? []) fill(node.createChild(child.type, nodeOptions(child)), child);
}

/** Bytes that are encoded at once: whole lines of base64, and what is encoded is in memory several times. */
const STEP_BYTES = 57 * 1024;

/**
 * The library encodes a buffer in one go, so large ones go as streams; text that
 * isn't encoded as a string, of which it can see that.
 */
function contentOf({ encoding }: Part, content: NonNullable<Part['content']>): Readable | Buffer | string {
  if (typeof content === 'function') return content();
  if (encoding === '7bit') return content.toString('latin1');
  return content.length <= STEP_BYTES ? content : Readable.from(steps(content, encoding === 'base64'));
}

/** @param anywhere whether bytes may be parted anywhere, or only where a line ends */
function* steps(content: Buffer, anywhere: boolean): Generator<Buffer> {
  for (let start = 0; start < content.length; ) {
    const wanted = start + STEP_BYTES;
    const lineEnd = anywhere ? wanted - 1 : content.indexOf(LINE_FEED, wanted - 1);
    const end = lineEnd < 0 ? content.length : lineEnd + 1;
    yield content.subarray(start, end);
    start = end;
  }
}

const nodeOptions = (part: Part): { filename?: string; disableFileAccess: true; disableUrlAccess: true } => ({
  ...(part.fileName !== undefined && { filename: part.fileName.toWellFormed() }),
  disableFileAccess: true,
  disableUrlAccess: true,
});
