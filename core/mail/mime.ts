import mailsplit from '@zone-eu/mailsplit';
import { foundBoundary } from './found-boundary.ts';
import { type Header, type ParameterField, parameterField, readHeader } from './header.ts';
import {
  FREE_READING_BYTES,
  MAX_HEADER_BYTES,
  MAX_MESSAGE_DEPTH,
  MAX_MULTIPART_DEPTH,
  MAX_PARTS,
  MAX_READING_FACTOR,
} from './limits.ts';
import { decodeTransfer } from './transfer-encoding.ts';

/** A message or one of its parts (RFC 2045). */
export interface MimePart {
  readonly header: Header;
  /** `type/subtype` in lower case. */
  readonly contentType: string;
  /** Whether the part says so itself, and not its place. */
  readonly typed: boolean;
  readonly contentTypeParameters: ReadonlyMap<string, string>;
  readonly disposition: ParameterField;
  /** Content-Transfer-Encoding, in lower case; empty if there is none. */
  readonly encoding: string;
  /** As it stands in the message, still encoded. Of a multipart: only if it has no parts. */
  readonly body: Buffer;
  /** Parts of a multipart. */
  readonly parts: readonly MimePart[];
  /** The message in a message/rfc822 part, where it could be read. */
  readonly message?: MimeMessage;
}

/** A whole message. */
export interface MimeMessage {
  readonly raw: Buffer;
  readonly root: MimePart;
}

/** The mail has more parts, levels or header than {@link MAX_PARTS} and its like allow. */
export class MailTooComplexError extends Error {
  override readonly name = 'MailTooComplexError';
}

/** What may still be read; shared by a mail and the messages in it. */
interface Budget {
  parts: number;
  bytes: number;
}

/**
 * The structure of a mail. Throws {@link MailTooComplexError} beyond the bounds;
 * messages in it that are beyond them stay unread, as parts without `message`.
 */
export async function parseMime(raw: Buffer): Promise<MimeMessage> {
  const budget: Budget = { parts: MAX_PARTS, bytes: Math.max(FREE_READING_BYTES, raw.length * MAX_READING_FACTOR) };
  const root = await split(raw, budget);
  return { raw, root: await openMessages(root, budget, 1) };
}

/** Whether a part holds a whole message (RFC 2046 5.2.1, RFC 6532). */
export const isMessage = (part: MimePart): boolean =>
  part.contentType === 'message/rfc822' || part.contentType === 'message/global';

/** Splits one message into its parts. */
async function split(raw: Buffer, budget: Budget): Promise<MimePart> {
  budget.bytes -= raw.length;
  const splitter = new mailsplit.Splitter({
    ignoreEmbedded: true,
    maxHeadSize: MAX_HEADER_BYTES,
    maxChildNodes: budget.parts,
  });
  const drafts = new Map<object, Draft>();
  let root: Draft | undefined;
  let lastBody: Draft | undefined;
  const missing = foundBoundary(raw);
  if (missing) splitter.write(missing);
  splitter.end(raw);
  try {
    for await (const chunk of splitter as AsyncIterable<Chunk>) {
      if (chunk.type === 'node') {
        const parent = chunk.parentNode ? drafts.get(chunk.parentNode) : undefined;
        const draft = newDraft(chunk, parent, root ? 0 : (missing?.length ?? 0));
        if (draft.depth > MAX_MULTIPART_DEPTH) throw new MailTooComplexError(`more than ${MAX_MULTIPART_DEPTH} levels`);
        drafts.set(chunk, draft);
        parent?.parts.push(draft);
        root ??= draft;
      } else if (chunk.value) {
        if (chunk.type === 'data' && chunk.value[0] === HYPHEN) trimLineEnd(lastBody);
        lastBody = chunk.type === 'body' ? drafts.get(chunk.node) : undefined;
        drafts.get(chunk.node)?.chunks.push(chunk.value);
      }
    }
  } catch (cause) {
    if (cause instanceof MailTooComplexError) throw cause;
    throw new MailTooComplexError('the mail has too many parts or too long a header', { cause });
  }
  budget.parts -= drafts.size;
  return finish(root ?? newDraft({ getHeaders: () => Buffer.alloc(0) }, undefined), 'text/plain');
}

