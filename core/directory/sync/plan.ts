import { hash } from 'node:crypto';
import type { DirectorySettings } from '../../platform/directory-access.ts';
import { type DirectoryObject, isUsable, type Kind, type UnusableEntry } from '../ldap/directory-object.ts';
import { dnKey } from '../ldap/dn.ts';
import { foldName, nameKey } from '../login-name.ts';
import { foldAddress } from '../mail-address.ts';
import { ACTIVE_USER, NONACTIVE_CONTACT, objectTypeOf } from '../object-class.ts';
import { type PrincipalDetails, printDetails } from '../principal-details.ts';
import type { KnownEntry, OwnPrincipal } from './known.ts';
import { type Action, type Held, MOST_STEPS, type Step, type Trouble } from './report.ts';

/** What is to be written of an object. */
export interface Writing {
  readonly kind: Kind;
  readonly id: Buffer;
  readonly dn: string;
  readonly dnKey: Buffer;
  readonly class: number;
  readonly companyId: number;
  readonly name: string;
  /** Undefined for contacts, which have no name to log on with. */
  readonly nameKey: string | undefined;
  readonly fullName: string;
  readonly email: string;
  readonly adminLevel: number;
  readonly hidden: boolean;
  /** JSON, see principal-details.ts. */
  readonly details: string;
  readonly content: Buffer;
}

/** An object that is known, with what is to be written. */
export interface Rewriting {
  readonly known: KnownEntry;
  readonly writing: Writing;
}

/** What is to be done, in this order. */
export interface Plan {
  readonly additions: readonly Writing[];
  readonly changes: readonly Rewriting[];
  readonly removals: readonly KnownEntry[];
  readonly steps: readonly Step[];
  readonly counts: Readonly<Partial<Record<Action, number>>>;
  readonly held: readonly Held[];
  readonly heldCount: number;
  /** Principals who can't log on any more: their sessions end. */
  readonly deactivated: readonly number[];
}

/** What removes nothing: a person has looked and consents. */
export interface Consent {
  readonly removals: boolean;
}

const DIGEST_BYTES = 16;

/** A digest of what is written of an object. */
const digestOf = (parts: readonly unknown[]): Buffer =>
  hash('sha256', JSON.stringify(parts), 'buffer').subarray(0, DIGEST_BYTES);

/** Of an object that is to be looked at again. */
export const NOTHING_WRITTEN: Buffer = Buffer.alloc(DIGEST_BYTES);

const hex = (id: Buffer): string => id.toString('hex');

/** Compares what the directory says with what is known, object by object, and says in the end what is to be done. */
export class Planner {
  readonly #known = new Map<string, KnownEntry>();
  readonly #settings: Pick<DirectorySettings, 'deletions'>;
  readonly #consent: Consent;
  readonly #seen = new Set<string>();
  readonly #twice = new Set<string>();
  readonly #additions = new Map<string, Writing>();
  readonly #changes = new Map<string, Rewriting>();
  readonly #steps: Step[] = [];
  readonly #counts: Partial<Record<Action, number>> = {};
  readonly #held: Held[] = [];
  #heldCount = 0;
  /** Who has a name or address, by its folded form: the id of an object, or empty for one of the server's own. */
  readonly #names = new Map<string, string>();
  readonly #addresses = new Map<string, string>();

  constructor(
    known: readonly KnownEntry[],
    own: readonly OwnPrincipal[],
    settings: Pick<DirectorySettings, 'deletions'>,
    consent: Consent,
  ) {
    for (const entry of known) {
      this.#known.set(hex(entry.id), entry);
      if (entry.email !== '' && !entry.gone) this.#claim(this.#addresses, foldAddress(entry.email), hex(entry.id));
    }
    for (const { nameKey: key, email } of own) {
      this.#names.set(key, '');
      if (email !== '') this.#addresses.set(foldAddress(email), '');
    }
    this.#settings = settings;
    this.#consent = consent;
  }

