import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import type { Session } from '../../../cli/connection/session.ts';
import { poolOf } from '../../../core/directory/ldap/pool.ts';
import { findPrincipal } from '../../../core/directory/principal.ts';
import type { SyncReport } from '../../../core/directory/sync/report.ts';
import {
  KCERR_NO_ACCESS,
  KCERR_NO_SUPPORT,
  KCERR_NONE,
  KCERR_NOT_FOUND,
  KCERR_NOT_IMPLEMENTED,
  KCERR_PLUGIN_ERROR,
} from '../../../core/mapi/error-codes.ts';
import { ensureMailbox } from '../../../core/store/lazy-mailbox.ts';
import { Slapd } from '../../../local/directory/slapd.ts';
import { type DescribedStore, describeStore } from '../../cli/mailbox/described-store.ts';
import { accessTo, aGroup, aPerson, base, change, passwordOf, personDn } from '../directory/sync/a-directory.ts';
import { aUser, codeOf, createUser, openSite } from './site.ts';

const golden = JSON.parse(readFileSync(new URL('../../golden/cli/stores.json', import.meta.url), 'utf8')) as Record<
  'private',
  DescribedStore
>;

suite('a site with a directory', () => {
  let slapd: Slapd;
  before(async () => {
    slapd = await Slapd.start({
      ldif: base() + ['anna', 'ben', 'carl'].map((uid) => aPerson(uid)).join('') + aGroup('staff', [personDn('anna')]),
    });
  });
  after(() => slapd?.[Symbol.asyncDispose]());

  async function aSite() {
    const site = await openSite();
    const own = await createUser(await site.client(), 'own');
    const directory = accessTo(slapd);
    Object.assign(site.platform, { directory });
    const system = await site.client();
    assert.equal(codeOf(await system.call('syncUsers')), KCERR_NONE);
    return {
      site,
      system,
      own,
      async [Symbol.asyncDispose]() {
        await poolOf(directory).close();
        await site[Symbol.asyncDispose]();
      },
    };
  }

  test('gives a mailbox, whole as the genuine client makes it, when it is first asked for', async () => {
    await using one = await aSite();
    const { site, system } = one;
    assert.equal((await site.platform.database.query('SELECT id FROM store WHERE owner_id > 2')).length, 0);
    const anna = await site.client('anna', passwordOf('anna'));
    const { sStoreId, sRootId } = await anna.call('getStore');
    const store = { storeId: Buffer.from(sStoreId!), rootId: Buffer.from(sRootId!) };
    assert.deepEqual(await describeStore(anna as unknown as Session, store, golden.private), golden.private);
    // The same one for others, and at the second time.
    const found = await system.call('resolveUserStore', { szUserName: 'anna', ulStoreTypeMask: 0, ulFlags: 0 });
    assert.deepEqual(Buffer.from(found.guid!), Buffer.from((await anna.call('getStore')).guid!));
    assert.equal(codeOf(await system.call('resolveUserStore', { szUserName: 'ben' })), KCERR_NONE);
    // The server's own users get theirs from whoever makes them.
    assert.equal(codeOf(await system.call('resolveUserStore', { szUserName: 'own' })), KCERR_NOT_FOUND);
  });

  test('changes nobody of the directory, as the original with its LDAP plugin; its own users it does', async () => {
    await using one = await aSite();
    const { system, own } = one;
    const { ulUserId } = await system.call('resolveUsername', { lpszUsername: 'anna' });
    const { ulGroupId } = await system.call('resolveGroupname', { lpszGroupname: 'staff' });
    const user = (id: number) => ({ ...aUser('anna'), ulUserId: id, lpszFullName: 'Other' });
    for (const answer of [
      await system.call('createUser', { lpsUser: aUser('dora') }),
      await system.call('createGroup', { lpsGroup: { lpszGroupname: 'g', lpszFullname: 'g', lpszFullEmail: '' } }),
      await system.call('setUser', { lpsUser: user(ulUserId!) }),
      await system.call('deleteUser', { ulUserId: ulUserId! }),
      await system.call('groupDelete', { ulGroupId: ulGroupId! }),
      await system.call('addGroupUser', { ulGroupId: ulGroupId!, ulUserId: own.id }),
      await system.call('addSendAsUser', { ulUserId: ulUserId!, ulSenderId: own.id }),
      await system.call('SetQuota', {
        ulUserid: ulUserId!,
        lpsQuota: {
          bUseDefaultQuota: false,
          bIsUserDefaultQuota: false,
          llWarnSize: 1n,
          llSoftSize: 2n,
          llHardSize: 3n,
        },
      }),
    ])
      assert.equal(codeOf(answer), KCERR_NOT_IMPLEMENTED);
    assert.equal(
      codeOf(await system.call('setUser', { lpsUser: { ...user(own.id), lpszUsername: 'own' } })),
      KCERR_NONE,
    );
    assert.equal(codeOf(await system.call('deleteUser', { ulUserId: own.id })), KCERR_NONE);
  });

  test('tells administrators of the system, and nobody else, what a synchronisation would do', async () => {
    await using one = await aSite();
    const { site, system } = one;
    await change(slapd, (client) => client.del(personDn('carl')));
    const { er, szValue } = await system.call('testGet', { name: 'kgc directory plan' });
    assert.equal(er ?? 0, KCERR_NONE);
    const report = JSON.parse(szValue!) as SyncReport;
    assert.deepEqual([report.outcome, report.counts], ['planned', { remove: 1 }]);
    assert.deepEqual(report.steps, [{ action: 'remove', kind: 'user', name: 'carl', detail: 'the mailbox is kept' }]);
    assert.equal(codeOf(await system.call('testPerform', { cmd: 'kgc directory sync', sPerform: [] })), KCERR_NONE);
    assert.equal(codeOf(await system.call('resolveUsername', { lpszUsername: 'carl' })), KCERR_NOT_FOUND);
    const anna = await site.client('anna', passwordOf('anna'));
    for (const client of [anna]) {
      assert.equal(codeOf(await client.call('syncUsers')), KCERR_NO_ACCESS);
      assert.equal(codeOf(await client.call('testGet', { name: 'kgc directory plan' })), KCERR_NO_ACCESS);
      assert.equal(
        codeOf(await client.call('testPerform', { cmd: 'kgc directory sync', sPerform: [] })),
        KCERR_NO_ACCESS,
      );
    }
    assert.equal(codeOf(await system.call('testGet', { name: 'anything' })), KCERR_NO_ACCESS);
    // Who has vanished gets no mailbox any more.
    const gone = await findPrincipal(site.platform.database, [{ sql: "pri.name = 'carl'", parameters: {} }]);
    assert.equal(await ensureMailbox(site.platform, gone!), false);
  });

  test('says so when the directory can’t be read; without one there is no plan', async () => {
    await using one = await aSite();
    const { site, system } = one;
    Object.assign(site.platform, { directory: accessTo(slapd, { urls: ['ldap://127.0.0.1:1'] }) });
    assert.equal(codeOf(await system.call('syncUsers')), KCERR_PLUGIN_ERROR);
    Object.assign(site.platform, { directory: undefined });
    assert.equal(codeOf(await system.call('syncUsers')), KCERR_NONE);
    assert.equal(codeOf(await system.call('testGet', { name: 'kgc directory plan' })), KCERR_NO_SUPPORT);
  });
});
