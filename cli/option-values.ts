/** Values of options as they are typed, checked before anybody logs on. */
import { InvalidArgumentError } from 'commander';

/** A whole number, 1 or above. */
export function positive(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1) throw new InvalidArgumentError('It takes a whole number above 0.');
  return number;
}

/** A whole number, 0 or above. */
export function count(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.');
  return Number(text);
}

/** `yes` or `no`. */
export function yesOrNo(text: string): boolean {
  if (/^(yes|y|on|true|1)$/i.test(text)) return true;
  if (/^(no|n|off|false|0)$/i.test(text)) return false;
  throw new InvalidArgumentError('It takes yes or no.');
}

/** One of some words. */
export const oneOf =
  (...words: readonly string[]) =>
  (text: string): string => {
    const found = words.find((word) => word === text.toLowerCase());
    if (found === undefined) throw new InvalidArgumentError(`It takes ${listed(words)}.`);
    return found;
  };

/** Some of a set of words, parted by commas; the option may be repeated. */
export const someOf =
  (...words: readonly string[]) =>
  (text: string, before: readonly string[] = []): string[] => [...before, ...text.split(',').map(oneOf(...words))];

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

const UNITS: Readonly<Record<string, number>> = { b: 0, k: 1, m: 2, g: 3, t: 4 };
const STEP = 1024;

/** `500M`, `1.5G`, `2048k`, `0` and `none` for no limit; a number alone is in MiB, as kopano-admin took it. */
export function bytes(text: string): number {
  if (/^none$/i.test(text)) return 0;
  const [, number, unit = 'm'] = /^(\d+(?:\.\d+)?)\s*([bkmgt])?(?:i?b)?$/i.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('It takes a size such as 500M, 1.5G or none.');
  const size = Math.round(Number(number) * STEP ** UNITS[unit.toLowerCase()]!);
  if (!Number.isSafeInteger(size)) throw new InvalidArgumentError('That is more than can be counted.');
  return size;
}

/** `2026-12-24`, `2026-12-24 08:30` in the local time zone, or `now`. */
export function time(text: string): Date {
  if (/^now$/i.test(text)) return new Date();
  const [, day, clock = '00:00'] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d))?$/.exec(text.trim()) ?? [];
  const date = day === undefined ? new Date(Number.NaN) : new Date(`${day}T${clock}`);
  // 31 February is March to JavaScript.
  if (Number.isNaN(date.getTime()) || date.getDate() !== Number(day!.slice(8)))
    throw new InvalidArgumentError('It takes a time such as 2026-12-24 or "2026-12-24 08:30".');
  return date;
}

/** A mail address, roughly: what can't be one. */
export function address(text: string): string {
  if (!/^[^\s@<>"]+@[^\s@<>"]+$/.test(text)) throw new InvalidArgumentError('It takes a mail address.');
  return text;
}

/** An option that may be repeated. */
export const repeated = (text: string, before: readonly string[] = []): string[] => [...before, text];
