import assert from 'node:assert/strict';
import test from 'node:test';
import { KOPANO_CAP_UNICODE } from '../../../core/mapi/capabilities.ts';
import { KCERR_LOGON_FAILED, KCERR_NONE } from '../../../core/mapi/error-codes.ts';
import type { Door } from '../../../core/operations/context.ts';
import { codeOf, openSite } from './site.ts';

test('the genuine tools come in as SYSTEM with the password that they always send, by the trusted door only', async () => {
  await using site = await openSite();
  const codeAt = async (door: Door, szPassword: string): Promise<number> =>
    codeOf(await site.logon({ szUsername: 'SYSTEM', szPassword, ulCapabilities: KOPANO_CAP_UNICODE }, door));
  assert.equal(await codeAt('trusted', 'SYSTEM'), KCERR_NONE);
  assert.equal(await codeAt('trusted', 'other'), KCERR_LOGON_FAILED);
  assert.equal(await codeAt('public', 'SYSTEM'), KCERR_LOGON_FAILED);
});
