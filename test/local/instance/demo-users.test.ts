import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DataDirectory } from '../../../local/instance/data-directory.ts';
import { DEMO_USERS, ensureDemoUsers } from '../../../local/instance/demo-users.ts';
import type { Instance } from '../../../local/instance/instance.ts';
import { aFolder } from '../a-cloud.ts';

suite('the demo users', () => {
  test('are made at the first start, and again only if that was broken off', async () => {
    using folder = aFolder();
    const directory = DataDirectory.open(folder.path);
    // Of an instance only its directory is looked at here; what makes the users is given.
    const instance = { directory } as Instance;
    let calls = 0;
    const broken = ensureDemoUsers(
      instance,
      () => {},
      async () => {
        calls += 1;
        throw new Error('killed');
      },
    );
    await assert.rejects(broken, /killed/);
    const make = async () => {
      calls += 1;
    };
    assert.deepEqual(await ensureDemoUsers(instance, () => {}, make), DEMO_USERS);
    assert.deepEqual(await ensureDemoUsers(instance, () => {}, make), DEMO_USERS);
    assert.equal(calls, 2);
    directory.close();
  });
});
