import { createHash } from 'node:crypto';
import { ConfigurationError } from '../../platform/configuration.ts';
import type { DirectoryAccess } from '../../platform/directory-access.ts';
import type { Platform } from '../../platform/platform.ts';
import { DirectoryUnavailableError } from '../ldap/connection.ts';
import { type DirectoryObject, isUsable, type Kind, type UnusableEntry } from '../ldap/directory-object.ts';
import { DirectoryReader } from '../ldap/directory-reader.ts';
import { isWithin } from '../ldap/dn.ts';
import { mappingOf } from '../ldap/profiles/index.ts';
import { type KnownEntry, knownEntries, ownPrincipals } from './known.ts';
import { type Plan, Planner } from './plan.ts';
import { Resolver, type WantedRelations } from './relations.ts';
import { type Action, MOST_STEPS, type SyncReport } from './report.ts';
import { SyncLock, type SyncState } from './state.ts';
import { SyncWriter } from './write.ts';

/** How to synchronise. */
export interface SyncOptions {
  /** Only says what would be done. */
  readonly dryRun?: boolean;
  /** Reads everything, also where reading the changes would do. */
  readonly full?: boolean;
  /** A person has looked at the plan: removals, renames and reused ids are done, however many they are. */
  readonly consent?: boolean;
}

const NOTHING: SyncReport = {
  outcome: 'busy',
  read: 'nothing',
  found: {},
  counts: {},
  steps: [],
  held: [],
  heldCount: 0,
};

/**
 * Brings users, groups, contacts and companies from the directory. One runs at a
 * time. Nothing is written before the directory was read to its end, by one
 * server; what looks like a mishap is held and told, the rest is done. May be
 * repeated, and stopped anywhere. Throws {@link DirectoryUnavailableError},
 * {@link ConfigurationError}.
 */
export async function synchronise(platform: Platform, options: SyncOptions = {}): Promise<SyncReport> {
  const { directory, database, log } = platform;
  if (!directory) throw new ConfigurationError('The server keeps its own users; there is no directory.');
  const lock = await SyncLock.take(database);
  if (!lock) {
    log.info({}, 'another directory synchronisation runs');
    return NOTHING;
  }
  const started = platform.clock.now();
  const before = database.roundTrips;
  try {
    const report = await new Run(platform, directory, lock, options).run();
    tell(platform, report, database.roundTrips - before, platform.clock.now() - started);
    return report;
  } finally {
    await lock.release();
  }
}

/** What is held is worth an alarm: the field is what the alarm looks for (infra/directory.ts). */
function tell({ log }: Platform, report: SyncReport, statements: number, milliseconds: number): void {
  const { outcome, read, found, counts, held, heldCount } = report;
  const troubles = [...new Set(held.map(({ trouble }) => trouble))];
  const fields = { outcome, read, found, counts, held: heldCount, statements, milliseconds };
  if (heldCount === 0) log.info(fields, 'directory synchronised');
  else log.warn({ ...fields, troubles, alarm: 'directory' }, 'directory synchronised, with trouble');
}

/** An object that was read, and its company. */
interface Taken {
  readonly object: Pick<DirectoryObject, 'id' | 'kind' | 'name' | 'references' | 'administrator' | 'membersFound'>;
  readonly companyId: number;
}

class Run {
  readonly #platform: Platform;
  readonly #access: DirectoryAccess;
  readonly #lock: SyncLock;
  readonly #options: SyncOptions;
  readonly #found: Partial<Record<Kind, number>> = {};
  readonly #taken: Taken[] = [];
  /** Companies by their entries' DNs; the id is 0 for one that is still to be made. */
  readonly #companies: { readonly dn: string; readonly id: number }[] = [];

  constructor(platform: Platform, access: DirectoryAccess, lock: SyncLock, options: SyncOptions) {
    this.#platform = platform;
    this.#access = access;
    this.#lock = lock;
    this.#options = options;
  }

