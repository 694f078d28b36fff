import assert from 'node:assert/strict';
import test from 'node:test';
import { KOPANO_CAP_UNICODE } from '../../../core/mapi/capabilities.ts';
import { KCERR_LOGON_FAILED, KCERR_NONE } from '../../../core/mapi/error-codes.ts';
import type { Door } from '../../../core/operations/context.ts';
import { codeOf, openSite } from './site.ts';

test('SYSTEM has no password: the genuine tools come in by the trusted door with whatever they send, and nobody by the other', async () => {
  await using site = await openSite();
  const codeAt = async (door: Door, szPassword: string): Promise<number> =>
    codeOf(await site.logon({ szUsername: 'SYSTEM', szPassword, ulCapabilities: KOPANO_CAP_UNICODE }, door));
  assert.equal(await codeAt('trusted', 'SYSTEM'), KCERR_NONE);
  assert.equal(await codeAt('trusted', 'other'), KCERR_NONE);
  for (const password of ['', 'SYSTEM', 'other']) assert.equal(await codeAt('public', password), KCERR_LOGON_FAILED);
});
