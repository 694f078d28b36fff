/**
 * Many mails in one file, as Unix has them (RFC 4155, with the quoting of mboxrd: a line of a mail that
 * begins with `From `, after any number of `>`, gets one `>` more). Line ends are LF in the file, CRLF in mails.
 */

const SEPARATOR = Buffer.from('From ');
const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x3e;

/** A mail out of an mbox. */
export interface MboxMail {
  readonly raw: Buffer;
  /** Milliseconds since 1970 by the separating line; undefined where it makes no sense. */
  readonly receivedAt: number | undefined;
}

/** The mails of a file that is read piece by piece; throws RangeError for what doesn't begin as an mbox does. */
export async function* readMbox(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<MboxMail> {
  let lines: Buffer[] | undefined;
  let receivedAt: number | undefined;
  for await (const line of linesOf(chunks)) {
    if (line.subarray(0, SEPARATOR.length).equals(SEPARATOR)) {
      if (lines) yield { raw: mailOf(lines), receivedAt };
      lines = [];
      receivedAt = timeOf(line.toString('latin1'));
    } else if (lines) lines.push(unquoted(line));
    else if (line.length > 0) throw new RangeError('the file is no mbox: it does not begin with a line From ');
  }
  if (lines) yield { raw: mailOf(lines), receivedAt };
}

/** Lines without their ends. */
async function* linesOf(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      yield withoutCr(Buffer.concat([...rest, chunk.subarray(start, end)]));
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) yield withoutCr(Buffer.concat(rest));
}

const withoutCr = (line: Buffer): Buffer => (line.at(-1) === CR ? line.subarray(0, -1) : line);

const quotes = (line: Buffer): number => {
  let count = 0;
  while (line[count] === QUOTE) count++;
  return count;
};

const isQuotable = (line: Buffer): boolean =>
  line.subarray(quotes(line), quotes(line) + SEPARATOR.length).equals(SEPARATOR);

const unquoted = (line: Buffer): Buffer => (line[0] === QUOTE && isQuotable(line) ? line.subarray(1) : line);

/** The lines of a mail; an empty one before the next separator belongs to the mbox. */
function mailOf(lines: readonly Buffer[]): Buffer {
  const own = lines.at(-1)?.length === 0 ? lines.slice(0, -1) : lines;
  return Buffer.concat(own.flatMap((line) => [line, Buffer.from('\r\n')]));
}

/** `From anna@example.org Mon Nov 23 20:45:00 2026`, in UTC. */
function timeOf(separator: string): number | undefined {
  const time = Date.parse(`${separator.replace(/^From \S+\s+/, '').trim()} UTC`);
  return Number.isNaN(time) ? undefined : time;
}

/** A mail as an mbox has it, with the line before it and the empty one after. */
export function mboxEntry(raw: Buffer, receivedAt: number): Buffer {
  const text = new Date(receivedAt).toUTCString();
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(text) ?? [];
  const weekday = text.slice(0, 3);
  const separator = `From MAILER-DAEMON ${weekday} ${month} ${day} ${clock} ${year}\n`;
  const lines: Buffer[] = [Buffer.from(separator)];
  for (let start = 0; start < raw.length; ) {
    const at = raw.indexOf(LF, start);
    const end = at < 0 ? raw.length : at;
    const line = withoutCr(raw.subarray(start, end));
    if (isQuotable(line)) lines.push(Buffer.from('>'));
    lines.push(line, Buffer.from('\n'));
    start = end + 1;
  }
  lines.push(Buffer.from('\n'));
  return Buffer.concat(lines);
}
