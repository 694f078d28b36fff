import mailsplit from '@zone-eu/mailsplit';
import libmime from 'libmime';
import { decodeHeaderBytes } from './charset.ts';
import { decodeEncodedWords } from './encoded-words.ts';
import { MAX_FIELD_LENGTH } from './limits.ts';

/** A field of a header block as it stands there. */
export interface HeaderField {
  /** In lower case. */
  readonly name: string;
  /** Unfolded, but with its encoded words. */
  readonly value: string;
  /** With its name, folded, one character a byte. */
  readonly source: string;
}

/** The header block of a message or part. */
export interface Header {
  readonly fields: readonly HeaderField[];
  /** All of it, with the empty line behind it. */
  readonly raw: Buffer;
}

/** A field with parameters, e.g. Content-Type. */
export interface ParameterField {
  /** What stands before the first semicolon, in lower case. */
  readonly value: string;
  /** By lower-case name; RFC 2231 and RFC 2047 decoded. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** The fields of a raw header block. */
export function readHeader(raw: Buffer): Header {
  const fields = new mailsplit.Headers(raw).getList().flatMap(({ key, line }): HeaderField[] => {
    const colon = line.indexOf(':');
    // Spaces in a name are no name (RFC 5322 2.2), only an obsolete one before the colon.
    if (key === '' || colon < 0 || /[\s]/.test(key)) return [];
    return [{ name: key, value: unfold(line.slice(colon + 1)), source: line }];
  });
  return { fields, raw };
}

/** The value of the first field of a name, given in lower case. */
export const firstField = (header: Header, name: string): string | undefined =>
  header.fields.find((field) => field.name === name)?.value;

/** The values of all fields of a name, in their order. */
export const allFields = (header: Header, name: string): string[] =>
  header.fields.filter((field) => field.name === name).map((field) => field.value);

/** Text with its encoded words (RFC 2047) decoded, also the broken ones that are understandable. */
export function decodeWords(value: string): string {
  return withoutControls(decodeEncodedWords(value.slice(0, MAX_FIELD_LENGTH)));
}

/** The text of the first field of a name. */
export function firstText(header: Header, name: string): string | undefined {
  const value = firstField(header, name);
  return value === undefined ? undefined : decodeWords(value);
}

/** A field with parameters; empty where there is none. */
export function parameterField(header: Header, name: string): ParameterField {
  const field = firstField(header, name);
  if (field === undefined) return { value: '', parameters: new Map() };
  const { value, params, decodedParams } = libmime.parseHeaderValue(field, { stripComments: true });
  const parameters = Object.entries(params).map(([key, text]): [string, string] => [
    key,
    decodedParams.includes(key) ? withoutControls(text) : decodeWords(text),
  ]);
  return { value: String(value).trim().toLowerCase(), parameters: new Map(parameters) };
}

const unfold = (line: string): string =>
  decodeHeaderBytes(Buffer.from(line, 'latin1'))
    .replace(/\r?\n(?=[ \t])/g, '')
    .replace(/[\r\n]+/g, ' ')
    .trim();

/** Line ends and other controls in a decoded word are an injection or an accident. */
const withoutControls = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  text.replace(/[\r\n\t]+/g, ' ').replace(/[\u0000-\u001f\u007f]/g, '');
