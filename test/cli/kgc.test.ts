import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTransport } from 'nodemailer';
import { ensureDemoUsers } from '../../local/instance/demo-users.ts';
import { type Outcome, kgc as run } from './a-terminal.ts';
import { anInstance } from './an-instance.ts';

const KGC = fileURLToPath(new URL('../../cli/kgc.mjs', import.meta.url));

suite('kgc against an instance', () => {
  let instance: Awaited<ReturnType<typeof anInstance>>;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'kgc-test-'));
    instance = await anInstance();
  });
  after(async () => {
    await instance?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const env = (more: Readonly<Record<string, string>> = {}) => ({
    KGC_SERVER: instance.endpoints.soap.socket,
    ...more,
  });
  const kgc = (args: readonly string[], input = '', more = {}) => run(args, { input, env: env(more) });

  /** Runs the program as a shell does, under the Node that runs this. */
  function spawned(args: readonly string[], input = ''): Promise<Outcome> {
    const child = spawn(process.execPath, [KGC, ...args], { cwd: folder, env: { PATH: process.env.PATH, ...env() } });
    child.stdin.end(input);
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? -1, out, err }));
    });
  }

  async function json(...args: string[]) {
    const { code, out, err } = await kgc([...args, '--json']);
    assert.equal(code, 0, err);
    return JSON.parse(out);
  }

  const create = (name: string, ...more: string[]) =>
    kgc(['user', 'create', name, '--email', `${name}@demo.local`, '--password-file', '-', ...more], 'geheim\n');

  test('a user is created with a mailbox, listed, and logs on with the password', async () => {
    const { code, out } = await create('anna', '--full-name', 'Anna Muster');
    assert.equal(code, 0);
    assert.equal(out, 'Created the user anna with a mailbox.\n');

    const users = await json('user', 'list');
    const anna = users.find(({ name }: { name: string }) => name === 'anna');
    assert.deepEqual(
      { ...anna, id: 0 },
      {
        name: 'anna',
        fullName: 'Anna Muster',
        email: 'anna@demo.local',
        adminLevel: 0,
        active: true,
        hidden: false,
        id: 0,
        kind: 'user',
      },
    );

    const passwordFile = path.join(folder, 'anna.txt');
    writeFileSync(passwordFile, 'geheim\n');
    const login = ['--server', instance.endpoints.soap.url, '--login', 'anna'];
    const own = await kgc([...login, '--login-password-file', passwordFile, 'folder', 'list']);
    assert.equal(own.code, 0, own.err);
    assert.match(own.out, /^Inbox +0 +0$/m);
    assert.doesNotMatch(own.out, /Quick Step/, 'hidden folders are not shown');

    const refused = await kgc([...login, 'user', 'list'], '', { KGC_LOGIN_PASSWORD: 'wrong' });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /anna can't log on: name or password is wrong/);
  });

  test('the program reads a password from its input, wherever it is called', async () => {
    const args = ['user', 'create', 'zora', '--email', 'zora@demo.local', '--password-file', '-'];
    const { code, out, err } = await spawned(args, 'geheim\n');
    assert.deepEqual({ code, out, err }, { code: 0, out: 'Created the user zora with a mailbox.\n', err: '' });
    assert.equal((await spawned(['user', 'create', 'zora'])).code, 2);
  });

  test('a second user of the same name is refused and changes nothing; asked to, kgc is content with the first', async () => {
    await create('berta');
    const again = await create('berta');
    assert.equal(again.code, 1);
    assert.match(again.err, /There is a user 'berta' already; nothing was changed/);
    const content = await create('berta', '--if-missing');
    assert.equal(content.code, 0, content.err);
  });

  test('administrators administer over the public door, others do not', async () => {
    await create('admin', '--admin-level', 'admin');
    await create('dora');
    const over = ['--server', instance.endpoints.soap.url, '--login'];
    const password = { KGC_LOGIN_PASSWORD: 'geheim' };
    const args = ['user', 'create', 'emil', '--email', 'emil@demo.local', '--without-password'];
    const refused = await kgc([...over, 'dora', ...args], '', password);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /needs rights that the session does not have/);
    assert.match(refused.err, /Try: .*--login/);
    const allowed = await kgc([...over, 'admin', ...args], '', password);
    assert.equal(allowed.code, 0, allowed.err);
  });

  test('SYSTEM is told that it may not come in over the public door', async () => {
    const { code, err } = await kgc(['--server', instance.endpoints.soap.url, 'user', 'list']);
    assert.equal(code, 1);
    assert.match(err, /SYSTEM may log on through a trusted door only/);
  });

  test('a user who is deleted is gone, and the store is kept', async () => {
    await create('frieda');
    const asked = await kgc(['user', 'delete', 'frieda']);
    assert.equal(asked.code, 2, 'nobody can be asked');
    assert.match(asked.err, /Try: .*--yes/);
    assert.match((await kgc(['user', 'delete', 'frieda', '--dry-run'])).out, /would delete the user frieda/);
    const { out } = await kgc(['user', 'delete', 'frieda', '--yes']);
    assert.match(out, /^Deleted the user frieda\. The store [0-9a-f]{32} is kept without an owner\.\n$/);
    const names = (await json('user', 'list')).map(({ name }: { name: string }) => name);
    assert.ok(!names.includes('frieda'));
    const again = await kgc(['user', 'delete', 'frieda', '--yes']);
    assert.equal(again.code, 1);
    assert.match(again.err, /There is no user 'frieda'/);
  });

  test('the list of stores has those of users and the public one, with sizes', async () => {
    await create('gerda');
    assert.equal((await kgc(['store', 'create', '--public'])).code, 0);
    const stores = await json('store', 'list');
    const gerda = stores.find(({ owner }: { owner: string }) => owner === 'gerda');
    assert.equal(gerda.type, 'private');
    assert.ok(gerda.bytes > 0);
    assert.match(gerda.guid, /^[0-9a-f]{32}$/);
    assert.equal(stores.filter(({ type }: { type: string }) => type === 'public').length, 1);
  });

  test('a mail that arrives is listed and shown', async () => {
    await create('helga');
    const transport = createTransport({ ...instance.endpoints.smtp, secure: false });
    await transport.sendMail({
      from: '"Ida \x1b[31mMuster" <ida@example.org>',
      to: 'helga@demo.local',
      subject: 'Figures',
      text: 'Here they are.\n',
      attachments: [{ filename: 'figures.csv', content: 'a;b\n' }],
    });
    transport.close();
    const deadline = Date.now() + 20_000;
    let messages = [];
    while (messages.length === 0 && Date.now() < deadline) messages = await json('message', 'list', 'helga');
    assert.equal(messages.length, 1);
    assert.equal(messages[0].subject, 'Figures');
    assert.equal(messages[0].read, false);
    assert.equal(messages[0].attachments, true);

    const { out } = await kgc(['message', 'show', 'helga', '1']);
    assert.match(out, /^To: +helga(@demo.local)?/m);
    assert.match(out, /^File: +figures\.csv/m);
    assert.match(out, /^Here they are\.$/m);
    assert.ok(!out.includes('\x1b'), 'names from strangers do not steer the terminal');
    assert.equal((await kgc(['message', 'show', 'helga', '2'])).code, 1);
  });

  test('the demo users are made, and made once', async () => {
    const said: string[] = [];
    const users = await ensureDemoUsers(instance, (line) => said.push(line));
    const names = (await json('user', 'list')).map(({ name }: { name: string }) => name);
    for (const { name } of users) assert.ok(names.includes(name));
    assert.equal((await ensureDemoUsers(instance, (line) => said.push(line))).length, users.length);
    assert.equal(said.length, 1);
  });
});
