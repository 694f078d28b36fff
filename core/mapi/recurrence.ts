import { KopanoError } from './error.ts';
import { KCERR_INVALID_PARAMETER } from './error-codes.ts';

/*
 * PidLidAppointmentRecur and PidLidTaskRecurrence (MS-OXOCAL 2.2.1.44): how an
 * item repeats. All times are minutes since 1601-01-01 in the time zone of the
 * item; dates are the minute of their midnight.
 */

/** RecurFrequency. */
export const RECUR_DAILY = 0x200a;
export const RECUR_WEEKLY = 0x200b;
export const RECUR_MONTHLY = 0x200c;
export const RECUR_YEARLY = 0x200d;

/** PatternType. */
export const PATTERN_DAY = 0x0;
export const PATTERN_WEEK = 0x1;
export const PATTERN_MONTH = 0x2;
export const PATTERN_MONTH_NTH = 0x3;
export const PATTERN_MONTH_END = 0x4;
/** Months of the Hijri calendar. */
export const PATTERN_HJ_MONTH = 0xa;
export const PATTERN_HJ_MONTH_NTH = 0xb;
export const PATTERN_HJ_MONTH_END = 0xc;

/** EndType. */
export const END_BY_DATE = 0x2021;
export const END_AFTER_COUNT = 0x2022;
export const END_NEVER = 0x2023;
/** Written by some for {@link END_NEVER}. */
export const END_NEVER_ALTERNATIVE = 0xffffffff;

/** EndDate of what never ends: 4500-12-31 23:59. */
export const NEVER_ENDING_DATE = 0x5ae980df;
/** OccurrenceCount where there is none. */
export const DEFAULT_OCCURRENCE_COUNT = 10;

/** Nth of {@link PATTERN_MONTH_NTH}: the last one. */
export const NTH_LAST = 5;

/** When an item repeats. */
export interface RecurrencePattern {
  readonly recurFrequency: number;
  readonly patternType: number;
  readonly calendarType: number;
  /** When the first period begins that one of {@link period} length is counted from. */
  readonly firstDateTime: number;
  /** Minutes for {@link PATTERN_DAY}, weeks for {@link PATTERN_WEEK}, otherwise months. */
  readonly period: number;
  /** Non-zero: tasks whose next occurrence follows the completion. */
  readonly slidingFlag: number;
  /** Days of the week, Sunday in bit 0: of weeks, and of the nth of months. */
  readonly weekDays?: number;
  /** Of months: 1–31; months that are shorter have it on their last day. */
  readonly dayOfMonth?: number;
  /** Which of {@link weekDays} in a month: 1–4, or {@link NTH_LAST}. */
  readonly nth?: number;
  readonly endType: number;
  readonly occurrenceCount: number;
  /** 0 is Sunday. */
  readonly firstDayOfWeek: number;
  /** Original dates that are left out or lie elsewhere, in their order. */
  readonly deletedInstanceDates: readonly number[];
  /** Dates where the modified ones lie, in their order. */
  readonly modifiedInstanceDates: readonly number[];
  readonly startDate: number;
  /** Date of the last occurrence. */
  readonly endDate: number;
}

/** An occurrence that is other than the rest; what is absent is as in the rest (MS-OXOCAL 2.2.1.44.2). */
export interface ExceptionInfo {
  readonly startDateTime: number;
  readonly endDateTime: number;
  readonly originalStartDate: number;
  readonly subject?: string;
  readonly meetingType?: number;
  /** Minutes. */
  readonly reminderDelta?: number;
  readonly reminderSet?: number;
  readonly location?: string;
  readonly busyStatus?: number;
  readonly attachment?: number;
  /** 1: takes whole days. */
  readonly subType?: number;
  readonly appointmentColor?: number;
  /** It has a body of its own, in its embedded message. */
  readonly exceptionalBody?: true;
  readonly changeHighlight?: number;
}

/** The recurrence of an appointment. */
export interface AppointmentRecurrence extends RecurrencePattern {
  /** Minutes after midnight. */
  readonly startTimeOffset: number;
  /** Minutes after the midnight before its start. */
  readonly endTimeOffset: number;
  readonly exceptions: readonly ExceptionInfo[];
  readonly readerVersion2: number;
  readonly writerVersion2: number;
}

