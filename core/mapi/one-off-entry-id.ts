/*
 * Entry ids of recipients who are in no address book (MS-OXCDATA 2.2.5.1):
 * flags (4), provider GUID (16), version (2), bits (2), then display name,
 * address type and address, each ended by a zero character.
 */

/** The provider of all one-off entry ids. */
export const ONE_OFF_PROVIDER = Buffer.from('812b1fa4bea310199d6e00dd010f5402', 'hex');

/** Strings are UTF-16. */
const ONE_OFF_UNICODE = 0x8000;
/** The recipient is not to be sent rich text (TNEF). */
const ONE_OFF_NO_RICH_INFO = 0x0001;
const PROVIDER_AT = 4;
const BITS_AT = 22;
const STRINGS_AT = 24;
const VERSION = Buffer.alloc(2);

export interface OneOff {
  readonly name: string;
  /** `SMTP`, mostly. */
  readonly addressType: string;
  readonly address: string;
}

/** The entry id of a recipient by name and address. */
export function encodeOneOff({ name, addressType, address }: OneOff): Buffer {
  const bits = Buffer.alloc(2);
  bits.writeUInt16LE(ONE_OFF_UNICODE | ONE_OFF_NO_RICH_INFO);
  // A zero inside would end its string early.
  const strings = [name, addressType, address].map((part) => `${part.replaceAll('\0', '')}\0`).join('');
  return Buffer.concat([Buffer.alloc(PROVIDER_AT), ONE_OFF_PROVIDER, VERSION, bits, Buffer.from(strings, 'utf16le')]);
}

/** Name and address of a one-off entry id; undefined for anything else. */
export function decodeOneOff(entryId: Buffer): OneOff | undefined {
  if (entryId.length < STRINGS_AT) return undefined;
  if (!entryId.subarray(PROVIDER_AT, PROVIDER_AT + ONE_OFF_PROVIDER.length).equals(ONE_OFF_PROVIDER)) return undefined;
  const unicode = (entryId.readUInt16LE(BITS_AT) & ONE_OFF_UNICODE) !== 0;
  const [name, addressType, address] = entryId.toString(unicode ? 'utf16le' : 'latin1', STRINGS_AT).split('\0');
  if (name === undefined || addressType === undefined || address === undefined) return undefined;
  return { name, addressType, address };
}
