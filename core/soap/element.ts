/**
 * The tree of a message, read by fast-xml-parser.
 */
import { XMLParser } from 'fast-xml-parser';
import { malformed, SoapFault } from './fault.ts';
import { MAX_DEPTH } from './limits.ts';
import { PLACEHOLDER, readMarkup } from './markup.ts';
import { unescapeText } from './text.ts';

/**
 * An element of a message. Children are linked, not listed: most elements have
 * none or two, and an array for each would weigh more than the rest.
 */
export interface XmlElement {
  /** The name without its prefix. */
  readonly name: string;
  /** The prefix; empty if there is none. */
  readonly prefix: string;
  /** Attributes by the name as written, escapes not resolved; see `attributeOf`. */
  readonly attributes: Readonly<Record<string, string>> | undefined;
  /** All text that stands directly in the element, escapes resolved. */
  readonly text: string;
  readonly firstChild: XmlElement | undefined;
  readonly nextSibling: XmlElement | undefined;
}

type Growing = { -readonly [K in keyof XmlElement]: XmlElement[K] };

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
  const names = new Map<string, { name: string; prefix: string }>();
  // By depth: the element that is open there, and the last child it has so far.
  const open: Growing[] = [newElement({ name: '', prefix: '' }, undefined)];
  const last: (Growing | undefined)[] = [undefined];
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    trimValues: false,
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    jPath: false,
    maxNestedTags: MAX_DEPTH + 1, // counts the document as well; `readMarkup` has checked it
    updateTag(tagName, path, attributes) {
      const depth = (path as unknown as Path).getDepth();
      let name = names.get(tagName);
      if (name === undefined) {
        name = splitName(tagName);
        names.set(tagName, name);
      }
      const element = newElement(name, attributes);
      const sibling = last[depth - 1];
      if (sibling === undefined) (open[depth - 1] as Growing).firstChild = element;
      else sibling.nextSibling = element;
      last[depth - 1] = element;
      open[depth] = element;
      last[depth] = undefined;
      return false;
    },
    tagValueProcessor(_tagName, value, path) {
      const element = open[(path as unknown as Path).getDepth()] as Growing;
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
  const root = open[0]?.firstChild;
  if (root === undefined) throw malformed('XML: no element');
  return root;
}

function splitName(tagName: string): { name: string; prefix: string } {
  const colon = tagName.indexOf(':');
  return { name: tagName.slice(colon + 1), prefix: tagName.slice(0, Math.max(colon, 0)) };
}

function newElement(
  { name, prefix }: { name: string; prefix: string },
  attributes: Record<string, string> | undefined,
): Growing {
  let kept: Record<string, string> | undefined;
  for (const _ in attributes) {
    kept = attributes; // only if there is one: an empty map is as costly as the element itself
    break;
  }
  return { name, prefix, attributes: kept, text: '', firstChild: undefined, nextSibling: undefined };
}

/** The children of an element, in order. */
export function childrenOf(element: XmlElement): XmlElement[] {
  const children: XmlElement[] = [];
  for (let child = element.firstChild; child !== undefined; child = child.nextSibling) children.push(child);
  return children;
}

function textOf(value: string, texts: readonly string[]): string {
  const mark = value.indexOf(PLACEHOLDER);
  if (mark < 0) return unescapeText(value);
  if (mark === 0 && value.indexOf(PLACEHOLDER, 1) === value.length - 1) return texts[Number(value.slice(1, -1))] ?? '';
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
