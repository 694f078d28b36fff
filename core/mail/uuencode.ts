/** Bytes of a line of uuencoded data, told by its first character. */
const LONGEST_LINE = 45;

/**
 * The data between `begin` and `end` (POSIX uuencode), which old programs put
 * into mail; undefined where there is none.
 */
export function decodeUuencoded(body: Buffer): Buffer | undefined {
  const lines = body.toString('latin1').split(/\r?\n/);
  const begin = lines.findIndex((line) => /^begin [0-7]{3,4} /.test(line));
  if (begin < 0) return undefined;
  const pieces: Buffer[] = [];
  for (const line of lines.slice(begin + 1)) {
    if (line === 'end') break;
    const length = sixBits(line, 0);
    if (length > LONGEST_LINE) return undefined;
    pieces.push(decodeLine(line, length));
  }
  return Buffer.concat(pieces);
}

/** Six bits a character; a backtick stands for the blank that mail systems cut off. */
const sixBits = (line: string, at: number): number => ((line.charCodeAt(at) || 0x20) - 0x20) & 0x3f;

function decodeLine(line: string, length: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(length / 3) * 3);
  for (let at = 0, out = 0; out < length; at += 4, out += 3) {
    const bits =
      (sixBits(line, at + 1) << 18) |
      (sixBits(line, at + 2) << 12) |
      (sixBits(line, at + 3) << 6) |
      sixBits(line, at + 4);
    bytes.writeUIntBE(bits, out, 3);
  }
  return bytes.subarray(0, length);
}
