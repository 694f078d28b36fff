import assert from 'node:assert/strict';
import test from 'node:test';
import { QUOTA_WARN } from '../../../core/directory/quota.ts';
import { entryIdOf, newGuid } from '../../../core/mapi/entry-id.ts';
import {
  KCERR_COLLISION,
  KCERR_INVALID_PARAMETER,
  KCERR_LOGON_FAILED,
  KCERR_NO_ACCESS,
  KCERR_NO_SUPPORT,
  KCERR_NONE,
  KCERR_NOT_FOUND,
} from '../../../core/mapi/error-codes.ts';
import { MAPI_FOLDER, MAPI_STORE, STORE_PRIVATE, STORE_PUBLIC } from '../../../core/mapi/object-types.ts';
import { aUser, type Client, codeOf, createUser, NO_ID, openSite, type Site } from './site.ts';

async function createCompany(system: Client, name: string) {
  const { er, ulCompanyId, sCompanyId } = await system.call('createCompany', {
    lpsCompany: { lpszCompanyname: name, ulAdministrator: 0, sAdministrator: NO_ID, ulIsABHidden: 0 },
  });
  assert.equal(er ?? 0, KCERR_NONE);
  return { id: ulCompanyId!, entryId: Buffer.from(sCompanyId!) };
}

/** Two tenants with a user each, and an administrator of the first. */
async function openHosted(): Promise<{
  site: Site;
  system: Client;
  blue: { id: number };
  red: { id: number };
  ids: Record<'anna' | 'admin' | 'rudi', number>;
}> {
  const site = await openSite({ hosted: true });
  const system = await site.client();
  const blue = await createCompany(system, 'blue');
  const red = await createCompany(system, 'red');
  const user = (name: string, ulIsAdmin = 0) => createUser(system, name, { lpszPassword: '', ulIsAdmin });
  const anna = await user('anna@blue');
  const admin = await user('admin@blue', 1);
  const rudi = await user('rudi@red');
  return { site, system, blue, red, ids: { anna: anna.id, admin: admin.id, rudi: rudi.id } };
}

test('without hosted mode there are no companies', async () => {
  await using site = await openSite();
  const system = await site.client();
  const lpsCompany = { lpszCompanyname: 'x', sCompanyId: NO_ID, sAdministrator: NO_ID };
  for (const answer of [
    await system.call('getCompanyList'),
    await system.call('createCompany', { lpsCompany }),
    await system.call('setCompany', { lpsCompany }),
    await system.call('deleteCompany', { ulCompanyId: 3 }),
    await system.call('getCompany', { ulCompanyId: 3 }),
    await system.call('resolveCompanyname', { lpszCompanyname: '' }),
    await system.call('getRemoteViewList'),
    await system.call('getRemoteAdminList'),
    await system.call('addCompanyToRemoteViewList'),
    await system.call('addUserToRemoteAdminList'),
  ])
    assert.equal(codeOf(answer), KCERR_NO_SUPPORT);
});

test('a company is created, found, renamed and deleted with its people', async () => {
  const { site, system, blue, ids } = await openHosted();
  await using _ = site;
  assert.equal((await system.call('resolveCompanyname', { lpszCompanyname: 'BLUE' })).ulCompanyId, blue.id);
  const { lpsCompany } = await system.call('getCompany', { ulCompanyId: blue.id });
  assert.equal(lpsCompany?.lpszCompanyname, 'blue');
  assert.equal(lpsCompany?.ulAdministrator, 2, 'SYSTEM, until somebody else is named');
  const renamed = { ...lpsCompany, lpszCompanyname: 'azure', ulAdministrator: ids.admin, sAdministrator: NO_ID };
  assert.equal(codeOf(await system.call('setCompany', { lpsCompany: renamed })), KCERR_NONE);
  const after = (await system.call('getCompany', { ulCompanyId: blue.id })).lpsCompany;
  assert.equal(after?.lpszCompanyname, 'azure');
  assert.equal(after?.ulAdministrator, ids.admin);
  assert.equal((await system.call('resolveUsername', { lpszUsername: 'anna@azure' })).ulUserId, ids.anna);
  assert.equal(codeOf(await system.call('resolveUsername', { lpszUsername: 'anna@blue' })), KCERR_NOT_FOUND);
  assert.equal(codeOf(await system.call('deleteCompany', { ulCompanyId: blue.id })), KCERR_NONE);
  assert.equal(codeOf(await system.call('getUser', { ulUserId: ids.anna })), KCERR_NOT_FOUND);
  assert.equal((await system.call('getUser', { ulUserId: ids.rudi })).lpsUser?.lpszUsername, 'rudi@red');
});

