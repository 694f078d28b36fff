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

/** The library takes a buffer of text for what has to be encoded, a string for what it can see itself. */
function contentOf({ encoding }: Part, content: NonNullable<Part['content']>): Readable | Buffer | string {
  if (typeof content === 'function') return content();
  return encoding === '7bit' ? content.toString('latin1') : content;
}

const nodeOptions = (part: Part): { filename?: string; disableFileAccess: true; disableUrlAccess: true } => ({
  ...(part.fileName !== undefined && { filename: part.fileName.toWellFormed() }),
  disableFileAccess: true,
  disableUrlAccess: true,
});
