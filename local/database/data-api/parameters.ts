import mysql, { type TypedParameterValue } from 'mysql2';
import { DataApiError } from './errors.ts';

/** One member is set. The service model's union `Field`, as JSON carries it. */
export interface FieldJson {
  readonly isNull?: boolean | null;
  readonly booleanValue?: boolean | null;
  readonly longValue?: number | null;
  readonly doubleValue?: number | string | null;
  readonly stringValue?: string | null;
  readonly blobValue?: string | null;
  readonly arrayValue?: unknown;
}

export interface SqlParameterJson {
  readonly name?: string;
  readonly value?: FieldJson;
  readonly typeHint?: string;
}

export type BoundValue = string | number | boolean | Buffer | null | TypedParameterValue;

/** The values of a statement's parameters in the order of its question marks. */
export function bind(names: readonly string[], parameters: readonly SqlParameterJson[]): BoundValue[] {
  const values = new Map<string, BoundValue>();
  for (const parameter of parameters) {
    const { name } = parameter;
    if (typeof name !== 'string' || name === '') throw bad('A parameter has no name');
    if (values.has(name)) throw bad(`Parameter ${name} is given twice`);
    values.set(name, boundValue(parameter));
  }
  const bound = names.map((name) => {
    const value = values.get(name);
    if (value === undefined) throw bad(`Cannot find parameter: ${name}`);
    return value;
  });
  if (values.size > 0) {
    const used = new Set(names);
    for (const name of values.keys()) {
      if (!used.has(name)) throw bad(`The statement has no parameter :${name}`);
    }
  }
  return bound;
}

function boundValue({ name, value, typeHint }: SqlParameterJson): BoundValue {
  if (value === undefined || value === null) throw bad(`Parameter ${name} has no value`);
  if (typeHint !== undefined && typeHint !== null) checkHint(name, value, typeHint);
  if (value.isNull) return null;
  if (typeof value.stringValue === 'string') return value.stringValue;
  if (typeof value.blobValue === 'string') return Buffer.from(value.blobValue, 'base64');
  if (typeof value.longValue === 'number') {
    if (!Number.isSafeInteger(value.longValue)) throw bad(`Parameter ${name}: longValue isn't an exact integer`);
    return mysql.TypedParameter.BIGINT(value.longValue);
  }
  if (typeof value.doubleValue === 'number') return mysql.TypedParameter.DOUBLE(value.doubleValue);
  if (typeof value.doubleValue === 'string') throw bad(`Parameter ${name}: doubleValue must be finite`);
  if (typeof value.booleanValue === 'boolean') return value.booleanValue;
  if (value.arrayValue !== undefined && value.arrayValue !== null) {
    throw bad(`Parameter ${name}: Array parameters are not supported.`);
  }
  throw bad(`Parameter ${name} has no value`);
}

const HINT_FORMS: Readonly<Record<string, RegExp>> = {
  DATE: /^\d{4}-\d{2}-\d{2}$/,
  TIME: /^\d{2}:\d{2}:\d{2}(\.\d{1,6})?$/,
  TIMESTAMP: /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?$/,
  DECIMAL: /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/,
  UUID: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
  JSON: /^/,
};

/** A type hint says how a string is meant; the string must have that type's form. */
function checkHint(name: string | undefined, value: FieldJson, typeHint: string): void {
  const form = HINT_FORMS[typeHint];
  if (form === undefined) throw bad(`Parameter ${name}: unknown type hint ${typeHint}`);
  if (value.isNull) return;
  if (typeof value.stringValue !== 'string') throw bad(`Parameter ${name}: a type hint needs a stringValue`);
  if (!form.test(value.stringValue)) throw bad(`Parameter ${name}: the value isn't a ${typeHint}`);
  if (typeHint === 'JSON') {
    try {
      JSON.parse(value.stringValue);
    } catch {
      throw bad(`Parameter ${name}: the value isn't JSON`);
    }
  }
}

function bad(message: string): DataApiError {
  return new DataApiError('BadRequestException', message);
}
