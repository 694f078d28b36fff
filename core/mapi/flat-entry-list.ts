/*
 * A list of entry ids in one binary value, as in PR_REPLY_RECIPIENT_ENTRIES
 * (FlatEntryList, MS-OXCDATA 2.3.3): count (4), bytes that follow (4), then each
 * entry with its size (4) before it and padding to a multiple of 4 behind it.
 */
const COUNT_BYTES = 4;
const SIZE_BYTES = 4;
const ALIGNMENT = 4;

export function encodeFlatEntryList(entryIds: readonly Buffer[]): Buffer {
  const entries = Buffer.concat(
    entryIds.map((entryId) => {
      const size = SIZE_BYTES + entryId.length;
      const entry = Buffer.alloc(Math.ceil(size / ALIGNMENT) * ALIGNMENT);
      entry.writeUInt32LE(entryId.length, 0);
      entry.set(entryId, SIZE_BYTES);
      return entry;
    }),
  );
  const head = Buffer.alloc(COUNT_BYTES + SIZE_BYTES);
  head.writeUInt32LE(entryIds.length, 0);
  head.writeUInt32LE(entries.length, COUNT_BYTES);
  return Buffer.concat([head, entries]);
}

/** The entry ids of a list; what is cut off at its end is left out. */
export function decodeFlatEntryList(list: Buffer): Buffer[] {
  if (list.length < COUNT_BYTES + SIZE_BYTES) return [];
  const count = list.readUInt32LE(0);
  const entryIds: Buffer[] = [];
  let position = COUNT_BYTES + SIZE_BYTES;
  while (entryIds.length < count && position + SIZE_BYTES <= list.length) {
    const size = list.readUInt32LE(position);
    const start = position + SIZE_BYTES;
    if (start + size > list.length) break;
    entryIds.push(list.subarray(start, start + size));
    position += Math.ceil((SIZE_BYTES + size) / ALIGNMENT) * ALIGNMENT;
  }
  return entryIds;
}
