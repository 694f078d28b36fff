import type { Client } from 'ldapts';
import type { DirectoryAccess, DirectorySettings } from '../../platform/directory-access.ts';
import { close, DirectoryUnavailableError } from './connection.ts';
import { type DirectoryObject, KINDS, type Kind, ObjectReader, type UnusableEntry } from './directory-object.ts';
import { EntryReader, type LdapEntry } from './entry.ts';
import { and, idInFilter } from './filter.ts';
import type { DirectoryMapping, Reference } from './mapping.ts';
import { poolOf } from './pool.ts';
import { readEntry, search } from './search.ts';

/** The server that answers, and how far its history is. */
export interface DirectoryState {
  /** Numbers of changes mean something on this server only; empty where changes are told by time. */
  readonly server: string;
  /** What a later reading may begin at; undefined where it has to read everything. */
  readonly position: string | undefined;
}

/** Times of changes come from several servers; what was changed so long before the last one seen is read again, in ms. */
const CLOCK_SLACK_MS = 3_600_000;
/** Ids that one search asks for. */
const IDS_PER_SEARCH = 50;

/** Reads a directory once, on a connection of its own: a plan must come from one server. */
export class DirectoryReader implements AsyncDisposable {
  readonly kinds: readonly Kind[];
  readonly #settings: DirectorySettings;
  readonly #mapping: DirectoryMapping;
  readonly #client: Client;
  readonly #url: string;
  readonly #open: (url: string) => Promise<Client>;
  readonly #objects: ObjectReader;
  /** The latest time of a change that was seen. */
  #latest = '';

  private constructor(
    access: DirectoryAccess,
    mapping: DirectoryMapping,
    hosted: boolean,
    now: number,
    line: { client: Client; url: string },
  ) {
    const present: Readonly<Record<Kind, unknown>> = {
      company: hosted && mapping.company,
      user: mapping.user,
      contact: mapping.contact,
      group: mapping.group,
      'dynamic group': mapping.dynamicGroup,
    };
    this.kinds = KINDS.filter((kind) => present[kind]);
    this.#settings = access.settings;
    this.#mapping = mapping;
    this.#client = line.client;
    this.#url = line.url;
    this.#open = (url) => poolOf(access).openAt(url);
    this.#objects = new ObjectReader(mapping, now);
  }

