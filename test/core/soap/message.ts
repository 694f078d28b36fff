/** Messages for tests, written by hand as a client other than the genuine one might. */

const NAMESPACES =
  'xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/" ' +
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:ns="urn:zarafa"';

/** An envelope around the content of its body. */
export function envelope(body: string): Buffer {
  return Buffer.from(`<SOAP-ENV:Envelope ${NAMESPACES}><SOAP-ENV:Body>${body}</SOAP-ENV:Body></SOAP-ENV:Envelope>`);
}

/** A request with the given content. */
export function request(operation: string, content = '<ulSessionId>1</ulSessionId>'): Buffer {
  return envelope(`<ns:${operation}>${content}</ns:${operation}>`);
}

/** A property as an item of an array. */
export function property(tag: number, value: string): string {
  return `<item><ulPropTag>${tag}</ulPropTag>${value}</item>`;
}
