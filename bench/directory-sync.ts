/**
 * A directory of 20,000 people and 2,000 groups, some of them in others, from a
 * real OpenLDAP: the first synchronisation, one in which nothing changed, and one
 * that only asks for changes; with statements and memory. Active Directory's shape
 * with --active-directory: the same server with its attributes, not Samba.
 *
 *   node bench/directory-sync.ts [--people N] [--groups N] [--active-directory] [--latency MS]
 */
import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Everybody } from '../core/directory/address-book-page.ts';
import { resolveName } from '../core/directory/name-resolution.ts';
import { seedDirectory } from '../core/directory/seed.ts';
import { synchronise } from '../core/directory/sync/sync.ts';
import { systemClock } from '../core/platform/clock.ts';
import type { DirectorySettings } from '../core/platform/directory-access.ts';
import { openLog } from '../core/platform/pino-log.ts';
import type { Platform } from '../core/platform/platform.ts';
import { migrate } from '../core/store/migrations.ts';
import { ephemeralDatabase, localDatabase } from '../local/database/ephemeral.ts';
import { ROOT_DN, ROOT_PASSWORD, Slapd, SUFFIX } from '../local/directory/slapd.ts';
import {
  accessTo,
  aGroup,
  aPerson,
  base,
  GROUPS,
  ldif,
  PEOPLE,
  personDn,
} from '../test/core/directory/sync/a-directory.ts';

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '20000' },
    groups: { type: 'string', default: '2000' },
    'active-directory': { type: 'boolean', default: false },
    latency: { type: 'string', default: '0' },
  },
});
const people = Number(values.people);
const groups = Number(values.groups);
const activeDirectory = values['active-directory'];

const uid = (number: number): string => `user${String(number).padStart(5, '0')}`;
const guid = (number: number): Buffer => {
  const bytes = Buffer.alloc(16, 7);
  bytes.writeUInt32LE(number);
  return bytes;
};

/** Entries of a real directory were not all changed within its last hour, which is read anew each time. */
const changedAt = (number: number): { readonly modifyTimestamp: string } => {
  const time = new Date(Date.UTC(2025, 0, 1) + (number % 8760) * 3_600_000);
  return { modifyTimestamp: time.toISOString().replace(/[-:T]|\.\d+/g, '') };
};

function* entries(): Generator<string> {
  yield base();
  for (let number = 0; number < people; number += 1) {
    const fields = {
      givenName: `Given${number}`,
      telephoneNumber: `+49 30 ${number}`,
      title: `Title ${number % 17}`,
      l: 'Berlin',
    };
    if (activeDirectory)
      yield ldif(`cn=${uid(number)},${PEOPLE}`, {
        objectClass: ['inetOrgPerson', 'user'],
        objectCategory: 'person',
        cn: uid(number),
        sn: uid(number),
        displayName: `Full ${number}`,
        mail: `${uid(number)}@example.org`,
        sAMAccountName: uid(number),
        objectGUID: guid(number),
        userAccountControl: '512',
        uSNChanged: String(number),
        ...changedAt(number),
        proxyAddresses: [`SMTP:${uid(number)}@example.org`, `smtp:alias${number}@example.org`],
        ...fields,
      });
    else yield aPerson(uid(number), { ...fields, ...changedAt(number), kopanoAliases: `alias${number}@example.org` });
  }
  for (let number = 0; number < groups; number += 1) {
    // Every tenth group has the nine before it as members; the others have people.
    const nested = number % 10 === 9;
    const group = (other: number): string => `cn=group${other},${GROUPS}`;
    const member = (other: number): string => (activeDirectory ? `cn=${uid(other)},${PEOPLE}` : personDn(uid(other)));
    const members = Array.from({ length: nested ? 9 : 20 }, (_, index) =>
      nested ? group(number - 1 - index) : member((number * 20 + index) % people),
    );
    if (activeDirectory)
      yield ldif(group(number), {
        objectClass: 'group',
        objectCategory: 'group',
        cn: `group${number}`,
        sAMAccountName: `group${number}`,
        objectGUID: guid(1_000_000 + number),
        groupType: '-2147483646',
        uSNChanged: String(number),
        ...changedAt(number),
        member: members,
      });
    else yield aGroup(`group${number}`, members, changedAt(number));
  }
}

