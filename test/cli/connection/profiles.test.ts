import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { trustedUrl } from '../../../cli/connection/aws-signature.ts';
import { endpointOf } from '../../../cli/connection/connect.ts';
import { forgetPassword, keepPassword, keptPassword } from '../../../cli/connection/keyring.ts';
import { aFolder } from '../../local/a-cloud.ts';
import { kgc } from '../a-terminal.ts';

const timeout = 70;

/** A home with two profiles, of which `work` is in use. */
async function aHome() {
  const folder = aFolder();
  const env = { HOME: folder.path };
  await kgc(['profile', 'add', 'work', '--server', 'https://mail.example.org/kopano', '--login', 'anna'], { env });
  await kgc(['profile', 'add', 'cloud', '--server', 'aws+https://abc.execute-api.eu-central-1.amazonaws.com/kopano'], {
    env,
  });
  return {
    env,
    file: (name: string) => path.join(folder.path, '.config', 'kgc', name),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

test('what names the server: the command line, its profile, the environment, the profile in use', async () => {
  using home = await aHome();
  const place = (options: object, env = {}) => {
    const { server, login, signed } = endpointOf({ timeout, ...options }, { env: { ...home.env, ...env } });
    return [server.href, login, signed];
  };
  const work = ['https://mail.example.org/kopano', 'anna', false];
  const cloud = ['https://abc.execute-api.eu-central-1.amazonaws.com/kopano/trusted', 'SYSTEM', true];
  assert.deepEqual(place({}), work);
  assert.deepEqual(place({}, { KGC_PROFILE: 'cloud' }), cloud);
  assert.deepEqual(place({ profile: 'cloud' }, { KGC_SERVER: 'http://x/', KGC_PROFILE: 'work' }), cloud);
  assert.deepEqual(place({}, { KGC_SERVER: 'http://x/', KGC_LOGIN: 'ben' }), ['http://x/', 'ben', false]);
  assert.deepEqual(place({ server: 'http://y/' }, { KGC_SERVER: 'http://x/' }), ['http://y/', 'SYSTEM', false]);
  assert.deepEqual(place({ profile: 'work', login: 'carla' }), ['https://mail.example.org/kopano', 'carla', false]);
});

test('profiles are listed, used and removed; the file is its owner’s only', async () => {
  using home = await aHome();
  const { env } = home;
  assert.equal(statSync(home.file('config.json')).mode & 0o777, 0o600);
  assert.match((await kgc(['profile', 'list'], { env })).out, /^\* {2}work /m);
  assert.equal((await kgc(['profile', 'use', 'cloud'], { env })).code, 0);
  assert.match((await kgc(['profile', 'list'], { env })).out, /^\* {2}cloud /m);
  assert.equal((await kgc(['profile', 'remove', 'cloud'], { env })).code, 0);
  const [row, ...more] = JSON.parse((await kgc(['profile', 'list', '--json'], { env })).out);
  assert.deepEqual(row, { server: 'https://mail.example.org/kopano', login: 'anna', name: 'work', current: false });
  assert.deepEqual(more, []);
});

test('what makes no sense is refused and changes nothing', async () => {
  using home = await aHome();
  const { env } = home;
  const before = readFileSync(home.file('config.json'), 'utf8');
  for (const [args, code, words] of [
    [['profile', 'add', 'work', '--server', 'http://x/'], 1, /already/],
    [['profile', 'add', 'x'], 2, /needs a server/],
    [['profile', 'add', 'x y', '--server', 'http://x/'], 2, /no name/],
    [['profile', 'add', 'x', '--server', 'ftp://x/'], 2, /no address/],
    [['profile', 'use', 'nobody'], 1, /There is no profile 'nobody'/],
    [['--profile', 'nobody', 'user', 'list'], 1, /There is no profile 'nobody'/],
    [['login', '--profile', 'cloud'], 2, /credentials of AWS/],
    [['login', '--server', 'http://x/'], 2, /SYSTEM has no password/],
  ] as const) {
    const outcome = await kgc(args, { env });
    assert.equal(outcome.code, code, args.join(' '));
    assert.match(outcome.err, words);
  }
  assert.equal(readFileSync(home.file('config.json'), 'utf8'), before);
  writeFileSync(home.file('config.json'), '{');
  assert.match((await kgc(['user', 'list'], { env })).err, /config.json is damaged/);
  assert.match((await kgc(['profile', 'add', 'x', '--server', 'http://x/'])).err, /neither HOME nor/);
});

test('passwords are kept for a server and a login, for the owner only, and forgotten', () => {
  using folder = aFolder();
  const env = { XDG_CONFIG_HOME: folder.path };
  const server = new URL('https://mail.example.org/');
  const file = path.join(folder.path, 'kgc', 'keyring.json');
  assert.equal(keptPassword(env, server, 'anna'), undefined);
  assert.equal(existsSync(file), false);
  keepPassword(env, server, 'anna', 'secret');
  keepPassword(env, server, '__proto__', 'other');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(keptPassword(env, server, 'anna'), 'secret');
  assert.equal(keptPassword(env, server, 'ben'), undefined);
  assert.equal(keptPassword(env, new URL('http://mail.example.org/'), 'anna'), undefined);
  assert.equal(forgetPassword(env, server, 'anna'), true);
  assert.equal(forgetPassword(env, server, 'anna'), false);
  assert.equal(keptPassword(env, server, 'anna'), undefined);
});

test('a keyring that others may read is not used', () => {
  using folder = aFolder();
  const env = { XDG_CONFIG_HOME: folder.path };
  const server = new URL('https://mail.example.org/');
  keepPassword(env, server, 'anna', 'secret');
  const file = path.join(folder.path, 'kgc', 'keyring.json');
  chmodSync(file, 0o644);
  assert.throws(() => keptPassword(env, server, 'anna'), /others than you may read it/);
  assert.throws(() => keepPassword(env, server, 'ben', 'x'), /others than you may read it/);
});

test('the trusted route follows the server’s URL', () => {
  assert.equal(trustedUrl('aws+https://x.example/kopano').href, 'https://x.example/kopano/trusted');
  assert.equal(trustedUrl('aws+https://x.example/kopano/trusted').href, 'https://x.example/kopano/trusted');
  assert.equal(trustedUrl('aws+http://127.0.0.1:2236/').href, 'http://127.0.0.1:2236/trusted');
});
