import mysql, { type FieldPacket } from 'mysql2';

import { DataApiError } from './errors.ts';
import type { DataApiLimits } from './limits.ts';

// Only a member of the default export where the package is loaded as an ES module.
const { Types } = mysql;

/** A cell as the connection hands it over: big integers, decimals and times come as strings. */
export type Cell = string | number | Buffer | null;

export interface ResultOptions {
  readonly decimalReturnType?: string;
  readonly longReturnType?: string;
}

/** How a column's values are written; one member of the union `Field`. */
type Kind = 'boolean' | 'long' | 'longAsString' | 'double' | 'decimalAsNumber' | 'string' | 'blob';

/** `java.sql.Types` of the kinds of column there are; the service is written in Java and shows it here. */
const JDBC = {
  BIT: -7,
  TINYINT: -6,
  BIGINT: -5,
  LONGVARBINARY: -4,
  VARBINARY: -3,
  BINARY: -2,
  LONGVARCHAR: -1,
  NULL: 0,
  CHAR: 1,
  DECIMAL: 3,
  INTEGER: 4,
  SMALLINT: 5,
  REAL: 7,
  DOUBLE: 8,
  VARCHAR: 12,
  DATE: 91,
  TIME: 92,
  TIMESTAMP: 93,
} as const;

/** The character set id by which the protocol marks bytes that are no text. */
const BINARY_CHARSET = 63;
const FLAG_NOT_NULL = 1;
const FLAG_UNSIGNED = 32;
const FLAG_BINARY = 128;
const FLAG_AUTO_INCREMENT = 512;

/** The JSON array of rows, each an array of `Field`. Throws when a row or the whole is too large. */
export function recordsJson(
  fields: readonly FieldPacket[],
  rows: readonly (readonly Cell[])[],
  options: ResultOptions,
  limits: DataApiLimits,
): string {
  const kinds = fields.map((field) => kindOf(field, options));
  let json = '[';
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as readonly Cell[];
    checkRow(row, limits);
    json += index === 0 ? '[' : ',[';
    for (let column = 0; column < kinds.length; column += 1) {
      if (column > 0) json += ',';
      json += fieldJson(kinds[column] as Kind, row[column] as Cell);
    }
    json += ']';
    if (json.length > limits.responseBytes) throw tooMuch();
  }
  return `${json}]`;
}

/** The rows as `formatRecordsAs: JSON` gives them: one string with an array of objects by column label. */
export function formattedRecords(
  fields: readonly FieldPacket[],
  rows: readonly (readonly Cell[])[],
  options: ResultOptions,
  limits: DataApiLimits,
): string {
  const kinds = fields.map((field) => kindOf(field, options));
  const names = fields.map((field) => `${JSON.stringify(field.name)}:`);
  let json = '[';
  let raw = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as readonly Cell[];
    checkRow(row, limits);
    raw += rowBytes(row);
    if (raw > limits.responseBytes) throw tooMuch();
    json += index === 0 ? '{' : ',{';
    for (let column = 0; column < kinds.length; column += 1) {
      if (column > 0) json += ',';
      json += names[column] + plainJson(kinds[column] as Kind, row[column] as Cell);
    }
    json += '}';
    if (json.length > limits.formattedBytes) throw tooMuch();
  }
  return `${json}]`;
}

export function columnMetadataJson(fields: readonly FieldPacket[]): string {
  return JSON.stringify(fields.map(columnMetadata));
}

export function tooMuch(): DataApiError {
  return new DataApiError('DatabaseErrorException', 'Database returned more than the allowed response size limit');
}

function fieldJson(kind: Kind, value: Cell): string {
  if (value === null) return '{"isNull":true}';
  switch (kind) {
    case 'boolean':
      return isTrue(value) ? '{"booleanValue":true}' : '{"booleanValue":false}';
    // A 64-bit integer comes as a string and goes out as a literal, so that no digit is lost on this side.
    case 'long':
      return `{"longValue":${value}}`;
    case 'longAsString':
      return `{"stringValue":"${value}"}`;
    case 'double':
      return `{"doubleValue":${value}}`;
    case 'decimalAsNumber':
      return String(value).includes('.') ? `{"doubleValue":${Number(value)}}` : `{"longValue":${value}}`;
    case 'blob':
      return `{"blobValue":"${(value as Buffer).toString('base64')}"}`;
    case 'string':
      return `{"stringValue":${JSON.stringify(value)}}`;
  }
}

function plainJson(kind: Kind, value: Cell): string {
  if (value === null) return 'null';
  switch (kind) {
    case 'boolean':
      return String(isTrue(value));
    case 'long':
    case 'double':
      return String(value);
    case 'decimalAsNumber':
      return String(Number(value));
    case 'blob':
      return `"${(value as Buffer).toString('base64')}"`;
    case 'longAsString':
    case 'string':
      return JSON.stringify(String(value));
  }
}

/** BIT(1) comes as a byte, TINYINT(1) as a number. */
function isTrue(value: Cell): boolean {
  return value instanceof Buffer ? value.some((byte) => byte !== 0) : Number(value) !== 0;
}

