import { parameterField, readHeader } from './header.ts';

/** Bytes of the body in which the first delimiter is looked for. */
const SEARCHED_BYTES = 64 * 1024;
/** A delimiter of a boundary (RFC 2046 5.1.1), followed by the header of a part or the empty line that ends it. */
const DELIMITER = /(?:^|\n)--([\w'()+,./:=?-]{1,70})[ \t]*\r?\n(?:content-|\r?\n)/i;

/**
 * For a mail whose type says that it has parts, but not how they are parted: the
 * field that it lacks, with the boundary that its body begins with. To be put before the mail
 * for splitting only. Undefined for all others.
 */
export function foundBoundary(raw: Buffer): Buffer | undefined {
  const end = headerEnd(raw);
  if (end === undefined) return undefined;
  const { value, parameters } = parameterField(readHeader(raw.subarray(0, end)), 'content-type');
  if (!value.startsWith('multipart/') || parameters.get('boundary')) return undefined;
  const body = raw.toString('latin1', end, end + SEARCHED_BYTES);
  const boundary = DELIMITER.exec(body)?.[1];
  if (boundary === undefined) return undefined;
  // The first field of a name counts.
  return Buffer.from(`Content-Type: ${value}; boundary="${boundary}"\r\n`, 'latin1');
}

/** Where the body begins. */
function headerEnd(raw: Buffer): number | undefined {
  const ends = [raw.indexOf('\r\n\r\n'), raw.indexOf('\n\n')].filter((at) => at >= 0);
  return ends.length > 0 ? Math.min(...ends) + 2 : undefined;
}
