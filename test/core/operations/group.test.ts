import assert from 'node:assert/strict';
import test from 'node:test';
import { GROUPS_OF_PRINCIPAL } from '../../../core/directory/membership.ts';
import {
  KCERR_COLLISION,
  KCERR_INVALID_PARAMETER,
  KCERR_NONE,
  KCERR_NOT_FOUND,
} from '../../../core/mapi/error-codes.ts';
import { type Client, codeOf, createUser, openSite } from './site.ts';

async function createGroup(system: Client, name: string): Promise<number> {
  const { er, ulGroupId } = await system.call('createGroup', {
    lpsGroup: { lpszGroupname: name, lpszFullname: name, lpszFullEmail: `${name}@example.com` },
  });
  assert.equal(er ?? 0, KCERR_NONE);
  return ulGroupId!;
}

test('a group is created, found, changed and deleted', async () => {
  await using site = await openSite();
  const system = await site.client();
  const id = await createGroup(system, 'sales');
  assert.equal((await system.call('resolveGroupname', { lpszGroupname: 'SALES' })).ulGroupId, id);
  const { lpsGroup } = await system.call('getGroup', { ulGroupId: id });
  assert.equal(lpsGroup?.lpszFullEmail, 'sales@example.com');
  assert.equal(
    codeOf(await system.call('setGroup', { lpsGroup: { ...lpsGroup, lpszGroupname: 'trade' } })),
    KCERR_NONE,
  );
  assert.equal((await system.call('getGroup', { ulGroupId: id })).lpsGroup?.lpszFullname, 'trade');
  assert.equal(codeOf(await system.call('groupDelete', { ulGroupId: id })), KCERR_NONE);
  assert.equal(codeOf(await system.call('getGroup', { ulGroupId: id })), KCERR_NOT_FOUND);
});

test('a user is in a group once, and in Everyone always', async () => {
  await using site = await openSite();
  const system = await site.client();
  const [user, group] = [await createUser(system, 'user1', { lpszPassword: '' }), await createGroup(system, 'sales')];
  const pair = { ulGroupId: group, ulUserId: user.id };
  const groups = async (ulUserId: number) =>
    (await system.call('getGroupListOfUser', { ulUserId })).sGroupArray?.map(({ ulGroupId }) => ulGroupId);
  assert.deepEqual(await groups(user.id), [1]);
  assert.equal(codeOf(await system.call('addGroupUser', pair)), KCERR_NONE);
  assert.equal(codeOf(await system.call('addGroupUser', pair)), KCERR_COLLISION);
  assert.deepEqual(await groups(user.id), [1, group]);
  assert.equal(codeOf(await system.call('deleteGroupUser', pair)), KCERR_NONE);
  assert.equal(codeOf(await system.call('deleteGroupUser', pair)), KCERR_NOT_FOUND);
  assert.deepEqual(await groups(2), [1]);
});

test('Everyone is everybody, itself and SYSTEM too (recorded)', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1', { lpszPassword: '' });
  const { sUserArray } = await system.call('getUserListOfGroup', { ulGroupId: 1 });
  assert.deepEqual(
    sUserArray?.map(({ ulUserId }) => ulUserId),
    [1, 2, user.id],
  );
});

test('nobody is put into Everyone, nor SYSTEM into a group, nor a group into itself', async () => {
  await using site = await openSite();
  const system = await site.client();
  const [user, group] = [await createUser(system, 'user1', { lpszPassword: '' }), await createGroup(system, 'sales')];
  for (const [ulGroupId, ulUserId] of [
    [1, user.id],
    [group, 2],
    [group, 1],
    [group, group],
    [user.id, group],
  ])
    assert.equal(codeOf(await system.call('addGroupUser', { ulGroupId, ulUserId })), KCERR_INVALID_PARAMETER);
});

test('rights reach through groups in groups, in circles too', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1', { lpszPassword: '' });
  const [inner, outer, other] = [
    await createGroup(system, 'inner'),
    await createGroup(system, 'outer'),
    await createGroup(system, 'other'),
  ];
  for (const [ulGroupId, ulUserId] of [
    [inner, user.id],
    [outer, inner],
    [inner, outer],
  ])
    assert.equal(codeOf(await system.call('addGroupUser', { ulGroupId, ulUserId })), KCERR_NONE);
  const rows = await site.platform.database.query<{ id: number }>(
    `SELECT id FROM principal WHERE id IN (${GROUPS_OF_PRINCIPAL}) ORDER BY id`,
    { principalId: user.id },
  );
  assert.deepEqual(
    rows.map(({ id }) => id),
    [inner, outer],
  );
  assert.ok(!rows.some(({ id }) => id === other));
});