test('a name needs its company, and may exist in each once', async () => {
  const { site, system } = await openHosted();
  await using _ = site;
  const create = async (name: string) =>
    codeOf(await system.call('createUser', { lpsUser: aUser(name, { lpszPassword: '' }) }));
  assert.equal(await create('anna@red'), KCERR_NONE);
  assert.equal(await create('ANNA@blue'), KCERR_COLLISION);
  assert.equal(await create('anna'), KCERR_INVALID_PARAMETER);
  assert.equal(await create('@blue'), KCERR_INVALID_PARAMETER);
  assert.equal(await create('anna@green'), KCERR_NOT_FOUND);
});

test('tenants do not see each other', async () => {
  const { site, red, ids } = await openHosted();
  await using _ = site;
  const anna = await site.client('anna@blue');
  assert.equal(codeOf(await anna.call('getUser', { ulUserId: ids.rudi })), KCERR_NOT_FOUND);
  assert.equal(codeOf(await anna.call('resolveUsername', { lpszUsername: 'rudi@red' })), KCERR_NOT_FOUND);
  assert.equal(codeOf(await anna.call('resolveUsername', { lpszUsername: 'rudi' })), KCERR_NOT_FOUND);
  assert.equal(codeOf(await anna.call('getUserList', { ulCompanyId: red.id })), KCERR_NOT_FOUND);
  assert.equal(codeOf(await anna.call('getCompany', { ulCompanyId: red.id })), KCERR_NOT_FOUND);
  assert.equal(codeOf(await anna.call('GetQuota', { ulUserid: ids.rudi })), KCERR_NOT_FOUND);
  const names = (await anna.call('getUserList')).sUserArray?.map(({ lpszUsername }) => lpszUsername);
  assert.deepEqual(names, ['SYSTEM', 'anna@blue', 'admin@blue']);
  const companies = (await anna.call('getCompanyList')).sCompanyArray?.map((company) => company.lpszCompanyname);
  assert.deepEqual(companies, ['blue']);
  const everyone = (await anna.call('getUserListOfGroup', { ulGroupId: 1 })).sUserArray;
  assert.ok(!everyone?.some(({ ulUserId }) => ulUserId === ids.rudi));
});

test('a company that lets another look is seen by it, and not the other way round', async () => {
  const { site, system, blue, red, ids } = await openHosted();
  await using _ = site;
  const lets = { ulSetCompanyId: blue.id, ulCompanyId: red.id };
  assert.equal(codeOf(await system.call('addCompanyToRemoteViewList', lets)), KCERR_NONE);
  assert.equal(codeOf(await system.call('addCompanyToRemoteViewList', lets)), KCERR_COLLISION);
  const [anna, rudi] = [await site.client('anna@blue'), await site.client('rudi@red')];
  assert.equal((await anna.call('getUser', { ulUserId: ids.rudi })).lpsUser?.lpszUsername, 'rudi@red');
  assert.equal(codeOf(await rudi.call('getUser', { ulUserId: ids.anna })), KCERR_NOT_FOUND);
  const list = (await system.call('getRemoteViewList', { ulCompanyId: red.id })).sCompanyArray;
  assert.deepEqual(
    list?.map(({ ulCompanyId }) => ulCompanyId),
    [blue.id],
  );
  assert.equal(codeOf(await system.call('delCompanyFromRemoteViewList', lets)), KCERR_NONE);
  assert.equal(codeOf(await anna.call('getUser', { ulUserId: ids.rudi })), KCERR_NOT_FOUND);
});

