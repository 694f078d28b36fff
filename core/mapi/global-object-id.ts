import { randomBytes } from 'node:crypto';
import { fileTimeFromMilliseconds } from './file-time.ts';

/*
 * PidLidGlobalObjectId and PidLidCleanGlobalObjectId (MS-OXOCAL 2.2.1.27, 2.2.1.28): what
 * ties the messages of a meeting to its calendar item
 *   0  byte array id (16)   the same in all
 *  16  year (2, high byte first), month, day of the occurrence that is meant; zeros for all
 *  20  creation time (8)  28  zeros (8)  36  size (4)  40  data
 * The data of an id from elsewhere is `vCal-Uid`, 1 (4 bytes), the UID and a zero.
 */
const BYTE_ARRAY_ID = Buffer.from('040000008200e00074c5b7101a82e008', 'hex');
const DATE_AT = 16;
const DATE_BYTES = 4;
const CREATION_AT = 20;
const SIZE_AT = 36;
const DATA_AT = 40;
const OWN_DATA_BYTES = 16;
const VCAL_UID = Buffer.concat([Buffer.from('vCal-Uid'), Buffer.from([1, 0, 0, 0])]);

/** Longest UID that is kept; what generates them stays below 300. */
export const MAX_UID_LENGTH = 4096;

/** A calendar date; months from 1. */
export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const startsAs = (bytes: Buffer): boolean =>
  bytes.length >= DATA_AT && bytes.subarray(0, DATE_AT).equals(BYTE_ARRAY_ID);

/** The id of a meeting by its UID (RFC 5545 3.8.4.7); one that is an id in hexadecimal is taken as it is (MS-OXCICAL 2.1.3.1.1.20.26). */
export function globalObjectIdOfUid(uid: string): Buffer {
  const kept = uid.slice(0, MAX_UID_LENGTH);
  if (/^(?:[0-9a-f]{2})+$/i.test(kept)) {
    const id = Buffer.from(kept, 'hex');
    if (startsAs(id)) return id;
  }
  const data = Buffer.concat([VCAL_UID, Buffer.from(kept), Buffer.alloc(1)]);
  return compose(Buffer.alloc(8), data);
}

/** A new meeting's id. */
export function newGlobalObjectId(now: number): Buffer {
  const creation = Buffer.alloc(8);
  creation.writeBigUInt64LE(fileTimeFromMilliseconds(now));
  return compose(creation, randomBytes(OWN_DATA_BYTES));
}

function compose(creation: Buffer, data: Buffer): Buffer {
  const head = Buffer.alloc(DATA_AT);
  BYTE_ARRAY_ID.copy(head);
  creation.copy(head, CREATION_AT);
  head.writeUInt32LE(data.length, SIZE_AT);
  return Buffer.concat([head, data]);
}

/** The UID of a meeting, the same for all its occurrences. */
export function uidOfGlobalObjectId(id: Buffer): string {
  if (startsAs(id) && id.subarray(DATA_AT, DATA_AT + VCAL_UID.length).equals(VCAL_UID)) {
    const end = id.indexOf(0, DATA_AT + VCAL_UID.length);
    return id.toString('utf8', DATA_AT + VCAL_UID.length, end < 0 ? id.length : end);
  }
  return cleanGlobalObjectId(id).toString('hex').toUpperCase();
}

/** PidLidCleanGlobalObjectId: the id without the date of an occurrence. */
export const cleanGlobalObjectId = (id: Buffer): Buffer => withDate(id, Buffer.alloc(DATE_BYTES));

/** The id of one occurrence of a meeting. */
export function globalObjectIdOf(id: Buffer, { year, month, day }: CalendarDate): Buffer {
  const date = Buffer.from([(year >> 8) & 0xff, year & 0xff, month, day]);
  return withDate(id, date);
}

function withDate(id: Buffer, date: Buffer): Buffer {
  if (!startsAs(id)) return id;
  const copy = Buffer.from(id);
  date.copy(copy, DATE_AT);
  return copy;
}

/** The occurrence that an id means; undefined where it means all of them. */
export function occurrenceDateOf(id: Buffer): CalendarDate | undefined {
  if (!startsAs(id)) return undefined;
  const date = { year: id.readUInt16BE(DATE_AT), month: id[DATE_AT + 2]!, day: id[DATE_AT + 3]! };
  return date.year === 0 || date.month === 0 || date.day === 0 ? undefined : date;
}
