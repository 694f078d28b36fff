import assert from 'node:assert/strict';
import test from 'node:test';
import { listPrincipals } from '../../../core/directory/principal.ts';
import { seedDirectory } from '../../../core/directory/seed.ts';
import { createUser, openSite } from '../operations/site.ts';

test('seeding again changes nothing, also at the same time', async () => {
  await using site = await openSite();
  const { database } = site.platform;
  const before = await listPrincipals(database, []);
  await Promise.all([seedDirectory(database), seedDirectory(database), seedDirectory(database)]);
  assert.deepEqual(await listPrincipals(database, []), before);
  assert.deepEqual(
    before.map(({ id, name }) => [id, name]),
    [
      [1, 'Everyone'],
      [2, 'SYSTEM'],
    ],
  );
});

test('seeding keeps what has changed since', async () => {
  await using site = await openSite();
  const { database } = site.platform;
  await database.execute("UPDATE principal SET email = 'root@example.com' WHERE id = 2");
  await seedDirectory(database);
  const [, system] = await listPrincipals(database, []);
  assert.equal(system?.email, 'root@example.com');
});

test('the first user is number 3, as on a genuine server', async () => {
  await using site = await openSite();
  assert.equal((await createUser(await site.client(), 'user1')).id, 3);
});
