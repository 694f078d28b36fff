/** A field of a message's header as it stands there. */
export interface HeaderField {
  readonly name: string;
  /** Unfolded, without encoded words decoded. */
  readonly value: string;
  /** The field's own lines with their line ends. */
  readonly source: string;
}

export interface HeaderBlock {
  readonly fields: readonly HeaderField[];
  /** Where the body begins, behind the empty line. */
  readonly bodyOffset: number;
}

/** Splits the header off a raw message (RFC 5322 2.2); lines may end in CRLF or LF. */
export function readHeader(raw: Buffer): HeaderBlock {
  const { end, bodyOffset } = endOfHeader(raw);
  const lines = raw.toString('latin1', 0, end).match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const sources: string[] = [];
  for (const line of lines) {
    if (/^[ \t]/.test(line) && sources.length > 0) sources[sources.length - 1] += line;
    else sources.push(line);
  }
  const fields = sources.flatMap((source) => {
    const colon = source.indexOf(':');
    if (colon <= 0) return [];
    const value = source
      .slice(colon + 1)
      .replace(/\r?\n(?=[ \t])/g, '')
      .trim();
    return [{ name: source.slice(0, colon).trim(), value: Buffer.from(value, 'latin1').toString('utf8'), source }];
  });
  return { fields, bodyOffset };
}

function endOfHeader(raw: Buffer): { end: number; bodyOffset: number } {
  if (raw.length > 0 && raw[0] === 0x0a) return { end: 0, bodyOffset: 1 };
  if (raw.subarray(0, 2).toString('latin1') === '\r\n') return { end: 0, bodyOffset: 2 };
  const crlf = raw.indexOf('\r\n\r\n');
  const lf = raw.indexOf('\n\n');
  if (crlf >= 0 && (lf < 0 || crlf < lf)) return { end: crlf + 2, bodyOffset: crlf + 4 };
  if (lf >= 0) return { end: lf + 1, bodyOffset: lf + 2 };
  return { end: raw.length, bodyOffset: raw.length };
}

/** The value of the first field of a name, in any case. */
export function fieldValue(header: HeaderBlock, name: string): string | undefined {
  return header.fields.find((field) => field.name.toLowerCase() === name.toLowerCase())?.value;
}
