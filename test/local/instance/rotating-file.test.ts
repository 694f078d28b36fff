import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { RotatingFile } from '../../../local/instance/rotating-file.ts';
import { aFolder } from '../a-cloud.ts';

test('a log takes at most twice ten megabytes, is its owner’s only, and drops what comes after its end', () => {
  using folder = aFolder();
  const file = path.join(folder.path, 'x.log');
  const log = new RotatingFile(file);
  const line = `${'x'.repeat(1023)}\n`.repeat(1024);
  for (let megabytes = 0; megabytes < 35; megabytes++) log.write(line);
  log.write('last\n');
  log.close();
  log.write('too late\n');
  assert.ok(readFileSync(file, 'utf8').endsWith('last\n'));
  assert.ok(statSync(file).size <= 10 * 1024 * 1024);
  assert.equal(statSync(`${file}.1`).size, 10 * 1024 * 1024);
  assert.equal(statSync(file).mode & 0o777, 0o600);

  const again = new RotatingFile(file);
  again.write('more\n');
  again.close();
  assert.ok(readFileSync(file, 'utf8').endsWith('last\nmore\n'));
});
