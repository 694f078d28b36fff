import { hash } from 'node:crypto';

/*
 * Distinguished names (RFC 4514) are compared by a form of theirs in which what
 * doesn't matter is alike: case, spaces around separators and in runs, how a
 * character is escaped, and the order inside a relative name of several parts.
 */

const HEX_PAIR = /^[0-9a-f]{2}$/i;

/** ASCII without escapes, names of several parts, and the old separator: nearly every DN that there is. */
const PLAIN = /^[ -*,-:<-[\]-~]*$/;

/** Relative names of a DN, each `type=value` in canonical form. */
function relativeNames(dn: string): string[] {
  return PLAIN.test(dn) ? plainNames(dn) : anyNames(dn);
}

/** The same for plain ones, at a tenth of the time: groups name everybody again and again. */
function plainNames(dn: string): string[] {
  const parts = dn.split(',');
  if (isBlank(parts.at(-1)!)) parts.pop();
  return parts.map((part) => {
    const equals = part.indexOf('=');
    const type = part.slice(0, Math.max(equals, 0)).trim().toLowerCase();
    return `${type}=${fold(part.slice(equals + 1).trim())}`;
  });
}

const isBlank = (part: string): boolean => part.trim() === '';

function anyNames(dn: string): string[] {
  const names: string[] = [];
  let parts: string[] = [];
  let bytes: number[] = [];
  let type: string | undefined;
  // Spaces that were escaped belong to the value; others at its ends don't.
  let kept = 0;
  const text = Buffer.from(dn, 'utf8');
  const value = (): string => {
    let end = bytes.length;
    while (end > kept && bytes[end - 1] === 0x20) end -= 1;
    return Buffer.from(bytes.slice(0, end)).toString('utf8');
  };
  const endPart = (): void => {
    parts.push(`${type ?? ''}=${fold(value())}`);
    bytes = [];
    kept = 0;
    type = undefined;
  };
  const endName = (): void => {
    endPart();
    names.push(parts.sort().join('+'));
    parts = [];
  };
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at]!;
    const character = String.fromCharCode(byte);
    if (character === '\\') {
      const pair = text.subarray(at + 1, at + 3).toString('latin1');
      if (HEX_PAIR.test(pair)) {
        bytes.push(Number.parseInt(pair, 16));
        at += 2;
      } else if (at + 1 < text.length) {
        bytes.push(text[at + 1]!);
        at += 1;
      }
      kept = bytes.length;
    } else if (character === '=' && type === undefined) {
      type = value().trim().toLowerCase();
      bytes = [];
      kept = 0;
    } else if (character === ',' || character === ';') endName();
    else if (character === '+') endPart();
    else if (character !== ' ' || bytes.length > 0) bytes.push(byte);
  }
  if (bytes.length > 0 || type !== undefined || parts.length > 0) endName();
  return names;
}

const fold = (value: string): string => value.normalize('NFC').toLowerCase().replace(/ {2,}/g, ' ');

const SEPARATORS = /[,+\\]/g;

/** The form under which DNs are compared. */
export const canonicalDn = (dn: string): string =>
  relativeNames(dn)
    .map((name) => name.replace(SEPARATORS, '\\$&'))
    .join(',');

const KEY_BYTES = 16;

/** A short key of a DN: equal for equal names. */
export const dnKey = (dn: string): Buffer => hash('sha256', canonicalDn(dn), 'buffer').subarray(0, KEY_BYTES);

/** Whether an entry lies below another one, or is it. */
export function isWithin(dn: string, base: string): boolean {
  const inner = relativeNames(dn);
  const outer = relativeNames(base);
  return (
    outer.length <= inner.length && outer.every((name, index) => inner[inner.length - outer.length + index] === name)
  );
}
