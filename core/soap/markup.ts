/**
 * A linear look at the markup of a message before a tree is built from it.
 *
 * fast-xml-parser reads XML leniently (it accepts `</b>` for `<a>`), follows
 * document type declarations and takes text one character at a time. So this
 * pass checks what it doesn't, refuses what must never reach it, counts against
 * the limits, and takes long text out: a 5 MB attachment is then one short
 * placeholder to the parser instead of five million steps.
 */
import { malformed, tooLarge } from './fault.ts';
import { MAX_ATTRIBUTES, MAX_DEPTH, MAX_NODES, MAX_TAG_LENGTH } from './limits.ts';
import { unescapeText } from './text.ts';

/** What is left for the parser, and the text that was taken out. */
export interface Markup {
  readonly xml: string;
  /** Texts by placeholder number, escapes already resolved. */
  readonly texts: readonly string[];
}

/**
 * Begins and ends a placeholder, around the number of the text. The character is
 * illegal in XML; where it occurs nonetheless, the text is taken out as well, so that
 * nobody can write a placeholder.
 */
export const PLACEHOLDER = '\u0001';

/** Texts shorter than this cost the parser less than a placeholder does. */
const LONG_TEXT = 40;

const ATTRIBUTE = /[ \t\r\n]+([\w.\-:\u0080-\uffff]+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /[ \t\r\n]*(\/?)>/y;
const CLOSING_TAG_END = /[ \t\r\n]*>/y;
const TOO_DEEP = `XML: elements nested deeper than ${MAX_DEPTH}`;

const TOO_MANY = `XML: more than ${MAX_NODES} elements and attributes`;

const BLANK = /^[ \t\r\n]*$/;

const GREATER = 62;
const SLASH = 47;
const BANG = 33;
const QUESTION = 63;

export function readMarkup(source: string): Markup {
  if (source.includes('\u0000')) throw malformed('XML: NUL character');
  const texts: string[] = [];
  const pieces: string[] = [];
  const open: string[] = [];
  const forgeable = source.includes(PLACEHOLDER);
  let rooted = false;
  let nodes = 0;
  let copied = 0; // everything before it is in `pieces`
  let position = source.charCodeAt(0) === 0xfeff ? 1 : 0; // byte order mark

  const takeOut = (start: number, end: number, text: string | undefined) => {
    pieces.push(source.slice(copied, start));
    if (text !== undefined) pieces.push(PLACEHOLDER, String(texts.push(text) - 1), PLACEHOLDER);
    copied = end;
  };
  if (position > 0) takeOut(0, 1, undefined);

  for (;;) {
    const less = source.indexOf('<', position);
    const end = less < 0 ? source.length : less;
    if (open.length === 0) {
      if (!BLANK.test(source.slice(position, end))) throw malformed('XML: text outside of the root element');
    } else if (end - position >= LONG_TEXT || (forgeable && end > position)) {
      const text = source.slice(position, end);
      if (!BLANK.test(text)) takeOut(position, end, unescapeText(normalized(text)));
    }
    if (less < 0) break;
    if (nodes > MAX_NODES) throw tooLarge(TOO_MANY);

    switch (source.charCodeAt(less + 1)) {
      case SLASH: {
        const name = open.pop();
        if (name === undefined || !source.startsWith(name, less + 2))
          throw malformed('XML: closing tag without opening tag');
        position = less + 2 + name.length;
        if (source.charCodeAt(position) === GREATER) position++;
        else {
          CLOSING_TAG_END.lastIndex = position;
          if (!CLOSING_TAG_END.test(source)) throw malformed('XML: closing tag without opening tag');
          position = CLOSING_TAG_END.lastIndex;
        }
        break;
      }
      case QUESTION: {
        const close = source.indexOf('?>', less + 2);
        if (close < 0) throw malformed('XML: processing instruction without end');
        position = close + 2;
        nodes++;
        takeOut(less, position, undefined);
        break;
      }
      case BANG:
        nodes++;
        if (source.startsWith('<!--', less)) {
          const close = source.indexOf('-->', less + 4);
          if (close < 0) throw malformed('XML: comment without end');
          position = close + 3;
          takeOut(less, position, undefined);
        } else if (source.startsWith('<![CDATA[', less) && open.length > 0) {
          const close = source.indexOf(']]>', less + 9);
          if (close < 0) throw malformed('XML: CDATA section without end');
          position = close + 3;
          takeOut(less, position, normalized(source.slice(less + 9, close)));
        } else if (source.startsWith('<!DOCTYPE', less)) {
          throw malformed('XML: document type declarations are not accepted');
        } else {
          throw malformed('XML: unknown declaration');
        }
        break;
      default: {
        nodes++;
        if (open.length === 0 && rooted) throw malformed('XML: more than one root element');
        rooted = true;
        position = afterName(source, less + 1);
        const name = source.slice(less + 1, position);
        if (source.charCodeAt(position) === GREATER) {
          open.push(name);
          position++;
        } else {
          const attributes = readAttributes(source, position, less);
          nodes += attributes.count;
          TAG_END.lastIndex = attributes.end;
          const tagEnd = TAG_END.exec(source);
          if (!tagEnd) throw malformed('XML: tag without end or with a malformed attribute');
          position = TAG_END.lastIndex;
          if (tagEnd[1] === '') open.push(name);
          else if (open.length === MAX_DEPTH) throw tooLarge(TOO_DEEP);
        }
        if (position - less > MAX_TAG_LENGTH) throw tooLarge(`XML: tag longer than ${MAX_TAG_LENGTH} characters`);
        if (open.length > MAX_DEPTH) throw tooLarge(TOO_DEEP);
      }
    }
  }
  if (open.length > 0) throw malformed('XML: end of message inside of an element');
  if (!rooted) throw malformed('XML: no element');
  pieces.push(source.slice(copied));
  return { xml: pieces.join(''), texts };
}

const COLON = 58;

/** ASCII characters that a name may hold; all others are allowed, XML 1.0 excludes few of them. */
const NAME_CHARACTERS = Uint8Array.from({ length: 128 }, (_, code) =>
  /[\w.:-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Skips a name: letters, digits and `_.-`, at most one colon, not beginning with a digit or sign. */
function afterName(source: string, start: number): number {
  let position = start;
  let colons = 0;
  for (; position < source.length; position++) {
    const code = source.charCodeAt(position);
    if (code < 128 && NAME_CHARACTERS[code] === 0) break;
    if (code === COLON) colons++;
  }
  const first = source.charCodeAt(start);
  const letter = (first >= 65 && first <= 90) || (first >= 97 && first <= 122) || first === 95 || first >= 128;
  if (!letter || colons > 1 || source.charCodeAt(position - 1) === COLON)
    throw malformed("XML: '<' without a tag name");
  return position;
}

/** Checks and counts the attributes of a tag; `end` is where the last one ends. */
function readAttributes(source: string, start: number, tag: number): { end: number; count: number } {
  const seen: string[] = [];
  for (let end = start; ; end = ATTRIBUTE.lastIndex) {
    if (end - tag > MAX_TAG_LENGTH) throw tooLarge(`XML: tag longer than ${MAX_TAG_LENGTH} characters`);
    ATTRIBUTE.lastIndex = end;
    const name = ATTRIBUTE.exec(source)?.[1];
    if (name === undefined) return { end, count: seen.length };
    if (seen.includes(name)) throw malformed('XML: attribute given twice');
    if (seen.push(name) > MAX_ATTRIBUTES) throw tooLarge(`XML: more than ${MAX_ATTRIBUTES} attributes in a tag`);
  }
}

/** Line ends as XML 1.0 (2.11) has them: a carriage return that is meant is written as a reference. */
function normalized(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
