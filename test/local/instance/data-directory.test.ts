import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { DataDirectory, InstanceRunsError, NotHostedError } from '../../../local/instance/data-directory.ts';
import { aFolder } from '../a-cloud.ts';

suite('a data directory', () => {
  test('is locked while it is open, and for its owner only', () => {
    using folder = aFolder();
    const data = path.join(folder.path, 'deep', 'data');
    const first = DataDirectory.open(data);
    assert.throws(
      () => DataDirectory.open(data),
      (error) => error instanceof InstanceRunsError && error.message.includes(data),
    );
    assert.equal(statSync(data).mode & 0o777, 0o700);
    first.close();
    DataDirectory.open(data).close();
  });

  test('that is reset loses what the system keeps there, and nothing else', () => {
    using folder = aFolder();
    const kept = ['database', 'objects', 'log'].map((name) => path.join(folder.path, name, 'x'));
    const files = [
      ...kept,
      ...['queues.db', 'queues.db-wal', 'demo-users.json', 'hosted'].map((name) => path.join(folder.path, name)),
    ];
    const foreign = path.join(folder.path, 'notes.txt');
    for (const file of [...files, foreign]) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, 'x');
    }
    DataDirectory.open(folder.path, { reset: true }).close();
    assert.deepEqual(files.filter(existsSync), []);
    assert.ok(existsSync(foreign));
  });

  test('knows whether users belong to companies, which is said while it is new', () => {
    using folder = aFolder();
    const hosted = DataDirectory.open(path.join(folder.path, 'hosted'));
    assert.equal(hosted.isHosted(true), true);
    mkdirSync(hosted.database);
    assert.equal(hosted.isHosted(false), true, 'it is remembered');
    hosted.close();
    const plain = DataDirectory.open(path.join(folder.path, 'plain'));
    assert.equal(plain.isHosted(false), false);
    mkdirSync(plain.database);
    assert.throws(() => plain.isHosted(true), NotHostedError);
    plain.close();
  });

  test('too deep for a socket has it elsewhere, for its owner only, and removes it', () => {
    using folder = aFolder();
    const data = DataDirectory.open(path.join(folder.path, 'x'.repeat(100)));
    const { socket } = data;
    assert.ok(Buffer.byteLength(socket) <= 103);
    assert.equal(data.socket, socket);
    assert.equal(statSync(path.dirname(socket)).mode & 0o777, 0o700);
    data.close();
    assert.ok(!existsSync(path.dirname(socket)));
  });
});
