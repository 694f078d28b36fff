import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { addressText, serverAddress } from '../../../cli/connection/server-address.ts';
import { UsageError } from '../../../cli/errors.ts';

const NO_SOCKET = '/nonexistent/server.sock';

for (const [given, href] of [
  ['https://mail.example.org/kopano', 'https://mail.example.org/kopano'],
  ['http://127.0.0.1:236', 'http://127.0.0.1:236/'],
  ['file:///run/server.sock', 'file:///run/server.sock'],
  ['/run/with space/server.sock', 'file:///run/with%20space/server.sock'],
  ['127.0.0.1:236', 'http://127.0.0.1:236/'],
  ['mail.example.org', 'http://mail.example.org/'],
] as const) {
  test(`'${given}' is the server ${href}`, () => assert.equal(serverAddress(given, {}, NO_SOCKET).href, href));
}

for (const given of ['ftp://mail.example.org', 'http://', 'a b']) {
  test(`'${given}' is no address`, () => assert.throws(() => serverAddress(given, {}, NO_SOCKET), UsageError));
}

test('the command line goes before the environment, that before the local instance', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kgc-test-'));
  try {
    const socket = path.join(folder, 'server.sock');
    writeFileSync(socket, '');
    const env = { KGC_SERVER: 'http://b.example/' };
    assert.equal(serverAddress('http://a.example/', env, socket).href, 'http://a.example/');
    assert.equal(serverAddress(undefined, env, socket).href, 'http://b.example/');
    assert.equal(addressText(serverAddress(undefined, {}, socket)), socket);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('without any server, it says how to start one', () => {
  assert.throws(
    () => serverAddress(undefined, {}, NO_SOCKET),
    (error: unknown) => error instanceof UsageError && /npm start/.test(error.hint!),
  );
});
