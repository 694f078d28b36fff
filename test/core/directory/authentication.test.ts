import assert from 'node:assert/strict';
import test from 'node:test';
import {
  KOPANO_CAP_UNICODE,
  KOPANO_LOGON_NO_REGISTER_SESSION,
  KOPANO_LOGON_NO_UID_AUTH,
} from '../../../core/mapi/capabilities.ts';
import {
  KCERR_BAD_CHARWIDTH,
  KCERR_INVALID_VERSION,
  KCERR_LOGON_FAILED,
  KCERR_NONE,
} from '../../../core/mapi/error-codes.ts';
import { codeOf, createUser, openSite, type Site } from '../operations/site.ts';

const codeOfLogon = async (site: Site, ...args: Parameters<Site['logon']>): Promise<number> =>
  codeOf(await site.logon(...args));

test('a user logs on with name and password, whatever the case of the name', async () => {
  await using site = await openSite();
  const { password } = await createUser(await site.client(), 'user1');
  const answer = await site.logon({ szUsername: 'User1', szPassword: password });
  assert.equal(codeOf(answer), KCERR_NONE);
  assert.equal(answer.lpszVersion, '0,11,0,2');
  assert.equal(answer.sServerGuid?.length, 16);
});

test('wrong password, unknown user and user without password are refused alike', async () => {
  await using site = await openSite();
  const system = await site.client();
  const { password } = await createUser(system, 'user1');
  await createUser(system, 'nopassword', { lpszPassword: '' });
  await createUser(system, 'room', { ulObjClass: 65539 });
  for (const [szUsername, szPassword] of [
    ['user1', `${password} `],
    ['user1', ''],
    ['user2', password],
    ['nopassword', ''],
    ['room', "room's password"],
    ['Everyone', ''],
    ['', ''],
    ["' OR 1=1 -- ", 'x'],
  ])
    assert.deepEqual(await site.logon({ szUsername, szPassword }), { er: KCERR_LOGON_FAILED }, `${szUsername}`);
});

test('a changed password is the only one that counts, also where the old one was just used', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1');
  const client = await site.client('user1', user.password);
  const { lpsUser } = await client.call('getUser');
  assert.equal(codeOf(await client.call('setUser', { lpsUser: { ...lpsUser, lpszPassword: 'new' } })), KCERR_NONE);
  assert.equal(await codeOfLogon(site, { szUsername: 'user1', szPassword: user.password }), KCERR_LOGON_FAILED);
  assert.equal(await codeOfLogon(site, { szUsername: 'user1', szPassword: 'new' }), KCERR_NONE);
});

test('SYSTEM comes in by the trusted door only, and with an empty password only', async () => {
  await using site = await openSite();
  assert.equal(await codeOfLogon(site, { szUsername: 'SYSTEM' }, 'trusted'), KCERR_NONE);
  assert.equal(await codeOfLogon(site, { szUsername: 'system' }, 'trusted'), KCERR_NONE);
  assert.equal(await codeOfLogon(site, { szUsername: 'SYSTEM', szPassword: 'x' }, 'trusted'), KCERR_LOGON_FAILED);
  for (const szPassword of ['', 'x', 'SYSTEM'])
    assert.equal(await codeOfLogon(site, { szUsername: 'SYSTEM', szPassword }), KCERR_LOGON_FAILED);
});

test('not even a stored password lets SYSTEM in', async () => {
  await using site = await openSite();
  const { password } = await createUser(await site.client(), 'user1');
  await site.platform.database.execute(
    'UPDATE principal SET password = (SELECT password FROM (SELECT * FROM principal) p WHERE p.id = 3) WHERE id = 2',
  );
  assert.equal(await codeOfLogon(site, { szUsername: 'SYSTEM', szPassword: password }), KCERR_LOGON_FAILED);
  assert.equal(await codeOfLogon(site, { szUsername: 'SYSTEM', szPassword: password }, 'trusted'), KCERR_LOGON_FAILED);
});

