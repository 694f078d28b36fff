/** An entry as a server gave it: every value in bytes, by attribute name in lower case, options included. */
export interface LdapEntry {
  readonly dn: string;
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>;
}

/** A value that an entry can't be taken with; the reason goes into the plan. */
export interface BadValue {
  readonly attribute: string;
  readonly reason: 'not UTF-8' | 'too large';
}

/** Texts longer than this are no names, addresses or numbers of people. */
export const LONGEST_TEXT_BYTES = 4096;

const strict = new TextDecoder('utf-8', { fatal: true });
// Control characters but line ends: no client shows them, and XML 1.0 can't carry them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/** Reads values of entries; what can't be read is left out and noted. */
export class EntryReader {
  readonly entry: LdapEntry;
  readonly bad: BadValue[] = [];

  constructor(entry: LdapEntry) {
    this.entry = entry;
  }

  values(attribute: string | undefined): readonly Buffer[] {
    return attribute === undefined ? [] : (this.entry.attributes.get(attribute.toLowerCase()) ?? []);
  }

  /** All texts of an attribute, without repetitions. */
  texts(attribute: string | undefined): string[] {
    const texts = new Set<string>();
    for (const value of this.values(attribute)) {
      const text = this.#decode(attribute!, value);
      if (text) texts.add(text);
    }
    return [...texts];
  }

  /** The first text of an attribute, or an empty one. */
  text(attribute: string | undefined): string {
    for (const value of this.values(attribute)) {
      const text = this.#decode(attribute!, value);
      if (text) return text;
    }
    return '';
  }

  /** A whole number; undefined where there is none. */
  number(attribute: string | undefined): number | undefined {
    const text = this.text(attribute);
    return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  /** Whether an attribute says yes: `TRUE`, or a number other than 0. */
  flag(attribute: string | undefined): boolean {
    const text = this.text(attribute).toUpperCase();
    return text === 'TRUE' || text === 'YES' || (/^-?\d+$/.test(text) && Number(text) !== 0);
  }

  /** Bytes of the first value, if they are at most so many. */
  bytes(attribute: string, most: number): Buffer | undefined {
    const [value] = this.values(attribute);
    if (!value || value.length === 0) return undefined;
    if (value.length <= most) return value;
    this.bad.push({ attribute, reason: 'too large' });
    return undefined;
  }

  #decode(attribute: string, value: Buffer): string {
    if (value.length > LONGEST_TEXT_BYTES) {
      this.bad.push({ attribute, reason: 'too large' });
      return '';
    }
    try {
      return strict.decode(value).replace(CONTROLS, '').trim();
    } catch {
      this.bad.push({ attribute, reason: 'not UTF-8' });
      return '';
    }
  }
}
