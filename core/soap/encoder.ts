/**
 * From values to the bytes of a message.
 */
import { codeMember, type OperationName, operations, responseElement, typeRow } from './catalogue/index.ts';
import { encodedEnvelope, faultEnvelope } from './envelope.ts';
import type { SoapFault } from './fault.ts';
import { type RelatedMessage, writeRelated } from './multipart.ts';
import { escapeText } from './text.ts';
import type { Answer, ArgumentsDraft } from './wire.ts';
import { Writing, writeMembers } from './writer.ts';

/** A message with the Content-Type header that it needs. */
export interface EncodedMessage {
  readonly contentType: string;
  readonly body: Buffer;
}

/** The same, its body piece by piece. */
export interface StreamedMessage {
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array>;
}

const XML = 'text/xml; charset=utf-8';

/** Encodes an answer. Throws a TypeError if it holds a stream: those go out by `streamResponse`. */
export function encodeResponse<O extends OperationName>(operation: O, answer: Answer<O>): EncodedMessage {
  return atOnce(writeAnswer(operation, answer));
}

/** Encodes an answer whose attachments may be streams; none is read before its turn. */
export function streamResponse<O extends OperationName>(operation: O, answer: Answer<O>): StreamedMessage {
  const { xml, related } = writeAnswer(operation, answer);
  if (related !== undefined) return { contentType: related.contentType, body: related.pieces() };
  return { contentType: XML, body: onePiece(xml) };
}

/** The answer to a call that failed: its code, and zero or nothing for all else. */
export function failedAnswer<O extends OperationName>(operation: O, code: number): Answer<O> {
  return { [codeMember(operation)]: code } as Answer<O>;
}

/** Encodes a request, for clients. */
export function encodeRequest<O extends OperationName>(operation: O, args: ArgumentsDraft<O>): EncodedMessage {
  return atOnce(write(operation, operations[operation].parameters, args));
}

/** Encodes a fault; its HTTP status is `fault.status`. */
export function encodeFault(fault: SoapFault): EncodedMessage {
  return { contentType: XML, body: Buffer.from(faultEnvelope(fault.code, escapeText(fault.message))) };
}

interface Written {
  readonly xml: Buffer;
  /** Present if the envelope includes attachments. */
  readonly related: RelatedMessage | undefined;
}

function writeAnswer<O extends OperationName>(operation: O, answer: Answer<O>): Written {
  const row = typeRow(operations[operation].answer);
  const members = row !== undefined && 'struct' in row ? row.struct : { [codeMember(operation)]: 'unsignedInt' };
  return write(responseElement(operation), members, answer);
}

function write(element: string, members: Readonly<Record<string, string>>, value: unknown): Written {
  const writing = new Writing();
  const [start, end] = encodedEnvelope(element);
  writing.append(start);
  writeMembers(writing, members, value);
  writing.append(end);
  const xml = writing.bytes();
  const related = writing.attachments.length > 0 ? writeRelated(xml, writing.attachments) : undefined;
  return { xml, related };
}

function atOnce({ xml, related }: Written): EncodedMessage {
  if (related === undefined) return { contentType: XML, body: xml };
  return { contentType: related.contentType, body: related.bytes() };
}

async function* onePiece(xml: Buffer): AsyncGenerator<Uint8Array> {
  yield xml;
}
