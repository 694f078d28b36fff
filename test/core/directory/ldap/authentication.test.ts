import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { poolOf } from '../../../../core/directory/ldap/pool.ts';
import { synchronise } from '../../../../core/directory/sync/sync.ts';
import { KCERR_END_OF_SESSION, KCERR_LOGON_FAILED, KCERR_NONE } from '../../../../core/mapi/error-codes.ts';
import { perform } from '../../../../core/operations/frame.ts';
import type { DirectorySettings } from '../../../../core/platform/directory-access.ts';
import { readSecret } from '../../../../core/platform/directory-access.ts';
import { Slapd, SUFFIX } from '../../../../local/directory/slapd.ts';
import { codeOf, createUser, LOGON, openSite, type Site } from '../../operations/site.ts';
import { accessTo, aPerson, base, change, ldif, PEOPLE, passwordOf, personDn, replace } from '../sync/a-directory.ts';

const PLACE = `ou=elsewhere,${SUFFIX}`;

suite('a user of the directory', () => {
  let slapd: Slapd;
  before(async () => {
    slapd = await Slapd.start({
      tls: true,
      ldif:
        base() +
        ldif(PLACE, { objectClass: 'organizationalUnit', ou: 'elsewhere' }) +
        ['anna', 'ben', 'carl', 'dora'].map((uid) => aPerson(uid)).join('') +
        aPerson('box', { kopanoSharedStoreOnly: '1' }),
    });
  });
  after(() => slapd?.[Symbol.asyncDispose]());

  async function aSite(more: Partial<DirectorySettings> = {}) {
    const site = await openSite();
    const errors: object[] = [];
    const log = { ...site.platform.log, error: (fields: object) => void errors.push(fields) };
    let platform = { ...site.platform, log, directory: accessTo(slapd, more) };
    return {
      site,
      errors,
      sync: () => synchronise(platform),
      /** From now on the directory is reached in another way. */
      reachedBy(settings: Partial<DirectorySettings>) {
        platform = { ...platform, directory: accessTo(slapd, settings) };
      },
      call: (operation: string, args: object) =>
        perform(platform, { request: { operation, args } as never, door: 'public', address: '192.0.2.1' }),
      async logon(szUsername: string, szPassword: string | undefined) {
        return codeOf(await this.call('logon', { ...LOGON, szUsername, szPassword }));
      },
      async [Symbol.asyncDispose]() {
        await poolOf(platform.directory).close();
        await site[Symbol.asyncDispose]();
      },
    };
  }

  const failuresOf = async (site: Site): Promise<number> =>
    (await site.platform.database.query('SELECT subject FROM logon_failure')).length;

  test('logs on with the password that the directory knows, in three statements', async () => {
    await using one = await aSite();
    await one.sync();
    const before = one.site.platform.database.roundTrips;
    assert.equal(await one.logon('anna', passwordOf('anna')), KCERR_NONE);
    assert.ok(one.site.platform.database.roundTrips - before <= 3);
    assert.equal(await one.logon('ANNA', passwordOf('anna')), KCERR_NONE);
    for (const [name, password] of [
      ['anna', ''],
      ['anna', passwordOf('ben')],
      ['nobody', passwordOf('nobody')],
      ['nobody', ''],
      ['box', passwordOf('box')],
      ['uid=anna', passwordOf('anna')],
      ['anna)(uid=*', passwordOf('anna')],
    ] as const)
      assert.equal(await one.logon(name, password), KCERR_LOGON_FAILED, `${name} ${password}`);
  });

  test('is asked for over LDAPS and StartTLS, and only where the certificate is of the authority that is pinned', async () => {
    const ca = readFileSync(slapd.caFile, 'utf8');
    const plain = slapd.url.replace('127.0.0.1', 'localhost');
    await using one = await aSite({ urls: [slapd.secureUrl], ca });
    await one.sync();
    assert.equal(await one.logon('anna', passwordOf('anna')), KCERR_NONE);
    one.reachedBy({ urls: [plain], startTls: true, ca });
    assert.equal(await one.logon('anna', passwordOf('anna')), KCERR_NONE);
    assert.equal(await one.logon('anna', 'wrong'), KCERR_LOGON_FAILED);
    assert.deepEqual(one.errors, []);
    for (const settings of [{ urls: [slapd.secureUrl] }, { urls: [plain], startTls: true }]) {
      one.reachedBy(settings);
      assert.equal(await one.logon('anna', passwordOf('anna')), KCERR_LOGON_FAILED);
    }
    assert.equal(one.errors.length, 2);
  });

  test('comes in while one server of several answers; none is nobody’s fault', async () => {
    const dead = 'ldap://127.0.0.1:1';
    await using one = await aSite({ urls: [dead, slapd.url] });
    await one.sync();
    assert.equal(await one.logon('anna', passwordOf('anna')), KCERR_NONE);
    // The kept connections die with the server; new ones are made when it is back.
    await slapd.kill();
    for (let tries = 0; tries < 5; tries += 1)
      assert.equal(await one.logon('anna', passwordOf('anna')), KCERR_LOGON_FAILED);
    assert.equal(await failuresOf(one.site), 0);
    assert.equal(one.errors.length, 5);
    await slapd.resume();
    assert.equal(await one.logon('anna', passwordOf('anna')), KCERR_NONE);
  });

  test('comes in though renamed or moved since the last synchronisation', async () => {
    await using one = await aSite();
    await one.sync();
    await change(slapd, (client) => client.modifyDN(personDn('ben'), `uid=benjamin,${PLACE}`));
    assert.equal(await one.logon('ben', passwordOf('ben')), KCERR_NONE);
    assert.equal(await one.logon('ben', 'wrong'), KCERR_LOGON_FAILED);
    await one.sync();
    assert.equal(await one.logon('benjamin', passwordOf('ben')), KCERR_NONE);
    assert.equal(await one.logon('ben', passwordOf('ben')), KCERR_LOGON_FAILED);
  });

  test('who is deactivated is out at once, session and all; a new password counts at once', async () => {
    await using one = await aSite();
    await one.sync();
    const session = (await one.call('logon', {
      ...LOGON,
      szUsername: 'carl',
      szPassword: passwordOf('carl'),
    })) as unknown as { ulSessionId: bigint };
    const asked = () => one.call('getStoreType', { ulSessionId: session.ulSessionId, sEntryId: Buffer.alloc(0) });
    assert.notEqual(codeOf(await asked()), KCERR_END_OF_SESSION);
    await change(slapd, (client) => replace(client, personDn('carl'), 'kopanoSharedStoreOnly', ['1']));
    assert.equal((await one.sync()).counts.deactivate, 1);
    assert.equal(codeOf(await asked()), KCERR_END_OF_SESSION);
    assert.equal(await one.logon('carl', passwordOf('carl')), KCERR_LOGON_FAILED);

    await change(slapd, (client) => replace(client, personDn('dora'), 'userPassword', ['new']));
    assert.equal(await one.logon('dora', passwordOf('dora')), KCERR_LOGON_FAILED);
    assert.equal(await one.logon('dora', 'new'), KCERR_NONE);
  });

  test('has no password here: without the directory nobody of it comes in, and the server’s own still do', async () => {
    await using one = await aSite();
    await one.sync();
    const own = await createUser(await one.site.client(), 'own');
    assert.equal(await one.logon('own', own.password), KCERR_NONE);
    assert.equal(
      codeOf(await one.site.logon({ szUsername: 'anna', szPassword: passwordOf('anna') })),
      KCERR_LOGON_FAILED,
    );
  });

  test('nobody reads the directory anonymously', () => {
    for (const secret of [undefined, '', '{}', '{"bindDn":"","password":"x"}', '{"bindDn":"cn=x","password":""}'])
      assert.throws(() => readSecret(secret), /directory secret/);
    assert.ok(PEOPLE.endsWith(SUFFIX));
  });
});
