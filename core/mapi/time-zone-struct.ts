import type { TimeZone, TransitionRule } from './time-zone.ts';

/*
 * PidLidTimeZoneStruct (MS-OXOCAL 2.2.1.39), 48 bytes
 *   0  lBias  4  lStandardBias  8  lDaylightBias
 *  12  wStandardYear  14  stStandardDate  30  wDaylightYear  32  stDaylightDate
 * and the PidLidAppointmentTimeZoneDefinition* (2.2.1.41): a name and rules with
 * the same dates.
 */

const STRUCT_BYTES = 48;
const STANDARD_AT = 14;
const DAYLIGHT_AT = 32;

/** Composes a PidLidTimeZoneStruct. */
export function encodeTimeZoneStruct(zone: TimeZone): Buffer {
  const struct = Buffer.alloc(STRUCT_BYTES);
  writeBiases(struct, zone, 0);
  writeDate(struct, zone.standardDate, STANDARD_AT);
  writeDate(struct, zone.daylightDate, DAYLIGHT_AT);
  return struct;
}

/** Reads a PidLidTimeZoneStruct; undefined for what is none. */
export function decodeTimeZoneStruct(struct: Buffer): TimeZone | undefined {
  if (struct.length < STRUCT_BYTES) return undefined;
  return soundZone({
    ...readBiases(struct, 0),
    standardDate: readDate(struct, STANDARD_AT),
    daylightDate: readDate(struct, DAYLIGHT_AT),
  });
}

function writeBiases(bytes: Buffer, zone: TimeZone, at: number): void {
  bytes.writeInt32LE(zone.bias, at);
  bytes.writeInt32LE(zone.standardBias, at + 4);
  bytes.writeInt32LE(zone.daylightBias, at + 8);
}

const readBiases = (bytes: Buffer, at: number): Pick<TimeZone, 'bias' | 'standardBias' | 'daylightBias'> => ({
  bias: bytes.readInt32LE(at),
  standardBias: bytes.readInt32LE(at + 4),
  daylightBias: bytes.readInt32LE(at + 8),
});

/** SYSTEMTIME (MS-DTYP 2.3.13): year, month, day of week, day, hour, minute, second, millisecond. */
function writeDate(bytes: Buffer, rule: TransitionRule, at: number): void {
  for (const [index, value] of [rule.year, rule.month, rule.dayOfWeek, rule.week, rule.hour, rule.minute].entries())
    bytes.writeUInt16LE(value, at + 2 * index);
}

const readDate = (bytes: Buffer, at: number): TransitionRule => ({
  year: bytes.readUInt16LE(at),
  month: bytes.readUInt16LE(at + 2),
  dayOfWeek: bytes.readUInt16LE(at + 4),
  week: bytes.readUInt16LE(at + 6),
  hour: bytes.readUInt16LE(at + 8),
  minute: bytes.readUInt16LE(at + 10),
});

/** A day has 1,440 minutes, and no zone is further from UTC. */
const MAX_BIAS = 1440;

/** A zone that can be reckoned with, or undefined. */
function soundZone(zone: TimeZone): TimeZone | undefined {
  const biases = [zone.bias, zone.standardBias, zone.daylightBias];
  if (biases.some((bias) => Math.abs(bias) > MAX_BIAS)) return undefined;
  const dates = [zone.standardDate, zone.daylightDate];
  const sound = dates.every(
    ({ month, dayOfWeek, hour, minute }) => month <= 12 && dayOfWeek < 7 && hour < 24 && minute < 60,
  );
  return sound ? zone : undefined;
}

/** TZRule flags: the rule is the one in force, and the one that the recurrence was made with. */
const TZRULE_FLAG_RECUR_CURRENT_TZREG = 0x0001;
const TZRULE_FLAG_EFFECTIVE_TZREG = 0x0002;
const VERSIONS = Buffer.from([0x02, 0x01]);
const DEFINITION_FLAG_VALID_KEY_NAME = 0x0002;
const HEADER_AT = 4;
const RULE_BYTES = 66;
const RULE_CONTENT = 0x003e;
const RULE_FLAGS_AT = 4;
const RULE_YEAR_AT = 6;
const RULE_BIASES_AT = 22;
const RULE_STANDARD_AT = 34;
const RULE_DAYLIGHT_AT = 50;
/** The rule holds since ever. */
const FIRST_YEAR = 1601;
/** Years with rules of their own; Windows knows a few dozens. */
const MAX_RULES = 1024;

