import assert from 'node:assert/strict';
import test from 'node:test';
import { KCERR_NO_ACCESS, KCERR_NONE } from '../../../core/mapi/error-codes.ts';
import type { ArgumentsDraft, OperationName } from '../../../core/soap/index.ts';
import { aUser as aUserWithPassword, codeOf, createUser, openSite, type Site } from './site.ts';

/** Users without password: what they may doesn't depend on it, and hashing takes its time. */
const aUser: typeof aUserWithPassword = (name, more) => aUserWithPassword(name, { lpszPassword: '', ...more });

/** Who calls: everybody's admin level in the order of columns. */
const CALLERS = { user: 0, admin: 1, sysadmin: 2 } as const;
type Caller = keyof typeof CALLERS;

/** A row of the matrix: what is done to another user, and who may. */
interface Row {
  readonly what: string;
  readonly call: OperationName;
  readonly args: (ids: Readonly<Record<'other' | 'self' | 'group', number>>) => object;
  readonly may: readonly Caller[];
}

const EVERYBODY: readonly Caller[] = ['user', 'admin', 'sysadmin'];
const ADMINS: readonly Caller[] = ['admin', 'sysadmin'];
const SYSADMINS: readonly Caller[] = ['sysadmin'];
const quota = { bUseDefaultQuota: false, bIsUserDefaultQuota: false, llWarnSize: 1n, llSoftSize: 2n, llHardSize: 3n };

// Without hosted mode everybody sees everybody, and every administrator administers all who aren't above.
const MATRIX: readonly Row[] = [
  { what: 'see another user', call: 'getUser', args: ({ other }) => ({ ulUserId: other }), may: EVERYBODY },
  { what: 'list users', call: 'getUserList', args: () => ({}), may: EVERYBODY },
  { what: 'list groups', call: 'getGroupList', args: () => ({}), may: EVERYBODY },
  { what: 'see a group', call: 'getGroup', args: ({ group }) => ({ ulGroupId: group }), may: EVERYBODY },
  { what: 'see members', call: 'getUserListOfGroup', args: ({ group }) => ({ ulGroupId: group }), may: EVERYBODY },
  {
    what: 'see groups of another',
    call: 'getGroupListOfUser',
    args: ({ other }) => ({ ulUserId: other }),
    may: EVERYBODY,
  },
  {
    what: 'see who sends for another',
    call: 'getSendAsList',
    args: ({ other }) => ({ ulUserId: other }),
    may: EVERYBODY,
  },
  { what: 'resolve a user', call: 'resolveUsername', args: () => ({ lpszUsername: 'other' }), may: EVERYBODY },
  { what: 'resolve a group', call: 'resolveGroupname', args: () => ({ lpszGroupname: 'group' }), may: EVERYBODY },
  { what: 'see the own quota', call: 'GetQuota', args: ({ self }) => ({ ulUserid: self }), may: EVERYBODY },
  {
    what: 'set the own user',
    call: 'setUser',
    args: ({ self }) => ({ lpsUser: aUser('', { ulUserId: self }) }),
    may: EVERYBODY,
  },
  { what: 'create a user', call: 'createUser', args: () => ({ lpsUser: aUser('new') }), may: ADMINS },
  {
    what: 'set another user',
    call: 'setUser',
    args: ({ other }) => ({ lpsUser: aUser('other', { ulUserId: other }) }),
    may: ADMINS,
  },
  {
    what: 'create a group',
    call: 'createGroup',
    args: () => ({ lpsGroup: { lpszGroupname: 'n', lpszFullname: 'n' } }),
    may: ADMINS,
  },
  {
    what: 'set a group',
    call: 'setGroup',
    args: ({ group }) => ({ lpsGroup: { ulGroupId: group, sGroupId: Buffer.alloc(0) } }),
    may: ADMINS,
  },
  {
    what: 'add a member',
    call: 'addGroupUser',
    args: ({ group, self }) => ({ ulGroupId: group, ulUserId: self }),
    may: ADMINS,
  },
  {
    what: 'remove a member',
    call: 'deleteGroupUser',
    args: ({ group, other }) => ({ ulGroupId: group, ulUserId: other }),
    may: ADMINS,
  },
  {
    what: 'let somebody send for another',
    call: 'addSendAsUser',
    args: ({ other, self }) => ({ ulUserId: other, ulSenderId: self }),
    may: ADMINS,
  },
  {
    what: 'let another send for oneself',
    call: 'addSendAsUser',
    args: ({ other, self }) => ({ ulUserId: self, ulSenderId: other }),
    may: ADMINS,
  },
  { what: 'see the quota of another', call: 'GetQuota', args: ({ other }) => ({ ulUserid: other }), may: ADMINS },
  {
    what: 'set the quota of another',
    call: 'SetQuota',
    args: ({ other }) => ({ ulUserid: other, lpsQuota: quota }),
    may: ADMINS,
  },
  {
    what: 'set the own quota',
    call: 'SetQuota',
    args: ({ self }) => ({ ulUserid: self, lpsQuota: quota }),
    may: ADMINS,
  },
  { what: 'delete a group', call: 'groupDelete', args: ({ group }) => ({ ulGroupId: group }), may: ADMINS },
  { what: 'delete another user', call: 'deleteUser', args: ({ other }) => ({ ulUserId: other }), may: ADMINS },
  { what: 'purge caches', call: 'purgeCache', args: () => ({}), may: SYSADMINS },
  { what: 'sync users', call: 'syncUsers', args: () => ({}), may: SYSADMINS },
  {
    what: 'make a system administrator',
    call: 'createUser',
    args: () => ({ lpsUser: aUser('root', { ulIsAdmin: 2 }) }),
    may: SYSADMINS,
  },
  {
    what: 'raise oneself to a system administrator',
    call: 'setUser',
    args: ({ self }) => ({ lpsUser: aUser('', { ulUserId: self, ulIsAdmin: 2 }) }),
    // For a plain user the rest of what is sent is passed over: see below.
    may: ['user', 'sysadmin'],
  },
];

