import type { Field, SqlParameter } from '@aws-sdk/client-rds-data';
import type { SqlColumn, SqlParameters, SqlValue } from './database.ts';

/** The parameters as the service takes them. */
export function toParameters(parameters: SqlParameters): SqlParameter[] {
  const list: SqlParameter[] = [];
  for (const name in parameters) list.push({ name, value: toField(name, parameters[name] as SqlValue) });
  return list;
}

function toField(name: string, value: SqlValue): Field {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`Parameter ${name} is ${value}, which SQL doesn't know`);
      return Number.isSafeInteger(value) ? { longValue: value } : { doubleValue: value };
    case 'boolean':
      return { booleanValue: value };
    default:
      if (value === null) return { isNull: true };
      if (value instanceof Uint8Array) return { blobValue: value };
      throw new TypeError(`Parameter ${name} has no value`);
  }
}

/** A field of a result: as the SDK gives it, or with bytes in base64 (./data-api-direct.ts). */
export type RecordField = Field | { readonly blobValue: string };

/** A result field as the port gives it. */
export function fromField(field: RecordField): SqlColumn {
  if ('stringValue' in field && field.stringValue !== undefined) return field.stringValue;
  if ('longValue' in field && field.longValue !== undefined) return exact(field.longValue);
  if ('isNull' in field && field.isNull) return null;
  if (field.blobValue !== undefined) return bytesOf(field.blobValue);
  if ('doubleValue' in field && field.doubleValue !== undefined) return field.doubleValue;
  if ('booleanValue' in field && field.booleanValue !== undefined) return field.booleanValue ? 1 : 0;
  throw new TypeError('The result has a field of an unknown kind');
}

function bytesOf(blob: string | Uint8Array): Buffer {
  if (typeof blob === 'string') return Buffer.from(blob, 'base64');
  return Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
}

/** JSON numbers beyond 2^53 have lost digits by now; better no answer than a wrong one. */
function exact(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError('The result has an integer beyond 2^53; select it as CHAR or BINARY');
}

/** About how many bytes a set of parameters takes in a request; never too few. */
export function parametersSize(parameters: SqlParameters): number {
  let size = 2;
  for (const name in parameters) {
    const value = parameters[name] as SqlValue;
    // {"name":"","value":{"booleanValue":false}}, and the longest form of a number
    size += 64 + name.length;
    if (typeof value === 'string') size += Buffer.byteLength(JSON.stringify(value));
    else if (value instanceof Uint8Array) size += Math.ceil(value.byteLength / 3) * 4;
  }
  return size;
}
