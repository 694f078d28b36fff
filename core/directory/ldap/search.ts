import { type Client, type Entry, NoSuchObjectError } from 'ldapts';
import type { DirectorySettings } from '../../platform/directory-access.ts';
import { close, DirectoryUnavailableError } from './connection.ts';
import type { LdapEntry } from './entry.ts';

/** What is looked for. */
export interface Search {
  readonly base: string;
  readonly filter: string;
  readonly attributes: readonly string[];
}

/** How a search is done. */
export interface SearchHow {
  readonly settings: DirectorySettings;
  /** Where the connection leads; servers that this one refers to are asked under the same protection. */
  readonly url: string;
  /** Opens a connection to a server that this one refers to, as the one who reads. */
  readonly open: (url: string) => Promise<Client>;
}

/** Servers may refer to each other in circles. */
const MOST_REFERRALS = 16;

/**
 * All entries that a search finds, page by page (RFC 2696). Throws if the answer
 * is not whole: an error of the server, a limit of its own, a connection that
 * ended and was made anew, without anybody bound to it.
 */
export async function* search(client: Client, what: Search, how: SearchHow): AsyncGenerator<LdapEntry> {
  try {
    const references = new Set<string>();
    yield* searchHere(client, what, how.settings, references);
    if (how.settings.referrals === 'follow') yield* searchThere(references, what, how);
  } catch (error) {
    if (error instanceof DirectoryUnavailableError || !(error instanceof Error)) throw error;
    throw new DirectoryUnavailableError(`the directory gave no whole answer: ${error.message}`, { cause: error });
  }
}

async function* searchHere(
  client: Client,
  { base, filter, attributes }: Search,
  { pageSize }: DirectorySettings,
  references: Set<string>,
): AsyncGenerator<LdapEntry> {
  const pages = client.searchPaginated(base, {
    scope: 'sub',
    filter,
    attributes: [...attributes],
    explicitBufferAttributes: everything,
    paged: { pageSize },
  });
  for await (const { searchEntries, searchReferences } of pages) {
    if (!client.isBound) throw new DirectoryUnavailableError('the connection ended in the middle of a search');
    for (const reference of searchReferences) references.add(reference);
    for (const found of searchEntries) {
      const entry = toEntry(found);
      yield isPartial(entry) ? await wholeEntry(client, entry) : entry;
    }
  }
}

async function* searchThere(
  references: ReadonlySet<string>,
  what: Search,
  { settings, url, open }: SearchHow,
): AsyncGenerator<LdapEntry> {
  const secured = settings.startTls || url.startsWith('ldaps:');
  const done = new Set<string>();
  const waiting = [...references];
  for (let reference = waiting.shift(); reference !== undefined; reference = waiting.shift()) {
    const found = /^(ldaps?:\/\/[^/?]+)\/([^?]*)/i.exec(reference);
    if (!found) throw new DirectoryUnavailableError('the directory refers to something that is no LDAP server');
    const [, server, base] = found as unknown as [string, string, string];
    if (done.has(reference)) continue;
    done.add(reference);
    if (done.size > MOST_REFERRALS) throw new DirectoryUnavailableError('the directory refers to too many servers');
    if (secured && !settings.startTls && !server.toLowerCase().startsWith('ldaps:'))
      throw new DirectoryUnavailableError('the directory refers to a server without encryption');
    const client = await open(server);
    try {
      const further = new Set<string>();
      yield* searchHere(
        client,
        { ...what, base: base === '' ? what.base : decodeURIComponent(base) },
        settings,
        further,
      );
      waiting.push(...further);
    } finally {
      await close(client);
    }
  }
}

/** One entry by its DN; undefined if there is none. */
export async function readEntry(
  client: Client,
  dn: string,
  attributes: readonly string[],
): Promise<LdapEntry | undefined> {
  try {
    const { searchEntries } = await client.search(dn, {
      scope: 'base',
      attributes: [...attributes],
      explicitBufferAttributes: everything,
    });
    return searchEntries[0] && toEntry(searchEntries[0]);
  } catch (error) {
    if (error instanceof NoSuchObjectError) return undefined;
    throw error;
  }
}

/** All values come as bytes: what they mean is the mapping's matter, and servers spell attributes as they like. */
class Everything extends Array<string> {
  override includes(): boolean {
    return true;
  }
}
const everything = new Everything();

function toEntry(entry: Entry): LdapEntry {
  const attributes = new Map<string, Buffer[]>();
  for (const name in entry) {
    const value = entry[name] as Buffer | Buffer[] | undefined;
    if (name === 'dn' || value === undefined || value.length === 0) continue;
    attributes.set(name.toLowerCase(), Array.isArray(value) ? value : [value]);
  }
  return { dn: entry.dn, attributes };
}

/** Active Directory gives large attributes in parts (MS-ADTS 3.1.1.3.1.3.3): `member;range=0-1499`, the last one `member;range=3000-*`. */
const RANGE = /^(.+);range=(\d+)-(\d+|\*)$/;

function isPartial({ attributes }: LdapEntry): boolean {
  for (const name of attributes.keys()) if (name.includes(';range=')) return true;
  return false;
}

async function wholeEntry(client: Client, entry: LdapEntry): Promise<LdapEntry> {
  const attributes = new Map<string, readonly Buffer[]>();
  for (const [name, values] of entry.attributes) {
    const match = RANGE.exec(name);
    if (!match) {
      if (!attributes.has(name)) attributes.set(name, values);
      continue;
    }
    const [, plain, , last] = match as unknown as [string, string, string, string];
    const all = [...values];
    for (let end = last; end !== '*'; ) {
      const more = await readEntry(client, entry.dn, [`${plain};range=${Number(end) + 1}-*`]);
      const next = [...(more?.attributes ?? [])].find(([key]) => RANGE.exec(key)?.[1] === plain);
      if (!next) throw new DirectoryUnavailableError(`the directory gave only a part of ${plain}`);
      all.push(...next[1]);
      end = RANGE.exec(next[0])![3]!;
    }
    attributes.set(plain, all);
  }
  return { dn: entry.dn, attributes };
}
