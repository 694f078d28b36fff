/**
 * Readers of a site's settings. A reader takes the value found at a path of the
 * JSON (or undefined) and answers the typed value, or throws a {@link SiteError}
 * that names the path, so that a typo never becomes a silent default.
 */
export type Reader<T> = (value: unknown, path: string) => T;

/** A setting of the site is missing, unknown or makes no sense. */
export class SiteError extends Error {
  override readonly name = 'SiteError';
}

function refuse(path: string, expected: string, value: unknown): never {
  const found = value === undefined ? 'it is missing' : `found ${JSON.stringify(value)}`;
  throw new SiteError(`Setting ${path || '(whole)'} must be ${expected}; ${found}.`);
}

/** A string that matches `pattern`; `expected` completes "must be …". */
export function text(pattern: RegExp, expected: string): Reader<string> {
  return (value, path) => (typeof value === 'string' && pattern.test(value) ? value : refuse(path, expected, value));
}

/** A whole number between two bounds, both allowed. */
export function whole(least: number, most: number): Reader<number> {
  return (value, path) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : refuse(path, `a whole number from ${least} to ${most}`, value);
}

/** A number between two bounds in steps. */
export function stepped(least: number, most: number, step: number): Reader<number> {
  return (value, path) =>
    typeof value === 'number' && value >= least && value <= most && Number.isInteger(value / step)
      ? value
      : refuse(path, `a number from ${least} to ${most} in steps of ${step}`, value);
}

export const yesOrNo: Reader<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : refuse(path, 'true or false', value);

/** One of a few literals. */
export function oneOf<const T extends string | number>(...choices: readonly T[]): Reader<T> {
  return (value, path) =>
    choices.find((choice) => choice === value) ?? refuse(path, `one of ${choices.join(', ')}`, value);
}

/** An array of at least `least` items without repetition. */
export function list<T>(item: Reader<T>, least = 0): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < least) refuse(path, `a list of at least ${least}`, value);
    const items = (value as unknown[]).map((entry, index) => item(entry, `${path}[${index}]`));
    if (new Set(items).size !== items.length) refuse(path, 'a list without repetitions', value);
    return items;
  };
}

/** A setting that may be left out. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, path) => (value === undefined ? undefined : reader(value, path));
}

/** A setting with a default, which goes through the same reader. */
export function withDefault<T>(fallback: T, reader: Reader<T>): Reader<T> {
  return (value, path) => (value === undefined ? fallback : reader(value, path));
}

type Shape = Readonly<Record<string, Reader<unknown>>>;
export type Read<S extends Shape> = { readonly [K in keyof S]: ReturnType<S[K]> };

/** An object with exactly the settings of `shape`; one left out counts as empty. */
export function settings<S extends Shape>(shape: S): Reader<Read<S>> {
  return (value, path) => {
    const given = value ?? {};
    if (typeof given !== 'object' || Array.isArray(given)) refuse(path, 'an object', value);
    const known = Object.keys(shape);
    for (const key of Object.keys(given)) {
      if (!known.includes(key)) {
        throw new SiteError(`Setting ${join(path, key)} is unknown; known here: ${known.join(', ')}.`);
      }
    }
    const entries = known.map((key) => [key, shape[key]!((given as Record<string, unknown>)[key], join(path, key))]);
    return Object.fromEntries(entries) as Read<S>;
  };
}

function join(path: string, key: string): string {
  return path ? `${path}.${key}` : key;
}
