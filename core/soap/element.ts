/**
 * The tree of a message, read by fast-xml-parser.
 */
import { XMLParser } from 'fast-xml-parser';
import { malformed, SoapFault } from './fault.ts';
import { MAX_DEPTH } from './limits.ts';
import { PLACEHOLDER, readMarkup } from './markup.ts';
import { unescapeText } from './text.ts';

/** An element of a message. */
export interface XmlElement {
  /** The name without its prefix. */
  readonly name: string;
  /** The prefix; empty if there is none. */
  readonly prefix: string;
  /** Attributes by the name as written. */
  readonly attributes: Readonly<Record<string, string>> | undefined;
  readonly children: readonly XmlElement[];
  /** All text that stands directly in the element, escapes resolved. */
  readonly text: string;
}

interface Growing extends XmlElement {
  children: XmlElement[];
  text: string;
}

/** Elements without children share this array; it is replaced before anything is added. */
const NO_CHILDREN: XmlElement[] = [];

/** The part of the parser's path matcher that is used here. */
interface Path {
  getDepth(): number;
}

/**
 * The root element of a document. Throws a SoapFault if the text isn't well-formed
 * or exceeds a limit.
 *
 * The parser reports each element and text as it meets them, and is told not to keep
 * them: its own tree costs several times the memory and time of this one.
 */
export function readElement(source: string): XmlElement {
  const { xml, texts } = readMarkup(source);
  const branch: Growing[] = [{ name: '', prefix: '', attributes: undefined, children: [], text: '' }];
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    trimValues: false,
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    jPath: false,
    maxNestedTags: MAX_DEPTH,
    updateTag(tagName, path, attributes) {
      const depth = (path as unknown as Path).getDepth();
      const parent = branch[depth - 1] as Growing;
      const element = elementOf(tagName, attributes);
      if (parent.children === NO_CHILDREN) parent.children = [element];
      else parent.children.push(element);
      branch[depth] = element;
      return false;
    },
    tagValueProcessor(_tagName, value, path) {
      const element = branch[(path as unknown as Path).getDepth()] as Growing;
      const text = textOf(value, texts);
      element.text = element.text === '' ? text : element.text + text;
      return undefined;
    },
  });
  try {
    parser.parse(xml);
  } catch (error) {
    if (error instanceof SoapFault) throw error;
    throw malformed('XML: not well-formed', error);
  }
  const root = branch[0]?.children[0];
  if (root === undefined) throw malformed('XML: no element');
  return root;
}

function elementOf(tagName: string, attributes: Record<string, string>): Growing {
  const colon = tagName.indexOf(':');
  let kept: Record<string, string> | undefined;
  for (const _ in attributes) {
    kept = attributes; // only if there is one: an empty map is as costly as the element itself
    break;
  }
  return {
    name: colon < 0 ? tagName : tagName.slice(colon + 1),
    prefix: colon < 0 ? '' : tagName.slice(0, colon),
    attributes: kept,
    children: NO_CHILDREN,
    text: '',
  };
}

function textOf(value: string, texts: readonly string[]): string {
  if (!value.includes(PLACEHOLDER)) return unescapeText(value);
  // Between two marks stands the number of a text, around them plain text.
  return value
    .split(PLACEHOLDER)
    .map((piece, index) => (index % 2 === 0 ? unescapeText(piece) : (texts[Number(piece)] ?? '')))
    .join('');
}

/** The value of an attribute, whatever its prefix. */
export function attributeOf(element: XmlElement, name: string): string | undefined {
  const { attributes } = element;
  if (attributes === undefined) return undefined;
  if (Object.hasOwn(attributes, name)) return unescapeText(String(attributes[name]));
  for (const key of Object.keys(attributes)) {
    if (key.endsWith(`:${name}`) && !key.startsWith('xmlns:')) return unescapeText(String(attributes[key]));
  }
  return undefined;
}