const VERSION = 0x3004;
export const READER_VERSION_2 = 0x3006;
export const WRITER_VERSION_2 = 0x3008;
/** From this version on, exceptions have a change highlight. */
const FIRST_WITH_HIGHLIGHT = 0x3009;

/** OverrideFlags. */
const ARO_SUBJECT = 0x0001;
const ARO_MEETINGTYPE = 0x0002;
const ARO_REMINDERDELTA = 0x0004;
const ARO_REMINDERSET = 0x0008;
const ARO_LOCATION = 0x0010;
const ARO_BUSYSTATUS = 0x0020;
const ARO_ATTACHMENT = 0x0040;
const ARO_SUBTYPE = 0x0080;
const ARO_APPTCOLOR = 0x0100;
const ARO_EXCEPTIONAL_BODY = 0x0200;

/** Numbers that an exception may override, in their order on the wire; the location stands between. */
const BEFORE_LOCATION = [
  ['meetingType', ARO_MEETINGTYPE],
  ['reminderDelta', ARO_REMINDERDELTA],
  ['reminderSet', ARO_REMINDERSET],
] as const;
const AFTER_LOCATION = [
  ['busyStatus', ARO_BUSYSTATUS],
  ['attachment', ARO_ATTACHMENT],
  ['subType', ARO_SUBTYPE],
  ['appointmentColor', ARO_APPTCOLOR],
] as const;

/** Most bytes of a recurrence that are read: thousands of exceptions with their subjects. */
const MAX_RECURRENCE_BYTES = 4 * 1024 * 1024;

/** The recurrence was cut short. */
class TruncatedError extends Error {}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  short(): number {
    return this.#take(2).readUInt16LE();
  }

  long(): number {
    return this.#take(4).readUInt32LE();
  }

  bytes(length: number): Buffer {
    return this.#take(length);
  }

  /** A list that names its length first. */
  longs(): number[] {
    const count = this.long();
    if (count * 4 > this.left) throw new TruncatedError();
    return Array.from({ length: count }, () => this.long());
  }

  #take(length: number): Buffer {
    if (length > this.left) throw new TruncatedError();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

class Writer {
  readonly #parts: Buffer[] = [];

  short(value: number): this {
    const part = Buffer.alloc(2);
    part.writeUInt16LE(value & 0xffff);
    return this.bytes(part);
  }

  long(...values: readonly number[]): this {
    const part = Buffer.alloc(4 * values.length);
    for (const [index, value] of values.entries()) part.writeUInt32LE(value >>> 0, 4 * index);
    return this.bytes(part);
  }

