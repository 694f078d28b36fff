import { GUID_BYTES } from './entry-id.ts';

/*
 * Source keys and change keys (MS-OXCFXICS 2.2.2.1, observed on 11.0.2):
 * a GUID of who numbered, and a number: 6 bytes in source keys, 4 in change keys.
 * A predecessor change list is a sequence of change keys, each with its size in
 * one byte before it, at most one for each GUID.
 */
const SOURCE_KEY_COUNTER_BYTES = 6;
const CHANGE_KEY_COUNTER_BYTES = 4;
const LONGEST_CHANGE_KEY = 255;

/** The source key of the `counter`-th object that a server numbered. */
export function sourceKeyOf(serverGuid: Uint8Array, counter: number): Buffer {
  const sourceKey = Buffer.alloc(GUID_BYTES + SOURCE_KEY_COUNTER_BYTES);
  sourceKey.set(serverGuid);
  sourceKey.writeUIntLE(counter, GUID_BYTES, SOURCE_KEY_COUNTER_BYTES);
  return sourceKey;
}

/** The change key of a change. */
export function changeKeyOf(serverGuid: Uint8Array, changeId: number): Buffer {
  const changeKey = Buffer.alloc(GUID_BYTES + CHANGE_KEY_COUNTER_BYTES);
  changeKey.set(serverGuid);
  changeKey.writeUInt32LE(changeId, GUID_BYTES);
  return changeKey;
}

/** The list with a change key put in the place of an older one with the same GUID, or appended. */
export function withChangeKey(list: Uint8Array, changeKey: Uint8Array): Buffer {
  const before = Buffer.from(list);
  if (changeKey.length <= GUID_BYTES || changeKey.length > LONGEST_CHANGE_KEY) return before;
  const entry = Buffer.concat([Buffer.of(changeKey.length), changeKey]);
  const parts: Buffer[] = [];
  let found = false;
  let position = 0;
  while (position < before.length) {
    const size = before[position]!;
    if (size <= GUID_BYTES || position + 1 + size > before.length) {
      parts.push(before.subarray(position)); // not a list from here on: kept as it is
      break;
    }
    const key = before.subarray(position + 1, position + 1 + size);
    const same = key.subarray(0, GUID_BYTES).equals(entry.subarray(1, 1 + GUID_BYTES));
    if (!same) parts.push(before.subarray(position, position + 1 + size));
    else if (!found) parts.push(entry);
    found ||= same;
    position += size + 1;
  }
  if (!found) parts.push(entry);
  return Buffer.concat(parts);
}