  /** Throws {@link DirectoryUnavailableError}. */
  static async open(
    access: DirectoryAccess,
    mapping: DirectoryMapping,
    hosted: boolean,
    now: number,
  ): Promise<DirectoryReader> {
    return new DirectoryReader(access, mapping, hosted, now, await poolOf(access).openService());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return close(this.#client);
  }

  /** Where the history of the directory is before a reading begins. */
  async state(): Promise<DirectoryState> {
    if (this.#mapping.changed.kind === 'time') return { server: '', position: undefined };
    const root = await readEntry(this.#client, '', ['dsServiceName', 'highestCommittedUSN']);
    const reader = root && new EntryReader(root);
    const position = reader?.number('highestCommittedUSN');
    return {
      server: reader?.text('dsServiceName') || this.#url,
      position: position === undefined ? undefined : String(position),
    };
  }

  /** Where the next reading may begin, after everything was read since a state. */
  positionAfter(before: DirectoryState, previous: string | undefined): string | undefined {
    if (this.#mapping.changed.kind === 'usn') return before.position;
    return this.#latest === '' ? previous : this.#latest;
  }

  /** The entries of a kind, all or those that have changed since a position. */
  async *objects(kind: Kind, since?: string): AsyncGenerator<DirectoryObject | UnusableEntry> {
    const { uniqueId, changed } = this.#mapping;
    let nameless = 0;
    const filter = since === undefined ? this.#filter(kind) : and(this.#filter(kind), this.#changedSince(since));
    for await (const entry of this.#search(kind, filter, this.#attributes(kind))) {
      this.#see(entry);
      const object = this.#objects.read(kind, entry);
      if (object) yield object;
      else nameless += 1;
    }
    if (nameless > 0)
      throw new DirectoryUnavailableError(
        `${nameless} entries came without ${uniqueId}; may the one who reads see it (and ${changed.attribute})?`,
      );
  }

  /** The unique ids of all entries of a kind. */
  async *ids(kind: Kind): AsyncGenerator<Buffer> {
    for await (const entry of this.#search(kind, this.#filter(kind), [this.#mapping.uniqueId])) {
      const id = this.#idOf(entry);
      if (!id) throw new DirectoryUnavailableError(`an entry came without ${this.#mapping.uniqueId}`);
      yield id;
    }
  }

  /** Those of some ids that are there, asked for one by one: what a search of everything has lost is found this way. */
  async existing(kind: Kind, ids: readonly Buffer[]): Promise<Buffer[]> {
    const { uniqueId } = this.#mapping;
    const found: Buffer[] = [];
    for (let start = 0; start < ids.length; start += IDS_PER_SEARCH) {
      const any = ids.slice(start, start + IDS_PER_SEARCH).map((id) => `(${uniqueId}=${idInFilter(id, uniqueId)})`);
      const filter = and(this.#filter(kind), `(|${any.join('')})`);
      for await (const entry of this.#search(kind, filter, [uniqueId])) {
        const id = this.#idOf(entry);
        if (id) found.push(id);
      }
    }
    return found;
  }

  /** The unique ids of those whom a dynamic group's filter finds among the entries that are read at all. */
  async membersFound({ base, filter }: { readonly base: string; readonly filter: string }): Promise<Buffer[]> {
    const found: Buffer[] = [];
    const how = { settings: this.#settings, url: this.#url, open: this.#open };
    const what = { base: base || this.#settings.baseDn, filter, attributes: [this.#mapping.uniqueId] };
    for await (const entry of search(this.#client, what, how)) {
      const id = this.#idOf(entry);
      if (id) found.push(id);
    }
    return found;
  }

  #search(kind: Kind, filter: string, attributes: readonly string[]): AsyncGenerator<LdapEntry> {
    const base = this.#mappingOf(kind).base ?? this.#settings.baseDn;
    return search(
      this.#client,
      { base, filter, attributes },
      { settings: this.#settings, url: this.#url, open: this.#open },
    );
  }

  #idOf = (entry: LdapEntry): Buffer | undefined => entry.attributes.get(this.#mapping.uniqueId.toLowerCase())?.[0];

  #see(entry: LdapEntry): void {
    const { attribute, kind } = this.#mapping.changed;
    if (kind !== 'time') return;
    const time = new EntryReader(entry).text(attribute);
    // Generalized times of one form are in the order of their texts.
    if (/^\d{14}(\.\d+)?Z$/.test(time) && time > this.#latest) this.#latest = time;
  }

  #changedSince(position: string): string {
    const { attribute, kind } = this.#mapping.changed;
    if (kind === 'usn') return `(${attribute}>=${Number(position) + 1})`;
    const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(position) ?? [];
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number);
    const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second) - CLOCK_SLACK_MS);
    return `(${attribute}>=${at.toISOString().replace(/[-:T]|\.\d+/g, '')})`;
  }

  #mappingOf(kind: Kind) {
    const { user, contact, group, dynamicGroup, company } = this.#mapping;
    return { user, contact: contact!, group, 'dynamic group': dynamicGroup!, company: company! }[kind];
  }

  #filter(kind: Kind): string {
    return this.#mappingOf(kind).filter;
  }

  #attributes(kind: Kind): string[] {
    const { uniqueId, changed, properties } = this.#mapping;
    const further = kind === 'user' || kind === 'contact' ? Object.values(properties) : [];
    const names = new Set([uniqueId, changed.attribute, ...further, ...attributesOf(this.#mappingOf(kind))]);
    return [...names];
  }
}

/** Names of attributes in a mapping: everything but filters, bases and how references are meant. */
function attributesOf(mapping: object): string[] {
  return Object.entries(mapping).flatMap(([key, value]): string[] => {
    if (key === 'filter' || key === 'base' || key === 'by' || value === undefined) return [];
    if (value === 'always') return [];
    if (value === 'group-type') return ['groupType'];
    if (value === 'active-directory') return ['userAccountControl', 'accountExpires'];
    if (typeof value === 'string') return [value];
    if (Array.isArray(value))
      return value.flatMap((item: string | Reference) => (typeof item === 'string' ? [item] : [item.attribute]));
    return attributesOf(value as object);
  });
}
