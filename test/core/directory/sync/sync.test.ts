import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { synchronise } from '../../../../core/directory/sync/sync.ts';
import type { DirectorySettings } from '../../../../core/platform/directory-access.ts';
import { Slapd, SUFFIX } from '../../../../local/directory/slapd.ts';
import { openSite, type Site } from '../../operations/site.ts';
import { accessTo, aPerson, base, change, ldif, personDn, replace, type Values } from './a-directory.ts';

const place = (name: string): string => `ou=${name},${SUFFIX}`;
const aPlace = (name: string, more: Values = {}): string =>
  ldif(place(name), { objectClass: 'organizationalUnit', ou: name, ...more });
const entry = (rdn: string, parent: string, attributes: Values): string => ldif(`${rdn},${parent}`, attributes);

const KOPANO = place('kopano');
const kopano = (): string =>
  [
    aPlace('kopano'),
    aPerson(
      'anna',
      {
        givenName: 'Anna',
        telephoneNumber: '+49 30 1',
        kopanoAdmin: '1',
        kopanoAliases: ['a@example.org', 'a.demo@example.org'],
        kopanoQuotaOverride: '1',
        kopanoQuotaWarn: '1000',
        kopanoQuotaSoft: '2000',
        kopanoQuotaHard: '3000',
        jpegPhoto: Buffer.from('photo'),
        kopanoDisabledFeatures: 'imap',
      },
      KOPANO,
    ),
    aPerson('ben', { kopanoSendAsPrivilege: 'anna', kopanoHidden: '1' }, KOPANO),
    aPerson('shared', { kopanoSharedStoreOnly: '1' }, KOPANO),
    aPerson('room', { kopanoResourceType: 'Room', kopanoResourceCapacity: '12' }, KOPANO),
    aPerson('beamer', { kopanoResourceType: 'equipment' }, KOPANO),
    aPerson('nobody', { kopanoAccount: '0' }, KOPANO),
    entry('cn=Carla Contact', KOPANO, {
      objectClass: ['inetOrgPerson', 'kopano-contact'],
      cn: 'Carla Contact',
      sn: 'Contact',
      mail: 'carla@elsewhere.example',
    }),
    entry('cn=staff', KOPANO, {
      objectClass: ['groupOfNames', 'kopano-group'],
      cn: 'staff',
      mail: 'staff@example.org',
      kopanoSecurityGroup: '1',
      // Spelt as people spell it: other case, other spaces.
      member: [`UID=anna, OU=kopano, ${SUFFIX}`, personDn('ben', KOPANO), `cn=nowhere,${KOPANO}`],
    }),
    entry('cn=everybody', KOPANO, {
      objectClass: ['groupOfNames', 'kopano-group'],
      cn: 'everybody',
      member: [`cn=staff,${KOPANO}`, `cn=Carla Contact,${KOPANO}`],
    }),
    entry('cn=posix', KOPANO, {
      objectClass: ['posixGroup', 'kopano-group'],
      cn: 'posix',
      gidNumber: '1',
      memberUid: ['ben', 'shared'],
    }),
    entry('cn=admins', KOPANO, {
      objectClass: 'kopano-dynamicgroup',
      cn: 'admins',
      kopanoFilter: '(kopanoAdmin=1)',
      kopanoBase: KOPANO,
    }),
  ].join('');

const AD = place('ad');
const guid = (name: string): Buffer => Buffer.from(name.padEnd(16, '\xff'), 'latin1');
const adUser = (name: string, more: Values = {}): string =>
  entry(`cn=${name}`, AD, {
    objectClass: ['inetOrgPerson', 'user'],
    objectCategory: 'person',
    cn: name,
    sn: name,
    displayName: `Full ${name}`,
    mail: `${name}@example.org`,
    sAMAccountName: name,
    objectGUID: guid(name),
    userAccountControl: '512',
    uSNChanged: '10',
    ...more,
  });
