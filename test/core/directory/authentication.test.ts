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
import { perform } from '../../../core/operations/frame.ts';
import { codeOf, createUser, LOGON, openSite, type Site } from '../operations/site.ts';

const codeOfLogon = async (site: Site, ...args: Parameters<Site['logon']>): Promise<number> =>
  codeOf(await site.logon(...args));

const codeOfLogonFrom = async (site: Site, address: string, credentials: object): Promise<number> =>
  codeOf(
    await perform(site.platform, {
      request: { operation: 'logon', args: { ...LOGON, ...credentials } } as never,
      door: 'public',
      address,
    }),
  );

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

test('SYSTEM comes in by the trusted door only, where nothing depends on the password', async () => {
  await using site = await openSite();
  assert.equal(await codeOfLogon(site, { szUsername: 'SYSTEM' }, 'trusted'), KCERR_NONE);
  assert.equal(await codeOfLogon(site, { szUsername: 'system' }, 'trusted'), KCERR_NONE);
  // What kopano-dagent sends.
  assert.equal(await codeOfLogon(site, { szUsername: 'SYSTEM', szPassword: 'SYSTEM' }, 'trusted'), KCERR_NONE);
  const asking = { szUsername: 'SYSTEM', szPassword: 'SYSTEM', ulFlags: KOPANO_LOGON_NO_UID_AUTH };
  assert.equal(await codeOfLogon(site, asking, 'trusted'), KCERR_LOGON_FAILED);
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
  const asking = { szUsername: 'SYSTEM', szPassword: password, ulFlags: KOPANO_LOGON_NO_UID_AUTH };
  assert.equal(await codeOfLogon(site, asking, 'trusted'), KCERR_LOGON_FAILED);
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

test('who guesses waits longer and longer, and locks nobody out', async () => {
  await using site = await openSite();
  const { password } = await createUser(await site.client(), 'user1');
  const from = (address: string, szPassword: string | undefined) =>
    codeOfLogonFrom(site, address, { szUsername: 'user1', szPassword });
  const guesser = '198.51.100.7';
  for (let tries = 0; tries < 3; tries += 1) assert.equal(await from(guesser, 'wrong'), KCERR_LOGON_FAILED);
  // Now even the right password has to wait, from there and there only.
  assert.equal(await from(guesser, password), KCERR_LOGON_FAILED);
  assert.equal(await from('192.0.2.2', password), KCERR_NONE);
  // What is tried while waiting doesn't count; after the wait one try is free.
  site.now += 1_001;
  assert.equal(await from(guesser, 'wrong'), KCERR_LOGON_FAILED);
  site.now += 1_001;
  assert.equal(await from(guesser, password), KCERR_LOGON_FAILED);
  site.now += 1_000;
  assert.equal(await from(guesser, password), KCERR_NONE);
  // Who came in begins anew.
  assert.equal(await from(guesser, 'wrong'), KCERR_LOGON_FAILED);
  assert.equal(await from(guesser, password), KCERR_NONE);
});

test('of many guesses at once after a wait, one is looked at', async () => {
  await using site = await openSite();
  await createUser(await site.client(), 'user1');
  const guess = () => codeOfLogon(site, { szUsername: 'user1', szPassword: 'wrong' });
  for (let tries = 0; tries < 3; tries += 1) await guess();
  site.now += 10_000;
  await Promise.all(Array.from({ length: 8 }, guess));
  // A right one would end the waiting for those that come after it.
  assert.deepEqual(await site.platform.database.query('SELECT failures FROM logon_failure'), [{ failures: 4 }]);
});

test('the log tells every logon, without passwords and without names that nobody has', async () => {
  await using site = await openSite();
  const { password } = await createUser(await site.client(), 'user1');
  const lines: Record<string, unknown>[] = [];
  const log = { ...site.platform.log, info: (fields: object) => void lines.push(fields as Record<string, unknown>) };
  const logon = (szUsername: string, szPassword: string | undefined) =>
    perform(
      { ...site.platform, log },
      {
        request: { operation: 'logon', args: { ...LOGON, szUsername, szPassword } } as never,
        door: 'public',
        address: '192.0.2.9',
      },
    );
  await logon('user1', password);
  await logon('user1', 'a wrong secret');
  await logon('a secret typed into the wrong field', '');
  assert.deepEqual(
    lines.map(({ outcome, user, reason, address }) => ({ outcome, user, reason, address })),
    [
      { outcome: 'accepted', user: 'user1', reason: undefined, address: '192.0.2.9' },
      { outcome: 'refused', user: 'user1', reason: 'wrong password', address: '192.0.2.9' },
      { outcome: 'refused', user: undefined, reason: 'unknown user', address: '192.0.2.9' },
    ],
  );
  assert.ok(!/secret/.test(JSON.stringify(lines)));
});
