import { Filter } from 'ldapts';

const TEXT_ID = /^[\x20-\x7e]+$/;
/** Ids whose bytes may happen to look like a text. */
const BINARY_IDS: ReadonlySet<string> = new Set(['objectguid', 'objectsid']);

/** A unique id as a value in a filter (RFC 4515): texts as they are, everything else byte by byte. */
export function idInFilter(id: Buffer, attribute: string): string {
  const text = id.toString('latin1');
  if (!BINARY_IDS.has(attribute.toLowerCase()) && TEXT_ID.test(text)) return Filter.escape(text);
  return [...id].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
}

export const and = (one: string, other: string): string => `(&${one}${other})`;