  #claim(claims: Map<string, string>, what: string, id: string): string {
    const holder = claims.get(what);
    if (holder !== undefined) return holder;
    claims.set(what, id);
    return id;
  }

  /** Takes note of an entry that the directory has. `companyId`: see principal.ts. */
  take(found: DirectoryObject | UnusableEntry, companyId: number): void {
    const id = hex(found.id);
    if (this.#seen.has(id)) {
      this.#twiceFound(found, id);
      return;
    }
    this.#seen.add(id);
    if (!isUsable(found)) {
      this.#hold('unusable entry', `${found.kind} ${found.dn}: ${found.problem}`);
      return;
    }
    for (const warning of found.warnings) this.#hold('unusable value', `${found.kind} ${found.name}: ${warning}`);
    const known = this.#known.get(id);
    const writing = this.#writing(found, companyId);
    if (!known) this.#additions.set(id, writing);
    else if (known.nameless !== (writing.nameKey === undefined) || !known.content.equals(writing.content))
      this.#changes.set(id, { known, writing });
  }

  /** An entry is there, and nothing of it has changed. */
  keep(id: Buffer): void {
    this.#seen.add(hex(id));
  }

  /** Whether an entry was seen; of those that weren't, the directory has lost some. */
  missing(): KnownEntry[] {
    return [...this.#known].flatMap(([id, entry]) => (this.#seen.has(id) || entry.gone ? [] : [entry]));
  }

  hold(trouble: Trouble, detail: string): void {
    this.#hold(trouble, detail);
  }

  step(action: Action, kind: Kind, name: string, detail = ''): void {
    this.#counts[action] = (this.#counts[action] ?? 0) + 1;
    if (this.#steps.length < MOST_STEPS) this.#steps.push({ action, kind, name, detail });
  }

  /** Whether objects are to be added or come back, so that groups that didn't change may have more members. */
  get brings(): boolean {
    return (
      this.#additions.size > 0 ||
      [...this.#changes.values()].some(({ known, writing }) => known.gone || !known.dnKey.equals(writing.dnKey))
    );
  }

  /** Everybody who is known or will be, with the number of those who are. */
  *everybody(): Generator<{ id: Buffer; dnKey: Buffer; name: string; class: number; companyId: number }> {
    for (const [id, entry] of this.#known) {
      const { writing } = this.#changes.get(id) ?? {};
      if (this.#seen.has(id)) yield { ...entry, ...writing };
    }
    yield* this.#additions.values();
  }

  /** What is to be done, once everything was taken. */
  plan(): Plan {
    const removals = this.#allowedRemovals();
    this.#refuseReusedIds();
    this.#refuseManyRenames();
    this.#refuseTakenNames(removals);
    this.#refuseTakenAddresses(removals);
    this.#tell(removals);
    const changes = [...this.#changes.values()];
    return {
      additions: [...this.#additions.values()],
      changes,
      removals,
      steps: this.#steps,
      counts: this.#counts,
      held: this.#held,
      heldCount: this.#heldCount,
      deactivated: [
        ...removals,
        ...changes.filter(({ writing }) => writing.class !== ACTIVE_USER).map(({ known }) => known),
      ]
        .filter((entry) => entry.class === ACTIVE_USER)
        .map(({ principalId }) => principalId),
    };
  }

  #hold(trouble: Trouble, detail: string): void {
    this.#heldCount += 1;
    if (this.#held.length < MOST_STEPS) this.#held.push({ trouble, detail });
  }

  /** Which of two entries is meant can't be known: neither is taken. */
  #twiceFound(found: DirectoryObject | UnusableEntry, id: string): void {
    const first = this.#additions.get(id) ?? this.#changes.get(id)?.writing;
    // The search of another kind may find the same entry; the first one counts.
    if (first && dnKey(found.dn).equals(first.dnKey)) return;
    const known = this.#known.get(id);
    if (!first && known?.dnKey.equals(dnKey(found.dn))) return;
    this.#additions.delete(id);
    this.#changes.delete(id);
    if (this.#twice.has(id)) return;
    this.#twice.add(id);
    this.#hold('id twice', `${found.kind} ${found.dn} has the id of another entry; both are left as they are`);
  }

  #writing(object: DirectoryObject, companyId: number): Writing {
    const details = printDetails(object.details);
    const key = object.class === NONACTIVE_CONTACT ? undefined : nameKey(object.class, companyId, object.name);
    const written = {
      kind: object.kind,
      id: object.id,
      dn: object.dn.slice(0, LONGEST_DN),
      dnKey: dnKey(object.dn),
      class: object.class,
      companyId,
      name: object.name,
      nameKey: key,
      fullName: object.fullName,
      email: object.email,
      adminLevel: object.adminLevel,
      hidden: object.hidden,
      details,
    };
    const { id: _id, dnKey: _key, nameKey: _name, ...said } = written;
    return { ...written, content: digestOf([said]) };
  }

  // -------------------------------------------------------------------------
  // What is not done

  /** Removals stop where they are more than anybody means: beyond both limits, or most of a kind, or every user. */
  #allowedRemovals(): KnownEntry[] {
    const missing = this.missing();
    if (missing.length === 0 || this.#consent.removals) return missing;
    const alive = [...this.#known.values()].filter(({ gone }) => !gone);
    const reason = this.#tooMany(missing.length, alive.length) ?? this.#mostOfAKind(missing, alive);
    if (reason === undefined) return missing;
    this.#hold(
      'too many removals',
      `${missing.length} of ${alive.length} entries are gone from the directory (${reason}); none is removed`,
    );
    return [];
  }

  #tooMany(count: number, all: number): string | undefined {
    const { objects, percent } = this.#settings.deletions;
    return count > objects && count * 100 > percent * all
      ? `more than ${objects} and more than ${percent} %`
      : undefined;
  }

  #mostOfAKind(missing: readonly KnownEntry[], alive: readonly KnownEntry[]): string | undefined {
    for (const [kind, entries] of Map.groupBy(missing, (entry) => entry.kind)) {
      const all = alive.filter((entry) => entry.kind === kind).length;
      if (kind === 'user' && entries.length === all) return 'every user';
      if (entries.length >= FEW && entries.length * 2 > all) return `most of kind ${kind}`;
    }
    return undefined;
  }

  /** Somebody with another name, address and full name is somebody else, and gets nobody's mailbox. */
  #refuseReusedIds(): void {
    for (const [id, { known, writing }] of this.#changes) {
      if (objectTypeOf(known.class) !== objectTypeOf(writing.class)) {
        this.#changes.delete(id);
        this.#hold('id reused', `${known.kind} ${known.name} became ${writing.kind} ${writing.name} (${writing.dn})`);
      } else if (this.#consent.removals || known.kind !== 'user') continue;
      else if (
        foldName(known.name) !== foldName(writing.name) &&
        foldName(known.fullName) !== foldName(writing.fullName) &&
        foldAddress(known.email) !== foldAddress(writing.email) &&
        !known.dnKey.equals(writing.dnKey)
      ) {
        this.#changes.delete(id);
        this.#hold(
          'id reused',
          `${known.kind} ${known.name} (${known.fullName}) would become ${writing.name} (${writing.fullName})`,
        );
      }
    }
  }

  #refuseManyRenames(): void {
    if (this.#consent.removals) return;
    const renamed = [...this.#changes].filter(([, change]) => isRenamed(change) && !change.known.gone);
    const alive = [...this.#known.values()].filter(({ gone }) => !gone).length;
    const reason = this.#tooMany(renamed.length, alive);
    if (reason === undefined) return;
    for (const [id] of renamed) this.#changes.delete(id);
    this.#hold(
      'too many renames',
      `${renamed.length} of ${alive} entries have another name (${reason}); they are left as they are`,
    );
  }

  /** A name belongs to the one who has it and keeps it; of new ones, to the first. */
  #refuseTakenNames(removals: readonly KnownEntry[]): void {
    const vanishing = new Set(removals.map(({ id }) => hex(id)));
    for (const [id, entry] of this.#known) {
      if (entry.class === NONACTIVE_CONTACT || this.#changes.has(id) || vanishing.has(id) || entry.nameless) continue;
      if (entry.gone) continue;
      this.#names.set(nameKey(entry.class, entry.companyId, entry.name), id);
    }
    for (const keeps of [true, false])
      for (const [id, change] of this.#changes)
        if (isRenamed(change) !== keeps) this.#requireName(id, change.writing, this.#changes);
    for (const [id, writing] of this.#additions) this.#requireName(id, writing, this.#additions);
  }

  #requireName(id: string, { kind, name, nameKey: key, dn }: Writing, from: Map<string, unknown>): void {
    if (key === undefined) return;
    const holder = this.#claim(this.#names, key, id);
    if (holder === id) return;
    from.delete(id);
    this.#hold(
      'name taken',
      `${kind} ${name} (${dn}): ${holder === '' ? 'the server keeps one of this name itself' : 'another entry has the name'}`,
    );
  }

  /** Mail for one must not reach another: the address stays with the one who had it first. */
  #refuseTakenAddresses(removals: readonly KnownEntry[]): void {
    for (const { id, email } of removals)
      if (this.#addresses.get(foldAddress(email)) === hex(id)) this.#addresses.delete(foldAddress(email));
    for (const [id, { known, writing }] of this.#changes) {
      const before = foldAddress(known.email);
      if (before !== foldAddress(writing.email) && this.#addresses.get(before) === id) this.#addresses.delete(before);
    }
    const written: [id: string, writing: Writing][] = [
      ...[...this.#changes].map(([id, { writing }]) => [id, writing] as [string, Writing]),
      ...this.#additions,
    ];
    // Primary addresses go before further ones, whoever has them.
    for (const [id, { email }] of written) if (email !== '') this.#claim(this.#addresses, foldAddress(email), id);
    for (const [id, writing] of written) {
      const checked = this.#withOwnAddresses(id, writing);
      if (checked === writing) continue;
      const change = this.#changes.get(id);
      if (change) this.#changes.set(id, { known: change.known, writing: checked });
      else this.#additions.set(id, checked);
    }
  }

  #withOwnAddresses(id: string, writing: Writing): Writing {
    const holds = (address: string): boolean => this.#claim(this.#addresses, foldAddress(address), id) === id;
    if (writing.email === '' && !writing.details.includes('"aliases"')) return writing;
    const details = JSON.parse(writing.details) as PrincipalDetails;
    const email = writing.email === '' || holds(writing.email) ? writing.email : '';
    const aliases = (details.aliases ?? []).filter(holds);
    if (email === writing.email && aliases.length === (details.aliases ?? []).length) return writing;
    const lost = [...(email === writing.email ? [] : [writing.email]), ...(details.aliases ?? [])].filter(
      (address) => !aliases.includes(address),
    );
    this.#hold(
      'address taken',
      `${writing.kind} ${writing.name} doesn't get ${lost.join(', ')}, which somebody else has`,
    );
    const { aliases: _all, ...rest } = details;
    return {
      ...writing,
      email,
      details: printDetails({ ...rest, ...(aliases.length > 0 && { aliases }) }),
      // Looked at again each time everything is read: the other one may give the address up.
      content: NOTHING_WRITTEN,
    };
  }

  // -------------------------------------------------------------------------

  #tell(removals: readonly KnownEntry[]): void {
    for (const { kind, name, fullName, email } of this.#additions.values())
      this.step('add', kind, name, [fullName, email].filter(Boolean).join(', '));
    for (const change of this.#changes.values()) {
      const { known, writing } = change;
      if (known.gone) this.step('return', writing.kind, writing.name);
      else if (isRenamed(change)) this.step('rename', writing.kind, known.name, `to ${writing.name}`);
      else if (known.class === ACTIVE_USER && writing.class !== ACTIVE_USER)
        this.step('deactivate', writing.kind, writing.name);
      else if (known.class !== ACTIVE_USER && writing.class === ACTIVE_USER)
        this.step('activate', writing.kind, writing.name);
      else if (!known.dnKey.equals(writing.dnKey)) this.step('move', writing.kind, writing.name, `to ${writing.dn}`);
      else this.step('change', writing.kind, writing.name);
    }
    for (const { kind, name } of removals) this.step('remove', kind, name, 'the mailbox is kept');
  }
}

/** The column's length. */
const LONGEST_DN = 2048;
/** So few may be the most of a kind. */
const FEW = 3;

const isRenamed = ({ known, writing }: Rewriting): boolean =>
  writing.nameKey !== undefined && foldName(known.name) !== foldName(writing.name);
