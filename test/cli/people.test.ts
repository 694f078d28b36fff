import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Instance } from '../../local/instance/instance.ts';
import { kgc as run } from './a-terminal.ts';
import { anInstance, type Kgc, kgcOf } from './an-instance.ts';

suite('kgc and people', () => {
  let instance: Instance;
  let kgc: Kgc;
  before(async () => {
    instance = await anInstance();
    kgc = kgcOf(instance);
    await kgc.user('anna', '--language', 'de', '--disable', 'pop3');
    await kgc.user('ben', '--full-name', 'Ben Muster');
  });
  after(() => instance?.stop());

  test('a user is shown with all that is known of it', async () => {
    const anna = await kgc.json('user', 'show', 'anna');
    assert.equal(anna.language, 'de');
    assert.deepEqual(anna.features.disabled, ['pop3']);
    assert.deepEqual(anna.groups, ['Everyone']);
    assert.deepEqual(anna.quota, { warn: 0, soft: 0, hard: 0, from: 'server' });
    assert.match(anna.store.guid, /^[0-9a-f]{32}$/);
    const { out } = await kgc.run(['user', 'show', 'anna']);
    assert.match(out, /^Name: +anna$/m);
    assert.match(out, /^Without: +pop3$/m);
  });

  test('folders have the names of the user’s language, and are found under the English ones too', async () => {
    const paths = (await kgc.json('folder', 'list', 'anna')).map(({ path }: { path: string }) => path);
    assert.ok(paths.includes('Posteingang'));
    assert.deepEqual(await kgc.json('message', 'list', 'anna', 'Inbox'), []);
    const { renamed } = await kgc.json('store', 'localize', 'anna', '--language', 'fr_FR.UTF-8');
    assert.equal(renamed.length, 12, 'all but Journal');
    assert.equal((await kgc.json('store', 'localize', 'anna', '--language', 'fr')).renamed.length, 0);
  });

  test('what is known of a user is changed, the rest stays', async () => {
    await kgc.json('user', 'update', 'ben', '--email', 'b.muster@demo.local', '--hidden', '--admin-level', 'admin');
    const ben = await kgc.json('user', 'show', 'ben');
    assert.deepEqual(
      [ben.email, ben.fullName, ben.hidden, ben.adminLevel],
      ['b.muster@demo.local', 'Ben Muster', true, 1],
    );
    await kgc.json('user', 'update', 'ben', '--no-hidden', '--disable', 'imap,webapp', '--admin-level', 'none');
    await kgc.json('user', 'update', 'ben', '--enable', 'webapp');
    const again = await kgc.json('user', 'show', 'ben');
    assert.deepEqual([again.hidden, again.adminLevel, again.features.disabled], [false, 0, ['imap']]);
    const nothing = await kgc.run(['user', 'update', 'ben']);
    assert.equal(nothing.code, 2);
    assert.match(nothing.err, /nothing to change/);
    assert.equal((await kgc.run(['user', 'update', 'ben', '--enable', 'telnet'])).code, 2);
  });

  test('a user is renamed and keeps the mailbox; a taken name is refused', async () => {
    await kgc.user('carl');
    const { store } = await kgc.json('user', 'show', 'carl');
    await kgc.json('user', 'rename', 'carl', 'carla');
    assert.equal((await kgc.json('user', 'show', 'carla')).store.guid, store.guid);
    const taken = await kgc.run(['user', 'rename', 'carla', 'anna']);
    assert.equal(taken.code, 1);
    assert.match(taken.err, /'anna' is taken/);
  });

  test('a password is set by the administrator, and by its owner over the public door', async () => {
    assert.equal((await kgc.run(['user', 'password', 'ben', '--password-file', '-'], 'first\n')).code, 0);
    const login = (password: string, ...args: string[]) =>
      run(['--server', instance.endpoints.soap.url, '--login', 'ben', ...args], {
        env: { KGC_LOGIN_PASSWORD: password },
        input: 'second\n',
      });
    const own = await login('first', 'user', 'password', 'ben', '--password-file', '-');
    assert.equal(own.code, 0, own.err);
    assert.equal((await login('first', 'folder', 'list')).code, 1);
    assert.equal((await login('second', 'folder', 'list')).code, 0);
    const others = await login('second', 'user', 'password', 'anna', '--password-file', '-');
    assert.equal(others.code, 1);
    assert.match(others.err, /needs rights/);
  });

  test('a room has seats, nobody logs on as it, and it answers meeting requests', async () => {
    await kgc.user('board-room', '--kind', 'room', '--capacity', '12');
    const room = await kgc.json('user', 'show', 'board-room');
    assert.deepEqual([room.kind, room.active], ['room', false]);
    const set = ['user', 'meetings', 'set', 'board-room', '--accept', 'yes', '--decline-conflicts', 'on'];
    await kgc.json(...set);
    assert.deepEqual(await kgc.json('user', 'meetings', 'show', 'board-room'), {
      name: 'board-room',
      accept: true,
      declineConflicts: true,
      declineRecurring: false,
    });
  });

  test('aliases are further addresses of a user, each once', async () => {
    await kgc.json('user', 'alias', 'add', 'anna', 'info@demo.local', 'INFO@demo.local', 'shop@demo.local');
    const aliases = async () => (await kgc.json('user', 'show', 'anna')).aliases;
    assert.deepEqual((await aliases()).sort(), ['info@demo.local', 'shop@demo.local']);
    await kgc.json('user', 'update', 'anna', '--full-name', 'Anna M.');
    assert.equal((await aliases()).length, 2, 'they stay when something else changes');
    const missing = await kgc.run(['user', 'alias', 'remove', 'anna', 'who@demo.local']);
    assert.match(missing.err, /no alias who@demo\.local; nothing was changed/);
    await kgc.json('user', 'alias', 'remove', 'anna', 'info@demo.local', 'shop@demo.local');
    assert.deepEqual(await aliases(), []);
    assert.equal((await kgc.run(['user', 'alias', 'add', 'anna', 'no address'])).code, 2);
  });

  test('others send in a user’s name, and no longer', async () => {
    await kgc.json('user', 'send-as', 'add', 'anna', 'ben');
    await kgc.json('user', 'send-as', 'add', 'anna', 'user:ben');
    assert.deepEqual((await kgc.json('user', 'show', 'anna')).sendAs, ['ben']);
    await kgc.json('user', 'send-as', 'remove', 'anna', 'ben');
    assert.deepEqual(await kgc.json('user', 'send-as', 'list', 'anna'), []);
    assert.match((await kgc.run(['user', 'send-as', 'remove', 'anna', 'ben'])).err, /does not send/);
  });

  test('a group is made, has members, groups too, and goes without them', async () => {
    await kgc.json('group', 'create', 'sales', '--email', 'sales@demo.local');
    await kgc.json('group', 'create', 'interns');
    await kgc.json('group', 'member', 'add', 'sales', 'anna', 'ben', 'group:interns');
    const { members, email } = await kgc.json('group', 'show', 'sales');
    assert.equal(email, 'sales@demo.local');
    assert.deepEqual(members.map(({ name, kind }: { name: string; kind: string }) => `${name} ${kind}`).sort(), [
      'anna user',
      'ben user',
      'interns group',
    ]);
    assert.deepEqual((await kgc.json('user', 'groups', 'ben')).map(({ name }: { name: string }) => name).sort(), [
      'Everyone',
      'sales',
    ]);
    await kgc.json('group', 'member', 'remove', 'sales', 'ben');
    assert.match((await kgc.run(['group', 'member', 'remove', 'sales', 'ben'])).err, /ben is not in sales/);
    await kgc.json('group', 'update', 'sales', '--name', 'marketing', '--hidden');
    assert.equal((await kgc.json('group', 'show', 'marketing')).hidden, true);
    assert.equal((await kgc.run(['group', 'create', 'marketing'])).code, 1);
    assert.deepEqual(await kgc.json('group', 'delete', 'marketing', '--dry-run'), {
      dryRun: true,
      name: 'marketing',
      deleted: false,
    });
    await kgc.json('group', 'delete', 'marketing', '--yes');
    assert.ok(!(await kgc.json('group', 'list')).some(({ name }: { name: string }) => name === 'marketing'));
    assert.match((await kgc.run(['group', 'delete', 'Everyone', '--yes'])).err, /stays as it is/);
  });

  test('limits are set, shown with where they come from, and given back', async () => {
    await kgc.json('quota', 'set', 'anna', '--warn', '900M', '--hard', '1G');
    assert.deepEqual((await kgc.json('user', 'show', 'anna')).quota, {
      warn: 900 * 1024 ** 2,
      soft: 0,
      hard: 1024 ** 3,
      from: 'own',
    });
    await kgc.json('quota', 'set', 'anna', '--warn', '1k');
    const over = await kgc.json('quota', 'list', '--over');
    assert.deepEqual(
      over.map(({ name, status }: { name: string; status: string }) => [name, status]),
      (await kgc.json('quota', 'show', 'anna')).status === 'warn' ? [['anna', 'warn']] : [],
    );
    assert.equal((await kgc.run(['quota', 'set', 'anna', '--warn', '2G'])).code, 2, 'above the hard limit');
    assert.equal((await kgc.run(['quota', 'set', 'anna', '--warn', 'much'])).code, 2);
    await kgc.json('quota', 'set', 'anna', '--default');
    assert.equal((await kgc.json('quota', 'show', 'anna')).from, 'server');
  });

  test('a server without companies says so', async () => {
    const { code, err } = await kgc.run(['company', 'list']);
    assert.equal(code, 1);
    assert.match(err, /no companies.*\n.*--hosted/);
  });

  test('a user is deleted with the mailbox when that is asked for', async () => {
    await kgc.user('dora');
    const { store } = await kgc.json('user', 'show', 'dora');
    await kgc.json('user', 'delete', 'dora', '--with-store', '--yes');
    const stores = await kgc.json('store', 'list');
    assert.ok(!stores.some(({ guid }: { guid: string }) => guid === store.guid));
  });

  test('what answers, who is logged on, and the figures of all', async () => {
    const server = await kgc.json('server', 'info');
    assert.equal(server.hosted, false);
    assert.ok(server.activeUsers >= 3);
    assert.match(server.guid, /^[0-9a-f]{32}$/);
    const sessions = await kgc.json('session', 'list');
    assert.ok(
      sessions.some(({ user, program }: { user: string; program: string }) => user === 'SYSTEM' && program === 'kgc'),
    );
    const users = await kgc.json('stats', 'users');
    const anna = users.find(({ name }: { name: string }) => name === 'anna');
    assert.equal(anna.outOfOffice, false);
    assert.ok((await kgc.json('stats', 'system')).length > 5);
    for (const args of [['purge-cache'], ['purge-deferred'], ['purge-deleted', '--days', '0', '--yes']])
      assert.equal((await kgc.run(['server', ...args])).code, 0, args.join(' '));
  });
});
