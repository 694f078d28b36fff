import { type BlowfishKey, blowfishKey, decryptCbc, encryptCbc } from './blowfish.ts';

/*
 * The licence exchange at logon and of getLicenseAuth (observed on 11.0.2), all
 * numbers most significant byte first:
 *   request   version (4), tracking id (4), service (4), user name (252), kind (4)
 *   answer    version (4), tracking id (4), flags (8), status (4), padding (4), JSON
 * Clients check that the tracking id is theirs and that the status is 0. Here
 * nothing is licensed: every service is granted.
 */
const REQUEST_BYTES = 268;
const ANSWER_BYTES = 24;
const VERSION_AT = 0;
const FLAGS_AT = 8;
const ALL_FLAGS = 0xffff_ffff_ffff_ffffn;
const GRANTED = '{\n\t"err" : 0,\n\t"ers" : "Success"\n}';

/** Key and first vector that every client has; no secret. */
const KEY = Buffer.from('94465fbf9e64a5f1f3f9de1eeeb2efcf', 'hex');
const VECTOR = Buffer.from('5c769d91b2ec2958', 'hex');

let prepared: BlowfishKey | undefined;
const key = (): BlowfishKey => {
  prepared ??= blowfishKey(KEY);
  return prepared;
};

/** What an enciphered request is answered; empty for what is none. */
export function licenceAnswer(request: Buffer): Buffer {
  // Only whole requests are worth deciphering.
  const plain = request.length <= REQUEST_BYTES * 2 ? decryptCbc(key(), VECTOR, request) : undefined;
  if (!plain || plain.length < REQUEST_BYTES) return Buffer.alloc(0);
  const answer = Buffer.alloc(ANSWER_BYTES);
  plain.copy(answer, VERSION_AT, VERSION_AT, FLAGS_AT);
  answer.writeBigUInt64BE(ALL_FLAGS, FLAGS_AT);
  return encryptCbc(key(), VECTOR, Buffer.concat([answer, Buffer.from(GRANTED)]));
}
