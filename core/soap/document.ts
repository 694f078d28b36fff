/**
 * Values of wire types as XML documents of their own. Clients keep some that way in
 * binary properties: the rules of a folder are a `rowSet` named `tableData`
 * (PR_RULES_DATA), and the genuine server keeps search criteria as `SearchCriteria`.
 */
import type { TypeName } from './catalogue/index.ts';
import { textOfXml } from './charset.ts';
import { readElement } from './element.ts';
import { NAMESPACES, XML_DECLARATION } from './envelope.ts';
import { invalid } from './fault.ts';
import { ReadingContext, readerOf } from './values.ts';
import type { Draft, Wire } from './wire.ts';
import { Writing, writeElement } from './writer.ts';

/** Reads a document with the given root element. Throws a SoapFault if it isn't one. */
export function decodeDocument<T extends TypeName>(type: T, root: string, bytes: Buffer): Wire<T> {
  const element = readElement(textOfXml(bytes));
  if (element.name !== root) throw invalid(`XML: the document is not a '${root}'`);
  const context = new ReadingContext({ elements: new Map(), attachments: new Map() });
  return context.read(element, readerOf(type)) as Wire<T>;
}

/** Writes a document with the given root element. */
export function encodeDocument<T extends TypeName>(type: T, root: string, value: Draft<T>): Buffer {
  const writing = new Writing();
  writeElement(writing, root, type, value);
  const tag = `<${root}`;
  return Buffer.concat([
    Buffer.from(`${XML_DECLARATION}${tag} ${NAMESPACES}`),
    writing.bytes().subarray(Buffer.byteLength(tag)),
  ]);
}