interface Result {
  readonly seconds: number;
  /** Seconds of processor time of the process, its start included: what is left of the time on a busy machine. */
  readonly processor: number;
  readonly statements: number;
  readonly megabytes: number;
  readonly counts: object;
  readonly found: object;
  readonly heldCount: number;
}

/** One synchronisation in a process of its own, as a function has; what it took is told to the parent. */
async function runOnce(): Promise<void> {
  const { endpoint, schema, settings } = JSON.parse(process.env.DIRECTORY_SYNC_RUN!) as {
    endpoint: string;
    schema: string;
    settings: DirectorySettings;
  };
  const platform: Platform = {
    database: localDatabase(endpoint, schema),
    blobs: undefined as never,
    clock: systemClock,
    log: openLog('bench'),
    settings: { serverName: 'bench', hosted: false, embeddedMessageLimit: 20 },
    directory: { settings, credentials: async () => ({ bindDn: ROOT_DN, password: ROOT_PASSWORD }) },
  };
  const started = performance.now();
  const { counts, found, heldCount } = await synchronise(platform);
  const seconds = (performance.now() - started) / 1000;
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  const { user, system } = process.cpuUsage();
  const processor = (user + system) / 1e6;
  process.send!({ seconds, processor, statements: platform.database.roundTrips, megabytes, counts, found, heldCount });
  process.disconnect();
}

async function runAll(): Promise<void> {
  await using slapd = await Slapd.start({ ldif: [...entries()].join('') });
  await using database = await ephemeralDatabase(
    Number(values.latency) > 0 ? { latencyMs: Number(values.latency) } : {},
  );
  await migrate(database.database);
  await seedDirectory(database.database);
  const profile = activeDirectory ? 'active-directory' : 'openldap';
  const run = async (name: string, budget: number, more: Partial<DirectorySettings> = {}) => {
    const { settings } = accessTo(slapd, { profile, ...more });
    const child = fork(new URL(import.meta.url), {
      // As the function has it (infra/directory.ts); on a large machine Node lets garbage grow instead.
      execArgv: ['--max-semi-space-size=8', '--max-old-space-size=400'],
      env: {
        ...process.env,
        LOG_LEVEL: 'error',
        DIRECTORY_SYNC_RUN: JSON.stringify({ endpoint: database.endpoint, schema: database.schema, settings }),
      },
    });
    const result = await new Promise<Result>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Result));
      child.once('exit', (code) => reject(new Error(`the run ended with ${code}`)));
    });
    const { seconds, processor, statements, megabytes, counts, found, heldCount } = result;
    console.log(
      `${name}: ${seconds.toFixed(1)} s (budget ${budget}; processor ${processor.toFixed(1)} s), ${statements} statements, at most ${megabytes} MB resident, ` +
        `${JSON.stringify(found)}, ${JSON.stringify(counts)}, ${heldCount} held`,
    );
    if (seconds > budget || megabytes > 256 || heldCount > 0) process.exitCode = 1;
  };
  console.log(`${people} people, ${groups} groups, profile ${profile}, below ${SUFFIX}`);
  await run('first', 60);
  await run('unchanged, everything read', 5);
  await run('unchanged, changes read', 5, { fullHours: 24 });

  // What somebody sees who opens the address book: the first page by name, and how many there are.
  const settings = { serverName: 'bench', hosted: false, embeddedMessageLimit: 20 };
  const viewer = { principalId: 3, companyId: 0, adminLevel: 0 };
  const everybody = new Everybody(
    { statements: database.database, viewer, settings },
    { by: 'name', descending: false },
  );
  for (const name of ['cold', 'warm', 'warm']) {
    const before = database.database.roundTrips;
    const started = performance.now();
    const rows = await everybody.from(undefined, 50);
    const paged = performance.now();
    const count = await everybody.count();
    const counted = performance.now();
    const resolved = await resolveName(database.database, viewer, settings, 'user00042', 0);
    console.log(
      `address book of ${count}, ${name}: ${rows.length} rows in ${(paged - started).toFixed(0)} ms, counted in ` +
        `${(counted - paged).toFixed(0)} ms, a name resolved (${resolved.found}) in ${(performance.now() - counted).toFixed(0)} ms, ` +
        `${database.database.roundTrips - before} statements`,
    );
  }
}

if (process.env.DIRECTORY_SYNC_RUN === undefined) {
  await runAll();
  process.exit();
} else await runOnce();