  bytes(part: Buffer): this {
    this.#parts.push(part);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Reads when a task repeats. Throws KCERR_INVALID_PARAMETER for what is no recurrence. */
export const decodeRecurrencePattern = (blob: Buffer): RecurrencePattern => read(blob, (reader) => readPattern(reader));

/**
 * Reads the recurrence of an appointment. Throws KCERR_INVALID_PARAMETER for what
 * is none; where only the second part about the exceptions is damaged or missing, as some
 * clients leave it, the first part is enough.
 */
export const decodeRecurrence = (blob: Buffer): AppointmentRecurrence => read(blob, readAppointment);

function read<T>(blob: Buffer, reading: (reader: Reader) => T): T {
  if (blob.length > MAX_RECURRENCE_BYTES)
    throw new KopanoError(KCERR_INVALID_PARAMETER, `a recurrence of ${blob.length} bytes`);
  try {
    return reading(new Reader(blob));
  } catch (cause) {
    if (!(cause instanceof TruncatedError)) throw cause;
    throw new KopanoError(KCERR_INVALID_PARAMETER, 'the recurrence is cut short', { cause });
  }
}

function readPattern(reader: Reader): RecurrencePattern {
  reader.short();
  reader.short();
  const recurFrequency = reader.short();
  const patternType = reader.short();
  if (recurFrequency < RECUR_DAILY || recurFrequency > RECUR_YEARLY)
    throw new KopanoError(KCERR_INVALID_PARAMETER, `a recurrence of frequency ${recurFrequency}`);
  const calendarType = reader.short();
  const firstDateTime = reader.long();
  const period = reader.long();
  const slidingFlag = reader.long();
  return {
    recurFrequency,
    patternType,
    calendarType,
    firstDateTime,
    period,
    slidingFlag,
    ...readSpecific(reader, patternType),
    endType: reader.long(),
    occurrenceCount: reader.long(),
    firstDayOfWeek: reader.long(),
    deletedInstanceDates: reader.longs(),
    modifiedInstanceDates: reader.longs(),
    startDate: reader.long(),
    endDate: reader.long(),
  };
}

function readSpecific(reader: Reader, patternType: number): Pick<RecurrencePattern, 'weekDays' | 'dayOfMonth' | 'nth'> {
  switch (patternType) {
    case PATTERN_DAY:
      return {};
    case PATTERN_WEEK:
      return { weekDays: reader.long() };
    case PATTERN_MONTH:
    case PATTERN_MONTH_END:
    case PATTERN_HJ_MONTH:
    case PATTERN_HJ_MONTH_END:
      return { dayOfMonth: reader.long() };
    case PATTERN_MONTH_NTH:
    case PATTERN_HJ_MONTH_NTH:
      return { weekDays: reader.long(), nth: reader.long() };
    default:
      throw new KopanoError(KCERR_INVALID_PARAMETER, `a recurrence of pattern ${patternType}`);
  }
}

function readAppointment(reader: Reader): AppointmentRecurrence {
  const pattern = readPattern(reader);
  const readerVersion2 = reader.long();
  const writerVersion2 = reader.long();
  const startTimeOffset = reader.long();
  const endTimeOffset = reader.long();
  // The number of exceptions is that of modified dates; some clients forget to count the former up.
  const counted = reader.short();
  const count = reader.left > 0 ? Math.max(counted, pattern.modifiedInstanceDates.length) : counted;
  const first = Array.from({ length: count }, () => readException(reader));
  const exceptions = extend(reader, first, writerVersion2);
  return { ...pattern, readerVersion2, writerVersion2, startTimeOffset, endTimeOffset, exceptions };
}

/** An exception whose strings are in the code page of who wrote it. */
type FirstPart = { flags: number; info: { -readonly [Key in keyof ExceptionInfo]: ExceptionInfo[Key] } };

function readException(reader: Reader): FirstPart {
  const info: FirstPart['info'] = {
    startDateTime: reader.long(),
    endDateTime: reader.long(),
    originalStartDate: reader.long(),
  };
  const flags = reader.short();
  if (flags & ARO_SUBJECT) info.subject = readAnsi(reader);
  for (const [key, flag] of BEFORE_LOCATION) if (flags & flag) info[key] = reader.long();
  if (flags & ARO_LOCATION) info.location = readAnsi(reader);
  for (const [key, flag] of AFTER_LOCATION) if (flags & flag) info[key] = reader.long();
  if (flags & ARO_EXCEPTIONAL_BODY) info.exceptionalBody = true;
  return { flags, info };
}

const ansi = new TextDecoder('windows-1252');

function readAnsi(reader: Reader): string {
  reader.short();
  return ansi.decode(reader.bytes(reader.short()));
}

/** The exceptions with what the second part says more exactly. */
function extend(reader: Reader, first: readonly FirstPart[], writerVersion2: number): ExceptionInfo[] {
  const plain = first.map(({ info }) => info);
  if (reader.left === 0) return plain;
  try {
    reader.bytes(reader.long());
    return first.map(({ flags, info }) => ({ ...info, ...readExtension(reader, flags, writerVersion2) }));
  } catch (error) {
    if (error instanceof TruncatedError) return plain;
    throw error;
  }
}

function readExtension(reader: Reader, flags: number, writerVersion2: number): Partial<ExceptionInfo> {
  const extension: { -readonly [Key in keyof ExceptionInfo]?: ExceptionInfo[Key] } = {};
  if (writerVersion2 >= FIRST_WITH_HIGHLIGHT) {
    const highlight = reader.bytes(reader.long());
    const value = highlight.length >= 4 ? highlight.readUInt32LE() : 0;
    if (value !== 0) extension.changeHighlight = value;
  }
  reader.bytes(reader.long());
  if ((flags & (ARO_SUBJECT | ARO_LOCATION)) === 0) return extension;
  reader.bytes(12);
  if (flags & ARO_SUBJECT) extension.subject = readWide(reader);
  if (flags & ARO_LOCATION) extension.location = readWide(reader);
  reader.bytes(reader.long());
  return extension;
}

const readWide = (reader: Reader): string => reader.bytes(2 * reader.short()).toString('utf16le');

/** Composes when a task repeats. */
export function encodeRecurrencePattern(pattern: RecurrencePattern): Buffer {
  const writer = new Writer();
  writePattern(writer, pattern);
  return writer.finish();
}

/** Composes the recurrence of an appointment. */
export function encodeRecurrence(recurrence: AppointmentRecurrence): Buffer {
  const { exceptions } = recurrence;
  const writer = new Writer();
  writePattern(writer, recurrence);
  writer.long(recurrence.readerVersion2, recurrence.writerVersion2);
  writer.long(recurrence.startTimeOffset, recurrence.endTimeOffset);
  writer.short(exceptions.length);
  for (const exception of exceptions) writeException(writer, exception);
  writer.long(0);
  for (const exception of exceptions) writeExtension(writer, exception, recurrence.writerVersion2);
  writer.long(0);
  return writer.finish();
}

function writePattern(writer: Writer, pattern: RecurrencePattern): void {
  writer.short(VERSION).short(VERSION).short(pattern.recurFrequency).short(pattern.patternType);
  writer.short(pattern.calendarType);
  writer.long(pattern.firstDateTime, pattern.period, pattern.slidingFlag);
  switch (pattern.patternType) {
    case PATTERN_DAY:
      break;
    case PATTERN_WEEK:
      writer.long(pattern.weekDays ?? 0);
      break;
    case PATTERN_MONTH_NTH:
    case PATTERN_HJ_MONTH_NTH:
      writer.long(pattern.weekDays ?? 0, pattern.nth ?? 0);
      break;
    default:
      writer.long(pattern.dayOfMonth ?? 0);
  }
  writer.long(pattern.endType, pattern.occurrenceCount, pattern.firstDayOfWeek);
  writer.long(pattern.deletedInstanceDates.length, ...pattern.deletedInstanceDates);
  writer.long(pattern.modifiedInstanceDates.length, ...pattern.modifiedInstanceDates);
  writer.long(pattern.startDate, pattern.endDate);
}

function writeException(writer: Writer, exception: ExceptionInfo): void {
  writer.long(exception.startDateTime, exception.endDateTime, exception.originalStartDate);
  writer.short(flagsOf(exception));
  if (exception.subject !== undefined) writeAnsi(writer, exception.subject);
  for (const [key] of BEFORE_LOCATION) if (exception[key] !== undefined) writer.long(exception[key]);
  if (exception.location !== undefined) writeAnsi(writer, exception.location);
  for (const [key] of AFTER_LOCATION) if (exception[key] !== undefined) writer.long(exception[key]);
}

function flagsOf(exception: ExceptionInfo): number {
  let flags = exception.exceptionalBody ? ARO_EXCEPTIONAL_BODY : 0;
  if (exception.subject !== undefined) flags |= ARO_SUBJECT;
  if (exception.location !== undefined) flags |= ARO_LOCATION;
  for (const [key, flag] of [...BEFORE_LOCATION, ...AFTER_LOCATION]) if (exception[key] !== undefined) flags |= flag;
  return flags;
}

/** Longest subject or location: its length and one more must fit into 16 bits. */
const MAX_TEXT = 0xfffe;
const shortened = (text: string): string => text.slice(0, MAX_TEXT);

/** What has no place in the code page is a question mark; the second part has it right. */
function writeAnsi(writer: Writer, text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all that has one byte
  const bytes = Buffer.from(shortened(text).replace(/[^\u0000-\u00ff]/g, '?'), 'latin1');
  writer
    .short(bytes.length + 1)
    .short(bytes.length)
    .bytes(bytes);
}

function writeExtension(writer: Writer, exception: ExceptionInfo, writerVersion2: number): void {
  if (writerVersion2 >= FIRST_WITH_HIGHLIGHT) writer.long(4, exception.changeHighlight ?? 0);
  writer.long(0);
  if (exception.subject === undefined && exception.location === undefined) return;
  writer.long(exception.startDateTime, exception.endDateTime, exception.originalStartDate);
  for (const text of [exception.subject, exception.location]) {
    if (text === undefined) continue;
    const wide = shortened(text);
    writer.short(wide.length).bytes(Buffer.from(wide, 'utf16le'));
  }
  writer.long(0);
}
