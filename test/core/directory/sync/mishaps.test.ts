import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { DirectoryUnavailableError } from '../../../../core/directory/ldap/connection.ts';
import type { SyncReport } from '../../../../core/directory/sync/report.ts';
import { type SyncOptions, synchronise } from '../../../../core/directory/sync/sync.ts';
import type { DirectorySettings } from '../../../../core/platform/directory-access.ts';
import type { Log } from '../../../../core/platform/log.ts';
import { createMailbox } from '../../../../core/store/mailbox.ts';
import { Slapd, SUFFIX } from '../../../../local/directory/slapd.ts';
import { openSite, type Site } from '../../operations/site.ts';
import { accessTo, aPerson, base, change, ldif, person, personDn, replace } from './a-directory.ts';

const CROWD = 30;
const FIVE_MEGABYTES = Buffer.alloc(5 * 1024 * 1024, 0xab);
const INVALID = Buffer.from([0x41, 0xff, 0xfe, 0x42]);

const place = (name: string): string => `ou=${name},${SUFFIX}`;
const aPlace = (name: string, ...people: string[]): string =>
  ldif(place(name), { objectClass: 'organizationalUnit', ou: name }) + people.join('');
const crowd = (name: string): string =>
  aPlace(name, ...Array.from({ length: CROWD }, (_, n) => aPerson(`${name}${n}`, {}, place(name))));
const adPerson = (name: string, place_: string, more: Record<string, string | Buffer>): string =>
  ldif(`cn=${name},${place_}`, {
    objectClass: ['inetOrgPerson', 'user'],
    objectCategory: 'person',
    cn: name,
    sn: name,
    displayName: `Full ${name}`,
    mail: `${name}@example.org`,
    sAMAccountName: name,
    objectGUID: Buffer.from(name.padEnd(16, '.')),
    userAccountControl: '512',
    ...more,
  });

