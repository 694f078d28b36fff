import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CONTAINER_COMPANY } from '../../../core/directory/object-class.ts';
import { insertPrincipal } from '../../../core/directory/principal.ts';
import type { PrincipalDetails, QuotaSettings } from '../../../core/directory/principal-details.ts';
import { QUOTA_HARDLIMIT, QUOTA_SOFTLIMIT, QUOTA_WARN } from '../../../core/directory/quota.ts';
import {
  addRelation,
  RELATION_QUOTA_COMPANY_RECIPIENT,
  RELATION_QUOTA_USER_RECIPIENT,
} from '../../../core/directory/relation.ts';
import { MonitorIncompleteError, monitorQuotas } from '../../../core/mail/quota-monitor.ts';
import { DEFAULT_TEMPLATES } from '../../../core/mail/quota-template.ts';
import { fnevNewMail } from '../../../core/mapi/change-types.ts';
import { entryIdOf, newGuid } from '../../../core/mapi/entry-id.ts';
import { MAPI_FOLDER, MAPI_STORE, STORE_PUBLIC } from '../../../core/mapi/object-types.ts';
import { PR_BODY, PR_MESSAGE_CLASS, PR_SENDER_EMAIL_ADDRESS, PR_SUBJECT } from '../../../core/mapi/tags.ts';
import type { Database, Statements } from '../../../core/platform/database.ts';
import type { Platform } from '../../../core/platform/platform.ts';
import { unpackProperties } from '../../../core/store/property-document.ts';
import { setReceiveFolder } from '../../../core/store/receive-folders.ts';
import { createStore } from '../../../core/store/stores.ts';
import { aMessage, aServer, type Mailbox, open, put, type Server } from '../store/a-server.ts';
import { assertCountersRight } from '../store/recount.ts';

const settings = { postmaster: 'postmaster@example.com', templates: DEFAULT_TEMPLATES, resendHours: 24 };
const HOUR = 3_600_000;
const NO_LIMITS: QuotaSettings = { useDefault: false, warn: 0, soft: 0, hard: 0 };

let server: Server;
let anna: Mailbox;
let ben: Mailbox;
before(async () => {
  server = await aServer();
  anna = await receiving('anna');
  ben = await receiving('ben');
  await put(anna.actor, anna.inbox, aMessage());
});
after(() => server[Symbol.asyncDispose]());

/** Nobody is over, and nobody was ever told. */
beforeEach(async () => {
  const { database } = server.platform;
  await database.execute("UPDATE principal SET details = '{}' WHERE id > 2");
  await database.execute('DELETE FROM quota_notice');
  await database.execute('DELETE FROM delivery');
});

async function receiving(name: string): Promise<Mailbox> {
  const mailbox = await server.mailbox(name);
  await setReceiveFolder(mailbox.actor, await open(mailbox.actor, mailbox.storeEntryId), mailbox.inbox, 'IPM');
  return mailbox;
}

const limit = (principalId: number, limits: Partial<QuotaSettings>): Promise<unknown> =>
  describe(principalId, { quota: { ...NO_LIMITS, ...limits } });
const describe = (id: number, details: PrincipalDetails): Promise<unknown> =>
  server.platform.database.execute('UPDATE principal SET details = :details WHERE id = :id', {
    details: JSON.stringify(details),
    id,
  });

interface Arrived {
  readonly subject: unknown;
  readonly body: string;
  readonly sender: unknown;
}

/** Quota mail in an inbox. */
async function quotaMail(mailbox: Mailbox): Promise<Arrived[]> {
  const { object } = await open(mailbox.actor, mailbox.inbox);
  const rows = await server.platform.database.query<{ props: string; overflow: string | null }>(
    "SELECT props, overflow FROM object WHERE parent_id = :id AND message_class = 'IPM.Note.StorageQuotaWarning' ORDER BY id",
    { id: object.id },
  );
  return rows.map(({ props, overflow }) => {
    const { values } = unpackProperties(props, overflow);
    assert.equal(values.get(PR_MESSAGE_CLASS), 'IPM.Note.StorageQuotaWarning');
    return {
      subject: values.get(PR_SUBJECT),
      body: String(values.get(PR_BODY)),
      sender: values.get(PR_SENDER_EMAIL_ADDRESS),
    };
  });
}
const count = async (mailbox: Mailbox): Promise<number> => (await quotaMail(mailbox)).length;
const run = (platform: Platform = server.platform) => monitorQuotas(platform, settings);

