import { GUID_BYTES } from './entry-id.ts';
import { KopanoError } from './error.ts';
import { KCERR_UNKNOWN_INSTANCE_ID } from './error-codes.ts';

/*
 * Names attachment data on a server (observed on 11.0.2), 52 bytes:
 *   0 flags (4), 4 provider GUID (16), 20 version (4), 24 property id (4),
 *  28 instance number (4), 32 padding (4), 36 server GUID (16)
 */
const PROVIDER = Buffer.from('7976ed54d0d211dd9705be5055d89593', 'hex');
const PROVIDER_AT = 4;
const PROPERTY_AT = 24;
const NUMBER_AT = 28;
const SERVER_AT = 36;
const BYTES = SERVER_AT + GUID_BYTES;

/** Composes an instance id. `propertyId` is the high half of the tag whose data it names. */
export function instanceIdOf(serverGuid: Uint8Array, propertyId: number, number: number): Buffer {
  const id = Buffer.alloc(BYTES);
  id.set(PROVIDER, PROVIDER_AT);
  id.writeUInt32LE(propertyId, PROPERTY_AT);
  id.writeUInt32LE(number, NUMBER_AT);
  id.set(serverGuid, SERVER_AT);
  return id;
}

/** The number in an instance id of this server; throws KCERR_UNKNOWN_INSTANCE_ID for anything else. */
export function instanceNumberOf(id: Buffer, serverGuid: Buffer): number {
  const known =
    id.length === BYTES &&
    id.subarray(PROVIDER_AT, PROVIDER_AT + GUID_BYTES).equals(PROVIDER) &&
    id.subarray(SERVER_AT).equals(serverGuid);
  if (!known) throw new KopanoError(KCERR_UNKNOWN_INSTANCE_ID, 'the instance id is not of this server');
  return id.readUInt32LE(NUMBER_AT);
}