test('the trusted door vouches for users too, unless the client asks for a check', async () => {
  await using site = await openSite();
  const { password } = await createUser(await site.client(), 'user1');
  const ulFlags = KOPANO_LOGON_NO_UID_AUTH;
  assert.equal(await codeOfLogon(site, { szUsername: 'user1' }, 'trusted'), KCERR_NONE);
  assert.equal(await codeOfLogon(site, { szUsername: 'user1', szPassword: 'wrong' }, 'trusted'), KCERR_LOGON_FAILED);
  assert.equal(await codeOfLogon(site, { szUsername: 'user1', ulFlags }, 'trusted'), KCERR_LOGON_FAILED);
  assert.equal(await codeOfLogon(site, { szUsername: 'user1', szPassword: password, ulFlags }, 'trusted'), KCERR_NONE);
});

test('an administrator acts for another user; others and for SYSTEM nobody does', async () => {
  await using site = await openSite();
  const system = await site.client();
  const [user1, user2, admin] = [
    await createUser(system, 'user1'),
    await createUser(system, 'user2', { ulIsAdmin: 1 }),
    await createUser(system, 'admin', { ulIsAdmin: 2 }),
  ];
  const impersonate = (by: typeof user1, szImpersonateUser: string) =>
    site.logon({ szUsername: by.name, szPassword: by.password, szImpersonateUser });

  const acting = await impersonate(admin, 'user1');
  const { lpsUser } = await site.call('getUser', { ulSessionId: acting.ulSessionId });
  assert.equal(lpsUser?.ulUserId, user1.id);
  assert.equal(codeOf(await impersonate(user2, 'user1')), KCERR_NONE);
  for (const [by, whom] of [
    [user1, 'user2'],
    [user1, 'admin'],
    [user2, 'admin'],
    [user2, 'SYSTEM'],
    [admin, 'SYSTEM'],
    [admin, 'nobody'],
    [admin, 'Everyone'],
  ] as const)
    assert.equal(codeOf(await impersonate(by, whom)), KCERR_LOGON_FAILED, `${by.name} as ${whom}`);
  assert.equal(codeOf(await site.logon({ szUsername: 'SYSTEM', szImpersonateUser: 'user1' }, 'trusted')), KCERR_NONE);
});

test('clients that are too old or know no Unicode are told so', async () => {
  await using site = await openSite();
  const ulCapabilities = 59219 & ~KOPANO_CAP_UNICODE;
  assert.equal(await codeOfLogon(site, { szUsername: 'SYSTEM', ulCapabilities }, 'trusted'), KCERR_BAD_CHARWIDTH);
  for (const szVersion of ['5.20.1', '0,4,10,1'])
    assert.equal(await codeOfLogon(site, { szUsername: 'SYSTEM', szVersion }, 'trusted'), KCERR_INVALID_VERSION);
  for (const szVersion of ['6.40', '0,8,7,1', '', 'git'])
    assert.equal(await codeOfLogon(site, { szUsername: 'SYSTEM', szVersion }, 'trusted'), KCERR_NONE, szVersion);
});

test('a logon that only checks makes no session', async () => {
  await using site = await openSite();
  const { password } = await createUser(await site.client(), 'user1');
  const answer = await site.logon({
    szUsername: 'user1',
    szPassword: password,
    ulFlags: KOPANO_LOGON_NO_REGISTER_SESSION,
  });
  assert.equal(codeOf(answer), KCERR_NONE);
  assert.equal(answer.ulSessionId, 0n);
  assert.equal((await site.platform.database.query('SELECT id FROM session')).length, 1);
});

test('a logon costs at most three statements', async () => {
  await using site = await openSite();
  const { password } = await createUser(await site.client(), 'user1');
  const { roundTrips } = site.platform.database;
  await site.client('user1', password);
  assert.ok(site.platform.database.roundTrips - roundTrips <= 3);
});

test('single sign-on is refused, so that clients ask for a password', async () => {
  await using site = await openSite();
  assert.equal(codeOf(await site.call('ssoLogon', { ulSessionId: 0n, szUsername: 'user1' })), KCERR_LOGON_FAILED);
});
