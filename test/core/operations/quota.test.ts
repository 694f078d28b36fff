import assert from 'node:assert/strict';
import test from 'node:test';
import { QUOTA_HARDLIMIT, QUOTA_OK, QUOTA_SOFTLIMIT, QUOTA_WARN, quotaStatus } from '../../../core/directory/quota.ts';
import { entryIdOf, newGuid } from '../../../core/mapi/entry-id.ts';
import {
  KCERR_INVALID_PARAMETER,
  KCERR_NO_SUPPORT,
  KCERR_NONE,
  KCERR_NOT_FOUND,
} from '../../../core/mapi/error-codes.ts';
import { MAPI_FOLDER, MAPI_STORE } from '../../../core/mapi/object-types.ts';
import { codeOf, createUser, NO_ID, openSite } from './site.ts';

const quota = (warn: bigint, soft: bigint, hard: bigint) => ({
  bUseDefaultQuota: false,
  bIsUserDefaultQuota: false,
  llWarnSize: warn,
  llSoftSize: soft,
  llHardSize: hard,
});

test('a user whose quota was never set has the default, without limits (recorded)', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1', { lpszPassword: '' });
  assert.deepEqual((await system.call('GetQuota', { ulUserid: user.id })).sQuota, {
    ...quota(0n, 0n, 0n),
    bUseDefaultQuota: true,
  });
});

test('a quota is what was set, up to sizes that nobody has', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1', { lpszPassword: '' });
  const set = quota(10n, 2n ** 40n, 2n ** 53n - 1n);
  assert.equal(codeOf(await system.call('SetQuota', { ulUserid: user.id, lpsQuota: set })), KCERR_NONE);
  assert.deepEqual((await system.call('GetQuota', { ulUserid: user.id })).sQuota, set);
  for (const hard of [2n ** 53n, -1n])
    assert.equal(
      codeOf(await system.call('SetQuota', { ulUserid: user.id, lpsQuota: quota(0n, 0n, hard) })),
      KCERR_INVALID_PARAMETER,
    );
});

test('a limit counts from the byte that reaches it; 0 is no limit', () => {
  const limits = { useDefault: false, warn: 10, soft: 20, hard: 30 };
  for (const [size, status] of [
    [0, QUOTA_OK],
    [9, QUOTA_OK],
    [10, QUOTA_WARN],
    [20, QUOTA_SOFTLIMIT],
    [29, QUOTA_SOFTLIMIT],
    [30, QUOTA_HARDLIMIT],
  ] as const)
    assert.equal(quotaStatus(limits, size), status, `${size} bytes`);
  assert.equal(quotaStatus({ useDefault: false, warn: 0, soft: 0, hard: 0 }, 1e15), QUOTA_OK);
});

test('the status is that of the store; without a store there is none', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1', { lpszPassword: '' });
  const client = await site.client('user1');
  assert.equal(codeOf(await client.call('GetQuotaStatus', { ulUserid: user.id })), KCERR_NOT_FOUND);
  const guid = newGuid();
  const created = await system.call('createStore', {
    ulStoreType: 0,
    ulUserId: user.id,
    sUserId: user.entryId,
    sStoreId: entryIdOf(guid, MAPI_STORE),
    sRootId: entryIdOf(guid, MAPI_FOLDER),
    ulFlags: 0,
  });
  assert.equal(codeOf(created), KCERR_NONE);
  await site.platform.database.execute('UPDATE store SET size = 25 WHERE owner_id = :id', { id: user.id });
  await system.call('SetQuota', { ulUserid: user.id, lpsQuota: quota(10n, 20n, 30n) });
  const { ulQuotaStatus, llStoreSize } = await client.call('GetQuotaStatus', { ulUserid: user.id });
  assert.deepEqual([ulQuotaStatus, llStoreSize], [QUOTA_SOFTLIMIT, 25n]);
});

test('SYSTEM has no quota, and only companies have defaults for their users', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1', { lpszPassword: '' });
  assert.equal(codeOf(await system.call('GetQuota', { ulUserid: 2 })), KCERR_INVALID_PARAMETER);
  assert.equal(codeOf(await system.call('GetQuota', { ulUserid: user.id, bGetUserDefault: true })), KCERR_NO_SUPPORT);
});

test('users have what their company gives by default, until they have their own', async () => {
  await using site = await openSite({ hosted: true });
  const system = await site.client();
  const { ulCompanyId = 0 } = await system.call('createCompany', {
    lpsCompany: { lpszCompanyname: 'blue', sCompanyId: NO_ID, sAdministrator: NO_ID },
  });
  const user = await createUser(system, 'anna@blue', { lpszPassword: '' });
  const get = async () => (await system.call('GetQuota', { ulUserid: user.id })).sQuota;
  await system.call('SetQuota', {
    ulUserid: ulCompanyId,
    lpsQuota: { ...quota(1n, 2n, 3n), bIsUserDefaultQuota: true },
  });
  assert.deepEqual(await get(), { ...quota(1n, 2n, 3n), bIsUserDefaultQuota: true });
  await system.call('SetQuota', { ulUserid: user.id, lpsQuota: quota(4n, 5n, 6n) });
  assert.deepEqual(await get(), quota(4n, 5n, 6n));
});
