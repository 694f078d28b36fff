import type { ReadonlyProperties } from '../mapi/property.ts';
import { PR_TRANSPORT_MESSAGE_HEADERS } from '../mapi/tags.ts';

/** Lines of the header that a message came with; empty for one that came with none. */
export function headerLines(properties: ReadonlyProperties): string[] {
  const text = properties.get(PR_TRANSPORT_MESSAGE_HEADERS);
  return typeof text === 'string' ? text.split(/\r?\n/) : [];
}

/**
 * Whether a header has one of some patterns: a field's name, a name with the beginning of
 * its value (`X-Spam-Flag: YES`), or the beginning of a name (`X-Amazon*`); whatever the
 * case (the original's inhibit_*_headers).
 */
export function hasHeader(lines: readonly string[], patterns: readonly string[]): boolean {
  const wanted = patterns.map((pattern) => pattern.toLowerCase());
  return lines.some((line) => {
    if (/^\s/.test(line)) return false;
    const folded = line.toLowerCase();
    const colon = folded.indexOf(':');
    if (colon <= 0) return false;
    const name = folded.slice(0, colon);
    return wanted.some((pattern) => {
      if (pattern.endsWith('*')) return folded.startsWith(pattern.slice(0, -1));
      return pattern.includes(':') ? folded.startsWith(pattern) : pattern === name;
    });
  });
}

/** How many servers a mail has passed (RFC 5321 6.3). */
export const hops = (lines: readonly string[]): number => lines.filter((line) => /^received:/i.test(line)).length;

/** Mail that passed more servers than this goes round in a circle (RFC 5321 6.3 wants at least 100). */
export const MAX_HOPS = 100;
