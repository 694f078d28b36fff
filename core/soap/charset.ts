/**
 * The characters of an XML message.
 */
import { malformed } from './fault.ts';

/** Long enough for an XML declaration. */
const DECLARATION_BYTES = 200;

/**
 * Decodes by the byte order mark or the XML declaration (XML 1.0, appendix F).
 * Genuine clients write UTF-8 only; Latin-1 and UTF-16 are what else gSOAP reads.
 */
export function textOfXml(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le').toWellFormed();
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString('utf16le');
  }
  const declaration = bytes.toString('latin1', 0, DECLARATION_BYTES);
  const encoding = /^[^<]{0,8}<\?xml[^>]*?\sencoding\s*=\s*["']([\w.-]+)["']/.exec(declaration)?.[1] ?? 'utf-8';
  switch (encoding.toLowerCase()) {
    case 'utf-8':
    case 'us-ascii':
      return bytes.toString('utf8');
    case 'iso-8859-1':
      return bytes.toString('latin1');
    default:
      throw malformed('XML: unknown character encoding');
  }
}
