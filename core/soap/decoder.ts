/**
 * From the bytes of a message to an operation and its values.
 */
import { isOperationName, type OperationName, operations, responseElement } from './catalogue/index.ts';
import { textOfXml } from './charset.ts';
import { childrenOf, readElement, type XmlElement } from './element.ts';
import { type Body, openEnvelope, SERVICE } from './envelope.ts';
import { type FaultCode, SoapFault, tooLarge } from './fault.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import { isMultipart, readRelated } from './multipart.ts';
import { ReadingContext, readerOf, readMembers } from './values.ts';
import type { Arguments, Result } from './wire.ts';

/** A decoded request; `operation` tells which arguments it has. */
export type Request = {
  [O in OperationName]: {
    readonly operation: O;
    readonly args: Arguments<O>;
    /** The MIME parts beside the envelope, by content id. */
    readonly attachments: ReadonlyMap<string, Buffer>;
  };
}[OperationName];

interface Message {
  readonly body: Body;
  readonly context: ReadingContext;
  readonly attachments: ReadonlyMap<string, Buffer>;
}

const NO_ATTACHMENTS: ReadonlyMap<string, Buffer> = new Map();

function openMessage(bytes: Uint8Array, contentType: string): Message {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (message.length > MAX_MESSAGE_BYTES) throw tooLarge(`HTTP: message over ${MAX_MESSAGE_BYTES} bytes`);
  const { root, attachments } = isMultipart(contentType)
    ? readRelated(message, contentType)
    : { root: message, attachments: NO_ATTACHMENTS };
  const body = openEnvelope(readElement(textOfXml(root)));
  return { body, attachments, context: new ReadingContext({ elements: body.identified, attachments }) };
}

/**
 * Decodes a request. `contentType` is the Content-Type header; the body must
 * already be unpacked (`inflateBody`). Any bytes whatever end in a request or in a SoapFault.
 */
export function decodeRequest(bytes: Uint8Array, contentType = 'text/xml'): Request {
  const { body, context, attachments } = openMessage(bytes, contentType);
  const operation = body.element.name;
  if (!isOperationName(operation) || (body.namespace !== undefined && body.namespace !== SERVICE)) {
    throw notImplemented(body.element);
  }
  const args = readMembers(body.element, operations[operation].parameters, context);
  return { operation, args, attachments } as Request;
}

function notImplemented(element: XmlElement): SoapFault {
  const name = element.prefix === '' ? element.name : `${element.prefix}:${element.name}`;
  return new SoapFault(
    'Client',
    `Method '${name.slice(0, 80)}' not implemented: method name or namespace not recognized`,
  );
}

/** Decodes an answer to the given operation. A fault in it is thrown as the SoapFault that it says. */
export function decodeResponse<O extends OperationName>(
  operation: O,
  bytes: Uint8Array,
  contentType = 'text/xml',
): Result<O> {
  const { body, context } = openMessage(bytes, contentType);
  if (body.element.name === 'Fault') throw faultIn(body.element);
  if (body.element.name !== responseElement(operation)) {
    throw new SoapFault('Server', `'${operation}' was answered with something else`);
  }
  const { answer } = operations[operation];
  const result =
    answer === 'result' || answer === 'er'
      ? readMembers(body.element, { [answer]: 'unsignedInt' }, context)
      : context.read(body.element, readerOf(answer));
  return result as Result<O>;
}

function faultIn(element: XmlElement): SoapFault {
  const textOf = (name: string) => childrenOf(element).find((child) => child.name === name)?.text;
  const code = textOf('faultcode')?.replace(/^.*:/, '');
  const known: readonly FaultCode[] = ['Client', 'Server', 'VersionMismatch', 'MustUnderstand'];
  return new SoapFault(known.find((candidate) => candidate === code) ?? 'Server', textOf('faultstring') ?? '');
}