const activeDirectory = (): string =>
  [
    aPlace('ad'),
    adUser('adam', {
      proxyAddresses: ['SMTP:adam@example.org', 'smtp:a.dam@example.org', 'X400:c=DE;a= ;p=Example'],
      kopanoSendAsPrivilege: `cn=berta,${AD}`,
    }),
    adUser('berta'),
    adUser('off', { userAccountControl: '514' }),
    adUser('expired', { accountExpires: '130000000000000000' }),
    adUser('never', { accountExpires: '9223372036854775807' }),
    entry('cn=Sales', AD, {
      objectClass: 'group',
      objectCategory: 'group',
      cn: 'Sales',
      sAMAccountName: 'sales',
      displayName: 'Sales people',
      objectGUID: guid('sales'),
      groupType: '-2147483646',
      uSNChanged: '11',
      member: [`CN=adam,${AD}`, `cn=berta,${AD}`],
    }),
    entry('cn=News', AD, {
      objectClass: 'group',
      objectCategory: 'group',
      cn: 'News',
      sAMAccountName: 'news',
      objectGUID: guid('news'),
      groupType: '2',
      uSNChanged: '12',
      member: [`cn=Sales,${AD}`],
    }),
  ].join('');

const TENANTS = place('tenants');
const tenants = (): string =>
  [
    aPlace('tenants'),
    entry('ou=red', TENANTS, {
      objectClass: ['organizationalUnit', 'kopano-company'],
      ou: 'red',
      kopanoViewPrivilege: 'blue',
      kopanoSystemAdmin: 'rita',
      kopanoUserDefaultQuotaOverride: '1',
      kopanoUserDefaultQuotaHard: '5000',
    }),
    entry('ou=blue', TENANTS, { objectClass: ['organizationalUnit', 'kopano-company'], ou: 'blue' }),
    aPerson('rita', { mail: 'rita@red.example' }, `ou=red,${TENANTS}`),
    aPerson('bob', { mail: 'bob@blue.example' }, `ou=blue,${TENANTS}`),
    // The same name in another company.
    aPerson('rita', { mail: 'rita@blue.example' }, `ou=blue,${TENANTS}`),
  ].join('');

const LATER = place('later');

interface Row {
  readonly id: number;
  readonly name: string;
  readonly class: number;
  readonly full_name: string;
  readonly email: string;
  readonly hidden: number;
  readonly admin_level: number;
  readonly details: string;
  readonly company_id: number;
}

