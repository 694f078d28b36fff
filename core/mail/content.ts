import libmime from 'libmime';
import { type DecodedText, decodeText } from './charset.ts';
import { CP_UTF8 } from './code-page.ts';
import { htmlCharset } from './html-charset.ts';
import { MAX_BODY_BYTES } from './limits.ts';
import { isMessage, type MimePart } from './mime.ts';
import { decodeTransfer } from './transfer-encoding.ts';

/** What of a mail is shown as its text, and what is attached to it. */
export interface Content {
  /** The plain body; absent when the mail has an HTML body or no body at all. */
  readonly text?: { readonly value: string; readonly codePage: number };
  readonly html?: { readonly text: string; readonly bytes: Buffer; readonly codePage: number };
  /** In their order in the mail. */
  readonly attachments: readonly MimePart[];
}

/*
 * Which part becomes the body (observed on 11.0.2): the first text, in an
 * alternative the last one that can be shown; HTML before plain text. Plain texts of a
 * multipart/mixed are joined, further HTML is attached, so that one part can't
 * reach into the markup of another.
 */

/** Renditions of a text that are left out when another one is shown: they say the same. */
const TEXT_RENDITIONS: ReadonlySet<string> = new Set([
  'text/plain',
  'text/html',
  'text/enriched',
  'text/richtext',
  'text/x-amp-html',
  'text/watch-html',
]);

/** Parts of a multipart/appledouble that only a Macintosh understands (RFC 1740). */
const RESOURCE_FORKS: ReadonlySet<string> = new Set(['application/applefile', 'application/mac-binhex40']);

const BLANK = /^\s*$/;

export function readContent(root: MimePart): Content {
  const collector = new ContentCollector();
  collector.visit(root, false);
  return collector.content();
}

/** Whether a part asks to be a file of its own. */
const isFile = (part: MimePart): boolean => part.disposition.value === 'attachment';

/** The file name that a part gives itself (RFC 2183 2.3, or the older parameter of the type). */
export const fileNameOf = (part: MimePart): string | undefined =>
  part.disposition.parameters.get('filename') || part.contentTypeParameters.get('name') || undefined;

const isPlain = (part: MimePart): boolean => part.contentType === 'text/plain' && !isFile(part);
const isHtml = (part: MimePart): boolean => part.contentType === 'text/html' && !isFile(part);

class ContentCollector {
  readonly #attachments: MimePart[] = [];
  readonly #plain: DecodedText[] = [];
  #html: Content['html'] | undefined;

  content(): Content {
    const attachments = this.#attachments;
    if (this.#html) return { html: this.#html, attachments };
    const first = this.#plain[0];
    if (!first) return { attachments };
    const codePages = new Set(this.#plain.map((text) => text.codePage));
    return {
      text: {
        value: joinTexts(this.#plain.map((text) => text.text)),
        codePage: codePages.size === 1 ? first.codePage : CP_UTF8,
      },
      attachments,
    };
  }

  /** @param mixed whether the part stands in a multipart/mixed, whose texts belong together */
  visit(part: MimePart, mixed: boolean): void {
    if (part.parts.length > 0) {
      this.#visitParts(part, mixed);
      return;
    }
    if (isPlain(part) && this.#takePlain(part, mixed)) return;
    if (isHtml(part) && this.#takeHtml(part)) return;
    this.#attachments.push(part);
  }

  #visitParts(part: MimePart, mixed: boolean): void {
    if (part.contentType === 'multipart/alternative') {
      this.#visitAlternatives(part, mixed);
      return;
    }
    const joined = mixed || part.contentType === 'multipart/mixed';
    for (const child of part.parts) {
      if (part.contentType === 'multipart/appledouble' && RESOURCE_FORKS.has(child.contentType)) continue;
      this.visit(child, joined);
    }
  }

  #visitAlternatives(part: MimePart, mixed: boolean): void {
    const ranks = part.parts.map(rank);
    const chosen = ranks.lastIndexOf(Math.max(...ranks));
    for (const [index, child] of part.parts.entries()) {
      if (index === chosen) this.visit(child, mixed);
      else this.#keepFiles(child);
    }
  }

  /** Of a rendition that isn't shown, what is more than a rendition. */
  #keepFiles(part: MimePart): void {
    if (part.parts.length > 0) {
      for (const child of part.parts) this.#keepFiles(child);
      return;
    }
    const rendition = TEXT_RENDITIONS.has(part.contentType) && !isFile(part) && fileNameOf(part) === undefined;
    if (!rendition) this.#attachments.push(part);
  }

  #takePlain(part: MimePart, mixed: boolean): boolean {
    if (this.#html) return false;
    if (this.#plain.length > 0 && (!mixed || fileNameOf(part) !== undefined)) return false;
    const bytes = decodeTransfer(part.body, part.encoding);
    if (!bytes || bytes.length > MAX_BODY_BYTES) return false;
    const decoded = decodeText(bytes, part.contentTypeParameters.get('charset'));
    this.#plain.push({ ...decoded, text: unflow(part, plainText(decoded.text)) });
    return true;
  }

  #takeHtml(part: MimePart): boolean {
    if (this.#html || this.#plain.some(({ text }) => !BLANK.test(text))) return false;
    const bytes = decodeTransfer(part.body, part.encoding);
    if (!bytes || bytes.length > MAX_BODY_BYTES) return false;
    const { text, codePage, exact } = decodeText(
      bytes,
      part.contentTypeParameters.get('charset') ?? htmlCharset(bytes),
    );
    this.#html = { text, codePage, bytes: exact ? bytes : Buffer.from(text) };
    return true;
  }
}

/** How good a rendition is: HTML before plain text before what can't be shown; never an empty one before a full one. */
function rank(part: MimePart): number {
  if (part.parts.length > 0) return Math.max(...part.parts.map(rank));
  if (isMessage(part) || part.body.length === 0) return 0;
  if (isHtml(part)) return 2;
  return isPlain(part) ? 1 : 0;
}

/** Text as PR_BODY holds it: without zeros, which end a string for clients, and with CRLF line ends. */
const plainText = (text: string): string => text.replaceAll('\0', '').replace(/\r?\n|\r(?!\n)/g, '\r\n');

const joinTexts = (texts: readonly string[]): string =>
  texts.reduce((joined, text) => (joined === '' || joined.endsWith('\n') ? joined + text : `${joined}\r\n${text}`), '');

/** Lines of format=flowed text (RFC 3676) joined to paragraphs again. */
function unflow(part: MimePart, text: string): string {
  if (part.contentTypeParameters.get('format')?.toLowerCase() !== 'flowed') return text;
  const deleteSpace = part.contentTypeParameters.get('delsp')?.toLowerCase() === 'yes';
  const joined = libmime.decodeFlowed(text, deleteSpace).replace(/\r?\n/g, '\r\n');
  // The library drops the line end of the last line.
  return text.endsWith('\n') ? `${joined}\r\n` : joined;
}