async function populate(site: Site) {
  const system = await site.client();
  const other = await createUser(system, 'other', { lpszPassword: '' });
  const { ulGroupId: group = 0 } = await system.call('createGroup', {
    lpsGroup: { lpszGroupname: 'group', lpszFullname: 'group' },
  });
  await system.call('addGroupUser', { ulGroupId: group, ulUserId: other.id });
  return { system, other: other.id, group };
}

for (const [name, ulIsAdmin] of Object.entries(CALLERS) as [Caller, number][]) {
  test(`what a ${name} may and may not do in the directory`, async () => {
    for (const { what, call, args, may } of MATRIX) {
      await using site = await openSite();
      const { system, other, group } = await populate(site);
      const self = await createUser(system, name, { ulIsAdmin, lpszPassword: '' });
      const client = await site.client(name);
      const answer = await client.call(call, args({ other, group, self: self.id }) as ArgumentsDraft<typeof call>);
      assert.equal(codeOf(answer), may.includes(name) ? KCERR_NONE : KCERR_NO_ACCESS, what);
    }
  });
}

test('a user who sets the own user changes the password and nothing else', async () => {
  await using site = await openSite();
  const { system } = await populate(site);
  const self = await createUser(system, 'user');
  const client = await site.client('user', self.password);
  const before = (await system.call('getUser', { sUserId: self.entryId })).lpsUser;
  const wished = aUser('boss', { sUserId: self.entryId, ulIsAdmin: 2, ulObjClass: 65538, lpszPassword: 'new' });
  assert.equal(codeOf(await client.call('setUser', { lpsUser: wished })), KCERR_NONE);
  assert.deepEqual((await system.call('getUser', { sUserId: self.entryId })).lpsUser, before);
  await site.client('user', 'new');
});

test('an administrator does not touch those above: neither password nor account', async () => {
  await using site = await openSite();
  const { system } = await populate(site);
  const root = await createUser(system, 'root', { ulIsAdmin: 2 });
  const admin = await createUser(system, 'admin', { ulIsAdmin: 1 });
  const client = await site.client('admin', admin.password);
  const taken = aUser('root', { sUserId: root.entryId, ulIsAdmin: 2, lpszPassword: 'mine' });
  assert.equal(codeOf(await client.call('setUser', { lpsUser: taken })), KCERR_NO_ACCESS);
  assert.equal(codeOf(await client.call('deleteUser', { sUserId: root.entryId })), KCERR_NO_ACCESS);
  await site.client('root', root.password);
});
