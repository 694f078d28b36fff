/*
 * JSON that keeps what property values are made of: 64-bit numbers, bytes and
 * floating point numbers without a decimal form are objects with one member,
 * whose name begins with a dollar sign.
 */

type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };

export function toJson(value: unknown): Plain {
  switch (typeof value) {
    case 'bigint':
      return { $i: value.toString() };
    case 'number':
      return Number.isFinite(value) ? value : { $n: String(value) };
    case 'string':
    case 'boolean':
      return value;
    case 'object':
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (Buffer.isBuffer(value)) return { $b: value.toString('base64') };
  if (Array.isArray(value)) return value.map(toJson);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, toJson(member)]));
}

export function fromJson(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(fromJson);
  const members = json as Record<string, unknown>;
  if (typeof members.$i === 'string') return BigInt(members.$i);
  if (typeof members.$n === 'string') return Number(members.$n);
  if (typeof members.$b === 'string') return Buffer.from(members.$b, 'base64');
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, fromJson(member)]));
}
