import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeAddressBookEntryId, encodeAddressBookEntryId } from '../../../core/mapi/address-book-entry-id.ts';
import { KOPANO_CAP_EXTENDED_ANON } from '../../../core/mapi/capabilities.ts';
import {
  KCERR_COLLISION,
  KCERR_INVALID_PARAMETER,
  KCERR_NONE,
  KCERR_NOT_FOUND,
} from '../../../core/mapi/error-codes.ts';
import { aUser, codeOf, createUser, openSite } from './site.ts';

const ENABLED_FEATURES = 0x67b3101e;
const DISABLED_FEATURES = 0x67b4101e;
const BUSINESS_PHONE = 0x3a08001e;
const PICTURE = 0x67550102;
const UNCHANGED = 0xffffffff;

test('a new user is what the genuine server would tell of it', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1');
  // Recorded from 11.0.2, but for names and external id.
  assert.deepEqual((await system.call('getUser', { sUserId: user.entryId })).lpsUser, {
    ulUserId: 3,
    lpszUsername: 'user1',
    lpszPassword: '',
    lpszMailAddress: 'user1@example.com',
    lpszFullName: 'Full user1',
    lpszServername: '',
    ulIsNonActive: 0,
    ulIsAdmin: 0,
    ulIsABHidden: 0,
    ulCapacity: 0,
    ulObjClass: 65537,
    lpsMVPropmap: [
      { ulPropId: ENABLED_FEATURES, sValues: ['imap', 'mobile', 'outlook', 'pop3', 'webapp'] },
      { ulPropId: DISABLED_FEATURES, sValues: [] },
    ],
    sUserId: user.entryId,
  });
  assert.equal(decodeAddressBookEntryId(user.entryId).externalId.length, 16);
});

test('a user is found by number, by entry id, and by entry id alone where the number is wrong', async () => {
  await using site = await openSite();
  const system = await site.client();
  const [one, other] = [await createUser(system, 'one'), await createUser(system, 'other')];
  const idOf = async (args: object) => (await system.call('getUser', args)).lpsUser?.ulUserId;
  assert.equal(await idOf({ ulUserId: one.id }), one.id);
  assert.equal(await idOf({ sUserId: one.entryId }), one.id);
  assert.equal(await idOf({ ulUserId: other.id, sUserId: one.entryId }), one.id);
  const moved = encodeAddressBookEntryId({ ...decodeAddressBookEntryId(one.entryId), id: other.id });
  assert.equal(await idOf({ sUserId: moved }), one.id, 'numbers differ from server to server');
  assert.equal(codeOf(await system.call('getUser', { ulUserId: 99 })), KCERR_NOT_FOUND);
  const unknown = encodeAddressBookEntryId({ ...decodeAddressBookEntryId(one.entryId), externalId: Buffer.from('?') });
  assert.equal(codeOf(await system.call('getUser', { sUserId: unknown })), KCERR_NOT_FOUND);
});

test('a group asked for as a user is an empty user that was not found (recorded)', async () => {
  await using site = await openSite();
  const system = await site.client();
  assert.deepEqual(await system.call('getUser', { ulUserId: 1 }), { er: KCERR_NOT_FOUND, lpsUser: {} });
});

test('setting what was read changes nothing, texts left out and numbers marked unchanged stay', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1', { ulIsABHidden: 1, ulCapacity: 12 });
  const before = (await system.call('getUser', { sUserId: user.entryId })).lpsUser;
  assert.equal(codeOf(await system.call('setUser', { lpsUser: before })), KCERR_NONE);
  assert.deepEqual((await system.call('getUser', { sUserId: user.entryId })).lpsUser, before);
  const nothing = { ulIsNonActive: UNCHANGED, ulIsAdmin: UNCHANGED, ulIsABHidden: UNCHANGED, ulCapacity: UNCHANGED };
  const lpsUser = { ulUserId: 0, sUserId: user.entryId, ...nothing, ulObjClass: UNCHANGED };
  assert.equal(codeOf(await system.call('setUser', { lpsUser })), KCERR_NONE);
  assert.deepEqual((await system.call('getUser', { sUserId: user.entryId })).lpsUser, before);
  await site.client('user1', user.password);
});

test('a changed user is changed, and found under the new name only', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1');
  await createUser(system, 'user2');
  const changed = aUser('renamed', {
    sUserId: user.entryId,
    lpszFullName: 'New Name',
    ulIsAdmin: 1,
    ulObjClass: 65538,
  });
  assert.equal(codeOf(await system.call('setUser', { lpsUser: changed })), KCERR_NONE);
  const { lpsUser } = await system.call('getUser', { sUserId: user.entryId });
  assert.equal(lpsUser?.lpszUsername, 'renamed');
  assert.equal(lpsUser?.lpszFullName, 'New Name');
  assert.equal(lpsUser?.ulIsAdmin, 1);
  assert.equal(lpsUser?.ulObjClass, 65538);
  assert.equal(codeOf(await system.call('resolveUsername', { lpszUsername: 'user1' })), KCERR_NOT_FOUND);
  const taken = aUser('USER2', { sUserId: user.entryId });
  assert.equal(codeOf(await system.call('setUser', { lpsUser: taken })), KCERR_COLLISION);
});