test('one mail for each level and interval, also to a mailbox that is full', async () => {
  const before = await count(anna);
  await limit(anna.principalId, { warn: 1 });
  assert.deepEqual(await run(), { full: 1, mails: 1, failed: 0 });
  assert.deepEqual(await run(), { full: 0, mails: 0, failed: 0 });
  await limit(anna.principalId, { warn: 1, soft: 1 });
  assert.equal((await run()).mails, 1);
  await limit(anna.principalId, { warn: 1, soft: 1, hard: 1 });
  assert.equal((await run()).mails, 1);
  server.clock.time += 23 * HOUR;
  assert.equal((await run()).mails, 0);
  server.clock.time += HOUR;
  assert.equal((await run()).mails, 1);

  const mails = (await quotaMail(anna)).slice(before);
  assert.deepEqual(
    mails.map(({ subject }) => subject),
    [
      'The mailbox of anna is getting full',
      'The mailbox of anna is too full to send mail',
      'The mailbox of anna is full',
      'The mailbox of anna is full',
    ],
  );
  assert.match(mails[0]!.body, /Hello anna Example,/);
  assert.match(mails[0]!.body, /1 B: from here on there are warnings/);
  assert.match(mails[0]!.body, /unlimited: from here on no mail can be sent/);
  assert.equal(mails[0]!.sender, 'postmaster@example.com');
  await assertCountersRight(server.platform.database);
});

test('clients that watch are told of the mail as of any new one', async () => {
  const { store } = await open(ben.actor, ben.storeEntryId);
  await put(ben.actor, ben.inbox);
  await limit(ben.principalId, { warn: 1 });
  await run();
  const news = await server.platform.database.query('SELECT id FROM `change` WHERE store_id = :id AND event = :event', {
    id: store.id,
    event: fnevNewMail,
  });
  assert.equal(news.length, 1);
});

test('eight runs at once deliver one mail', async () => {
  const before = await count(anna);
  await limit(anna.principalId, { soft: 1 });
  const reports = await Promise.all(Array.from({ length: 8 }, () => run(server.another())));
  assert.equal(
    reports.reduce((sum, { mails }) => sum + mails, 0),
    1,
  );
  assert.equal(await count(anna), before + 1);
});

test('a run that dies after any statement is finished by the next, with one mail altogether', async () => {
  for (let survives = 0; ; survives++) {
    await server.platform.database.execute('DELETE FROM quota_notice');
    await server.platform.database.execute('DELETE FROM delivery');
    const before = await count(anna);
    await limit(anna.principalId, { warn: 1 });
    const dying = dyingAfter(server.platform.database, survives);
    const died = await run({ ...server.platform, database: dying }).then(
      () => false,
      () => true,
    );
    await run();
    assert.equal(await count(anna), before + 1, `dead after ${survives} statements`);
    if (!died) break;
    assert.ok(survives < 40);
  }
  await assertCountersRight(server.platform.database);
});

test('the site’s limits are for those for whom nobody has set any', async () => {
  const before = [await count(anna), await count(ben)];
  await limit(ben.principalId, {});
  const platform = {
    ...server.platform,
    settings: { ...server.platform.settings, userQuota: { warn: 1, soft: 0, hard: 0 } },
  };
  assert.equal((await run(platform)).mails, 1);
  assert.deepEqual([await count(anna), await count(ben)], [before[0]! + 1, before[1]]);
});

test('a company’s limits and recipients are for its users, and its own for its administrators', async () => {
  const { database } = server.platform;
  const hosted = { ...server.platform, settings: { ...server.platform.settings, hosted: true } };
  const carla = await receiving('carla');
  await put(carla.actor, carla.inbox);
  const [company] = await Promise.all([companyOf('Acme', carla.principalId)]);
  await database.execute('UPDATE principal SET company_id = :company WHERE id = :id', {
    company,
    id: carla.principalId,
  });
  await database.execute('UPDATE store SET size = 5000000 WHERE owner_id = :company', { company });
  await addRelation(database, { type: RELATION_QUOTA_USER_RECIPIENT, parentId: company, childId: ben.principalId });
  await addRelation(database, { type: RELATION_QUOTA_COMPANY_RECIPIENT, parentId: company, childId: ben.principalId });
  const before = [await count(ben), await count(carla)];
  const counts = async () => [(await count(ben)) - before[0]!, (await count(carla)) - before[1]!];

  await describe(company, { administratorId: carla.principalId, userQuota: { ...NO_LIMITS, warn: 1 } });
  assert.deepEqual(await run(hosted), { full: 1, mails: 2, failed: 0 });
  assert.deepEqual(await counts(), [1, 1]);
  const [told] = (await quotaMail(ben)).slice(-1);
  assert.equal(told!.subject, 'The mailbox of carla@Acme is getting full');
  assert.equal(told!.sender, 'carla@Acme');

  await describe(company, { administratorId: carla.principalId, quota: { ...NO_LIMITS, warn: 4_000_000 } });
  assert.deepEqual(await run(hosted), { full: 1, mails: 2, failed: 0 });
  assert.deepEqual(await counts(), [2, 2]);
  assert.match((await quotaMail(carla)).at(-1)!.body, /public folders of Acme hold 4.77 MB now/);
  await database.execute('UPDATE store SET size = 0 WHERE owner_id = :company', { company });
});

