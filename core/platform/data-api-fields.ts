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

/** A result field as the port gives it. */
export function fromField(field: Field): SqlColumn {
  if (field.stringValue !== undefined) return field.stringValue;
  if (field.longValue !== undefined) return field.longValue;
  if (field.isNull) return null;
  if (field.blobValue !== undefined) {
    const bytes = field.blobValue;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  if (field.doubleValue !== undefined) return field.doubleValue;
  if (field.booleanValue !== undefined) return field.booleanValue ? 1 : 0;
  throw new TypeError('The result has a field of an unknown kind');
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