  async run(): Promise<SyncReport> {
    const { database, settings, clock } = this.#platform;
    const mapping = mappingOf(this.#access.settings);
    const mappingDigest = digestOf([mapping, this.#access.settings.baseDn, settings.hosted]);
    const state = await this.#lock.state();
    await using reader = await DirectoryReader.open(this.#access, mapping, settings.hosted, clock.now());
    const server = await reader.state();
    const since = this.#since(state, server.server, mappingDigest);

    // Companies are made before everybody else is read: principals need their numbers.
    const ofCompanies = settings.hosted ? await this.#syncCompanies(reader) : undefined;
    const known = await knownEntries(database);
    const planner = new Planner(
      known.filter(({ kind }) => kind !== 'company'),
      await ownPrincipals(database),
      this.#access.settings,
      { removals: this.#options.consent === true },
    );
    await this.#read(reader, planner, since);
    await this.#confirmMissing(reader, planner);
    const plan = planner.plan();
    const relations = await this.#relations(reader, planner, known);
    const report = await this.#write(planner, plan, relations, known);
    if (report.outcome === 'done')
      await this.#lock.note({
        server: server.server,
        position: reader.positionAfter(server, state.position),
        mapping: mappingDigest,
        full: since === undefined,
      });
    return joined(ofCompanies, { ...report, read: since === undefined ? 'everything' : 'changes' });
  }

  /** Where to begin, or undefined to read everything. */
  #since(state: SyncState, server: string, mapping: Buffer): string | undefined {
    const hours = this.#access.settings.fullHours;
    const fresh = state.fullSeconds !== undefined && state.fullSeconds < hours * 3600;
    const same = state.server === server && state.mapping?.equals(mapping) === true;
    return fresh && same && !this.#options.full && !this.#options.consent ? state.position : undefined;
  }

  async #read(reader: DirectoryReader, planner: Planner, since: string | undefined): Promise<void> {
    const kinds = reader.kinds.filter((kind) => kind !== 'company');
    for (const kind of kinds) {
      this.#found[kind] = 0;
      for await (const found of reader.objects(kind, since)) this.#take(planner, found);
    }
    if (since === undefined) return;
    // Groups that didn't change may name somebody who is new.
    if (planner.brings)
      for (const kind of kinds.filter((one) => one === 'group' || one === 'dynamic group')) {
        const known = new Set(this.#taken.map(({ object }) => object.id.toString('hex')));
        for await (const found of reader.objects(kind))
          if (isUsable(found) && !known.has(found.id.toString('hex'))) this.#relate(found);
      }
    for (const kind of kinds) {
      this.#found[kind] = 0;
      for await (const id of reader.ids(kind)) {
        planner.keep(id);
        this.#count(kind);
      }
    }
  }

  #count(kind: Kind): void {
    this.#found[kind] = (this.#found[kind] ?? 0) + 1;
  }

  #take(planner: Planner, found: DirectoryObject | UnusableEntry): void {
    this.#count(found.kind);
    planner.take(found, this.#companyOf(found.dn));
    if (isUsable(found)) this.#relate(found);
  }

  /** Only what relations need is kept of an object: there may be a hundred thousand. */
  #relate({ id, kind, name, dn, references, administrator, membersFound }: DirectoryObject): void {
    if (kind === 'contact') return;
    this.#taken.push({
      object: {
        id,
        kind,
        name,
        references,
        ...(administrator && { administrator }),
        ...(membersFound && { membersFound }),
      },
      companyId: kind === 'company' ? 0 : this.#companyOf(dn),
    });
  }

  #companyOf(dn: string): number {
    let best: { dn: string; id: number } | undefined;
    for (const company of this.#companies)
      if (isWithin(dn, company.dn) && company.dn.length > (best?.dn.length ?? 0)) best = company;
    return best?.id ?? 0;
  }

  /** What seems to have vanished is asked for once more: a server that finds it now gave half an answer before. */
  async #confirmMissing(reader: DirectoryReader, planner: Planner): Promise<void> {
    const missing = planner.missing();
    // So many are beyond all limits: nothing is removed anyway, unless a person consents.
    if (missing.length > MOST_CONFIRMED && !this.#options.consent) return;
    for (const [kind, entries] of Map.groupBy(missing, (entry) => entry.kind)) {
      if (!reader.kinds.includes(kind)) continue;
      const found = await reader.existing(
        kind,
        entries.map(({ id }) => id),
      );
      if (found.length > 0)
        throw new DirectoryUnavailableError(
          `the directory left out ${found.length} entries of kind ${kind} that it has; nothing is changed`,
        );
    }
  }

  /** The relations that differ from those that were written last. */
  async #relations(
    reader: DirectoryReader,
    planner: Planner,
    known: readonly KnownEntry[],
  ): Promise<WantedRelations[]> {
    const companies = known.filter(({ kind, gone }) => kind === 'company' && !gone);
    const resolver = new Resolver([...planner.everybody(), ...companies]);
    const byId = new Map(known.map((entry) => [entry.id.toString('hex'), entry]));
    const wanted: WantedRelations[] = [];
    for (const { object, companyId } of this.#taken) {
      const found = object.membersFound ? await reader.membersFound(object.membersFound) : [];
      const before = byId.get(object.id.toString('hex'));
      // Names that a company says are those of its own people.
      const within = object.kind === 'company' ? (before?.principalId ?? 0) : companyId;
      const relations = resolver.wanted(object, within, found);
      // A new object without relations needs no writing.
      const same = before ? before.relations.equals(relations.digest) && !before.gone : false;
      if (same || (!before && relations.children.size === 0 && relations.administrator === undefined)) continue;
      if (before?.relations.equals(NOTHING_RELATED) && relations.children.size === 0 && object.kind !== 'company')
        continue;
      wanted.push(relations);
      const members = [...relations.children.values()].reduce((sum, ids) => sum + ids.length, 0);
      planner.step('members', object.kind, object.name, `${members} in its lists`);
    }
    return wanted;
  }

  async #write(
    planner: Planner,
    plan: Plan,
    relations: readonly WantedRelations[],
    known: readonly KnownEntry[],
  ): Promise<SyncReport> {
    const { database, log } = this.#platform;
    const report: SyncReport = {
      outcome: this.#options.dryRun ? 'planned' : 'done',
      read: 'everything',
      found: this.#found,
      counts: plan.counts,
      steps: plan.steps,
      held: plan.held,
      heldCount: plan.heldCount,
    };
    for (const step of plan.steps) log.debug(step, 'directory step');
    for (const held of plan.held) log.warn(held, 'directory trouble');
    if (this.#options.dryRun) return report;
    const writer = new SyncWriter(database, this.#lock);
    const deactivated = new Set(plan.deactivated);
    await writer.remove(plan.removals);
    await writer.change(plan.changes, deactivated);
    await writer.add(plan.additions);
    if (relations.length > 0) {
      const now = plan.additions.length > 0 ? await knownEntries(database) : known;
      await writer.relate(relations, new Map(now.map(({ id, principalId }) => [id.toString('hex'), principalId])));
    }
    for (const name of await writer.forget(this.#access.settings.graceDays))
      planner.step('forget', 'user', name, 'its mailbox is kept without an owner');
    return report;
  }

  /** The companies, with a plan of their own; a company that vanishes keeps everybody in it. */
  async #syncCompanies(reader: DirectoryReader): Promise<Plan> {
    const { database } = this.#platform;
    const ofCompanies = async () => (await knownEntries(database)).filter(({ kind }) => kind === 'company');
    const planner = new Planner(await ofCompanies(), await ownPrincipals(database), this.#access.settings, {
      removals: this.#options.consent === true,
    });
    const dns = new Map<string, string>();
    this.#found.company = 0;
    for await (const found of reader.objects('company')) {
      dns.set(found.id.toString('hex'), found.dn);
      this.#take(planner, found);
    }
    await this.#confirmMissing(reader, planner);
    const plan = planner.plan();
    if (!this.#options.dryRun) {
      const writer = new SyncWriter(database, this.#lock);
      await writer.remove(plan.removals);
      await writer.change(plan.changes, new Set());
      await writer.add(plan.additions);
    }
    for (const { id, principalId, gone } of await ofCompanies()) {
      const dn = dns.get(id.toString('hex'));
      if (dn !== undefined && !gone) this.#companies.push({ dn, id: principalId });
    }
    return plan;
  }
}

/** The report with what was done to companies before. */
function joined(ofCompanies: Plan | undefined, report: SyncReport): SyncReport {
  if (!ofCompanies) return report;
  const counts = { ...report.counts };
  for (const [action, count] of Object.entries(ofCompanies.counts) as [Action, number][])
    counts[action] = (counts[action] ?? 0) + count;
  return {
    ...report,
    counts,
    steps: [...ofCompanies.steps, ...report.steps].slice(0, MOST_STEPS),
    held: [...ofCompanies.held, ...report.held].slice(0, MOST_STEPS),
    heldCount: ofCompanies.heldCount + report.heldCount,
  };
}

/** Entries that are asked for once more before they are removed. */
const MOST_CONFIRMED = 5_000;

const NOTHING_RELATED = Buffer.alloc(16);

const digestOf = (value: unknown): Buffer =>
  createHash('sha256').update(JSON.stringify(value)).digest().subarray(0, 16);
