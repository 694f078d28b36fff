import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import type { Session } from '../../../cli/connection/session.ts';
import { KCERR_COLLISION } from '../../../core/mapi/error-codes.ts';
import { createMailbox } from '../../../core/store/mailbox.ts';
import { type DescribedStore, describeStore } from '../../cli/mailbox/described-store.ts';
import { createUser, openSite, type Site } from '../operations/site.ts';
import { assertCountersRight } from './recount.ts';

const golden = JSON.parse(readFileSync(new URL('../../golden/cli/stores.json', import.meta.url), 'utf8')) as Record<
  'private',
  DescribedStore
>;

async function described(site: Site, name: string): Promise<DescribedStore> {
  const client = await site.client();
  const found = await client.call('resolveUserStore', { szUserName: name, ulStoreTypeMask: 0, ulFlags: 0 });
  const { sStoreId, sRootId } = await client.call('getStore', { lpsEntryId: found.sStoreId! });
  return describeStore(
    client as unknown as Session,
    {
      storeId: Buffer.from(sStoreId!),
      rootId: Buffer.from(sRootId!),
    },
    golden.private,
  );
}

test('a mailbox made by the server is the one that the genuine client makes, with counters that are right', async () => {
  await using site = await openSite();
  const user = await createUser(await site.client(), 'anna');
  await createMailbox(site.platform, { ...user, companyId: 0 });
  assert.deepEqual(await described(site, 'anna'), golden.private);
  await assertCountersRight(site.platform.database);
});

test('of several who make the mailbox of one user at once, one does, and it is whole', async () => {
  await using site = await openSite();
  const user = await createUser(await site.client(), 'anna');
  const attempts = await Promise.allSettled(
    [1, 2, 3].map(() => createMailbox(site.platform, { ...user, companyId: 0 })),
  );
  assert.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const attempt of attempts) if (attempt.status === 'rejected') assert.equal(attempt.reason.code, KCERR_COLLISION);
  assert.deepEqual(await described(site, 'anna'), golden.private);
});