async function companyOf(name: string, administratorId: number): Promise<number> {
  const { id } = await insertPrincipal(
    server.platform.database,
    {
      class: CONTAINER_COMPANY,
      companyId: 0,
      name,
      fullName: name,
      email: '',
      adminLevel: 0,
      hidden: false,
      details: { administratorId },
    },
    null,
  );
  const guid = newGuid();
  await createStore(server.platform, {
    type: STORE_PUBLIC,
    ownerId: id,
    ownerName: name,
    companyId: id,
    storeEntryId: entryIdOf(guid, MAPI_STORE),
    rootEntryId: entryIdOf(guid, MAPI_FOLDER),
  });
  return id;
}

test('nobody over costs one statement, however many users there are', async () => {
  const database = server.platform.database.counted();
  await run({ ...server.platform, database });
  assert.equal(database.roundTrips, 1);
});

test('full stores are told of at once, and every mail is counted', async () => {
  await put(ben.actor, ben.inbox);
  await limit(anna.principalId, { warn: 1 });
  await limit(ben.principalId, { warn: 1 });
  assert.deepEqual(await run(), { full: 2, mails: 2, failed: 0 });
});

test('a store that can’t be told of fails the run, and doesn’t keep the others from hearing', async () => {
  const dora = await server.mailbox('dora');
  await put(dora.actor, dora.inbox);
  await limit(dora.principalId, { hard: 1 });
  await limit(anna.principalId, { hard: 1 });
  const before = await count(anna);
  const broken = failingFor(server.platform, dora);
  await assert.rejects(run(broken), MonitorIncompleteError);
  assert.equal(await count(anna), before + 1);
});

test('levels are those of quotaStatus', async () => {
  for (const [limits, level] of [
    [{ warn: 1 }, QUOTA_WARN],
    [{ warn: 1, soft: 1 }, QUOTA_SOFTLIMIT],
    [{ soft: 2 ** 50, hard: 1 }, QUOTA_HARDLIMIT],
  ] as const) {
    await server.platform.database.execute('DELETE FROM quota_notice');
    await limit(anna.principalId, limits);
    await run();
    assert.deepEqual(await server.platform.database.query('SELECT level FROM quota_notice'), [{ level }]);
  }
});

/** A database whose connection breaks for good after some statements. */
function dyingAfter(database: Database, statements: number): Database {
  let left = statements;
  const spend = (): void => {
    if (left-- <= 0) throw new Error('the function is dead');
  };
  const wrap = (inner: Statements): Statements => ({
    afterCommit: (work) => inner.afterCommit(work),
    query: async (sql, parameters) => {
      spend();
      return inner.query(sql, parameters);
    },
    execute: async (sql, parameters) => {
      spend();
      return inner.execute(sql, parameters);
    },
    batch: async (sql, sets) => {
      spend();
      return inner.batch(sql, sets);
    },
  });
  const dying: Database = {
    ...wrap(database),
    transaction: (work) => database.transaction((inner) => work(wrap(inner))),
    expectTransaction: () => database.expectTransaction(),
    forgoTransaction: () => database.forgoTransaction(),
    get roundTrips() {
      return database.roundTrips;
    },
    counted: () => dying,
  };
  return dying;
}

/** A platform on which nothing can be written into one store. */
function failingFor(platform: Platform, { principalId }: Mailbox): Platform {
  const { database } = platform;
  const wrap = (inner: Statements): Statements => ({
    afterCommit: (work) => inner.afterCommit(work),
    query: async (sql, parameters) => {
      if (parameters && 'recipient' in parameters && parameters.recipient === principalId) throw new Error('broken');
      return inner.query(sql, parameters);
    },
    execute: (sql, parameters) => inner.execute(sql, parameters),
    batch: (sql, sets) => inner.batch(sql, sets),
  });
  const failing: Database = {
    ...wrap(database),
    transaction: (work) => database.transaction(work),
    expectTransaction: () => database.expectTransaction(),
    forgoTransaction: () => database.forgoTransaction(),
    get roundTrips() {
      return database.roundTrips;
    },
    counted: () => failing,
  };
  return { ...platform, database: failing };
}
