/**
 * Character data: the escapes of XML and the spelling of numbers, as gSOAP 2.8
 * writes and reads them.
 */
import { invalid, malformed } from './fault.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped
const SPECIAL = /[&<>\u0000-\u0008\u000b-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped
const ALL_SPECIAL = /[&<>\u0000-\u0008\u000b-\u001f\u007f]/g;

/**
 * Element text. Tabs and line feeds stay as they are, other control characters
 * become references (observed on 11.0.2: `&#xD;`), everything above ASCII is
 * plain UTF-8. A NUL can't be said in XML at all and ends a C string, so it ends
 * the text.
 */
export function escapeText(text: string): string {
  if (!SPECIAL.test(text)) return text;
  const end = text.indexOf('\u0000');
  return (end < 0 ? text : text.slice(0, end)).replace(ALL_SPECIAL, (character) => {
    switch (character) {
      case '&':
        return '&amp;';
      case '<':
        return '&lt;';
      case '>':
        return '&gt;';
      default:
        return `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
    }
  });
}

/** The longest reference is `&#x10FFFF;`; some leading zeros are tolerated. */
const LONGEST_REFERENCE = 12;

/**
 * Resolves character references and the five entities of XML; there are no others.
 * References to surrogates are taken as UTF-16 halves, because some writers split
 * astral characters that way; a half without its other half becomes U+FFFD.
 */
export function unescapeText(text: string): string {
  let ampersand = text.indexOf('&');
  if (ampersand < 0) return text;
  const pieces: string[] = []; // joined, because a concatenation would keep all its parts alive
  let copied = 0;
  while (ampersand >= 0) {
    const end = text.indexOf(';', ampersand);
    if (end < 0 || end - ampersand > LONGEST_REFERENCE) throw malformed('XML: ampersand without a reference');
    pieces.push(text.slice(copied, ampersand), characterOf(text.slice(ampersand + 1, end)));
    copied = end + 1;
    ampersand = text.indexOf('&', copied);
  }
  pieces.push(text.slice(copied));
  return pieces.join('').toWellFormed();
}

function characterOf(reference: string): string {
  switch (reference) {
    case 'amp':
      return '&';
    case 'lt':
      return '<';
    case 'gt':
      return '>';
    case 'quot':
      return '"';
    case 'apos':
      return "'";
    case '#xD':
      return '\r';
  }
  const digits = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(reference);
  const code = digits ? (digits[1] !== undefined ? Number.parseInt(digits[1], 16) : Number(digits[2])) : 0;
  if (code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
  throw malformed(`XML: undefined character or entity '&${reference};'`);
}

const INTEGER = /^[ \t\r\n]*([+-]?[0-9]{1,24})[ \t\r\n]*$/;

/** An integer of at most 32 bits. */
export function parseInteger(text: string, least: number, most: number, type: string): number {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw notA(type, text);
  return value === 0 ? 0 : value; // never -0
}

/** An integer of 64 bits. */
export function parseLong(text: string, least: bigint, most: bigint, type: string): bigint {
  const digits = INTEGER.exec(text)?.[1];
  if (digits === undefined) throw notA(type, text);
  const value = BigInt(digits.startsWith('+') ? digits.slice(1) : digits);
  if (value < least || value > most) throw notA(type, text);
  return value;
}

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,8})?$/;

/** `float` or `double`: decimal, with or without exponent, or INF, -INF, NaN in any case. */
export function parseDecimal(text: string, type: string): number {
  const trimmed = text.trim();
  if (DECIMAL.test(trimmed)) return Number(trimmed);
  switch (trimmed.toUpperCase()) {
    case 'INF':
    case '+INF':
      return Number.POSITIVE_INFINITY;
    case '-INF':
      return Number.NEGATIVE_INFINITY;
    case 'NAN':
      return Number.NaN;
    default:
      throw notA(type, text);
  }
}

export function parseBoolean(text: string): boolean {
  switch (text.trim()) {
    case 'true':
    case '1':
      return true;
    case 'false':
    case '0':
      return false;
    default:
      throw notA('boolean', text);
  }
}

/**
 * A number with so many significant digits, the way C's `%.9G` (float) and
 * `%.17G` (double) write it: what gSOAP uses, and enough to read the same number back.
 */
export function formatDecimal(value: number, digits: 9 | 17): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'INF' : '-INF';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '0', power = '0'] = value.toExponential(digits - 1).split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= digits) {
    const sign = exponent < 0 ? '-' : '+';
    return `${withoutTrailingZeros(mantissa)}E${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return withoutTrailingZeros(value.toFixed(digits - 1 - exponent));
}

function withoutTrailingZeros(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

const DATE_TIME =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)(Z|[+-][0-9]{2}:[0-9]{2})?$/;

/** `xsd:dateTime`; a time without zone is UTC. */
export function parseDateTime(text: string): Date {
  const match = DATE_TIME.exec(text.trim());
  const date = new Date(match ? `${match[1]}${match[2] ?? 'Z'}` : Number.NaN);
  if (Number.isNaN(date.getTime())) throw notA('dateTime', text);
  return date;
}

/** Whole seconds, as `time_t` has them. */
export function formatDateTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

const BASE64 = /^[A-Za-z0-9+/ \t\r\n]*(?:=[= \t\r\n]*)?$/;

export function parseBase64(text: string): Buffer {
  if (text === '') return Buffer.alloc(0);
  if (!BASE64.test(text)) throw notA('base64Binary', text);
  return Buffer.from(text, 'base64');
}

/** Values may be private and long: the message shows only a short number-like text. */
function notA(type: string, text: string): Error {
  const shown = /^[-+.0-9A-Za-z]{1,24}$/.test(text) ? ` '${text}'` : '';
  return invalid(`Validation constraint violation: value${shown} is not of type ${type}`);
}
