import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { KopanoError } from '../../mapi/error.ts';
import { KCERR_TOO_COMPLEX } from '../../mapi/error-codes.ts';
import type { Restriction } from '../../mapi/restriction.ts';
import { fromJson, toJson } from '../table/state-json.ts';

/** What a search folder looks for. */
export interface SearchCriteria {
  readonly restriction: Restriction;
  /** Entry ids of the folders that are searched, in the client's order. */
  readonly folders: readonly Buffer[];
  /** Folders below those are searched too. */
  readonly recursive: boolean;
  /** The restriction as the client sent it, to be told the same way; only operations look into it. */
  readonly told: unknown;
}

/** Shorter texts are kept legible. */
const LEGIBLE_CHARACTERS = 4_000;
const COMPRESSED = 'z:';
/** A row of the Data API has 64 KB. Criteria compress to a tenth: room for thousands of conditions and folders. */
export const MOST_CHARACTERS = 60_000;
/** What compressed criteria may grow to. */
const MOST_BYTES = 4_000_000;

/** Throws KCERR_TOO_COMPLEX for criteria that no row has room for. */
export function encodeCriteria(criteria: SearchCriteria): string {
  const json = JSON.stringify(toJson(criteria));
  if (json.length <= LEGIBLE_CHARACTERS) return json;
  const text = json.length <= MOST_BYTES ? `${COMPRESSED}${deflateRawSync(json).toString('base64')}` : undefined;
  if (text === undefined || text.length > MOST_CHARACTERS)
    throw new KopanoError(KCERR_TOO_COMPLEX, 'the search criteria are too long');
  return text;
}

export function decodeCriteria(text: string): SearchCriteria {
  const json = text.startsWith(COMPRESSED)
    ? inflateRawSync(Buffer.from(text.slice(COMPRESSED.length), 'base64'), {
        maxOutputLength: 4 * MOST_BYTES,
      }).toString()
    : text;
  return fromJson(JSON.parse(json)) as SearchCriteria;
}