/** A time zone by name, with its rules by the year from which they hold. */
export interface TimeZoneDefinition {
  /** As Windows names it. */
  readonly keyName: string;
  readonly rules: readonly { readonly flags: number; readonly year: number; readonly zone: TimeZone }[];
}

/** Composes a PidLidAppointmentTimeZoneDefinition*. */
export function encodeTimeZoneDefinition({ keyName, rules }: TimeZoneDefinition): Buffer {
  const name = Buffer.from(keyName, 'utf16le');
  const header = Buffer.alloc(6);
  header.writeUInt16LE(6 + name.length, 0);
  header.writeUInt16LE(DEFINITION_FLAG_VALID_KEY_NAME, 2);
  header.writeUInt16LE(keyName.length, 4);
  const count = Buffer.alloc(2);
  count.writeUInt16LE(rules.length);
  return Buffer.concat([VERSIONS, header, name, count, ...rules.map(encodeRule)]);
}

function encodeRule({ flags, year, zone }: TimeZoneDefinition['rules'][number]): Buffer {
  const rule = Buffer.alloc(RULE_BYTES);
  VERSIONS.copy(rule);
  rule.writeUInt16LE(RULE_CONTENT, 2);
  rule.writeUInt16LE(flags, RULE_FLAGS_AT);
  rule.writeUInt16LE(year, RULE_YEAR_AT);
  writeBiases(rule, zone, RULE_BIASES_AT);
  writeDate(rule, zone.standardDate, RULE_STANDARD_AT);
  writeDate(rule, zone.daylightDate, RULE_DAYLIGHT_AT);
  return rule;
}

/** A definition of a zone that was always as it is. */
export const timeZoneDefinition = (keyName: string, zone: TimeZone): TimeZoneDefinition => ({
  keyName,
  rules: [{ flags: TZRULE_FLAG_RECUR_CURRENT_TZREG | TZRULE_FLAG_EFFECTIVE_TZREG, year: FIRST_YEAR, zone }],
});

/** Reads a PidLidAppointmentTimeZoneDefinition*; undefined for what is none. */
export function decodeTimeZoneDefinition(bytes: Buffer): TimeZoneDefinition | undefined {
  if (bytes.length < HEADER_AT + 6 || bytes[0] !== VERSIONS[0]) return undefined;
  // The header's length counts from behind itself and ends with the number of rules.
  const countAt = HEADER_AT + bytes.readUInt16LE(2) - 2;
  if (countAt < HEADER_AT + 4 || countAt + 2 > bytes.length) return undefined;
  const nameLength = Math.min(2 * bytes.readUInt16LE(6), countAt - 8);
  const keyName = bytes.toString('utf16le', 8, 8 + nameLength);
  const count = bytes.readUInt16LE(countAt);
  if (count > MAX_RULES || countAt + 2 + count * RULE_BYTES > bytes.length) return undefined;
  const rules = Array.from({ length: count }, (_, index) => decodeRule(bytes, countAt + 2 + index * RULE_BYTES));
  return { keyName, rules: rules.flatMap((rule) => (rule ? [rule] : [])) };
}

function decodeRule(bytes: Buffer, at: number): TimeZoneDefinition['rules'][number] | undefined {
  const rule = bytes.subarray(at, at + RULE_BYTES);
  const zone = soundZone({
    ...readBiases(rule, RULE_BIASES_AT),
    standardDate: readDate(rule, RULE_STANDARD_AT),
    daylightDate: readDate(rule, RULE_DAYLIGHT_AT),
  });
  return zone && { flags: rule.readUInt16LE(RULE_FLAGS_AT), year: rule.readUInt16LE(RULE_YEAR_AT), zone };
}

/** The rule of a definition that recurrences follow: the effective one, or else the newest. */
export const zoneOfDefinition = ({ rules }: TimeZoneDefinition): TimeZone | undefined =>
  (rules.find(({ flags }) => flags & TZRULE_FLAG_EFFECTIVE_TZREG) ?? rules.at(-1))?.zone;