function kindOf(field: FieldPacket, options: ResultOptions): Kind {
  switch (field.columnType) {
    case Types.BIT:
      return field.columnLength === 1 ? 'boolean' : 'blob';
    case Types.TINY:
      // TINYINT(1) is what BOOLEAN means; the Java driver reports it as a bit.
      return field.columnLength === 1 ? 'boolean' : longKind(options);
    case Types.SHORT:
    case Types.INT24:
    case Types.LONG:
    case Types.LONGLONG:
    case Types.YEAR:
      return longKind(options);
    case Types.FLOAT:
    case Types.DOUBLE:
      return 'double';
    case Types.DECIMAL:
    case Types.NEWDECIMAL:
      return options.decimalReturnType === 'DOUBLE_OR_LONG' ? 'decimalAsNumber' : 'string';
    case Types.DATE:
    case Types.NEWDATE:
    case Types.TIME:
    case Types.DATETIME:
    case Types.TIMESTAMP:
    case Types.JSON:
    case Types.NULL:
      return 'string';
    case Types.GEOMETRY:
      throw new DataApiError(
        'UnsupportedResultException',
        'The result contains the unsupported data type GEOMETRY. Cast it to a supported type.',
      );
    default:
      return field.characterSet === BINARY_CHARSET && field.extendedFormat !== 'json' ? 'blob' : 'string';
  }
}

function longKind(options: ResultOptions): Kind {
  return options.longReturnType === 'STRING' ? 'longAsString' : 'long';
}

function checkRow(row: readonly Cell[], limits: DataApiLimits): void {
  // Most rows are small: an upper bound is cheap, the exact count isn't.
  let bound = 0;
  for (const value of row) {
    if (typeof value === 'string') bound += value.length * 3;
    else if (typeof value === 'object' && value !== null) bound += value.length;
    else bound += 8;
  }
  if (bound <= limits.rowBytes) return;
  const bytes = rowBytes(row);
  if (bytes > limits.rowBytes) {
    throw new DataApiError('DatabaseErrorException', `Packet for query is too large (${bytes} > ${limits.rowBytes})`);
  }
}

function rowBytes(row: readonly Cell[]): number {
  let bytes = 0;
  for (const value of row) {
    if (typeof value === 'string') bytes += Buffer.byteLength(value);
    else if (typeof value === 'object' && value !== null) bytes += value.length;
    else bytes += 8;
  }
  return bytes;
}

function columnMetadata(field: FieldPacket) {
  const flags = typeof field.flags === 'number' ? field.flags : 0;
  const [type, typeName] = jdbcType(field);
  const numeric = type === JDBC.DECIMAL || typeName.includes('INT') || type === JDBC.DOUBLE || type === JDBC.REAL;
  return {
    arrayBaseColumnType: 0,
    isAutoIncrement: (flags & FLAG_AUTO_INCREMENT) !== 0,
    isCaseSensitive: !numeric && (flags & FLAG_BINARY) !== 0,
    isCurrency: false,
    isSigned: numeric && (flags & FLAG_UNSIGNED) === 0,
    label: field.name,
    name: field.orgName || field.name,
    nullable: (flags & FLAG_NOT_NULL) !== 0 ? 0 : 1,
    precision: field.columnLength ?? 0,
    // 31 is the protocol's word for "no fixed number of decimals".
    scale: field.decimals === 31 ? 0 : field.decimals,
    schemaName: '',
    tableName: field.orgTable,
    type,
    typeName,
  };
}

function jdbcType(field: FieldPacket): readonly [number, string] {
  const unsigned = typeof field.flags === 'number' && (field.flags & FLAG_UNSIGNED) !== 0 ? ' UNSIGNED' : '';
  const binary = field.characterSet === BINARY_CHARSET;
  switch (field.columnType) {
    case Types.BIT:
      return [JDBC.BIT, 'BIT'];
    case Types.TINY:
      return field.columnLength === 1 ? [JDBC.BIT, 'BIT'] : [JDBC.TINYINT, `TINYINT${unsigned}`];
    case Types.SHORT:
    case Types.YEAR:
      return [JDBC.SMALLINT, `SMALLINT${unsigned}`];
    case Types.INT24:
      return [JDBC.INTEGER, `MEDIUMINT${unsigned}`];
    case Types.LONG:
      return [JDBC.INTEGER, `INT${unsigned}`];
    case Types.LONGLONG:
      return [JDBC.BIGINT, `BIGINT${unsigned}`];
    case Types.FLOAT:
      return [JDBC.REAL, 'FLOAT'];
    case Types.DOUBLE:
      return [JDBC.DOUBLE, 'DOUBLE'];
    case Types.DECIMAL:
    case Types.NEWDECIMAL:
      return [JDBC.DECIMAL, 'DECIMAL'];
    case Types.DATE:
    case Types.NEWDATE:
      return [JDBC.DATE, 'DATE'];
    case Types.TIME:
      return [JDBC.TIME, 'TIME'];
    case Types.DATETIME:
      return [JDBC.TIMESTAMP, 'DATETIME'];
    case Types.TIMESTAMP:
      return [JDBC.TIMESTAMP, 'TIMESTAMP'];
    case Types.NULL:
      return [JDBC.NULL, 'NULL'];
    case Types.JSON:
      return [JDBC.LONGVARCHAR, 'JSON'];
    case Types.STRING:
      return binary ? [JDBC.BINARY, 'BINARY'] : [JDBC.CHAR, 'CHAR'];
    case Types.VARCHAR:
    case Types.VAR_STRING:
      return binary ? [JDBC.VARBINARY, 'VARBINARY'] : [JDBC.VARCHAR, 'VARCHAR'];
    default:
      return binary ? [JDBC.LONGVARBINARY, 'BLOB'] : [JDBC.LONGVARCHAR, 'TEXT'];
  }
}
