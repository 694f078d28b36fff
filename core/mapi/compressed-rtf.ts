/*
 * PR_RTF_COMPRESSED (MS-OXRTFCP): size of what follows (4), size of the text (4),
 * kind (4), check sum (4), then the text, packed by references into a ring of the last
 * 4,096 bytes.
 */
const HEADER_BYTES = 16;
const SIZE_AT = 0;
const RAW_SIZE_AT = 4;
const KIND_AT = 8;
const CRC_AT = 12;
const COMPRESSED = 0x75465a4c;
const UNCOMPRESSED = 0x414c454d;

/** What the ring holds before the first byte (MS-OXRTFCP 2.1.2.1). */
const PRELOADED = Buffer.from(
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor ' +
    'MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par ' +
    '\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx',
  'latin1',
);
const RING_BYTES = 4096;
/** Longest run that one reference stands for. */
const MAX_RUN = 17;
const MIN_RUN = 2;
/** A text grows at most so much from its packed form: a reference of two bytes stands for {@link MAX_RUN}. */
const MAX_GROWTH = MAX_RUN;

/** The value is not what PR_RTF_COMPRESSED holds. */
export class NotCompressedRtfError extends Error {
  override readonly name = 'NotCompressedRtfError';
}

/** The RTF of a PR_RTF_COMPRESSED value, as bytes. Throws {@link NotCompressedRtfError}. */
export function decompressRtf(value: Buffer): Buffer {
  if (value.length < HEADER_BYTES) throw new NotCompressedRtfError(`${value.length} bytes are no compressed RTF`);
  const size = value.readUInt32LE(RAW_SIZE_AT);
  const kind = value.readUInt32LE(KIND_AT);
  if (kind === UNCOMPRESSED) return value.subarray(HEADER_BYTES, HEADER_BYTES + size);
  if (kind !== COMPRESSED) throw new NotCompressedRtfError('neither compressed nor uncompressed RTF');
  // The size that the header tells is the sender's word; what the bytes can yield bounds it.
  return unpack(value, Math.min(size, value.length * MAX_GROWTH));
}

function unpack(value: Buffer, size: number): Buffer {
  const end = Math.min(value.length, SIZE_AT + 4 + value.readUInt32LE(SIZE_AT));
  const ring = Buffer.alloc(RING_BYTES, ' ');
  let write = PRELOADED.copy(ring);
  const text = Buffer.allocUnsafe(size);
  let length = 0;
  let position = HEADER_BYTES;
  const put = (byte: number): void => {
    ring[write] = byte;
    write = (write + 1) % RING_BYTES;
    if (length < size) text[length++] = byte;
  };
  while (position < end && length < size) {
    const control = value[position++]!;
    for (let bit = 0; bit < 8 && position < end && length < size; bit++) {
      if ((control & (1 << bit)) === 0) {
        put(value[position++]!);
        continue;
      }
      if (position + 2 > end) return text.subarray(0, length);
      const reference = value.readUInt16BE(position);
      position += 2;
      const offset = reference >>> 4;
      // A reference to the place of writing ends the text (MS-OXRTFCP 2.1.3.2).
      if (offset === write) return text.subarray(0, length);
      for (let i = 0; i < (reference & 0xf) + MIN_RUN; i++) put(ring[(offset + i) % RING_BYTES]!);
    }
  }
  return text.subarray(0, length);
}

/** RTF as a PR_RTF_COMPRESSED value; kept as it is, not packed, which every reader understands (MS-OXRTFCP 2.1.3.1.2). */
export function wrapRtf(rtf: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(HEADER_BYTES - 4 + rtf.length, SIZE_AT);
  header.writeUInt32LE(rtf.length, RAW_SIZE_AT);
  header.writeUInt32LE(UNCOMPRESSED, KIND_AT);
  header.writeUInt32LE(0, CRC_AT);
  return Buffer.concat([header, rtf]);
}