test('an administrator administers the own company, and others that name him and let him look', async () => {
  const { site, system, blue, red, ids } = await openHosted();
  await using _ = site;
  const admin = await site.client('admin@blue');
  const create = async (name: string) =>
    codeOf(await admin.call('createUser', { lpsUser: aUser(name, { lpszPassword: '' }) }));
  const setQuota = async (ulUserid: number) =>
    codeOf(
      await admin.call('SetQuota', {
        ulUserid,
        lpsQuota: {
          bUseDefaultQuota: false,
          bIsUserDefaultQuota: false,
          llWarnSize: 1n,
          llSoftSize: 0n,
          llHardSize: 0n,
        },
      }),
    );
  assert.equal(await create('new@blue'), KCERR_NONE);
  assert.equal(await create('new@red'), KCERR_NOT_FOUND);
  assert.equal(await setQuota(ids.anna), KCERR_NONE);
  assert.equal(await setQuota(ids.rudi), KCERR_NOT_FOUND);

  await system.call('addUserToRemoteAdminList', { ulUserId: ids.admin, ulCompanyId: red.id });
  assert.equal(await setQuota(ids.rudi), KCERR_NOT_FOUND, 'named, but may not look');
  await system.call('addCompanyToRemoteViewList', { ulSetCompanyId: blue.id, ulCompanyId: red.id });
  assert.equal(await setQuota(ids.rudi), KCERR_NONE);
  assert.equal(await create('new@red'), KCERR_NONE);
  await system.call('delUserFromRemoteAdminList', { ulUserId: ids.admin, ulCompanyId: red.id });
  assert.equal(await setQuota(ids.rudi), KCERR_NO_ACCESS);
});

test('administrators of a company neither make companies nor system administrators', async () => {
  const { site, blue, ids } = await openHosted();
  await using _ = site;
  const admin = await site.client('admin@blue');
  const lpsCompany = { lpszCompanyname: 'green', sCompanyId: NO_ID, sAdministrator: NO_ID };
  assert.equal(codeOf(await admin.call('createCompany', { lpsCompany })), KCERR_NO_ACCESS);
  assert.equal(codeOf(await admin.call('deleteCompany', { ulCompanyId: blue.id })), KCERR_NO_ACCESS);
  const root = aUser('anna@blue', { ulUserId: ids.anna, ulIsAdmin: 2, lpszPassword: '' });
  assert.equal(codeOf(await admin.call('setUser', { lpsUser: root })), KCERR_NO_ACCESS);
});

test('in hosted mode a user logs on with the company, or with a name that only one company has', async () => {
  const { site, system } = await openHosted();
  await using _ = site;
  await createUser(system, 'carl@blue');
  const szPassword = "carl@blue's password";
  assert.equal(codeOf(await site.logon({ szUsername: 'carl@blue', szPassword })), KCERR_NONE);
  assert.equal(codeOf(await site.logon({ szUsername: 'Carl', szPassword })), KCERR_NONE);
  assert.equal(codeOf(await site.logon({ szUsername: 'carl@red', szPassword })), KCERR_LOGON_FAILED);
  await createUser(system, 'carl@red', { lpszPassword: 'other' });
  assert.equal(codeOf(await site.logon({ szUsername: 'carl', szPassword })), KCERR_LOGON_FAILED);
});

test('a company administrator impersonates inside the company only', async () => {
  const { site, system } = await openHosted();
  await using _ = site;
  await createUser(system, 'boss@blue', { ulIsAdmin: 1 });
  const logon = async (szImpersonateUser: string) =>
    codeOf(await site.logon({ szUsername: 'boss@blue', szPassword: "boss@blue's password", szImpersonateUser }));
  assert.equal(await logon('anna@blue'), KCERR_NONE);
  assert.equal(await logon('rudi@red'), KCERR_LOGON_FAILED);
});

/** Makes a store as a client does. */
async function createStore(client: Client, owner: number, ulStoreType: number) {
  const guid = newGuid();
  const sStoreId = entryIdOf(guid, MAPI_STORE);
  const answer = await client.call('createStore', {
    ulStoreType,
    ulUserId: owner,
    sUserId: NO_ID,
    sStoreId,
    sRootId: entryIdOf(guid, MAPI_FOLDER),
    ulFlags: 0,
  });
  return { code: codeOf(answer), sStoreId };
}

