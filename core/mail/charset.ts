import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import iconv from 'iconv-lite';
import { CP_UTF8, codePageOf } from './code-page.ts';

/** A body as text, with what its bytes turned out to be. */
export interface DecodedText {
  readonly text: string;
  /** Windows code page of the bytes, or UTF-8's when there is none. */
  readonly codePage: number;
  /** Whether the bytes, read by the code page, are exactly the text. */
  readonly exact: boolean;
}

/** How bytes of a character set are read. */
interface Reader {
  readonly name: string;
  readonly read: (bytes: Uint8Array) => { text: string; valid: boolean };
}

/** Names that senders use for character sets which have another name in the WHATWG Encoding Standard. */
const ALIASES: Readonly<Record<string, string>> = {
  '8bit': 'us-ascii',
  ansi: 'windows-1252',
  'cp-850': 'cp850',
  cp1250: 'windows-1250',
  cp932: 'shift_jis',
  cp936: 'gb18030',
  cp949: 'ks_c_5601-1987',
  cp950: 'big5',
  cp1200: 'utf-16le',
  cp1201: 'utf-16be',
  cp65001: 'utf-8',
  'euc-cn': 'gb18030',
  // gb18030 extends both, and repairs mail that says less than it uses.
  gb2312: 'gb18030',
  gbk: 'gb18030',
  'x-gbk': 'gb18030',
  'iso-8859-8-i': 'iso-8859-8',
  'latin-1': 'iso-8859-1',
  'latin-9': 'iso-8859-15',
  'shift-jis': 'shift_jis',
  // Not UTF-16: UTF-8 from senders who only know that it is not ASCII.
  unicode: 'utf-8',
  'unicode-1-1-utf-7': 'utf-7',
  'unicode-1-1-utf-8': 'utf-8',
  utf8mb4: 'utf-8',
  'win-1250': 'windows-1250',
  'win-1251': 'windows-1251',
  'win-1252': 'windows-1252',
  'win-1257': 'windows-1257',
};

/** All of them are read the same way: ASCII, and a guess for every byte above. */
const ASCII_NAMES: ReadonlySet<string> = new Set(['', 'ascii', 'us-ascii', 'ansi_x3.4-1968', 'iso646-us', '646']);

const FIRST_NON_ASCII = 0x80;
/** Controls in ISO 8859, letters and quotes in Windows code pages. */
const isC1 = (byte: number): boolean => byte >= 0x80 && byte <= 0x9f;
const REPLACEMENT = '\ufffd';

/**
 * Reads the bytes of a body by the name of a character set, and where that
 * name is missing, unknown or wrong by what the bytes look like: mail is
 * mislabelled more often than it is broken. Never throws, never drops a byte silently:
 * what no character set explains becomes U+FFFD.
 */
export function decodeText(bytes: Uint8Array, charset: string | undefined): DecodedText {
  const name = canonicalName(charset);
  if (ASCII_NAMES.has(name)) return isAscii(bytes) ? asAscii(bytes) : guess(bytes);
  const reader = readerOf(name);
  if (!reader) return isAscii(bytes) ? asAscii(bytes) : guess(bytes);
  const { text, valid } = reader.read(bytes);
  if (!valid) return repair(bytes, reader, text);
  if (reader.name === 'iso-8859-1' && bytes.some(isC1)) return decoded(text, 'windows-1252');
  return decoded(text, reader.name);
}

/** Whether a name is a character set that is known here. */
export function isKnownCharset(charset: string): boolean {
  const name = canonicalName(charset);
  return ASCII_NAMES.has(name) || readerOf(name) !== undefined;
}

/** The text of header bytes that stand there unencoded: UTF-8 (RFC 6532), or what was usual before. */
export function decodeHeaderBytes(bytes: Uint8Array): string {
  return isUtf8(bytes) ? Buffer.from(bytes).toString('utf8') : windows1252(bytes);
}

