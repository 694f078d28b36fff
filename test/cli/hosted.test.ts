import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Instance } from '../../local/instance/instance.ts';
import { kgc as run } from './a-terminal.ts';
import { anInstance, type Kgc, kgcOf } from './an-instance.ts';

suite('kgc and companies', () => {
  let instance: Instance;
  let kgc: Kgc;
  before(async () => {
    instance = await anInstance({ hosted: true });
    kgc = kgcOf(instance);
    for (const company of ['acme', 'umbrella']) await kgc.json('company', 'create', company);
    await kgc.user('anna@acme', '--admin-level', 'admin');
    for (const name of ['ben@acme', 'ulla@umbrella']) await kgc.user(name);
  });
  after(() => instance?.stop());

  const names = async (...args: string[]): Promise<string[]> =>
    (await kgc.json(...args)).map(({ name }: { name: string }) => name);

  test('users are listed of all companies, or of one', async () => {
    assert.deepEqual(await names('user', 'list'), ['anna@acme', 'ben@acme', 'SYSTEM', 'ulla@umbrella']);
    assert.deepEqual(await names('user', 'list', '--company', 'acme'), ['anna@acme', 'ben@acme', 'SYSTEM']);
    const without = await kgc.run(['user', 'show', 'nobody']);
    assert.match(without.err, /nobody@company/);
  });

  test('a company has a public store of its own', async () => {
    await kgc.json('folder', 'create', 'public:acme', 'Handbook');
    const folders = async (store: string) =>
      (await kgc.json('folder', 'list', store)).map(({ path }: { path: string }) => path);
    assert.deepEqual(await folders('public:acme'), ['Handbook']);
    assert.deepEqual(await folders('public:umbrella'), []);
    const unnamed = await kgc.run(['folder', 'list', 'public:']);
    assert.equal(unnamed.code, 1);
    assert.match(unnamed.err, /Try: public:acme/);
    const stores = await kgc.json('store', 'list');
    const owners = stores.map(({ owner, type }: { owner: string; type: string }) => `${type} ${owner}`).sort();
    assert.deepEqual(owners, [
      'private anna@acme',
      'private ben@acme',
      'private ulla@umbrella',
      'public acme',
      'public umbrella',
    ]);
  });

  test('a company is shown with administrators, viewers and quotas', async () => {
    await kgc.json('company', 'update', 'acme', '--system-admin', 'anna@acme');
    await kgc.json('company', 'view', 'add', 'acme', 'umbrella');
    await kgc.json('company', 'admin', 'add', 'acme', 'ulla@umbrella');
    await kgc.json('quota', 'set', 'acme', '--company', '--warn', '10G');
    await kgc.json('quota', 'set', 'acme', '--users-of-company', '--warn', '1G', '--hard', '2G');
    const acme = await kgc.json('company', 'show', 'acme');
    assert.deepEqual(
      [acme.systemAdmin, acme.administrators, acme.remoteAdministrators, acme.viewedBy, acme.users],
      ['anna@acme', ['anna@acme'], ['ulla@umbrella'], ['umbrella'], 2],
    );
    assert.equal(acme.quota.warn, 10 * 1024 ** 3);
    const { warn, hard, from } = (await kgc.json('user', 'show', 'ben@acme')).quota;
    assert.deepEqual([warn, hard, from], [1024 ** 3, 2 * 1024 ** 3, 'company']);
    const size = await kgc.json('quota', 'show', 'acme', '--company');
    assert.equal(size.status, 'ok', 'the size of a company is that of its public store');
    for (const relation of ['view', 'admin']) {
      const other = relation === 'view' ? 'umbrella' : 'ulla@umbrella';
      await kgc.json('company', relation, 'remove', 'acme', other);
      assert.deepEqual(await names('company', relation, 'list', 'acme'), []);
    }
  });

  test('quota mails of users and of the company have recipients of their own', async () => {
    await kgc.json('company', 'recipient', 'add', 'acme', 'anna@acme');
    await kgc.json('company', 'recipient', 'add', 'acme', 'ben@acme', '--quota', 'company');
    assert.deepEqual(await names('company', 'recipient', 'list', 'acme'), ['anna@acme']);
    assert.ok((await names('company', 'recipient', 'list', 'acme', '--quota', 'company')).includes('ben@acme'));
    await kgc.json('company', 'recipient', 'remove', 'acme', 'anna@acme');
    assert.deepEqual(await names('company', 'recipient', 'list', 'acme'), []);
  });

  test('an administrator of a company administers that one only', async () => {
    await kgc.run(['user', 'password', 'anna@acme', '--password-file', '-'], 'geheim\n');
    const asAnna = (...args: string[]) =>
      run(['--server', instance.endpoints.soap.url, '--login', 'anna@acme', ...args], {
        env: { KGC_LOGIN_PASSWORD: 'geheim' },
      });
    const create = (name: string) =>
      asAnna('user', 'create', name, '--email', 'carl@acme.example', '--without-password');
    const own = await create('carl@acme');
    assert.equal(own.code, 0, own.err);
    assert.equal((await create('carl@umbrella')).code, 1);
    const seen = await asAnna('user', 'list', '--json');
    assert.deepEqual(
      JSON.parse(seen.out)
        .map(({ name }: { name: string }) => name)
        .filter((name: string) => name !== 'SYSTEM'),
      ['anna@acme', 'ben@acme', 'carl@acme'],
    );
    assert.equal((await asAnna('company', 'delete', 'acme', '--yes')).code, 1);
  });

  test('names of a company change and go with it', async () => {
    await kgc.json('company', 'create', 'tiny', '--without-public-store');
    await kgc.user('tom@tiny');
    await kgc.json('user', 'rename', 'tom@tiny', 'tim');
    await kgc.json('group', 'create', 'team@tiny');
    await kgc.json('company', 'update', 'tiny', '--name', 'small');
    assert.deepEqual(await names('group', 'list', '--company', 'small'), ['Everyone', 'team@small']);
    assert.equal((await kgc.json('company', 'delete', 'small', '--dry-run')).users, 1);
    await kgc.json('company', 'delete', 'small', '--yes');
    assert.deepEqual(await names('company', 'list'), ['acme', 'umbrella']);
    const orphans = await kgc.json('store', 'list', '--orphans');
    assert.equal(orphans.length, 1);
    assert.equal((await kgc.run(['company', 'create', 'acme'])).code, 1);
  });
});
