import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { kgc } from './a-terminal.ts';

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:1/';

test('help shows every command with examples, and is no error', async () => {
  const { code, out, err } = await kgc(['help']);
  assert.equal(code, 0);
  assert.equal(err, '');
  for (const word of ['user', 'store', 'folder', 'message', 'Examples:', 'KGC_SERVER', 'Exit codes'])
    assert.match(out, new RegExp(word));
});

test('help of a command shows its options and those of all', async () => {
  const { code, out } = await kgc(['help', 'user']);
  assert.equal(code, 0);
  assert.match(out, /create/);
  const { out: create } = await kgc(['user', 'create', '--help']);
  assert.match(create, /--password-file/);
  assert.match(create, /--server/);
});

for (const [why, args, words] of [
  ['an unknown command', ['usr'], /Unknown command 'usr'.*Did you mean user/],
  ['an unknown option', ['user', 'list', '--jsn'], /--jsn/],
  ['no name', ['user', 'create', '--email', 'a@b.example'], /'name'/],
  ['no address', ['user', 'create', 'anna'], /--email/],
  ['a word too many', ['user', 'delete', 'anna', 'ben'], /too many/i],
  ['neither user nor --public', ['store', 'create'], /--public/],
  ['both user and --public', ['store', 'create', 'anna', '--public'], /--public/],
  ['a limit of nothing', ['message', 'list', 'anna', '--limit', '0'], /--limit/],
  ['a time-out that is none', ['user', 'list', '--timeout', 'x'], /--timeout/],
  ['an address that is none', ['user', 'list', '--server', 'ftp://x'], /no address/],
] as const) {
  test(`${why} is a wrong command line: exit code 2, one line with what is wrong, one with what to try`, async () => {
    const { code, out, err } = await kgc(['--server', NOWHERE, ...args]);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, words);
    assert.match(err, /^kgc: .*\n {2}Try: .*\n$/);
  });
}

test('a server that is not there is a failure: exit code 1, and how to start one', async () => {
  const { code, err } = await kgc(['--server', NOWHERE, 'user', 'list']);
  assert.equal(code, 1);
  assert.match(err, /can't be reached: nothing answers there/);
  assert.match(err, /npm start/);
});

test('with --json, errors are JSON too', async () => {
  const { code, err } = await kgc(['--server', '/nonexistent.sock', '--json', 'user', 'list']);
  assert.equal(code, 1);
  const { error } = JSON.parse(err);
  assert.match(error.message, /no such socket/);
  assert.match(error.hint, /npm start/);
});

test('something that is no groupware server is named as such', async () => {
  const server = createServer((_request, response) =>
    response.writeHead(404, { 'content-type': 'text/html' }).end('no'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { code, err } = await kgc(['--server', url, 'user', 'list']);
    assert.equal(code, 1);
    assert.match(err, /404/);
    assert.match(err, /Try: /);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a password is never asked for where nobody can answer', async () => {
  const { code, err } = await kgc(['--server', NOWHERE, '--login', 'anna', 'user', 'list']);
  assert.equal(code, 2);
  assert.match(err, /--login-password-file/);
});

test('a password file that is not there is told', async () => {
  const args = ['--server', NOWHERE, '--login', 'anna', '--login-password-file', '/nonexistent', 'user', 'list'];
  const { code, err } = await kgc(args);
  assert.equal(code, 1);
  assert.match(err, /can't be read/);
});
