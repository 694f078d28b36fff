/**
 * The SOAP 1.1 envelope around a request, an answer or a fault.
 */
import type { XmlElement } from './element.ts';
import { attributeOf, childrenOf } from './element.ts';
import { invalid, SoapFault } from './fault.ts';

/** The service's namespace. */
export const SERVICE = 'urn:zarafa';
const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const ENCODING = 'http://schemas.xmlsoap.org/soap/encoding/';

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The namespaces that the root of every genuine message declares, in this order (observed on 11.0.2). */
export const NAMESPACES =
  `xmlns:SOAP-ENV="${SOAP_11}" xmlns:SOAP-ENC="${ENCODING}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
  'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xop="http://www.w3.org/2004/08/xop/include" ' +
  `xmlns:xmlmime="http://www.w3.org/2004/11/xmlmime" xmlns:ns="${SERVICE}"`;

const ENVELOPE = `${XML_DECLARATION}<SOAP-ENV:Envelope ${NAMESPACES}>`;
const END = '</SOAP-ENV:Envelope>\r\n';

/** What stands before and behind the content of one element of the service. */
export const encodedEnvelope = (element: string): [start: string, end: string] => [
  `${ENVELOPE}<SOAP-ENV:Body SOAP-ENV:encodingStyle="${ENCODING}"><ns:${element}>`,
  `</ns:${element}></SOAP-ENV:Body>${END}`,
];

/** An envelope that holds a fault; faults aren't encoded. */
export function faultEnvelope(code: string, escapedText: string): string {
  return `${ENVELOPE}<SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>SOAP-ENV:${code}</faultcode><faultstring>${escapedText}</faultstring></SOAP-ENV:Fault></SOAP-ENV:Body>${END}`;
}

/** The content of an envelope's body. */
export interface Body {
  /** The request, answer or fault. */
  readonly element: XmlElement;
  /** The namespace of that element; undefined if its prefix is declared nowhere. */
  readonly namespace: string | undefined;
  /** All elements with an `id`, wherever they stand. */
  readonly identified: ReadonlyMap<string, XmlElement>;
}

/** Opens an envelope. Throws a SoapFault if it isn't one. */
export function openEnvelope(root: XmlElement): Body {
  if (root.name !== 'Envelope') throw invalid('SOAP: the message is not an envelope');
  const version = namespaceOf(root.prefix, [root]);
  if (version !== undefined && version !== SOAP_11) {
    throw new SoapFault('VersionMismatch', 'SOAP version mismatch or invalid SOAP message');
  }
  checkHeader(root);
  const body = childrenOf(root).find((child) => child.name === 'Body');
  if (body === undefined) throw invalid('SOAP: the envelope has no body');
  // Multi-reference elements stand beside the request, marked with SOAP-ENC:root="0" or just by their id.
  const element =
    childrenOf(body).find((child) => attributeOf(child, 'root') === '1') ??
    childrenOf(body).find((child) => attributeOf(child, 'id') === undefined) ??
    body.firstChild;
  if (element === undefined) throw invalid('SOAP: the body is empty');
  const identified = new Map<string, XmlElement>();
  collectIds(body, identified);
  return { element, namespace: namespaceOf(element.prefix, [element, body, root]), identified };
}

/** Header entries are ignored, unless they say that they mustn't be. */
function checkHeader(root: XmlElement): void {
  const header = childrenOf(root).find((child) => child.name === 'Header');
  if (header !== undefined && childrenOf(header).some((child) => attributeOf(child, 'mustUnderstand') === '1')) {
    throw new SoapFault('MustUnderstand', 'The data in element of the header must be understood but cannot be handled');
  }
}

/** What a prefix stands for, looked up from the inside out. */
function namespaceOf(prefix: string, scopes: readonly XmlElement[]): string | undefined {
  const declaration = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
  for (const { attributes } of scopes) {
    if (attributes !== undefined && Object.hasOwn(attributes, declaration)) return attributes[declaration];
  }
  return undefined;
}

function collectIds(element: XmlElement, identified: Map<string, XmlElement>): void {
  if (element.attributes !== undefined) {
    const id = attributeOf(element, 'id');
    if (id !== undefined && !identified.has(id)) identified.set(id, element);
  }
  for (let child = element.firstChild; child !== undefined; child = child.nextSibling) collectIds(child, identified);
}
