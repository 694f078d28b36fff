import assert from 'node:assert/strict';
import test from 'node:test';
import { lastLogons, shownLogons } from '../../../core/directory/last-logon.ts';
import { SESSION_LIFETIME, sessionQuery, sweepSessions, TOUCH_INTERVAL } from '../../../core/directory/session.ts';
import { KCERR_END_OF_SESSION, KCERR_NONE } from '../../../core/mapi/error-codes.ts';
import { codeOf, createUser, openSite } from '../operations/site.ts';

test('two sessions of one user live apart', async () => {
  await using site = await openSite();
  const user = await createUser(await site.client(), 'user1');
  const [one, other] = await Promise.all([site.client('user1', user.password), site.client('user1', user.password)]);
  assert.notEqual(one.sessionId, other.sessionId);
  assert.equal(codeOf(await one.call('logoff')), KCERR_NONE);
  assert.equal(codeOf(await one.call('getUser')), KCERR_END_OF_SESSION);
  assert.equal((await other.call('getUser')).lpsUser?.ulUserId, user.id);
});

test('ending a session twice says that it has ended', async () => {
  await using site = await openSite();
  const system = await site.client();
  assert.equal(codeOf(await system.call('logoff')), KCERR_NONE);
  assert.equal(codeOf(await system.call('logoff')), KCERR_END_OF_SESSION);
});

test('a session that is used lives on, a silent one ends', async () => {
  await using site = await openSite();
  const system = await site.client();
  for (let minutes = 0; minutes < 20; minutes += 5) {
    site.now += 5 * 60_000;
    assert.equal(codeOf(await system.call('getUser')), KCERR_NONE, `after ${minutes + 5} minutes`);
  }
  site.now += SESSION_LIFETIME - 1;
  assert.equal(codeOf(await system.call('getUser')), KCERR_NONE, 'at the last moment');
  site.now += SESSION_LIFETIME;
  assert.equal(codeOf(await system.call('getUser')), KCERR_END_OF_SESSION);
});

test('being in use is written once a minute, not with every call', async () => {
  await using site = await openSite();
  const system = await site.client();
  const spent = async () => {
    const { roundTrips } = site.platform.database;
    await system.call('getUser');
    return site.platform.database.roundTrips - roundTrips;
  };
  const usual = await spent();
  assert.equal(await spent(), usual);
  site.now += TOUCH_INTERVAL;
  assert.equal(await spent(), usual + 1);
  assert.equal(await spent(), usual);
});

test('session ids are 64 bits that nobody can foresee', async () => {
  await using site = await openSite();
  const ids = new Set<bigint>();
  for (let i = 0; i < 20; i++) ids.add((await site.client()).sessionId);
  assert.equal(ids.size, 20);
  assert.ok(
    [...ids].some((id) => id > 0xffffffffn * 0x10000n),
    'they use the upper half',
  );
});

test('the sweep removes silent sessions and no others', async () => {
  await using site = await openSite();
  const { database } = site.platform;
  const silent = await site.client();
  site.now += SESSION_LIFETIME;
  const fresh = await site.client();
  assert.equal(await sweepSessions(database, site.now), 1);
  const find = async (id: bigint, now: number) => {
    const { select, from, where, parameters } = sessionQuery(id, now);
    return (await database.query(`SELECT ${select} FROM ${from} WHERE ${where}`, parameters)).length;
  };
  assert.equal(await find(silent.sessionId, 0), 0);
  assert.equal(await find(fresh.sessionId, site.now), 1);
});

test('the sessions of a deleted user end', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1');
  const client = await site.client('user1', user.password);
  assert.equal(codeOf(await system.call('deleteUser', { ulUserId: user.id })), KCERR_NONE);
  assert.equal(codeOf(await client.call('getUser')), KCERR_END_OF_SESSION);
});

test('what an administrator takes away is gone with the next call of a running session', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1', { ulIsAdmin: 2 });
  const client = await site.client('user1', user.password);
  assert.equal(codeOf(await client.call('purgeCache')), KCERR_NONE);
  const { lpsUser } = await system.call('getUser', { ulUserId: user.id });
  await system.call('setUser', { lpsUser: { ...lpsUser, lpszPassword: '', ulIsAdmin: 0 } });
  assert.notEqual(codeOf(await client.call('purgeCache')), KCERR_NONE);
});

test('a session begun at a trusted door is of no use at a public one', async () => {
  await using site = await openSite();
  const { sessionId } = await site.client();
  assert.equal(codeOf(await site.call('getUser', { ulSessionId: sessionId }, 'public')), KCERR_END_OF_SESSION);
});

test('any 64-bit number is a session or none', async () => {
  await using site = await openSite();
  for (const id of [0n, 1n, 2n ** 63n, 2n ** 64n - 1n])
    assert.equal(codeOf(await site.call('getUser', { ulSessionId: id })), KCERR_END_OF_SESSION);
});

test('the last logon is that of a session under way, the last logoff that of one that ended, by itself or not', async () => {
  await using site = await openSite();
  const { database } = site.platform;
  const user = await createUser(await site.client(), 'user1');
  const last = async () => (await lastLogons(database)).get(user.id);
  assert.equal(await last(), undefined);

  const begin = site.now;
  const one = await site.client('user1', user.password);
  assert.deepEqual(await last(), { logon: begin, logoff: undefined });
  site.now += 60_000;
  await one.call('logoff');
  assert.deepEqual(await last(), { logon: begin, logoff: begin + 60_000 });

  site.now += 60_000;
  const again = site.now;
  await site.client('user1', user.password);
  assert.deepEqual(await last(), { logon: again, logoff: begin + 60_000 });
  await sweepSessions(database, again + SESSION_LIFETIME + 1);
  assert.deepEqual(await last(), { logon: again, logoff: again });

  // Stores and statistics show it from a quarter of an hour after the first session on.
  const quarter = 900_000;
  const shown = { logon: again, logoff: again };
  assert.equal((await shownLogons(database, begin + 60_000 + quarter, user.id)).get(user.id), undefined);
  assert.deepEqual((await shownLogons(database, begin + 60_001 + quarter, user.id)).get(user.id), shown);
  assert.deepEqual((await shownLogons(database, begin + 60_001 + quarter)).get(user.id), shown);
});

test('a logon with a password costs two statements, and a logoff two', async () => {
  await using site = await openSite();
  const { password } = await createUser(await site.client(), 'user1');
  const { database } = site.platform;
  const spent = async (work: () => Promise<unknown>): Promise<number> => {
    const before = database.roundTrips;
    await work();
    return database.roundTrips - before;
  };
  const first = await site.client('user1', password);
  assert.equal(await spent(() => site.client('user1', password)), 2);
  assert.equal(await spent(() => first.call('logoff')), 2);
});
