import { KopanoError } from '../mapi/error.ts';
import { KCERR_TOO_BIG } from '../mapi/error-codes.ts';

/** Quota of a mailbox; sizes in bytes, 0: no limit. */
export interface QuotaSettings {
  /** Ask the next level: the company, then the site. */
  readonly useDefault: boolean;
  readonly warn: number;
  readonly soft: number;
  readonly hard: number;
}

/** What is known of a principal beyond its columns; kept as one JSON document. */
export interface PrincipalDetails {
  /** Seats of a room, pieces of an equipment. */
  readonly capacity?: number;
  /** Of a company: the principal who administers it; without one, SYSTEM. */
  readonly administratorId?: number;
  /** Further addresses that mail arrives under. */
  readonly aliases?: readonly string[];
  readonly quota?: QuotaSettings;
  /** Of a company: what its users have by default. */
  readonly userQuota?: QuotaSettings;
  /** Further properties of the address book by tag (8 hex digits); binary values in base64. */
  readonly properties?: Readonly<Record<string, string>>;
  /** The same for multi-valued properties. */
  readonly lists?: Readonly<Record<string, readonly string[]>>;
}

/** The Data API carries rows of at most 64 KB, with the columns beside and quotes escaped. */
export const MAX_DETAILS_BYTES = 24 * 1024;

export const parseDetails = (document: string): PrincipalDetails => JSON.parse(document) as PrincipalDetails;

/** Throws KCERR_TOO_BIG for what a row can't hold. */
export function printDetails(details: PrincipalDetails): string {
  const document = JSON.stringify(details);
  if (Buffer.byteLength(document) > MAX_DETAILS_BYTES)
    throw new KopanoError(KCERR_TOO_BIG, `the properties of a principal may take ${MAX_DETAILS_BYTES} bytes`);
  return document;
}

const TAG_DIGITS = 8;
const HEXADECIMAL = 16;

/** The key of a tag in the document. */
export const tagKey = (tag: number): string => tag.toString(HEXADECIMAL).padStart(TAG_DIGITS, '0');
export const tagOfKey = (key: string): number => Number.parseInt(key, HEXADECIMAL);
