/**
 * The wire of the service `urn:zarafa`: rpc/encoded SOAP 1.1 as gSOAP 2.8 speaks it.
 *
 * A server does
 * `decodeRequest(await inflateBody(bytes, contentEncoding), contentType)`, runs the
 * operation, and sends `encodeResponse(operation, answer)` or `encodeFault(fault)`.
 */
export {
  answersWithCodeOnly,
  codeMember,
  isOperationName,
  type OperationName,
  type OperationRow,
  operationRow,
  operations,
  responseElement,
  type ScalarName,
  type TypeName,
  types,
} from './catalogue/index.ts';
export { SoapClient, type SoapClientOptions, TransportError } from './client.ts';
export { decodeRequest, decodeResponse, type Request } from './decoder.ts';
export { decodeDocument, encodeDocument } from './document.ts';
export {
  type EncodedMessage,
  encodeFault,
  encodeRequest,
  encodeResponse,
  failedAnswer,
  type StreamedMessage,
  streamResponse,
} from './encoder.ts';
export { type FaultCode, SoapFault } from './fault.ts';
export { inflateBody } from './inflate.ts';
export * from './limits.ts';
export type { Answer, Arguments, ArgumentsDraft, AttachmentSource, Draft, Result, Wire } from './wire.ts';
