/**
 * PidTagAdditionalRenEntryIdsEx (MS-OXOSFLD 2.2.4), which Kopano names
 * PR_IPM_OL2007_ENTRYIDS: entry ids of the special folders that came later,
 * each in a block under the folder's number.
 */

/** Numbers of the folders (PersistID). */
export const RSF_PID_RSS_SUBSCRIPTION = 0x8001;
export const RSF_PID_CONV_ACTIONS = 0x8006;
export const RSF_PID_COMBINED_ACTIONS = 0x8007;
export const RSF_PID_SUGGESTED_CONTACTS = 0x8008;

/** Kind of the element in a block: an entry id. */
const RSF_ELID_ENTRYID = 1;

/** Number and size before the elements of a block, and kind and size before an element's data. */
const HEADER_BYTES = 4;

/** A folder's number and its entry id. */
export interface PersistedFolder {
  readonly persistId: number;
  readonly entryId: Buffer;
}

/** Composes the property's value; a block of number and size 0 ends it. */
export function encodePersistData(folders: readonly PersistedFolder[]): Buffer {
  const blocks = folders.map(({ persistId, entryId }) =>
    Buffer.concat([
      header(persistId, HEADER_BYTES + entryId.length),
      header(RSF_ELID_ENTRYID, entryId.length),
      entryId,
    ]),
  );
  return Buffer.concat([...blocks, header(0, 0)]);
}

/** Takes the property's value to pieces; what doesn't fit ends it, as in a value cut short. */
export function decodePersistData(value: Buffer): PersistedFolder[] {
  const folders: PersistedFolder[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= value.length) {
    const persistId = value.readUInt16LE(at);
    const end = at + HEADER_BYTES + value.readUInt16LE(at + 2);
    if (persistId === 0 || end > value.length) break;
    const entryId = entryIdIn(value.subarray(at + HEADER_BYTES, end));
    if (entryId) folders.push({ persistId, entryId });
    at = end;
  }
  return folders;
}

function entryIdIn(elements: Buffer): Buffer | undefined {
  let at = 0;
  while (at + HEADER_BYTES <= elements.length) {
    const end = at + HEADER_BYTES + elements.readUInt16LE(at + 2);
    if (elements.readUInt16LE(at) === RSF_ELID_ENTRYID && end <= elements.length)
      return elements.subarray(at + HEADER_BYTES, end);
    at = end;
  }
  return undefined;
}

function header(number: number, size: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt16LE(number, 0);
  bytes.writeUInt16LE(size, 2);
  return bytes;
}