const HYPHEN = 0x2d;

/**
 * The line end before a delimiter is the delimiter's (RFC 2046 5.1.1). The splitter
 * leaves it in a body that has nothing else, and then the delimiter comes without.
 */
function trimLineEnd(body: Draft | undefined): void {
  const last = body?.chunks.pop();
  if (!body || !last) return;
  const end = last.at(-1) === 0x0a ? (last.at(-2) === 0x0d ? -2 : -1) : last.length;
  body.chunks.push(last.subarray(0, end));
}

type Chunk = NodeChunk | { readonly type: 'body' | 'data'; readonly node: object; readonly value?: Buffer };
interface NodeChunk {
  readonly type: 'node';
  readonly parentNode: object | false;
  getHeaders(): Buffer;
}

/** A part while its bytes are still coming. */
interface Draft {
  readonly header: Buffer;
  readonly chunks: Buffer[];
  readonly parts: Draft[];
  readonly depth: number;
}

/** @param added bytes before the header that the mail doesn't have */
const newDraft = (node: Pick<NodeChunk, 'getHeaders'>, parent: Draft | undefined, added = 0): Draft => ({
  header: node.getHeaders().subarray(added),
  chunks: [],
  parts: [],
  depth: parent ? parent.depth + 1 : 0,
});

function finish(draft: Draft, defaultType: string): MimePart {
  const header = readHeader(draft.header);
  const { value: written, parameters } = parameterField(header, 'content-type');
  // Some senders forget the semicolon before the first parameter.
  const value = /^\S*/.exec(written)![0];
  const typed = /^[^\s/]+\/[^\s/]+$/.test(value);
  const contentType = typed ? value : defaultType;
  // Parts of a digest are messages unless they say otherwise (RFC 2046 5.1.5).
  const defaultForParts = contentType === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
  const parts = draft.parts.map((part) => finish(part, defaultForParts));
  // Without parts, e.g. for want of a boundary, all there is to show is the text itself.
  const partless = parts.length === 0 && contentType.startsWith('multipart/');
  // With parts, the rest of a multipart is delimiters, preamble and epilogue.
  const chunks = parts.length > 0 ? [] : draft.chunks;
  return {
    header,
    contentType: partless ? 'text/plain' : contentType,
    typed,
    contentTypeParameters: parameters,
    disposition: parameterField(header, 'content-disposition'),
    encoding: parameterField(header, 'content-transfer-encoding').value,
    body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks),
    parts,
  };
}

/** Reads the messages within a message, as deep as the bounds allow. */
async function openMessages(part: MimePart, budget: Budget, depth: number): Promise<MimePart> {
  if (part.parts.length > 0) {
    const parts: MimePart[] = [];
    for (const child of part.parts) parts.push(await openMessages(child, budget, depth));
    return { ...part, parts };
  }
  if (!isMessage(part) || depth > MAX_MESSAGE_DEPTH) return part;
  const raw = decodeTransfer(part.body, part.encoding);
  if (raw === undefined || raw.length > budget.bytes || budget.parts < 1) return part;
  const inner = withoutLeadingLineEnds(raw);
  try {
    const root = await split(inner, budget);
    return { ...part, message: { raw: inner, root: await openMessages(root, budget, depth + 1) } };
  } catch {
    return part;
  }
}

/** Some senders leave empty lines before the header of an embedded message. */
function withoutLeadingLineEnds(raw: Buffer): Buffer {
  let start = 0;
  while (start < raw.length && (raw[start] === 0x0d || raw[start] === 0x0a)) start++;
  return raw.subarray(start);
}
