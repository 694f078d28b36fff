import libmime from 'libmime';

/** A mail's bytes, parted at the end of its header. */
export interface RawMail {
  /** Each field as it stands there, folded, with its line end. */
  readonly fields: readonly Buffer[];
  /** All after the fields: the empty line, and the body. */
  readonly rest: Buffer;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/** Parts a mail at its header's end; fields that are none stay where they are. */
export function splitMail(raw: Buffer): RawMail {
  const fields: Buffer[] = [];
  let start = 0;
  for (let at = 0; at < raw.length; ) {
    const feed = raw.indexOf(LINE_FEED, at);
    const end = feed < 0 ? raw.length : feed + 1;
    const empty = raw[at] === LINE_FEED || (raw[at] === CARRIAGE_RETURN && raw[at + 1] === LINE_FEED);
    const next = raw[end];
    if (empty) return { fields, rest: raw.subarray(at) };
    if (next !== SPACE && next !== TAB) {
      fields.push(raw.subarray(start, end));
      start = end;
    }
    at = end;
  }
  if (start < raw.length) fields.push(raw.subarray(start));
  return { fields, rest: Buffer.from('\r\n') };
}

/** The name of a field in lower case. */
export function fieldName(field: Buffer): string {
  const colon = field.indexOf(':');
  return colon < 0 ? '' : field.toString('latin1', 0, colon).trim().toLowerCase();
}

/** A mail with other fields. */
export const joinMail = (fields: readonly (Buffer | string)[], rest: Buffer): Buffer =>
  Buffer.concat([...fields.map((field) => (typeof field === 'string' ? Buffer.from(`${field}\r\n`) : field)), rest]);

/** Somebody in an address field (RFC 5322 3.4): quoted, or as encoded word. */
export function addressField(name: string, address: string): string {
  const clean = name.replace(/[\r\n\0]/g, ' ').trim();
  if (clean === '') return `<${address}>`;
  const plain = /^[\x20-\x7e]*$/.test(clean) && !clean.includes('=?');
  return `${plain ? `"${clean.replace(/(["\\])/g, '\\$1')}"` : libmime.encodeWord(clean, 'Q', 52)} <${address}>`;
}