test('further properties are kept, replaced and removed one by one', async () => {
  await using site = await openSite();
  const system = await site.client();
  const lpsPropmap = [{ ulPropId: BUSINESS_PHONE, lpszValue: '123' }];
  const user = await createUser(system, 'user1', { lpsPropmap });
  const set = (more: object) => system.call('setUser', { lpsUser: aUser('user1', { sUserId: user.entryId, ...more }) });
  const get = async () => (await system.call('getUser', { sUserId: user.entryId })).lpsUser!;
  assert.deepEqual((await get()).lpsPropmap, lpsPropmap);
  await set({ lpsPropmap: [{ ulPropId: PICTURE, lpszValue: 'AQID' }] });
  assert.deepEqual((await get()).lpsPropmap, [...lpsPropmap, { ulPropId: PICTURE, lpszValue: 'AQID' }]);
  await set({ lpsPropmap: [{ ulPropId: BUSINESS_PHONE, lpszValue: '' }] });
  assert.deepEqual((await get()).lpsPropmap, [{ ulPropId: PICTURE, lpszValue: 'AQID' }]);
});

test('clients that do not know binary properties do not get them', async () => {
  await using site = await openSite();
  const system = await site.client();
  const lpsPropmap = [{ ulPropId: PICTURE, lpszValue: 'AQID' }];
  const user = await createUser(system, 'user1', { lpsPropmap });
  const ulCapabilities = 59219 & ~KOPANO_CAP_EXTENDED_ANON;
  const { ulSessionId } = await site.logon({ szUsername: 'user1', szPassword: user.password, ulCapabilities });
  assert.equal((await site.call('getUser', { ulSessionId })).lpsUser?.lpsPropmap, undefined);
});

test('a disabled feature is off, and what is enabled by default is not written down', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1');
  const lists = (enabled: string[], disabled: string[]) => [
    { ulPropId: ENABLED_FEATURES, sValues: enabled },
    { ulPropId: DISABLED_FEATURES, sValues: disabled },
  ];
  const set = (lpsMVPropmap: ReturnType<typeof lists>) =>
    system.call('setUser', { lpsUser: aUser('user1', { sUserId: user.entryId, lpsMVPropmap }) });
  const get = async () => (await system.call('getUser', { sUserId: user.entryId })).lpsUser?.lpsMVPropmap;
  await set(lists(['mobile', 'outlook', 'webapp', 'special'], ['pop3', 'imap']));
  assert.deepEqual(await get(), lists(['mobile', 'outlook', 'special', 'webapp'], ['imap', 'pop3']));
  await set(lists(['imap', 'mobile', 'outlook', 'pop3', 'webapp'], []));
  assert.deepEqual(await get(), lists(['imap', 'mobile', 'outlook', 'pop3', 'webapp'], []));
  const [row] = await site.platform.database.query<{ details: string }>('SELECT details FROM principal WHERE id = 3');
  assert.equal(row?.details, '{}');
});

test('SYSTEM and Everyone can neither be changed nor deleted', async () => {
  await using site = await openSite();
  const system = await site.client();
  for (const id of [1, 2]) {
    assert.equal(
      codeOf(await system.call('setUser', { lpsUser: aUser('x', { ulUserId: id }) })),
      KCERR_INVALID_PARAMETER,
    );
    assert.equal(codeOf(await system.call('deleteUser', { ulUserId: id })), KCERR_INVALID_PARAMETER);
    assert.equal(codeOf(await system.call('groupDelete', { ulGroupId: id })), KCERR_INVALID_PARAMETER);
  }
});

test('who may send in a name is added once and removed once', async () => {
  await using site = await openSite();
  const system = await site.client();
  const [boss, clerk] = [await createUser(system, 'boss'), await createUser(system, 'clerk')];
  const pair = { sUserId: boss.entryId, sSenderId: clerk.entryId };
  const senders = async () =>
    (await system.call('getSendAsList', { sUserId: boss.entryId })).sUserArray?.map(({ ulUserId }) => ulUserId);
  assert.equal(codeOf(await system.call('addSendAsUser', pair)), KCERR_NONE);
  assert.equal(codeOf(await system.call('addSendAsUser', pair)), KCERR_COLLISION);
  assert.deepEqual(await senders(), [clerk.id]);
  assert.equal(codeOf(await system.call('delSendAsUser', pair)), KCERR_NONE);
  assert.equal(codeOf(await system.call('delSendAsUser', pair)), KCERR_NOT_FOUND);
  assert.deepEqual(await senders(), []);
  const self = { sUserId: boss.entryId, sSenderId: boss.entryId };
  assert.equal(codeOf(await system.call('addSendAsUser', self)), KCERR_COLLISION);
});

test('a deleted user is gone from lists, groups and names', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1');
  const { ulGroupId } = await system.call('createGroup', { lpsGroup: { lpszGroupname: 'g', lpszFullname: 'g' } });
  await system.call('addGroupUser', { ulGroupId, ulUserId: user.id });
  assert.equal(codeOf(await system.call('deleteUser', { sUserId: user.entryId })), KCERR_NONE);
  assert.equal(codeOf(await system.call('deleteUser', { sUserId: user.entryId })), KCERR_NOT_FOUND);
  assert.deepEqual((await system.call('getUserListOfGroup', { ulGroupId })).sUserArray, []);
  assert.equal((await system.call('getUserList')).sUserArray?.length, 1);
  assert.ok((await createUser(system, 'user1')).id > user.id, 'the number is not given again');
});

test('reading a user costs two statements with the session check', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1');
  const { roundTrips } = site.platform.database;
  await system.call('getUser', { sUserId: user.entryId });
  assert.equal(site.platform.database.roundTrips - roundTrips, 2);
});
