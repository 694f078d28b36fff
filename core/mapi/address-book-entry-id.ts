import { GUID_BYTES } from './entry-id.ts';
import { KopanoError } from './error.ts';
import { KCERR_INVALID_ENTRYID, KCERR_INVALID_PARAMETER } from './error-codes.ts';

/*
 * Entry ids of the address book (observed on 11.0.2)
 *   0  flags (4)          zero for permanent ids
 *   4  provider GUID (16)
 *  20  version (4)        1 with an external id, 0 without
 *  24  object type (4)    MAPI_MAILUSER, MAPI_DISTLIST or MAPI_ABCONT
 *  28  principal id (4)
 *  32  external id, in base64, ended by a zero and padded with zeros to a multiple of 4
 * SYSTEM, Everyone and the fixed containers have no external id.
 */
const PROVIDER_AT = 4;
const VERSION_AT = 20;
const TYPE_AT = 24;
const ID_AT = 28;
const EXTERNAL_ID_AT = 32;
const ALIGNMENT = 4;
const VERSION_WITHOUT_EXTERNAL_ID = 0;
const VERSION_WITH_EXTERNAL_ID = 1;
const SHORTEST = EXTERNAL_ID_AT + ALIGNMENT;

/** PR_AB_PROVIDER_ID: the GUID of the genuine address book provider. */
export const ADDRESS_BOOK_PROVIDER = Buffer.from('ac21a95040d3ee48b319fba753304425', 'hex');

/** What an address book entry id names. */
export interface AddressBookEntryId {
  /** MAPI_MAILUSER, MAPI_DISTLIST or MAPI_ABCONT. */
  readonly objectType: number;
  /** Number of a principal or of a fixed container. */
  readonly id: number;
  /** Stable over servers; empty for what every server has. */
  readonly externalId: Buffer;
}

export const NO_EXTERNAL_ID: Buffer = Buffer.alloc(0);

/** Composes an entry id. */
export function encodeAddressBookEntryId({ objectType, id, externalId }: AddressBookEntryId): Buffer {
  const text = Buffer.from(externalId.toString('base64'), 'latin1');
  const size = EXTERNAL_ID_AT + text.length;
  const entryId = Buffer.alloc(size + ALIGNMENT - (size % ALIGNMENT));
  entryId.set(ADDRESS_BOOK_PROVIDER, PROVIDER_AT);
  entryId.writeUInt32LE(text.length ? VERSION_WITH_EXTERNAL_ID : VERSION_WITHOUT_EXTERNAL_ID, VERSION_AT);
  entryId.writeUInt32LE(objectType, TYPE_AT);
  entryId.writeUInt32LE(id, ID_AT);
  entryId.set(text, EXTERNAL_ID_AT);
  return entryId;
}

/**
 * Takes an entry id to pieces. Throws KCERR_INVALID_PARAMETER for what is too
 * short, KCERR_INVALID_ENTRYID for ids of other providers.
 */
export function decodeAddressBookEntryId(entryId: Buffer): AddressBookEntryId {
  if (entryId.length < SHORTEST)
    throw new KopanoError(KCERR_INVALID_PARAMETER, `an address book entry id has ${entryId.length} bytes`);
  if (!isAddressBookEntryId(entryId))
    throw new KopanoError(KCERR_INVALID_ENTRYID, 'the entry id is not of the address book');
  return {
    objectType: entryId.readUInt32LE(TYPE_AT),
    id: entryId.readUInt32LE(ID_AT),
    externalId: entryId.readUInt32LE(VERSION_AT) === VERSION_WITH_EXTERNAL_ID ? externalIdOf(entryId) : NO_EXTERNAL_ID,
  };
}

/** Whether an entry id is one of the address book, by its provider. */
export const isAddressBookEntryId = (entryId: Buffer): boolean =>
  entryId.length >= SHORTEST && entryId.subarray(PROVIDER_AT, PROVIDER_AT + GUID_BYTES).equals(ADDRESS_BOOK_PROVIDER);

function externalIdOf(entryId: Buffer): Buffer {
  const end = entryId.indexOf(0, EXTERNAL_ID_AT);
  return Buffer.from(entryId.toString('latin1', EXTERNAL_ID_AT, end < 0 ? entryId.length : end), 'base64');
}