suite('the directory', () => {
  let slapd: Slapd;
  before(async () => {
    slapd = await Slapd.start({
      ldif:
        base() +
        kopano() +
        activeDirectory() +
        tenants() +
        aPlace('later') +
        aPerson('eva', {}, LATER) +
        aPerson('fritz', {}, LATER) +
        aPlace('moved') +
        entry('cn=friends', LATER, {
          objectClass: ['groupOfNames', 'kopano-group'],
          cn: 'friends',
          member: [personDn('eva', LATER), personDn('gerda', LATER)],
        }),
    });
  });
  after(() => slapd?.[Symbol.asyncDispose]());

  const platformOf = (site: Site, settings: Partial<DirectorySettings>) => ({
    ...site.platform,
    directory: accessTo(slapd, settings),
  });
  const principals = async (site: Site): Promise<Map<string, Row>> => {
    const rows = await site.platform.database.query<Row>('SELECT * FROM principal WHERE id > 2 ORDER BY id');
    return new Map(rows.map((row) => [row.name, row]));
  };
  const relations = async (site: Site): Promise<string[]> => {
    const rows = await site.platform.database.query<{ type: number; parent: string; child: string }>(
      `SELECT r.type, p.name AS parent, c.name AS child FROM relation r
       JOIN principal p ON p.id = r.parent_id JOIN principal c ON c.id = r.child_id ORDER BY r.type, p.name, c.name`,
    );
    return rows.map(({ type, parent, child }) => `${type} ${parent} ${child}`);
  };

  test('of OpenLDAP with the Kopano schema brings everything that the schema says', async () => {
    await using site = await openSite();
    const platform = platformOf(site, { baseDn: KOPANO });
    const report = await synchronise(platform);
    assert.deepEqual(report.counts, { add: 10, members: 5 });
    assert.deepEqual(report.found, { user: 5, contact: 1, group: 3, 'dynamic group': 1 });
    const all = await principals(site);
    const classes = Object.fromEntries([...all].map(([name, row]) => [name, row.class]));
    assert.deepEqual(classes, {
      anna: 0x10001,
      ben: 0x10001,
      shared: 0x10002,
      room: 0x10003,
      beamer: 0x10004,
      'Carla Contact': 0x10005,
      staff: 0x30002,
      everybody: 0x30001,
      posix: 0x30001,
      admins: 0x30003,
    });
    const anna = all.get('anna')!;
    assert.deepEqual([anna.full_name, anna.email, anna.admin_level], ['Full anna', 'anna@example.org', 1]);
    assert.deepEqual(JSON.parse(anna.details), {
      properties: { '3a06001e': 'Anna', '3a11001e': 'anna', '3a08001e': '+49 30 1', '8c9e0102': 'cGhvdG8=' },
      lists: { '67b4101e': ['imap'] },
      quota: { useDefault: false, warn: 1000, soft: 2000, hard: 3000 },
      aliases: ['a@example.org', 'a.demo@example.org'],
    });
    assert.equal(all.get('ben')!.hidden, 1);
    assert.equal(JSON.parse(all.get('room')!.details).capacity, 12);
    assert.deepEqual(await relations(site), [
      '1 admins anna',
      '1 everybody Carla Contact',
      '1 everybody staff',
      '1 posix ben',
      '1 posix shared',
      '1 staff anna',
      '1 staff ben',
      '6 ben anna',
    ]);
    // Safe to repeat: a second one changes nothing, and costs few statements.
    const statements = site.platform.database.roundTrips;
    assert.deepEqual((await synchronise(platform)).counts, {});
    assert.ok(site.platform.database.roundTrips - statements <= 8);
  });

  test('of the shape of Active Directory brings users, disabled ones, groups in groups', async () => {
    await using site = await openSite();
    const report = await synchronise(platformOf(site, { baseDn: AD, profile: 'active-directory' }));
    assert.deepEqual([report.counts, report.held], [{ add: 7, members: 3 }, []]);
    const all = await principals(site);
    const classes = Object.fromEntries([...all].map(([name, row]) => [name, row.class]));
    assert.deepEqual(classes, {
      adam: 0x10001,
      berta: 0x10001,
      off: 0x10002,
      expired: 0x10002,
      never: 0x10001,
      sales: 0x30002,
      news: 0x30001,
    });
    assert.deepEqual(JSON.parse(all.get('adam')!.details).aliases, ['a.dam@example.org']);
    assert.equal(all.get('sales')!.full_name, 'Sales people');
    assert.deepEqual(await relations(site), ['1 news sales', '1 sales adam', '1 sales berta', '6 adam berta']);
  });

  test('of many companies brings each with its people, who may have the same names', async () => {
    await using site = await openSite({ hosted: true });
    const platform = platformOf(site, { baseDn: TENANTS });
    const report = await synchronise(platform);
    assert.deepEqual(report.counts, { add: 5, members: 2 });
    const rows = await site.platform.database.query(
      `SELECT p.name, p.email, c.name AS company FROM principal p LEFT JOIN principal c ON c.id = p.company_id
       WHERE p.id > 2 ORDER BY p.email, p.name`,
    );
    assert.deepEqual(rows, [
      { name: 'blue', email: '', company: null },
      { name: 'red', email: '', company: null },
      { name: 'bob', email: 'bob@blue.example', company: 'blue' },
      { name: 'rita', email: 'rita@blue.example', company: 'blue' },
      { name: 'rita', email: 'rita@red.example', company: 'red' },
    ]);
    assert.deepEqual(await relations(site), ['2 red blue']);
    const [red] = await site.platform.database.query<{ details: string }>(
      "SELECT details FROM principal WHERE name = 'red'",
    );
    const { administratorId, userQuota } = JSON.parse(red!.details);
    const [rita] = await site.platform.database.query<{ id: number }>(
      "SELECT id FROM principal WHERE email = 'rita@red.example'",
    );
    assert.deepEqual([administratorId, userQuota.hard], [rita!.id, 5000]);
    assert.deepEqual((await synchronise(platform)).counts, {});
  });

  test('is followed through changes, renames, moves, losses and returns, by its changes alone', async () => {
    await using site = await openSite();
    const sync = (more: Partial<DirectorySettings> = {}) =>
      synchronise(platformOf(site, { baseDn: SUFFIX, mapping: { user: { base: undefined } }, fullHours: 24, ...more }));
    const mapping = {
      user: { filter: `(&(objectClass=kopano-user)(|(uid=eva)(uid=fritz)(uid=gerda)(uid=eve)))` },
      group: { filter: '(cn=friends)' },
      contact: null,
      dynamicGroup: null,
    };
    const step = async () => {
      const { read, counts, held } = await sync({ mapping });
      assert.deepEqual(held, []);
      return { read, counts };
    };
    assert.deepEqual(await step(), { read: 'everything', counts: { add: 3, members: 1 } });
    assert.deepEqual(await step(), { read: 'changes', counts: {} });
    const eva = (await principals(site)).get('eva')!;

    await change(slapd, (client) => replace(client, personDn('eva', LATER), 'title', ['Boss']));
    assert.deepEqual(await step(), { read: 'changes', counts: { change: 1 } });
    await change(slapd, (client) => client.modifyDN(personDn('eva', LATER), `uid=eve,${place('moved')}`));
    const renamed = await step();
    assert.equal(renamed.counts.rename, 1);
    const eve = (await principals(site)).get('eve')!;
    assert.equal(eve.id, eva.id);
    await change(slapd, (client) => client.modifyDN(`uid=eve,${place('moved')}`, `uid=eve,${LATER}`));
    assert.equal((await step()).counts.move, 1);

    // Somebody new is in a group that didn't change.
    await change(slapd, (client) =>
      client.add(personDn('gerda', LATER), {
        objectClass: ['inetOrgPerson', 'kopano-user'],
        uid: 'gerda',
        cn: 'Full gerda',
        sn: 'gerda',
        mail: 'gerda@example.org',
      }),
    );
    await step();
    assert.ok((await relations(site)).includes('1 friends gerda'));

    // Who is gone can't log on, is in no group, and comes back as the same one.
    const id = (await principals(site)).get('gerda')!.id;
    await change(slapd, (client) => client.del(personDn('gerda', LATER)));
    assert.equal((await step()).counts.remove, 1);
    const gone = (await principals(site)).get('gerda')!;
    assert.deepEqual([gone.id, gone.class, gone.hidden], [id, 0x10002, 1]);
    assert.ok(!(await relations(site)).some((relation) => relation.includes('gerda')));
    assert.deepEqual((await step()).counts, {});

    // After the grace the principal goes; the log of the address book has told of it.
    await site.platform.database.execute(
      'UPDATE directory_entry SET vanished = UTC_TIMESTAMP(3) - INTERVAL 31 DAY WHERE principal_id = :id',
      { id },
    );
    await step();
    assert.equal((await principals(site)).has('gerda'), false);
  });

  test('is read by one at a time, and a lock of one who died is taken over', async () => {
    await using site = await openSite();
    const platform = platformOf(site, { baseDn: KOPANO });
    const reports = await Promise.all([synchronise(platform), synchronise(platform)]);
    assert.deepEqual(reports.map(({ outcome }) => outcome).sort(), ['busy', 'done']);
    assert.equal((await principals(site)).size, 10);
    await site.platform.database.execute(
      "UPDATE directory_sync SET holder = 'dead', until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND",
    );
    assert.equal((await synchronise(platform)).outcome, 'done');
  });
});