function canonicalName(charset: string | undefined): string {
  const name = (charset ?? '')
    .trim()
    .toLowerCase()
    .replace(/^["']+|["']+$/g, '')
    // RFC 2231 allows a language behind an asterisk.
    .replace(/\*.*$/, '');
  return (
    ALIASES[name] ?? name.replace(/^(?:iso|iso_|iso-)?8859[-_](\d+)$/, 'iso-8859-$1').replace(/^x-windows-/, 'windows-')
  );
}

function readerOf(name: string): Reader | undefined {
  if (name === 'utf-16' || name === 'utf16' || name === 'utf-16le' || name === 'utf-16be') return utf16Reader(name);
  const label = name === 'iso-8859-1' ? 'windows-1252' : name;
  try {
    const decoder = new TextDecoder(label);
    // x-user-defined is for binary data in scripts, and means nothing in mail.
    if (decoder.encoding === 'x-user-defined') return undefined;
    const strict = new TextDecoder(label, { fatal: true });
    const known = codePageOf(name) === undefined ? decoder.encoding : name;
    return { name: known, read: (bytes) => readStrictly(bytes, strict, decoder) };
  } catch {
    return iconvReader(name);
  }
}

function readStrictly(bytes: Uint8Array, strict: TextDecoder, lenient: TextDecoder): { text: string; valid: boolean } {
  try {
    return { text: strict.decode(bytes), valid: true };
  } catch {
    return { text: lenient.decode(bytes), valid: false };
  }
}

/** The byte order mark decides; without one, the name, and for the bare name little-endian, as Windows writes it. */
function utf16Reader(name: string): Reader {
  return {
    name: 'utf-16',
    read: (bytes) => {
      const bigEndian = bytes[0] === 0xfe && bytes[1] === 0xff ? true : name === 'utf-16be' && bytes[0] !== 0xff;
      const label = bigEndian ? 'utf-16be' : 'utf-16le';
      return readStrictly(bytes, new TextDecoder(label, { fatal: true }), new TextDecoder(label));
    },
  };
}

/** What the platform doesn't know: DOS code pages, UTF-7, UTF-32, Macintosh sets. */
function iconvReader(name: string): Reader | undefined {
  if (!/^[a-z0-9_.:-]{2,40}$/.test(name) || !iconv.encodingExists(name)) return undefined;
  // These names of iconv-lite are no character sets.
  if (['base64', 'hex', 'binary', 'internal', 'ucs2'].includes(name)) return undefined;
  return {
    name,
    read: (bytes) => {
      const text = iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), name);
      return { text, valid: !text.includes(REPLACEMENT) };
    },
  };
}

/** The bytes don't fit the name. */
function repair(bytes: Uint8Array, reader: Reader, lenientText: string): DecodedText {
  if (reader.name !== 'utf-8' && isUtf8(bytes)) return decoded(Buffer.from(bytes).toString('utf8'), 'utf-8');
  // Mostly UTF-8 with a few bytes cut or damaged stays UTF-8; text that is mostly damage is something else.
  if (reader.name === 'utf-8' && isMostlyDamaged(lenientText)) return guess(bytes);
  return { text: lenientText, codePage: CP_UTF8, exact: false };
}

function isMostlyDamaged(text: string): boolean {
  let damaged = 0;
  let foreign = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0xfffd) damaged++;
    else if (unit >= FIRST_NON_ASCII) foreign++;
  }
  return damaged > foreign;
}

const isAscii = (bytes: Uint8Array): boolean => {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! >= FIRST_NON_ASCII) return false;
  return true;
};

const asAscii = (bytes: Uint8Array): DecodedText => decoded(Buffer.from(bytes).toString('latin1'), 'us-ascii');

const guess = (bytes: Uint8Array): DecodedText =>
  isUtf8(bytes)
    ? decoded(new TextDecoder('utf-8').decode(bytes), 'utf-8')
    : decoded(windows1252(bytes), 'windows-1252');

const windows1252 = (bytes: Uint8Array): string => new TextDecoder('windows-1252').decode(bytes);

function decoded(text: string, name: string): DecodedText {
  const codePage = codePageOf(name);
  return { text, codePage: codePage ?? CP_UTF8, exact: codePage !== undefined };
}
