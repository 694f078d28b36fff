import iconv from 'iconv-lite';
import { decodeText } from '../charset.ts';
import { CP_US_ASCII, CP_UTF8, charsetOf } from '../code-page.ts';
import type { Part } from './part.ts';

/** Lines of 7bit content that mail systems leave alone (RFC 5322 2.1.1). */
const LONGEST_LINE = 76;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A plain text, in the character set that the message names if that has all its letters, else in UTF-8. */
export function plainPart(text: string, codePage: number): Part {
  const { bytes, charset } = encodeText(text.replace(/\r\n|\r|\n/g, '\r\n').toWellFormed(), codePage);
  return textPart('text/plain', bytes, charset);
}

/** An HTML document as PR_HTML holds it: bytes of a code page. */
export function htmlPart(bytes: Buffer, codePage: number): Part {
  const charset = charsetOf(codePage);
  const { text, exact } = decodeText(bytes, charset);
  const fits = exact && charset !== undefined && (charset !== 'us-ascii' || isAscii(bytes));
  return fits ? textPart('text/html', bytes, charset) : textPart('text/html', Buffer.from(text), 'utf-8');
}

/** A text whose bytes are to arrive as they are. */
export const textPart = (type: string, bytes: Buffer, charset: string): Part => ({
  type: `${type}; charset=${charset}`,
  encoding: encodingOf(bytes),
  content: bytes,
});

/** Text of a code page that has all its letters; else in UTF-8. */
function encodeText(text: string, codePage: number): { bytes: Buffer; charset: string } {
  const charset = charsetOf(codePage);
  if (charset !== undefined && codePage !== CP_UTF8 && codePage !== CP_US_ASCII && iconv.encodingExists(charset)) {
    const bytes = iconv.encode(text, charset);
    if (decodeText(bytes, charset).text === text) return { bytes, charset };
  }
  const bytes = Buffer.from(text);
  return { bytes, charset: codePage === CP_US_ASCII && isAscii(bytes) ? 'us-ascii' : 'utf-8' };
}

/** How bytes travel unharmed: as they are where every mail system leaves them alone. */
function encodingOf(bytes: Buffer): '7bit' | 'quoted-printable' | 'base64' {
  let foreign = 0;
  let line = 0;
  let longest = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    // Line ends other than CRLF become CRLF on the way (RFC 2045 6.7 (4)), unless nobody sees them.
    if (byte === LINE_FEED && bytes[i - 1] !== CARRIAGE_RETURN) return 'base64';
    if (byte === CARRIAGE_RETURN && bytes[i + 1] !== LINE_FEED) return 'base64';
    if (byte === 0) return 'base64';
    if (byte >= 0x7f || (byte < 0x20 && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== 0x09)) foreign++;
    line = byte === LINE_FEED ? 0 : line + 1;
    longest = Math.max(longest, line);
  }
  if (foreign === 0 && longest <= LONGEST_LINE + 1) return '7bit';
  return foreign > bytes.length / 4 ? 'base64' : 'quoted-printable';
}

const isAscii = (bytes: Buffer): boolean => bytes.every((byte) => byte < 0x80);