test('a company has a public store of its own, which its administrator makes and manages and only its people see', async () => {
  const { site, system, blue, red } = await openHosted();
  await using _site = site;
  const [admin, anna, rudi] = [
    await site.client('admin@blue'),
    await site.client('anna@blue'),
    await site.client('rudi@red'),
  ];
  assert.equal((await createStore(anna, blue.id, STORE_PUBLIC)).code, KCERR_NO_ACCESS);
  assert.notEqual((await createStore(admin, red.id, STORE_PUBLIC)).code, KCERR_NONE);
  const made = await createStore(admin, blue.id, STORE_PUBLIC);
  assert.equal(made.code, KCERR_NONE);
  await createStore(system, red.id, STORE_PUBLIC);

  const storeOf = async (client: Client) =>
    Buffer.from((await client.call('getPublicStore', { ulFlags: 0 })).sStoreId!);
  assert.deepEqual((await storeOf(anna)).subarray(4, 20), made.sStoreId.subarray(4, 20));
  assert.notDeepEqual((await storeOf(rudi)).subarray(4, 20), made.sStoreId.subarray(4, 20));
  const [row] = await site.platform.database.query('SELECT company_id FROM store WHERE owner_id = :id', {
    id: blue.id,
  });
  assert.deepEqual(row, { company_id: blue.id });

  const sParentId = (await admin.call('getPublicStore', { ulFlags: 0 })).sRootId!;
  const createFolder = (client: Client) =>
    client.call('createFolder', { sParentId, ulType: 1, szName: 'News', fOpenIfExists: false, sOrigSourceKey: NO_ID });
  assert.equal(codeOf(await createFolder(admin)), KCERR_NONE);
  assert.equal(codeOf(await createFolder(rudi)), KCERR_NO_ACCESS);
});

test('the quota of a company is that of its public store, for its administrator and not for others', async () => {
  const { site, system, blue } = await openHosted();
  await using _site = site;
  await createStore(system, blue.id, STORE_PUBLIC);
  await site.platform.database.execute('UPDATE store SET size = 25 WHERE owner_id = :id', { id: blue.id });
  const lpsQuota = {
    bUseDefaultQuota: false,
    bIsUserDefaultQuota: false,
    llWarnSize: 10n,
    llSoftSize: 0n,
    llHardSize: 0n,
  };
  const [admin, rudi] = [await site.client('admin@blue'), await site.client('rudi@red')];
  assert.equal(codeOf(await admin.call('SetQuota', { ulUserid: blue.id, lpsQuota })), KCERR_NONE);
  const { llStoreSize, ulQuotaStatus } = await admin.call('GetQuotaStatus', { ulUserid: blue.id });
  assert.deepEqual([llStoreSize, ulQuotaStatus], [25n, QUOTA_WARN]);
  assert.notEqual(codeOf(await rudi.call('GetQuotaStatus', { ulUserid: blue.id })), KCERR_NONE);
});

test('an administrator makes, changes and deletes people of the own company only', async () => {
  const { site, system, ids } = await openHosted();
  await using _site = site;
  const admin = await site.client('admin@blue');
  const made = await admin.call('createUser', { lpsUser: aUser('bea@blue') });
  assert.equal(codeOf(made), KCERR_NONE);
  assert.equal((await createStore(admin, made.ulUserId!, STORE_PRIVATE)).code, KCERR_NONE);
  assert.equal(codeOf(await admin.call('deleteUser', { ulUserId: made.ulUserId! })), KCERR_NONE);

  for (const answer of [
    await admin.call('createUser', { lpsUser: aUser('rita@red') }),
    await admin.call('setUser', { lpsUser: { ...aUser('rudi@red'), ulUserId: ids.rudi } }),
    await admin.call('deleteUser', { ulUserId: ids.rudi }),
    await admin.call('createUser', { lpsUser: aUser('boss@blue', { ulIsAdmin: 2 }) }),
  ])
    assert.notEqual(codeOf(answer), KCERR_NONE);
  assert.equal((await createStore(admin, ids.rudi, STORE_PRIVATE)).code, KCERR_NO_ACCESS);
  assert.equal(codeOf(await system.call('getUser', { ulUserId: ids.rudi })), KCERR_NONE);
});

test('a company that is deleted leaves its stores to the administrator of the system', async () => {
  const { site, system, blue, ids } = await openHosted();
  await using _site = site;
  await createStore(system, blue.id, STORE_PUBLIC);
  await createStore(system, ids.anna, STORE_PRIVATE);
  const anna = await site.client('anna@blue');
  assert.equal(codeOf(await system.call('deleteCompany', { ulCompanyId: blue.id, sCompanyId: NO_ID })), KCERR_NONE);
  assert.notEqual(codeOf(await anna.call('getUser')), KCERR_NONE);
  assert.equal(codeOf(await site.logon({ szUsername: 'anna@blue' }, 'trusted')), KCERR_LOGON_FAILED);
  const stores = await site.platform.database.query('SELECT deleted FROM store WHERE owner_id > 2');
  assert.deepEqual(stores, [{ deleted: 0 }, { deleted: 0 }]);
});
