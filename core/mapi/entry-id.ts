import { randomBytes } from 'node:crypto';
import { KopanoError } from './error.ts';
import { KCERR_INVALID_ENTRYID } from './error-codes.ts';

/*
 * Entry ids of messaging objects, version 1 (observed on 11.0.2): 48 bytes
 *   0  flags (4)          zero for permanent ids
 *   4  store GUID (16)
 *  20  version (4)        1
 *  24  object type (2)    MAPI_STORE, MAPI_FOLDER, MAPI_MESSAGE
 *  26  object flags (2)   e.g. "open here, whatever the home server"
 *  28  object GUID (16)
 *  44  padding (4)
 * Clients compose them themselves for new objects.
 */
export const ENTRY_ID_BYTES = 48;
const STORE_GUID = 4;
const VERSION = 20;
const TYPE = 24;
const FLAGS = 26;
const OBJECT_GUID = 28;
const ENTRY_ID_VERSION = 1;
/** A wrapped store entry id or an address book entry id is longer; nothing we index is. */
const LONGEST_INDEXED = 64;

export const GUID_BYTES = 16;
export const newGuid = (): Buffer => randomBytes(GUID_BYTES);

/** Composes the entry id of an object of a store. */
export function entryIdOf(storeGuid: Uint8Array, objectType: number, objectGuid: Uint8Array = newGuid()): Buffer {
  const id = Buffer.alloc(ENTRY_ID_BYTES);
  id.set(storeGuid, STORE_GUID);
  id.writeUInt32LE(ENTRY_ID_VERSION, VERSION);
  id.writeUInt16LE(objectType, TYPE);
  id.set(objectGuid, OBJECT_GUID);
  return id;
}

/** The object type that an entry id claims, or undefined for what is no entry id of a messaging object. */
export function objectTypeOf(entryId: Uint8Array): number | undefined {
  if (entryId.length < OBJECT_GUID) return undefined;
  return Buffer.from(entryId.buffer, entryId.byteOffset, entryId.byteLength).readUInt16LE(TYPE);
}

/** Flags of the id: bit 0 asks for the store of this server, whatever the home server. */
export const entryIdFlags = (entryId: Buffer): number =>
  entryId.length < OBJECT_GUID ? 0 : entryId.readUInt16LE(FLAGS);

export const storeGuidOf = (entryId: Buffer): Buffer => entryId.subarray(STORE_GUID, STORE_GUID + GUID_BYTES);

/** The form under which ids are indexed: object flags cleared. Throws for what is too short or long to be one. */
export function indexedEntryId(entryId: Buffer): Buffer {
  if (entryId.length < OBJECT_GUID || entryId.length > LONGEST_INDEXED)
    throw new KopanoError(KCERR_INVALID_ENTRYID, `an entry id has ${entryId.length} bytes`);
  if (entryId.readUInt16LE(FLAGS) === 0) return entryId;
  const id = Buffer.from(entryId);
  id.writeUInt16LE(0, FLAGS);
  return id;
}

/** Whether an id that a client composed for a new object has the right form and type. */
export function isValidNewEntryId(entryId: Buffer, objectType: number): boolean {
  return (
    entryId.length === ENTRY_ID_BYTES &&
    entryId.readUInt32LE(VERSION) === ENTRY_ID_VERSION &&
    objectTypeOf(entryId) === objectType
  );
}

/** Object flag: this server's store, whatever the home server of its owner (MS-OXCSTOR 2.2.1.1.1: OVERRIDE_HOME_MDB). */
export const OPENSTORE_OVERRIDE_HOME_MDB = 0x10;

/** The id with other object flags. */
export function withEntryIdFlags(entryId: Buffer, flags: number): Buffer {
  const id = Buffer.from(entryId);
  id.writeUInt16LE(flags, FLAGS);
  return id;
}
