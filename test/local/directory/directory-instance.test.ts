import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ROOT_DN, ROOT_PASSWORD, Slapd, SUFFIX } from '../../../local/directory/slapd.ts';
import { type Instance, startInstance } from '../../../local/instance/instance.ts';
import { EPHEMERAL } from '../../../local/instance/options.ts';
import { kgc } from '../../cli/a-terminal.ts';
import { aGroup, aPerson, base, change, passwordOf, personDn } from '../../core/directory/sync/a-directory.ts';

suite('an instance with a directory', () => {
  let slapd: Slapd;
  let instance: Instance;
  const folder = mkdtempSync(path.join(tmpdir(), 'kgc-test-'));
  before(async () => {
    slapd = await Slapd.start({
      tls: true,
      ldif: base() + ['anna', 'ben', 'carl'].map((uid) => aPerson(uid)).join('') + aGroup('staff', [personDn('anna')]),
    });
    const directoryFile = path.join(folder, 'directory.json');
    writeFileSync(
      directoryFile,
      JSON.stringify({
        urls: [slapd.secureUrl],
        baseDn: SUFFIX,
        profile: 'openldap',
        caFile: slapd.caFile,
        bindDn: ROOT_DN,
        password: ROOT_PASSWORD,
      }),
    );
    instance = await startInstance({ ...EPHEMERAL, directoryFile }, () => {});
  });
  after(async () => {
    await instance?.stop();
    await slapd?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]) => kgc(['--server', instance.endpoints.soap.socket, ...args]);

  test('has its users from the start; they log on with their passwords, and have mailboxes', async () => {
    const { out } = await run('user', 'list', '--json');
    const names = (JSON.parse(out) as { name: string }[]).map(({ name }) => name);
    for (const name of ['anna', 'ben', 'carl']) assert.ok(names.includes(name));
    const env = { KGC_LOGIN_PASSWORD: passwordOf('anna') };
    const folders = await kgc(['--server', instance.endpoints.soap.url, '--login', 'anna', 'folder', 'list'], { env });
    assert.equal(folders.code, 0, folders.err);
    assert.match(folders.out, /Inbox/);
    const wrong = await kgc(['--server', instance.endpoints.soap.url, '--login', 'anna', 'folder', 'list'], {
      env: { KGC_LOGIN_PASSWORD: 'wrong' },
    });
    assert.equal(wrong.code, 1);
  });

  test('kgc sync shows the plan, does it, and says what is held', async () => {
    await change(slapd, (client) => client.del(personDn('carl')));
    const plan = await run('sync', '--dry-run');
    assert.match(plan.out, /remove\s+user\s+carl/);
    assert.match(plan.err, /1 step would be done; nothing was changed/);
    const done = await run('sync');
    assert.deepEqual([done.code, /1 step done/.test(done.err)], [0, true], done.err);
    await change(slapd, async (client) => {
      await client.del(personDn('anna'));
      await client.del(personDn('ben'));
    });
    const held = await run('sync');
    assert.match(held.out, /HELD\s+too many removals/);
    assert.match(held.err, /kgc sync --consent/);
    assert.match((await run('user', 'list')).out, /anna/);
    await slapd.kill();
    const down = await run('sync');
    assert.deepEqual([down.code, /nothing was changed/.test(down.err)], [1, true], down.err);
  });
});