/** Passes on what a server says until it has said so many bytes, and then is gone. */
async function dyingServer(port: number, bytes: number): Promise<{ url: string; server: Server }> {
  const server = createServer((client: Socket) => {
    const upstream = connect(port, '127.0.0.1');
    let said = 0;
    client.on('error', () => undefined).pipe(upstream);
    upstream
      .on('error', () => undefined)
      .on('data', (data: Buffer) => {
        said += data.length;
        if (said > bytes) {
          server.close();
          client.destroy();
          upstream.destroy();
        } else client.write(data);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `ldap://127.0.0.1:${(server.address() as { port: number }).port}`, server };
}

suite('a mishap in the directory', () => {
  let slapd: Slapd;
  before(async () => {
    slapd = await Slapd.start({
      ldif:
        base() +
        ['cut', 'emptied', 'renamed', 'typo'].map(crowd).join('') +
        aPlace('twice', aPerson('first', {}, place('twice')), aPerson('second', {}, place('twice'))) +
        aPlace('reused', adPerson('anna', place('reused'), {}), adPerson('ben', place('reused'), {})) +
        aPlace(
          'heavy',
          adPerson('heavy', place('heavy'), { thumbnailPhoto: FIVE_MEGABYTES, company: FIVE_MEGABYTES }),
          adPerson('light', place('heavy'), { thumbnailPhoto: Buffer.from('a photo') }),
        ) +
        aPlace(
          'invalid',
          adPerson('mangled', place('invalid'), { company: INVALID }),
          adPerson('whole', place('invalid'), { company: 'Whole Ltd.' }),
        ),
    });
  });
  after(() => slapd?.[Symbol.asyncDispose]());

  /** A site whose users come from a part of the directory; `alarms` collects what the log raises. */
  async function aSite(name: string, more: Partial<DirectorySettings> = {}) {
    const site = await openSite();
    const alarms: object[] = [];
    const log: Log = { ...site.platform.log, warn: (fields) => void ('alarm' in fields && alarms.push(fields)) };
    const directory = accessTo(slapd, { baseDn: place(name), ...more });
    const platform = { ...site.platform, log, directory };
    const sync = (options: SyncOptions = {}, other: Partial<DirectorySettings> = {}): Promise<SyncReport> =>
      synchronise({ ...platform, directory: { ...directory, settings: { ...directory.settings, ...other } } }, options);
    return { site, platform, alarms, sync, [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() };
  }

  const everything = async ({ platform }: Pick<Site, 'platform'>) => ({
    principals: await platform.database.query('SELECT * FROM principal ORDER BY id'),
    entries: await platform.database.query('SELECT * FROM directory_entry ORDER BY principal_id'),
    stores: await platform.database.query('SELECT id, guid, owner_id, deleted FROM store ORDER BY id'),
  });

  const troubles = (report: SyncReport): string[] => [...new Set(report.held.map(({ trouble }) => trouble))];

  const ownerOf = async (site: Site, guid: unknown): Promise<string | undefined> => {
    const [row] = await site.platform.database.query<{ name: string }>(
      'SELECT p.name FROM store s JOIN principal p ON p.id = s.owner_id WHERE s.guid = :guid AND s.deleted = 0',
      { guid: guid as Buffer },
    );
    return row?.name;
  };

  /** Gives somebody a mailbox, and answers its GUID. */
  const aMailbox = async (site: Site, name: string): Promise<unknown> => {
    const [owner] = await site.platform.database.query<{ id: number }>('SELECT id FROM principal WHERE name = :name', {
      name,
    });
    await createMailbox(site.platform, { id: owner!.id, name, companyId: 0 });
    const [store] = await site.platform.database.query('SELECT guid FROM store WHERE owner_id = :id', owner!);
    return store!.guid;
  };

  test('a server that dies in the middle of its answer changes nothing', async () => {
    await using one = await aSite('cut', { pageSize: 5 });
    await one.sync();
    await change(slapd, (client) => client.del(personDn('cut0', place('cut'))));
    const before = await everything(one.site);
    for (const bytes of [100, 2_000, 6_000]) {
      const { url, server } = await dyingServer(slapd.ports.plain, bytes);
      await assert.rejects(one.sync({}, { urls: [url] }), DirectoryUnavailableError);
      server.close();
      assert.deepEqual(await everything(one.site), before, `${bytes} bytes`);
    }
    // Another server is there: the same synchronisation is done.
    const { url, server } = await dyingServer(slapd.ports.plain, 1);
    assert.deepEqual((await one.sync({}, { urls: [url, slapd.url] })).counts, { remove: 1 });
    server.close();
  });

  test('a directory that is empty, or a filter that matches nothing, removes nobody', async () => {
    await using one = await aSite('emptied');
    await one.sync();
    const guid = await aMailbox(one.site, 'emptied7');
    const before = await everything(one.site);
    const typo = await one.sync({}, { mapping: { user: { filter: '(objectClass=kopano-usr)' } } });
    assert.deepEqual([typo.counts, troubles(typo)], [{}, ['too many removals']]);
    await change(slapd, async (client) => {
      for (let n = 0; n < CROWD; n += 1) await client.del(personDn(`emptied${n}`, place('emptied')));
    });
    const planned = await one.sync({ dryRun: true });
    assert.deepEqual([planned.outcome, planned.counts, troubles(planned)], ['planned', {}, ['too many removals']]);
    const done = await one.sync();
    assert.deepEqual([done.outcome, done.counts, troubles(done)], ['done', {}, ['too many removals']]);
    assert.deepEqual(await everything(one.site), before);
    assert.equal(one.alarms.length, 3);
    // A person consents: even then the mailbox stays, and stays its owner's.
    assert.deepEqual((await one.sync({ consent: true })).counts, { remove: CROWD });
    assert.equal(await ownerOf(one.site, guid), 'emptied7');
  });

  test('renaming everybody is held, and with consent every mailbox stays with its owner', async () => {
    await using one = await aSite('renamed');
    await one.sync();
    const guid = await aMailbox(one.site, 'renamed3');
    const before = await everything(one.site);
    await change(slapd, async (client) => {
      for (let n = 0; n < CROWD; n += 1) {
        // Everybody gets the next one's name, so that no new name is free.
        await client.modifyDN(personDn(`renamed${n}`, place('renamed')), `uid=temporary${n}`);
      }
      for (let n = 0; n < CROWD; n += 1)
        await client.modifyDN(personDn(`temporary${n}`, place('renamed')), `uid=renamed${(n + 1) % CROWD}`);
    });
    const held = await one.sync();
    assert.deepEqual([held.counts, troubles(held)], [{}, ['too many renames']]);
    assert.deepEqual(await everything(one.site), before);
    assert.equal(one.alarms.length, 1);
    const report = await one.sync({ consent: true });
    assert.deepEqual([report.counts, troubles(report)], [{ rename: CROWD }, []]);
    assert.equal(await ownerOf(one.site, guid), 'renamed4');
    assert.deepEqual((await one.sync()).counts, {});
  });

  test('a mail address stays with the one who had it first', async () => {
    await using one = await aSite('twice');
    await one.sync();
    await change(slapd, (client) => replace(client, personDn('second', place('twice')), 'mail', ['FIRST@example.org']));
    const report = await one.sync();
    assert.deepEqual(troubles(report), ['address taken']);
    assert.equal(one.alarms.length, 1);
    const emails = () => one.platform.database.query('SELECT name, email FROM principal WHERE id > 2 ORDER BY name');
    assert.deepEqual(await emails(), [
      { name: 'first', email: 'first@example.org' },
      { name: 'second', email: '' },
    ]);
    // As soon as the first one gives it up, the second one gets it.
    await change(slapd, (client) => replace(client, personDn('first', place('twice')), 'mail', ['new@example.org']));
    assert.deepEqual(troubles(await one.sync()), []);
    assert.deepEqual(await emails(), [
      { name: 'first', email: 'new@example.org' },
      { name: 'second', email: 'FIRST@example.org' },
    ]);
  });

  test('an id that belongs to somebody else gives nobody a stranger’s mailbox', async () => {
    await using one = await aSite('reused', { profile: 'active-directory' });
    await one.sync();
    const guid = await aMailbox(one.site, 'anna');
    const objectGUID = Buffer.from('anna'.padEnd(16, '.'));
    await change(slapd, async (client) => {
      await client.del(`cn=anna,${place('reused')}`);
      await client.add(`cn=eve,${place('reused')}`, {
        ...(Object.fromEntries(
          Object.entries({
            objectClass: ['inetOrgPerson', 'user'],
            objectCategory: 'person',
            cn: 'eve',
            sn: 'eve',
            displayName: 'Eve Stranger',
            mail: 'eve@example.org',
            sAMAccountName: 'eve',
            userAccountControl: '512',
          }),
        ) as Record<string, string[] | string>),
      });
      await replace(client, `cn=eve,${place('reused')}`, 'objectGUID', [objectGUID]);
    });
    const before = await everything(one.site);
    const report = await one.sync();
    assert.deepEqual([report.counts, troubles(report)], [{}, ['id reused']]);
    assert.deepEqual(await everything(one.site), before);
    assert.equal(await ownerOf(one.site, guid), 'anna');
    assert.equal(one.alarms.length, 1);
    // Two entries with one id: neither is touched.
    await change(slapd, (client) => replace(client, `cn=ben,${place('reused')}`, 'objectGUID', [objectGUID]));
    const twice = await one.sync();
    assert.ok(troubles(twice).includes('id twice'));
    assert.equal(await ownerOf(one.site, guid), 'anna');
  });

  test('five megabytes in an attribute cost the attribute, not the user', async () => {
    await using one = await aSite('heavy', { profile: 'active-directory' });
    const report = await one.sync();
    assert.deepEqual([report.counts, troubles(report)], [{ add: 2 }, ['unusable value']]);
    assert.equal(one.alarms.length, 1);
    const rows = await one.platform.database.query<{ name: string; details: string }>(
      'SELECT name, details FROM principal WHERE id > 2 ORDER BY name',
    );
    assert.deepEqual(
      rows.map(({ name, details }) => [name, JSON.parse(details).properties['8c9e0102']]),
      [
        ['heavy', undefined],
        ['light', Buffer.from('a photo').toString('base64')],
      ],
    );
  });

  test('invalid UTF-8 costs the attribute; in a name it leaves the user as before', async () => {
    await using one = await aSite('invalid', { profile: 'active-directory' });
    const report = await one.sync();
    assert.deepEqual([report.counts, troubles(report)], [{ add: 2 }, ['unusable value']]);
    const before = await everything(one.site);
    const held = await one.sync({}, { mapping: { user: { fullName: 'company', login: 'company' } } });
    assert.ok(troubles(held).includes('unusable entry'));
    const after_ = await everything(one.site);
    const mangled = before.principals.find(({ name }) => name === 'mangled');
    assert.ok(after_.principals.some((row) => JSON.stringify(row) === JSON.stringify(mangled)));
  });

  test('one who may not see the ids stops the synchronisation', async () => {
    await using one = await aSite('typo');
    await one.sync();
    const before = await everything(one.site);
    await assert.rejects(one.sync({}, { mapping: { uniqueId: 'employeeNumber' } }), /came without employeeNumber/);
    assert.deepEqual(await everything(one.site), before);
    // Nor does anybody read anonymously: an empty password would be answered with success and nothing to see.
    assert.equal(person('x').uid, 'x');
  });
});
